//! Calendar windows counted from an anchor, as OpenSLO defines them.

use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::error::Error;
use crate::local;
use crate::span::Span;

/// The unit of a calendar step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepUnit {
    /// `m`: 60 seconds of local wall time.
    Minute,
    /// `h`: 60 minutes of local wall time.
    Hour,
    /// `d`: a day of the calendar.
    Day,
    /// `w`: seven days of the calendar.
    Week,
    /// `M`: a month of the calendar.
    Month,
    /// `Q`: three months.
    Quarter,
    /// `Y`: twelve months.
    Year,
}

impl StepUnit {
    /// The OpenSLO letter: one of `m h d w M Q Y`.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Minute => 'm',
            Self::Hour => 'h',
            Self::Day => 'd',
            Self::Week => 'w',
            Self::Month => 'M',
            Self::Quarter => 'Q',
            Self::Year => 'Y',
        }
    }

    /// How many months or minutes of wall time one unit is.
    const fn size(self) -> Size {
        match self {
            Self::Minute => Size::Minutes(1),
            Self::Hour => Size::Minutes(60),
            Self::Day => Size::Minutes(1_440),
            Self::Week => Size::Minutes(10_080),
            Self::Month => Size::Months(1),
            Self::Quarter => Size::Months(3),
            Self::Year => Size::Months(12),
        }
    }
}

/// A number of calendar units, written as OpenSLO does: `1M`, `2w`, `1Q`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct CalendarStep {
    count: NonZeroU32,
    unit: StepUnit,
}

impl CalendarStep {
    /// `count` times `unit`.
    #[must_use]
    pub const fn new(count: NonZeroU32, unit: StepUnit) -> Self {
        Self { count, unit }
    }

    /// How many units.
    #[must_use]
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }

    /// Of which unit.
    #[must_use]
    pub const fn unit(self) -> StepUnit {
        self.unit
    }

    /// The step in months or in minutes of wall time.
    fn size(self) -> Size {
        let times = |n: i64| n.saturating_mul(self.count.get().into());
        match self.unit.size() {
            Size::Minutes(n) => Size::Minutes(times(n)),
            Size::Months(n) => Size::Months(times(n)),
        }
    }
}

impl FromStr for CalendarStep {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadStep { given: text.to_owned() };
        let unit = match text.chars().next_back() {
            Some('m') => StepUnit::Minute,
            Some('h') => StepUnit::Hour,
            Some('d') => StepUnit::Day,
            Some('w') => StepUnit::Week,
            Some('M') => StepUnit::Month,
            Some('Q') => StepUnit::Quarter,
            Some('Y') => StepUnit::Year,
            _ => return Err(bad()),
        };
        let digits = text.strip_suffix(unit.letter()).unwrap_or_default();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let count = digits.parse().map_err(|_| bad())?;
        Ok(Self { count, unit })
    }
}

impl fmt::Display for CalendarStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.letter())
    }
}

impl TryFrom<String> for CalendarStep {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<CalendarStep> for String {
    fn from(step: CalendarStep) -> Self {
        step.to_string()
    }
}

/// Windows that follow one another from an anchor in local time (an OpenSLO calendar-aligned time window).
///
/// Window `k` is `[anchor + k * step, anchor + (k + 1) * step)` in local wall time, counted from the anchor and not
/// from the window before: 31 January and a step of one month give 29 February and then 31 March, with the day taken
/// back to the end of a shorter month. Each bound then becomes an instant by the rule of [`crate::local`], so that a
/// window of one day may be 23 or 25 hours long.
///
/// There is no window before the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawAnchored", into = "RawAnchored")
)]
pub struct AnchoredPeriod {
    // INVARIANT: the anchor resolves to an instant.
    anchor: NaiveDateTime,
    zone: Tz,
    step: CalendarStep,
}

impl AnchoredPeriod {
    /// Windows of length `step` from the local time `anchor` in `zone` on.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if the anchor or the end of the first window is no instant.
    pub fn new(anchor: NaiveDateTime, zone: Tz, step: CalendarStep) -> Result<Self, Error> {
        let period = Self { anchor, zone, step };
        period.bound(0)?;
        period.bound(1)?;
        Ok(period)
    }

    /// The window that holds `t`, `None` before the anchor.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the end of time.
    pub fn containing(self, t: DateTime<Utc>) -> Result<Option<Span>, Error> {
        self.index_at(t)?.map_or(Ok(None), |k| self.window(k))
    }

    /// The number `k` of the window that holds `t`, `None` before the anchor.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the end of time.
    pub fn index_at(self, t: DateTime<Utc>) -> Result<Option<u64>, Error> {
        if t < self.bound(0)? {
            return Ok(None);
        }
        // A clock may have read up to a day more than now (Kwajalein went back by 23 hours), so that the window lies
        // within two days of where division puts it.
        const APART: TimeDelta = TimeDelta::days(2);
        let elapsed = local::wall_clock(self.zone, t)?.signed_duration_since(self.anchor);
        let mut low = self.steps_before(elapsed.checked_sub(&APART).ok_or(OUT)?);
        let mut high = low.saturating_add(self.steps_across_four_days());
        // INVARIANT: bound(low) <= t < bound(high), or high is past the end of time.
        while let Some(half) = high.checked_sub(low).map(|width| width / 2).filter(|half| *half > 0) {
            let middle = low.saturating_add(half);
            if self.bound(middle).is_ok_and(|bound| bound <= t) {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.bound(low)?;
        Ok(Some(low))
    }

    /// Window `k`. `None` if it holds no instant: the clocks jumped over all of it.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the end of time.
    pub fn window(self, k: u64) -> Result<Option<Span>, Error> {
        let end = self.bound(k.checked_add(1).ok_or(OUT)?)?;
        Ok(Span::between(self.bound(k)?, end))
    }

    /// The local time from which windows are counted.
    #[must_use]
    pub const fn anchor(self) -> NaiveDateTime {
        self.anchor
    }

    /// The zone of the local time.
    #[must_use]
    pub const fn zone(self) -> Tz {
        self.zone
    }

    /// The length of a window.
    #[must_use]
    pub const fn step(self) -> CalendarStep {
        self.step
    }

    /// The instant where window `k` begins and the one before it ends. Never decreases in `k`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] at the end of time.
    pub fn bound(self, k: u64) -> Result<DateTime<Utc>, Error> {
        let times = |n: i64| i64::try_from(k).ok().and_then(|k| k.checked_mul(n));
        let local = match self.step.size() {
            Size::Minutes(n) => {
                times(n).and_then(TimeDelta::try_minutes).and_then(|by| self.anchor.checked_add_signed(by))
            }
            Size::Months(n) => times(n)
                .and_then(|by| u32::try_from(by).ok())
                .and_then(|by| self.anchor.checked_add_months(Months::new(by))),
        };
        local::resolve(self.zone, local.ok_or(OUT)?)
    }

    /// A number of steps that surely fit into a length of wall time from the anchor on, at most two short of the most.
    fn steps_before(self, elapsed: TimeDelta) -> u64 {
        let steps = match self.step.size() {
            Size::Minutes(n) => elapsed.num_minutes().checked_div(n),
            Size::Months(n) => self
                .anchor
                .checked_add_signed(elapsed)
                .map(|t| months(t).saturating_sub(months(self.anchor)).saturating_sub(1))
                .and_then(|whole| whole.checked_div(n)),
        };
        steps.and_then(|steps| u64::try_from(steps).ok()).unwrap_or(0)
    }

    /// More steps than can begin within four days, with room for what [`Self::steps_before`] is short of.
    fn steps_across_four_days(self) -> u64 {
        let steps = match self.step.size() {
            Size::Minutes(n) => TimeDelta::days(4).num_minutes().checked_div(n),
            Size::Months(_) => None,
        };
        steps.and_then(|steps| u64::try_from(steps).ok()).unwrap_or(0).saturating_add(4)
    }
}

const OUT: Error = Error::OutOfRange { what: "a window counted from an anchor" };

#[derive(Clone, Copy)]
enum Size {
    Minutes(i64),
    Months(i64),
}

/// Months since year 0.
fn months(t: NaiveDateTime) -> i64 {
    i64::from(t.year()).saturating_mul(12).saturating_add(t.month0().into())
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnchored {
    anchor: NaiveDateTime,
    zone: String,
    step: CalendarStep,
}

#[cfg(feature = "serde")]
impl TryFrom<RawAnchored> for AnchoredPeriod {
    type Error = Error;

    fn try_from(raw: RawAnchored) -> Result<Self, Error> {
        Self::new(raw.anchor, local::parse_zone(&raw.zone)?, raw.step)
    }
}

#[cfg(feature = "serde")]
impl From<AnchoredPeriod> for RawAnchored {
    fn from(period: AnchoredPeriod) -> Self {
        Self { anchor: period.anchor, zone: period.zone.name().to_owned(), step: period.step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn midnight(y: i32, m: u32, d: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(y, m, d).unwrap().and_hms_opt(0, 0, 0).unwrap()
    }

    fn period(anchor: NaiveDateTime, zone: Tz, step: &str) -> AnchoredPeriod {
        AnchoredPeriod::new(anchor, zone, step.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_month_from_the_31st_ends_with_the_month_and_does_not_drift() {
        let p = period(midnight(2024, 1, 31), Tz::UTC, "1M");
        let starts: Vec<_> = (0..4).map(|k| p.window(k).unwrap().unwrap().start().date_naive().to_string()).collect();
        assert_eq!(starts, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]);
    }

    #[test]
    fn there_is_no_window_before_the_anchor() {
        let p = period(midnight(2024, 1, 1), Tz::Europe__Berlin, "1d");
        let start = p.window(0).unwrap().unwrap().start();
        assert_eq!(p.containing(start - TimeDelta::nanoseconds(1)), Ok(None));
        assert_eq!(p.index_at(start), Ok(Some(0)));
    }

    #[test]
    fn a_window_inside_a_skipped_day_holds_nothing_and_is_never_found() {
        let p = period(midnight(2011, 12, 29), Tz::Pacific__Apia, "30m");
        assert_eq!(p.window(48), Ok(None));
        assert_eq!(p.window(95), Ok(None));
        let after = p.window(96).unwrap().unwrap();
        assert_eq!(p.index_at(after.start()), Ok(Some(96)));
        assert_eq!(p.index_at(after.start() - TimeDelta::seconds(1)), Ok(Some(47)));
    }

    #[test]
    fn steps_parse_and_print_as_openslo_writes_them() {
        for text in ["1m", "24h", "7d", "2w", "1M", "4Q", "1Y"] {
            assert_eq!(text.parse::<CalendarStep>().unwrap().to_string(), text);
        }
        for text in ["", "M", "0M", "-1d", "+1d", "1s", "1.5d", "1 d", "4294967296m", "1é"] {
            assert!(matches!(text.parse::<CalendarStep>(), Err(Error::BadStep { .. })), "{text}");
        }
    }

    #[test]
    fn the_ends_of_time_are_errors() {
        assert!(AnchoredPeriod::new(NaiveDateTime::MAX, Tz::UTC, "1Y".parse().unwrap()).is_err());
        assert!(AnchoredPeriod::new(NaiveDateTime::MIN, Tz::Pacific__Apia, "1Y".parse().unwrap()).is_err());
        assert!(AnchoredPeriod::new(midnight(2024, 1, 1), Tz::UTC, "4294967295Q".parse().unwrap()).is_err());
        for step in ["1m", "1d", "1M", "1Y"] {
            let p = period(midnight(2024, 1, 1), Tz::UTC, step);
            assert!(p.containing(DateTime::<Utc>::MAX_UTC).is_err(), "{step}");
            let last = DateTime::<Utc>::MAX_UTC - TimeDelta::days(400);
            assert!(p.containing(last).unwrap().unwrap().contains(last), "{step}");
        }
    }
}
