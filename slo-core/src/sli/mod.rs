//! Service level indicators: from what was measured to good events out of all events.

mod counts;

pub use counts::Counts;
