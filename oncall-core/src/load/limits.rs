//! What a person can bear: the limits, each with where it comes from.

use chrono::TimeDelta;

use crate::error::Error;

/// The limits that load is held against. Each is the team's to set; where no source gives one, that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawLimits", into = "RawLimits")
)]
pub struct Limits {
    given: Given,
}

/// The numbers of [`Limits`], to start from: `Given { night_pages_per_week: 3, ..Given::default() }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default, rename_all = "kebab-case")
)]
pub struct Given {
    /// Incidents in a 12-hour shift, 1 or more: 2 (SRE book, chapter 11: about 6 hours each with the follow-up).
    /// Longer shifts pro rata; shorter ones have as many.
    pub incidents_per_12_hours: u32,
    /// Per cent of the time on call, 1 to 100: 25 (SRE book, chapter 11).
    pub percent_on_call: u32,
    /// Pages in a week's nights: 2 (no source: ours).
    pub night_pages_per_week: u32,
    /// Per cent of the pages that asked for no action, 0 to 100: 30 (no source: ours; the SRE book wants every page to
    /// be actionable).
    pub percent_noise: u32,
    /// Minutes until a page is acknowledged, 1 or more: 5 (SRE book, chapter 11, for what users see; 30 otherwise).
    pub minutes_to_acknowledge: u32,
    /// Per cent of the pages that must be acknowledged by then, 1 to 99: 90 (no source: ours).
    pub percent_acknowledged: u32,
    /// Minutes from the end of a page in the night until sleep again, at most a day: 30 (no source agrees; sleep after
    /// an awakening comes back in a half to a whole hour). A page that comes before is of the same interruption.
    pub minutes_back_to_sleep: u32,
    /// On-call weeks in a row over the limit of incidents that are a signal, 1 or more: 3 (no source: ours).
    pub weeks_over_limit: u32,
    /// Weeks looked back over: 6 (no source: ours). A signal is that each of them had a page, or that the nights of
    /// them were interrupted too often.
    pub weeks_looked_back: u32,
    /// Interrupted nights in those weeks that are a signal, 1 or more: 4 (no source: ours).
    pub nights_interrupted: u32,
    /// Hours that should lie between duty and leave, on both sides: 12 (no source: ours; the EU's working time
    /// directive 2003/88/EC asks for 11 hours of rest in a day).
    pub hours_around_leave: u32,
    /// Days of 24 hours from which on a leave is a vacation, which needs those hours, 1 or more: 4 (ours: a working week
    /// from Monday morning to Friday evening has more, a long weekend less).
    pub days_of_vacation: u32,
    /// Signals at once that make a warning of a watch, 1 or more: 2 (no source: ours).
    pub signals_for_warning: u32,
    /// Weeks on call from which on a rate is judged at all, 2 or more: 4 (ours: a bad week is not a trend).
    pub least_weeks: u32,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            incidents_per_12_hours: 2,
            percent_on_call: 25,
            night_pages_per_week: 2,
            percent_noise: 30,
            minutes_to_acknowledge: 5,
            percent_acknowledged: 90,
            minutes_back_to_sleep: 30,
            weeks_over_limit: 3,
            weeks_looked_back: 6,
            nights_interrupted: 4,
            hours_around_leave: 12,
            days_of_vacation: 4,
            signals_for_warning: 2,
            least_weeks: 4,
        }
    }
}

impl Limits {
    /// # Errors
    /// [`Error::Several`] with an [`Error::LimitOutOfRange`] for each number outside the range that [`Given`] says; what
    /// has no other bound is at most 10,000.
    pub fn new(given: Given) -> Result<Self, Error> {
        let ranges = [
            ("incidents-per-12-hours", given.incidents_per_12_hours, 1, MOST),
            ("percent-on-call", given.percent_on_call, 1, 100),
            ("night-pages-per-week", given.night_pages_per_week, 0, MOST),
            ("percent-noise", given.percent_noise, 0, 100),
            ("minutes-to-acknowledge", given.minutes_to_acknowledge, 1, MOST),
            ("percent-acknowledged", given.percent_acknowledged, 1, 99),
            ("minutes-back-to-sleep", given.minutes_back_to_sleep, 0, 1440),
            ("weeks-over-limit", given.weeks_over_limit, 1, MOST),
            ("weeks-looked-back", given.weeks_looked_back, 1, MOST),
            ("nights-interrupted", given.nights_interrupted, 1, MOST),
            ("hours-around-leave", given.hours_around_leave, 0, MOST),
            ("days-of-vacation", given.days_of_vacation, 1, MOST),
            ("signals-for-warning", given.signals_for_warning, 1, MOST),
            ("least-weeks", given.least_weeks, 2, MOST),
        ];
        let outside = ranges.into_iter().filter(|(_, given, least, most)| !(*least..=*most).contains(given));
        let fault = |(what, given, least, most)| (String::from(what), Error::LimitOutOfRange { given, least, most });
        let faults: Vec<_> = outside.map(fault).collect();
        if faults.is_empty() { Ok(Self { given }) } else { Err(Error::Several { faults }) }
    }

    /// The numbers.
    #[must_use]
    pub const fn given(&self) -> &Given {
        &self.given
    }

    /// Whether so many incidents are too many for a shift of this length: at most 2 in 12 hours, longer shifts pro
    /// rata, shorter ones as 12 hours.
    #[must_use]
    pub fn too_many(&self, incidents: u64, shift: TimeDelta) -> bool {
        let seconds = i128::from(shift.max(TimeDelta::hours(12)).num_seconds());
        let allowed = i128::from(self.given.incidents_per_12_hours).saturating_mul(seconds);
        i128::from(incidents).saturating_mul(12 * 3600) > allowed
    }
}

const MOST: u32 = 10_000;

/// The shape in a file is that of the numbers.
#[cfg(feature = "serde")]
type RawLimits = Given;

impl TryFrom<Given> for Limits {
    type Error = Error;

    fn try_from(given: Given) -> Result<Self, Error> {
        Self::new(given)
    }
}

impl From<Limits> for Given {
    fn from(limits: Limits) -> Self {
        limits.given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_incidents_fit_into_12_hours_and_28_into_a_week() {
        let limits = Limits::default();
        let too_many = |incidents, hours| limits.too_many(incidents, TimeDelta::hours(hours));
        assert_eq!([(2, 12), (3, 12), (3, 17), (3, 18)].map(|(n, h)| too_many(n, h)), [false, true, true, false]);
        assert_eq!([(28, 168), (29, 168), (2, 1), (3, 1)].map(|(n, h)| too_many(n, h)), [false, true, false, true]);
    }

    #[test]
    fn every_number_outside_its_range_is_named() {
        let given = Given { percent_on_call: 0, least_weeks: 1, percent_noise: 101, ..Given::default() };
        let Err(Error::Several { faults }) = Limits::new(given) else { panic!("accepted") };
        assert_eq!(
            faults.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ["percent-on-call", "percent-noise", "least-weeks"]
        );
        assert_eq!(faults[0].1.to_string(), "limit of 0 is not from 1 to 100");
        assert!(Limits::new(Given::default()).is_ok());
    }
}
