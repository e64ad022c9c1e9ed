//! Do events forecast at 70 % happen 70 % of the time?
