//! Why some shifts break a rule, as data and in words.

use core::fmt;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use timeline_core::Span;

use crate::person::Role;

/// What is wrong with serving some seats, or too few of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Reason {
    /// Not a member of the rotation for all of it.
    NotMember {
        /// Time outside.
        seconds: i64,
    },
    /// On leave.
    Away {
        /// Time of leave in it.
        seconds: i64,
        /// Why, if it was said.
        why: Option<String>,
    },
    /// Longer than a shift may be.
    TooLong {
        /// Its length.
        seconds: i64,
        /// The most.
        most: i64,
    },
    /// Does not bring what the seat requires.
    Missing {
        /// The skills that are missing.
        skills: BTreeSet<String>,
        /// The site required, if the person is at another or at none.
        site: Option<String>,
    },
    /// Two shifts at once.
    Overlap {
        /// Time in both.
        seconds: i64,
    },
    /// Too little rest between two shifts.
    Rest {
        /// The rest.
        seconds: i64,
        /// The least.
        least: i64,
    },
    /// Two turns in a row.
    BackToBack,
    /// Two weeks too close to one another.
    WeeksApart {
        /// Weeks from one to the other.
        weeks: i64,
        /// The least.
        least: i64,
    },
    /// Two holiday periods in a row.
    HolidaysInARow {
        /// A day of the earlier one.
        first: NaiveDate,
        /// A day of the later one.
        second: NaiveDate,
    },
    /// The same holiday again.
    SameHoliday {
        /// Its name.
        holiday: String,
        /// The earlier.
        first: NaiveDate,
        /// The later.
        second: NaiveDate,
    },
    /// The person wished to avoid it.
    Avoided {
        /// The weight of the wish.
        weight: u32,
    },
    /// The person wished for duty here.
    Preferred {
        /// The weight of the wish.
        weight: u32,
    },
    /// Too much time on call in a window; counted in nanoseconds.
    Time,
    /// Too many night shifts in a period.
    Nights {
        /// The period by its label.
        period: String,
    },
    /// Too many holidays in a period.
    Holidays {
        /// The period by its label.
        period: String,
    },
    /// Too many, or too few, shifts in a period.
    Shifts {
        /// The period by its label.
        period: String,
        /// Of which role, if of one.
        role: Option<Role>,
    },
}

/// How much of something there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Bound {
    /// No more than this.
    AtMost(u64),
    /// No less than this.
    AtLeast(u64),
}

impl Bound {
    /// By how much `count` is beyond the bound; 0 where it keeps it.
    #[must_use]
    pub const fn excess(self, count: u64) -> u64 {
        match self {
            Self::AtMost(most) => count.saturating_sub(most),
            Self::AtLeast(least) => least.saturating_sub(count),
        }
    }
}

/// The words after the person's name: `is on leave for 24 h`.
pub(super) struct Words<'a> {
    pub(super) reason: &'a Reason,
    pub(super) span: Span,
    pub(super) bound: Bound,
    /// How much there is, where it is known.
    pub(super) count: Option<u64>,
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::NotMember { seconds } => write!(f, "is not in the rotation for {}", Time(*seconds)),
            Reason::Away { seconds, why: Some(why) } => write!(f, "is on leave ({why}) for {}", Time(*seconds)),
            Reason::Away { seconds, why: None } => write!(f, "is on leave for {}", Time(*seconds)),
            Reason::TooLong { seconds, most } => {
                write!(f, "is on call for {} at once, at most {}", Time(*seconds), Time(*most))
            }
            Reason::Missing { skills, site } => {
                let skills = skills.iter().map(|skill| format!("lacks the skill `{skill}`"));
                let site = site.iter().map(|site| format!("is not at the site `{site}`"));
                f.write_str(&skills.chain(site).collect::<Vec<_>>().join(" and "))
            }
            Reason::Overlap { seconds } => write!(f, "has two roles at once for {}", Time(*seconds)),
            Reason::Rest { seconds, least } => {
                write!(f, "rests {} between two shifts, at least {}", Time(*seconds), Time(*least))
            }
            Reason::BackToBack => f.write_str("has two turns in a row"),
            Reason::WeeksApart { weeks, least } => {
                write!(f, "is on call again {weeks} {} later, at least {least}", plural(*weeks, "week", "weeks"))
            }
            Reason::HolidaysInARow { first, second } => {
                write!(f, "has two holiday periods in a row, {first} and {second}")
            }
            Reason::SameHoliday { holiday, first, second } => write!(f, "has {holiday} of {first} and of {second}"),
            Reason::Avoided { .. } => f.write_str("would rather not have duty"),
            Reason::Preferred { .. } => f.write_str("would like duty and has none"),
            Reason::Time => self.counted(f, |count| format!("{} on call", Time(count_to_seconds(count)))),
            Reason::Nights { period } => self.counted(f, |n| format!("{} in {period}", shifts(n, "night "))),
            Reason::Holidays { period } => self.counted(f, |n| format!("{} in {period}", shifts(n, "holiday "))),
            Reason::Shifts { period, role: None } => self.counted(f, |n| format!("{} in {period}", shifts(n, ""))),
            Reason::Shifts { period, role: Some(role) } => {
                self.counted(f, |n| format!("{} in {period}", shifts(n, &format!("{role} "))))
            }
        }?;
        write!(f, " in {}", self.span)
    }
}

impl Words<'_> {
    /// `has 3 night shifts in 2026-03, at most 2`, or, where it is not known how many, `may have at most 2 …`.
    fn counted(&self, f: &mut fmt::Formatter<'_>, number: impl Fn(u64) -> String) -> fmt::Result {
        let (bound, words) = match self.bound {
            Bound::AtMost(most) => (most, "at most"),
            Bound::AtLeast(least) => (least, "at least"),
        };
        match (self.count, self.reason) {
            (Some(count), Reason::Time) => {
                write!(f, "has {}, {words} {}", number(count), Time(count_to_seconds(bound)))
            }
            (Some(count), _) => write!(f, "has {}, {words} {bound}", number(count)),
            (None, _) => write!(f, "may have {words} {}", number(bound)),
        }
    }
}

fn shifts(count: u64, kind: &str) -> String {
    format!("{count} {kind}{}", if count == 1 { "shift" } else { "shifts" })
}

const NANOS: u64 = 1_000_000_000;

pub(super) fn count_to_seconds(nanoseconds: u64) -> i64 {
    i64::try_from(nanoseconds.checked_div(NANOS).unwrap_or(0)).unwrap_or(i64::MAX)
}

const fn plural<'a>(count: i64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// Seconds as `1 h 30 min`; days are not used, since they are not all of one length.
pub(super) struct Time(pub(super) i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        let parts = [(hours, "h"), (minutes, "min"), (seconds, "s")];
        let parts: Vec<_> = parts.iter().filter(|(n, _)| *n != 0).map(|(n, unit)| format!("{n} {unit}")).collect();
        f.write_str(if parts.is_empty() { "0 h" } else { "" })?;
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_in_hours_minutes_and_seconds() {
        assert_eq!(Time(0).to_string(), "0 h");
        assert_eq!(Time(11 * 3_600).to_string(), "11 h");
        assert_eq!(Time(169 * 3_600 + 90).to_string(), "169 h 1 min 30 s");
    }

    #[test]
    fn one_shift_is_not_shifts() {
        let start = "2026-03-02T00:00:00Z".parse().unwrap();
        let span = Span::starting_at(start, chrono::TimeDelta::days(1)).unwrap();
        let say = |reason: &Reason, bound, count| Words { reason, span, bound, count }.to_string();
        let nights = Reason::Nights { period: "2026-03".to_owned() };
        let at = " in 2026-03-02T00:00:00Z/2026-03-03T00:00:00Z";
        assert_eq!(say(&nights, Bound::AtMost(1), None), format!("may have at most 1 night shift in 2026-03{at}"));
        assert_eq!(say(&nights, Bound::AtMost(1), Some(3)), format!("has 3 night shifts in 2026-03, at most 1{at}"));
        let shifts = Reason::Shifts { period: "2026-Q1".to_owned(), role: Some(Role::Primary) };
        assert_eq!(say(&shifts, Bound::AtLeast(2), Some(1)), format!("has 1 primary shift in 2026-Q1, at least 2{at}"));
        let hours = |n: u64| n * 3_600 * NANOS;
        let time = say(&Reason::Time, Bound::AtMost(hours(42)), Some(hours(48)));
        assert_eq!(time, format!("has 48 h on call, at most 42 h{at}"));
    }

    #[test]
    fn a_bound_says_by_how_much() {
        assert_eq!(Bound::AtMost(2).excess(5), 3);
        assert_eq!(Bound::AtMost(2).excess(2), 0);
        assert_eq!(Bound::AtLeast(2).excess(0), 2);
        assert_eq!(Bound::AtLeast(2).excess(3), 0);
    }
}
