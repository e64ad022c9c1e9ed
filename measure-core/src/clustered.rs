//! A ratio over clusters (engineers, services) that are alike within and differ between.
