//! Counts over exposure: the rate, its interval, and what to do when counts vary more than chance alone makes them.
