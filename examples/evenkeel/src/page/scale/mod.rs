//! From values to places on a page, and the ticks a reader can count by.

mod linear;
mod log;
mod time;

pub(super) use linear::Linear;
pub(super) use log::Log;
pub(super) use time::{Time, TimeTick};

/// The straight line through `(from.0, to.0)` and `(from.1, to.1)`; the middle of `to` where `from` is a point.
fn interpolate(value: f64, from: (f64, f64), to: (f64, f64)) -> f64 {
    let length = from.1 - from.0;
    if length == 0.0 { f64::midpoint(to.0, to.1) } else { to.0 + (value - from.0) / length * (to.1 - to.0) }
}
