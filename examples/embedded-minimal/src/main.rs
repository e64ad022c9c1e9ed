//! The smallest service that links `slo-core`: count requests, ask for the verdict on every tick.
//!
//! The service here answers a thousand requests a minute for a day; at 18:00 one backend of ten fails for 20
//! minutes. The clock is a variable, so the day is over at once and is the same each time.

use chrono::DateTime;
use slo_core::{BurnTracker, Counts, Policy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut tracker = BurnTracker::new("99.9%".parse()?, &Policy::google_30d())?;
    let mut loudest = None;
    for second in (60..=86_400).step_by(60) {
        let now = DateTime::from_timestamp(second, 0).ok_or("beyond the calendar")?;
        let failing = (64_800..66_000).contains(&second);
        let good = if failing { 900 } else { 1_000 };

        tracker.observe(now, Counts::new(good, 1_000)?)?;
        let verdict = tracker.evaluate(now)?;
        if verdict.worst_severity() != loudest {
            loudest = verdict.worst_severity();
            println!("{}  {verdict}", now.format("%H:%M"));
        }
    }
    Ok(())
}
