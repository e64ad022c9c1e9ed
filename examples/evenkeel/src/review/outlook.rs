//! When an objective's budget ends.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::forecast::{self, Forecast, Outlook, Plan, Position};
use slo_core::{Bootstrap, Counts, Error};
use timeline_core::Span;

use super::report::{BandPoint, ForecastReport};
use crate::book::{Method, Slo};
use crate::words;

/// The same question gets the same answer.
const SEED: u64 = 1;

/// How a period is cut for statistics.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// The length of a bucket.
    pub bucket: TimeDelta,
    /// Buckets a period.
    pub period: usize,
    /// What futures are drawn with.
    pub bootstrap: Bootstrap,
}

impl Cut {
    /// Days that keep the day of the week for a period of a week or more; else 288 parts (5 minutes of a day) or
    /// fewer, so that none is shorter than a minute, drawn as blocks of 6.
    ///
    /// # Errors
    /// As for [`Bootstrap::without_season`].
    pub fn of(period: TimeDelta) -> Result<Self, Error> {
        const PARTS: i64 = 288;
        const BLOCK: usize = 6;
        if period >= TimeDelta::days(7) {
            let days = usize::try_from(period.num_days()).unwrap_or(1);
            return Ok(Self { bucket: TimeDelta::days(1), period: days, bootstrap: Bootstrap::daily(SEED) });
        }
        let parts = period.num_minutes().clamp(1, PARTS);
        let bucket = i32::try_from(parts).ok().and_then(|parts| period.checked_div(parts)).unwrap_or(period);
        let parts = usize::try_from(parts).unwrap_or(1);
        Ok(Self { bucket, period: parts, bootstrap: Bootstrap::without_season(BLOCK, SEED)? })
    }

    /// The sums of whole buckets up to `now`, oldest first.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] for more events than 64 bits hold.
    pub fn sums(&self, counts: &[(DateTime<Utc>, Counts)], now: DateTime<Utc>) -> Result<Vec<Counts>, Error> {
        let Some((first, _)) = counts.first() else { return Ok(Vec::new()) };
        let width = self.bucket.num_milliseconds().max(1);
        // Counted back from now; the oldest, which the history only partly fills, is left out.
        let whole = now.signed_duration_since(first).num_milliseconds().checked_div(width).unwrap_or(0);
        let mut sums = vec![Counts::ZERO; usize::try_from(whole).unwrap_or(0)];
        for (at, counts) in counts.iter().filter(|(at, _)| *at <= now) {
            let back = now.signed_duration_since(at).num_milliseconds().checked_div(width).unwrap_or(0);
            let place = whole.checked_sub(back).and_then(|place| place.checked_sub(1));
            if let Some(sum) = place.and_then(|place| sums.get_mut(usize::try_from(place).ok()?)) {
                *sum = sum.merge(*counts)?;
            }
        }
        Ok(sums)
    }
}

/// The forecast of `slo`, or why there is none.
///
/// # Errors
/// As for [`Plan::new`].
pub fn outlook(
    slo: &Slo,
    counts: &[(DateTime<Utc>, Counts)],
    period: Span,
    now: DateTime<Utc>,
) -> Result<(Option<ForecastReport>, Option<String>), Error> {
    if matches!(slo.method, Method::RatioTimeslices { .. }) {
        return Ok((None, Some("the mean of slices' ratios is not forecast".to_owned())));
    }
    let cut = Cut::of(period.length())?;
    let position = if slo.window.is_rolling() {
        Position::Rolling
    } else {
        let elapsed = now.signed_duration_since(period.start()).num_milliseconds();
        let elapsed = elapsed.checked_div(cut.bucket.num_milliseconds().max(1)).unwrap_or(0);
        Position::Aligned { elapsed: usize::try_from(elapsed).unwrap_or(0).min(cut.period.saturating_sub(1)) }
    };
    let plan = Plan::new(slo.objective, cut.bucket, cut.period, position)?;
    let history = cut.sums(counts, now)?;
    let bucket = words::length(cut.bucket);
    Ok(match forecast::forecast(&history, &plan, &cut.bootstrap) {
        Forecast::NotEnough { buckets, needed } => {
            (None, Some(format!("not enough data for a forecast (n = {buckets} buckets of {bucket}, {needed} needed)")))
        }
        Forecast::TooLong { steps } => (None, Some(format!("too much to forecast ({steps} steps)"))),
        Forecast::NoTraffic => (None, Some("no events in the history, so no forecast".to_owned())),
        Forecast::Known(outlook) => {
            let mut note = format!(
                "from {} buckets of {bucket}, as if the time to come were made of blocks of the time past",
                outlook.buckets
            );
            if outlook.short {
                note.push_str("; the history is shorter than the period, and what came before it counts as no events");
            }
            (Some(report(&outlook, now)), Some(note))
        }
    })
}

fn report(outlook: &Outlook, now: DateTime<Utc>) -> ForecastReport {
    let after = |length: Option<TimeDelta>| length.and_then(|length| now.checked_add_signed(length));
    let band = outlook.band.iter().filter_map(|point| {
        let at = now.checked_add_signed(point.after)?;
        let (lower, median, upper) = (point.remaining.lower, point.remaining.median, point.remaining.upper);
        Some(BandPoint { at, lower, median, upper })
    });
    ForecastReport {
        level: outlook.level.get(),
        n: outlook.buckets,
        median: after(outlook.end.median),
        earliest: after(outlook.end.earliest),
        latest: after(outlook.end.latest),
        safe_to_spend: Some(outlook.safe_to_spend.median),
        band: band.collect(),
    }
}
