//! An interval for any statistic, from resamples of the observations themselves.
