//! The plan that is proven to be the fairest one.

mod seats;

pub use seats::{MAX_TURNS, Turn, TurnShape, follow_the_sun, monday_from, unserved};
