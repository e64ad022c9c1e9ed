//! What a sample looks like: moments, quantiles, outliers; streaming and mergeable.
