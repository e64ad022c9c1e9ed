//! Freshness: whether data is younger than a bound, by checks or by time.

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet};

use crate::error::{Error, in_words};
use crate::sli::Counts;

/// Freshness by checks: each is an instant and the instant from which the data was at that time. A check is
/// good when the age is at most `bound`; data that claims to be from the future is fresh.
///
/// # Errors
/// [`Error::DurationOutOfRange`] unless the bound is positive.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use slo_core::sli::freshness;
/// let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
/// let checks = [(at(100), at(90)), (at(200), at(90))];
/// let counts = freshness::by_checks(checks, TimeDelta::seconds(60))?;
/// assert_eq!((counts.good(), counts.total()), (1, 2));
/// # Ok::<(), slo_core::Error>(())
/// ```
pub fn by_checks(
    checks: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
    bound: TimeDelta,
) -> Result<Counts, Error> {
    let bound = positive(bound)?;
    checks.into_iter().try_fold(Counts::ZERO, |sum, (at, data_from)| {
        let fresh = at.signed_duration_since(data_from) <= bound;
        sum.merge(Counts::new(u64::from(fresh), 1)?)
    })
}

/// Freshness by time: data is fresh from each refresh on, for `bound`. Returns the stale spans within
/// `within`; what is fresh is the rest. Refreshes before `within` count as far as they reach into it.
///
/// # Errors
/// [`Error::DurationOutOfRange`] unless the bound is positive.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use slo_core::sli::freshness;
/// use timeline_core::Span;
/// let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
/// let stale = freshness::stale_spans([at(0), at(30), at(200)], TimeDelta::seconds(60), Span::new(at(0), at(240))?)?;
/// assert_eq!(stale.total(), TimeDelta::seconds(110)); // from 90 to 200
/// # Ok::<(), slo_core::Error>(())
/// ```
pub fn stale_spans(
    refreshes: impl IntoIterator<Item = DateTime<Utc>>,
    bound: TimeDelta,
    within: Span,
) -> Result<SpanSet, Error> {
    let bound = positive(bound)?;
    let fresh = refreshes.into_iter().filter_map(|refresh| {
        // A refresh so late that the bound leads out of time is fresh until the end of what was asked for.
        let until = refresh.checked_add_signed(bound).unwrap_or(within.end());
        Span::new(refresh.max(within.start()), until.min(within.end())).ok()
    });
    Ok(SpanSet::from_spans(fresh).complement_within(within))
}

fn positive(bound: TimeDelta) -> Result<TimeDelta, Error> {
    if bound > TimeDelta::zero() {
        return Ok(bound);
    }
    Err(Error::DurationOutOfRange {
        what: "the freshness bound",
        given: in_words(bound),
        bound: in_words(TimeDelta::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn data_exactly_as_old_as_the_bound_is_fresh() {
        let counts = by_checks([(at(60), at(0)), (at(61), at(0)), (at(0), at(99))], TimeDelta::seconds(60)).unwrap();
        assert_eq!((counts.good(), counts.total()), (2, 3));
    }

    #[test]
    fn without_a_refresh_everything_is_stale() {
        let within = Span::new(at(0), at(100)).unwrap();
        assert_eq!(stale_spans([], TimeDelta::seconds(5), within).unwrap().total(), TimeDelta::seconds(100));
        assert!(stale_spans([at(-3)], TimeDelta::seconds(500), within).unwrap().is_empty());
        assert!(stale_spans([], TimeDelta::zero(), within).is_err());
        let last = stale_spans([DateTime::<Utc>::MAX_UTC], TimeDelta::seconds(5), within).unwrap();
        assert_eq!(last.total(), TimeDelta::seconds(100));
    }
}
