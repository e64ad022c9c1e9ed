//! Windows that a cron pattern opens and a length closes.

use core::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::errors::CronError;

use crate::error::Error;
use crate::local;
use crate::span::Span;
use crate::span_set::SpanSet;

/// Windows of one length that start whenever local time in a zone matches a cron pattern: maintenance from
/// `0 2 * * SUN` on for three hours.
///
/// The pattern is that of the croner crate: five fields, six with seconds in front, seven with the year behind, and
/// `L`, `W`, `#` and `@daily`. The length is elapsed time, so that a window over the night when the clocks change is
/// as long as any other.
///
/// Every local time that the pattern names opens one window, at the instant that the rule of [`crate::local`] gives: a
/// start that the clocks skipped happens right after the gap, and one that comes twice happens the first time only.
///
/// DIFFERS: croner runs patterns with a wildcard in minute or hour again in a repeated hour, and leaves out their
/// skipped starts; here every pattern keeps the one rule. Croner is asked for local times only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawCronWindow", into = "RawCronWindow")
)]
pub struct CronWindow {
    // INVARIANT: matches some local time in the years 1 to 4999.
    cron: Cron,
    // INVARIANT: whole seconds, from 1 to LONGEST.
    length: TimeDelta,
    zone: Tz,
}

impl CronWindow {
    /// Windows of `length` that start when local time in `zone` matches `pattern`.
    ///
    /// # Errors
    /// [`Error::BadCron`] if the pattern does not parse or can never match (30 February); [`Error::BadLength`] unless
    /// the length is a whole number of seconds, at least one, at most 366 days.
    pub fn new(pattern: &str, length: TimeDelta, zone: Tz) -> Result<Self, Error> {
        if length.subsec_nanos() != 0 || length < TimeDelta::seconds(1) || length > LONGEST {
            return Err(Error::BadLength { given: length, bound: LONGEST });
        }
        let bad = |fault: String| Error::BadCron { given: pattern.to_owned(), fault };
        // Croner takes `,` for a field that nothing matches and then looks for it in every hour of 5,000 years.
        if pattern.split_whitespace().any(|field| field.split(',').any(str::is_empty)) {
            return Err(bad("a list in it has an empty item".to_owned()));
        }
        let cron: Cron = pattern.parse().map_err(|error: CronError| bad(plain(&error)))?;
        let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).map(|day| day.and_time(NaiveTime::MIN)).ok_or(OUT)?;
        if next(&cron, first, true)?.is_none() {
            return Err(bad("no date matches it".to_owned()));
        }
        Ok(Self { cron, length, zone })
    }

    /// The windows that lie in `within`, cut to it, windows that touch or overlap joined. Costs the number of starts.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if `within` and the time of one window before it leave the years 1 to 4999, which are
    /// those that croner knows.
    pub fn spans(&self, within: Span) -> Result<SpanSet, Error> {
        let mut set = SpanSet::new();
        self.find(within, |open| {
            set.push_in_order(open);
            false
        })?;
        Ok(set)
    }

    /// Whether `t` lies in a window: asks for the first start within one length before `t`, however many follow.
    ///
    /// # Errors
    /// As [`spans`](Self::spans).
    pub fn contains(&self, t: DateTime<Utc>) -> Result<bool, Error> {
        self.find(Span::starting_at(t, TimeDelta::nanoseconds(1))?, |_| true)
    }

    /// The pattern, in croner's spelling (capitals, nicknames written out).
    #[must_use]
    pub fn pattern(&self) -> &str {
        self.cron.as_str()
    }

    /// The elapsed time from start to end of a window.
    #[must_use]
    pub const fn length(&self) -> TimeDelta {
        self.length
    }

    /// The zone of its local time.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether `wanted` holds for a window within `within`, each cut to it, in the order of their starts.
    fn find(&self, within: Span, mut wanted: impl FnMut(Span) -> bool) -> Result<bool, Error> {
        // A window that opened up to one length before may still be open. Of starts before this local time, none
        // comes later than that, since the rule for local time never decreases.
        let from = within.start().checked_sub_signed(self.length).ok_or(OUT)?;
        let first = local::wall_clock(self.zone, from)?;
        let last = local::wall_clock(self.zone, within.end())?;
        if first.year() < FIRST_YEAR || last.year() > LAST_YEAR {
            return Err(OUT);
        }
        let mut start = next(&self.cron, first, true)?;
        while let Some(wall) = start {
            let opens = local::resolve(self.zone, wall)?;
            if opens >= within.end() {
                break;
            }
            if Span::starting_at(opens, self.length)?.intersect(within).is_some_and(&mut wanted) {
                return Ok(true);
            }
            start = next(&self.cron, wall, false)?;
        }
        Ok(false)
    }
}

/// Pattern, length as an ISO 8601 duration, zone: `0 2 * * 0 for PT10800S Europe/Berlin`.
impl fmt::Display for CronWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {} {}", self.pattern(), self.length, self.zone)
    }
}

const OUT: Error = Error::OutOfRange { what: "a cron window" };
const LONGEST: TimeDelta = TimeDelta::days(366);
const FIRST_YEAR: i32 = croner::YEAR_LOWER_LIMIT;
/// Croner stops where its last year begins.
const LAST_YEAR: i32 = croner::YEAR_UPPER_LIMIT - 1;

/// The next local time that matches, at `from` or after; `None` if there is none before croner's last year.
fn next(cron: &Cron, from: NaiveDateTime, inclusive: bool) -> Result<Option<NaiveDateTime>, Error> {
    match cron.find_next_occurrence(&from, inclusive) {
        Ok(found) => Ok(Some(found)),
        Err(CronError::TimeSearchLimitExceeded) => Ok(None),
        Err(_) => Err(OUT),
    }
}

/// Croner's words without the name of its type in front and the full stop behind.
fn plain(error: &CronError) -> String {
    match error {
        CronError::EmptyPattern => "it is empty".to_owned(),
        CronError::InvalidPattern(text) | CronError::IllegalCharacters(text) | CronError::ComponentError(text) => {
            text.trim_end_matches('.').to_owned()
        }
        other => other.to_string().trim_end_matches('.').to_owned(),
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCronWindow {
    start: String,
    length_seconds: i64,
    zone: String,
}

#[cfg(feature = "serde")]
impl TryFrom<RawCronWindow> for CronWindow {
    type Error = Error;

    fn try_from(raw: RawCronWindow) -> Result<Self, Error> {
        let length = TimeDelta::try_seconds(raw.length_seconds).ok_or(Error::OutOfRange { what: "a length" })?;
        Self::new(&raw.start, length, local::parse_zone(&raw.zone)?)
    }
}

#[cfg(feature = "serde")]
impl From<CronWindow> for RawCronWindow {
    fn from(window: CronWindow) -> Self {
        Self {
            start: window.pattern().to_owned(),
            length_seconds: window.length.num_seconds(),
            zone: window.zone.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(pattern: &str, minutes: i64, zone: Tz) -> CronWindow {
        CronWindow::new(pattern, TimeDelta::minutes(minutes), zone).unwrap()
    }

    fn span(start: &str, end: &str) -> Span {
        Span::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_window_opens_on_the_pattern_and_stays_open_for_its_length() {
        let w = window("0 2 * * SUN", 180, Tz::UTC);
        let week = span("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
        assert_eq!(w.spans(week).unwrap(), span("2026-11-29T02:00:00Z", "2026-11-29T05:00:00Z").into());
        assert_eq!(w.contains("2026-11-29T04:59:59Z".parse().unwrap()), Ok(true));
        assert_eq!(w.contains("2026-11-29T05:00:00Z".parse().unwrap()), Ok(false));
    }

    #[test]
    fn one_start_answers_whether_an_instant_lies_in_a_window() {
        let w = CronWindow::new("* * * * * *", LONGEST, Tz::Europe__Berlin).unwrap();
        let started = std::time::Instant::now();
        assert_eq!(w.contains("2026-11-29T04:59:59Z".parse().unwrap()), Ok(true));
        assert!(started.elapsed().as_secs() < 5, "31 million starts lie within a length, one answers");
    }

    #[test]
    fn a_window_that_opened_before_is_cut() {
        let w = window("0 22 * * *", 480, Tz::UTC);
        let morning = span("2026-11-29T05:00:00Z", "2026-11-29T12:00:00Z");
        assert_eq!(w.spans(morning).unwrap(), span("2026-11-29T05:00:00Z", "2026-11-29T06:00:00Z").into());
    }

    #[test]
    fn a_skipped_start_comes_after_the_gap_and_a_repeated_one_once() {
        let w = window("30 2 * * *", 60, Tz::Europe__Berlin);
        let spring = span("2024-03-31T00:00:00Z", "2024-03-31T12:00:00Z");
        assert_eq!(w.spans(spring).unwrap(), span("2024-03-31T01:00:00Z", "2024-03-31T02:00:00Z").into());
        let autumn = span("2024-10-27T00:00:00Z", "2024-10-27T12:00:00Z");
        assert_eq!(w.spans(autumn).unwrap(), span("2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z").into());
        // Croner alone runs a pattern with wildcards in both passes of the hour.
        let w = window("*/30 * * * *", 10, Tz::Europe__Berlin);
        let starts: Vec<_> = w.spans(autumn).unwrap().iter().take(3).map(|s| s.start().to_rfc3339()).collect();
        assert_eq!(starts, ["2024-10-27T00:00:00+00:00", "2024-10-27T00:30:00+00:00", "2024-10-27T02:00:00+00:00"]);
    }

    #[test]
    fn a_pattern_that_cannot_match_is_refused() {
        let refused = |pattern| CronWindow::new(pattern, TimeDelta::hours(1), Tz::UTC).unwrap_err().to_string();
        assert_eq!(refused("0 0 30 2 *"), "cron pattern `0 0 30 2 *`: no date matches it");
        assert_eq!(refused(" "), "cron pattern ` `: it is empty");
        for pattern in [", * * * *", "0 1,,2 * * *", "0 0 1, * *"] {
            assert_eq!(refused(pattern), format!("cron pattern `{pattern}`: a list in it has an empty item"));
        }
        assert!(refused("61 * * * *").starts_with("cron pattern `61 * * * *`: "), "{}", refused("61 * * * *"));
        assert!(CronWindow::new("0 0 29 2 *", TimeDelta::hours(1), Tz::UTC).is_ok());
    }

    #[test]
    fn a_length_must_be_whole_seconds_up_to_a_year() {
        let refused = |length| CronWindow::new("@daily", length, Tz::UTC).unwrap_err().to_string();
        assert_eq!(
            refused(TimeDelta::zero()),
            "length `P0D` is not a whole number of seconds from 1 s up to `PT31622400S`"
        );
        assert!(refused(TimeDelta::milliseconds(1_500)).starts_with("length `PT1.5S` "));
        assert!(refused(TimeDelta::days(367)).starts_with("length `PT31708800S` "));
    }

    #[test]
    fn the_ends_of_time_are_errors() {
        let w = window("@hourly", 30, Tz::Pacific__Apia);
        for t in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(matches!(w.contains(t), Err(Error::OutOfRange { .. })));
        }
        assert!(w.spans(Span::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).unwrap()).is_err());
        assert!(w.spans(span("4999-12-01T00:00:00Z", "5001-01-01T00:00:00Z")).is_err());
    }
}
