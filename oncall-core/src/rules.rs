//! Rules that a plan keeps, hard or soft: checked against shifts, and put as bounds over seats for a solver.
//!
//! A [`RuleSet`] does both from one definition of each rule: [`RuleSet::check`] says which rules some shifts break, by
//! how much, by whom and when; [`RuleSet::constraints`] says in advance which seats a person may not serve together.
//! A choice of people for seats keeps all hard constraints exactly if the check of its shifts finds no hard rule
//! broken.
//!
//! ```
//! use oncall_core::rules::{Case, RuleSet};
//! use oncall_core::{Holidays, Person, PersonId, Role, Seat, Shift, Span, Team};
//!
//! let day = |d: u32| format!("2026-11-{d:02}T09:00:00Z").parse().unwrap();
//! let (span, ada) = (Span::new(day(2), day(30))?, PersonId::new("ada")?);
//! let team = Team::new(vec![Person::new(ada.clone())])?;
//! let seat = |d| Seat { span: Span::new(day(d), day(d + 7)).unwrap(), role: Role::Primary, requires: Default::default() };
//! let seats = [seat(2), seat(9)];
//! let case = Case { team: &team, holidays: &Holidays::NONE, seats: &seats, span };
//!
//! let shifts = seats.clone().map(|seat| Shift { span: seat.span, role: seat.role, person: ada.clone() });
//! let verdict = RuleSet::default().check(&case, &shifts)?;
//! assert!(!verdict.keeps_hard());
//! assert!(verdict.to_string().contains("one-week-in-4"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use timeline_core::{PeriodKind, Tz};

use crate::error::Error;
use crate::hours::Hours;
use crate::person::{Role, checked_name};

mod check;
mod constraints;
mod dealt;
mod feasibility;
mod limits;
mod pieces;
mod reason;
mod turns;

pub use check::{Verdict, Violation};
pub(crate) use constraints::Exact;
pub use constraints::{AtMost, Constraint, Constraints, Whom};
pub(crate) use dealt::dealt;
pub use feasibility::{Advice, Counting, Feasibility, Guidance, Need};
pub use limits::Case;
pub use reason::{Bound, Reason};
pub(crate) use turns::{Grouping, is_most};

/// What can be asked of the shifts of one person. Shadows are bound by the first, second and fourth only.
///
/// A shift belongs to the calendar period (in the zone of the set) that holds its start. The shifts before and after the
/// planned span count with those in it, but only what a shift that starts in the span has part in is a violation.
///
/// Shifts of one person and role that adjoin are one where a seat of that role covers both and none of them is a seat
/// itself: a week that was written down in two pieces is a week. Two turns one right after the other stay two, with no
/// rest between them.
///
/// A shift inside a seat of its role, but shorter, is a piece of it, as overrides and swaps make them. What a person has of
/// one seat in several pieces is one shift, with no rest to keep between them; less than half of a seat is none to
/// [`MaxShifts`](Self::MaxShifts) and [`MinShifts`](Self::MinShifts). Less than half of the hours of a turn is none to
/// [`OneWeekIn`](Self::OneWeekIn) and [`NoBackToBack`](Self::NoBackToBack): three hours for a colleague, or two nights of
/// seven, are no week on call. Neither is a shift of the span in no seat that is less than half of the shortest of its role;
/// where it adjoins another, there is no rest to keep. All of it is time on call; whether a piece is too long, at night or
/// on a holiday is asked of each by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Rule {
    /// No shift that is not wholly within the membership.
    Membership,
    /// No shift that shares an instant with leave.
    Leave,
    /// No two shifts at once: not primary and secondary, nor one of them twice.
    OneRole,
    /// The skills and the site that the seat requires.
    Requirements,
    /// From the end of a shift to the start of the next of those that do not overlap at least this long.
    MinRest {
        /// In elapsed minutes, from 1 to 100,000.
        minutes: u32,
    },
    /// No shift longer than this.
    MaxLength {
        /// In elapsed minutes, from 1 to 1,000,000.
        minutes: u32,
    },
    /// Not two turns in a row, in whatever role: whoever serves until some instant serves none of the turns that start
    /// first at that instant or after it. Seats that one person serves as a whole, such as the nights of a week, are one
    /// turn; whoever has most of a turn has it, whichever part that is.
    NoBackToBack,
    /// At most one week in `weeks`: of the ISO weeks in which shifts of a person start, any two are at least so many
    /// apart, of pieces those in which the turn starts. Several shifts of one week are one; after a shift of several weeks the next one of the person starts as many
    /// times later, so that nobody has more than one week in so many of either.
    OneWeekIn {
        /// From 2 to 104.
        weeks: u32,
    },
    /// At most this share of the time on call: in every window `[t, t + weeks)`, `t` any instant, no more time than
    /// `percent` of it and `slack_minutes`. Two shifts at once count twice.
    ///
    /// Exact without sampling: as `t` moves, time on call grows only while a shift enters the window, so that it is
    /// largest where a shift starts with the window or ends with it; these windows are looked at, but for those of which
    /// another holds all duty. The slack is for the hour that a change of clocks brings two shifts closer, or makes one
    /// longer.
    ///
    /// As a soft rule each window costs, and in it each shift that has to go until the rest fits, the longest first: who
    /// is on call for ever costs more than who once had a week too many.
    ShareOfTime {
        /// From 1 to 100.
        percent: u32,
        /// Length of the window in weeks of 168 hours, from 1 to 104.
        weeks: u32,
        /// Up to 10,000.
        #[cfg_attr(feature = "serde", serde(default = "an_hour"))]
        slack_minutes: u32,
    },
    /// At most `count` night shifts a period. A night shift has at least `night_minutes` within the nights of the set
    /// by the clocks where the person lives; a week on call is one of them.
    MaxNights {
        /// From 0 to 1,000.
        count: u32,
        /// Per calendar month, say.
        per: PeriodKind,
        /// From 1 to 100,000; three hours is what Directive 2003/88/EC takes for night work.
        #[cfg_attr(feature = "serde", serde(default = "three_hours"))]
        night_minutes: u32,
    },
    /// At most `count` shifts a period that share an instant with a holiday of the person.
    MaxHolidays {
        /// From 0 to 1,000.
        count: u32,
        /// Per calendar year, say.
        per: PeriodKind,
    },
    /// Not two holiday periods in a row in two shifts. Holidays with at most `join_days` days between them are one period,
    /// as Good Friday and Easter Monday are with two.
    NoHolidaysInARow {
        /// From 0 to 31.
        #[cfg_attr(feature = "serde", serde(default = "three"))]
        join_days: u32,
    },
    /// Not the holiday of one name again within so many years: who had Christmas last year has not this year.
    NotSameHoliday {
        /// From 1 to 10.
        years: u32,
    },
    /// At most `count` shifts a period, of one role or of any.
    MaxShifts {
        /// From 0 to 1,000.
        count: u32,
        /// The period.
        per: PeriodKind,
        /// Only primary or only secondary; both if none.
        #[cfg_attr(feature = "serde", serde(default))]
        role: Option<Role>,
    },
    /// At least `count` shifts in each period that lies wholly in the span and in the membership and not wholly in
    /// leave: too little duty harms as well (SRE book, "Being On-Call": once or twice a quarter).
    MinShifts {
        /// From 1 to 1,000.
        count: u32,
        /// The period.
        per: PeriodKind,
    },
    /// No shift in a stretch that the person wishes to avoid; one at least in a stretch that the person prefers and in
    /// which there is a seat. As a soft rule its weight multiplies that of the wish.
    Preferences,
}

/// Whether a rule must be kept, or what breaking it costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum Strength {
    /// Every plan keeps it.
    #[default]
    Hard,
    /// It is kept where that costs nothing that matters more.
    Soft {
        /// What each breach costs, from 1 to 1,000,000: each count beyond a bound, of which only those that the shifts
        /// in the span add.
        weight: u32,
    },
}

/// A rule with its name and strength.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct NamedRule {
    /// What verdicts call it, unique in its set.
    pub name: String,
    /// What it asks.
    pub rule: Rule,
    /// How much it matters; hard unless said otherwise.
    #[cfg_attr(feature = "serde", serde(default))]
    pub strength: Strength,
}

impl NamedRule {
    /// A rule that every plan keeps.
    #[must_use]
    pub fn hard(name: impl Into<String>, rule: Rule) -> Self {
        Self { name: name.into(), rule, strength: Strength::Hard }
    }

    /// A rule that costs `weight` each time it is broken.
    #[must_use]
    pub fn soft(name: impl Into<String>, rule: Rule, weight: u32) -> Self {
        Self { name: name.into(), rule, strength: Strength::Soft { weight } }
    }
}

/// The rules of a team, each name once, with the zone whose weeks, months and quarters count and the hours that are
/// night.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSet", into = "RawSet")
)]
pub struct RuleSet {
    zone: Tz,
    hours: Hours,
    rules: Vec<NamedRule>,
}

impl RuleSet {
    /// # Errors
    /// [`Error::Several`], with its place, for each number out of its range ([`Error::RuleOutOfRange`]), each name that
    /// is none ([`Error::BadName`]) or is there before ([`Error::RuleTwice`]), and each [`Rule::MaxShifts`] of shadows
    /// ([`Error::RuleOfShadows`]).
    pub fn new(zone: Tz, hours: Hours, rules: Vec<NamedRule>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let mut names = BTreeSet::new();
        for (place, named) in rules.iter().enumerate() {
            if let Err(fault) = checked_name("rule", &named.name) {
                faults.push((format!("rules[{place}].name"), fault));
            } else if !names.insert(named.name.as_str()) {
                faults.push((format!("rules[{place}].name"), Error::RuleTwice { rule: named.name.clone() }));
            }
            if let Rule::MaxShifts { role: Some(role), .. } = named.rule
                && !role.is_duty()
            {
                faults.push((format!("rules[{place}].rule.role"), Error::RuleOfShadows { rule: named.name.clone() }));
            }
            let numbers = named.rule.numbers().into_iter().map(|number| (format!("rule.{}", number.0), number));
            let weight = match named.strength {
                Strength::Soft { weight } => Some(("strength.weight".to_owned(), ("weight", weight, 1, 1_000_000))),
                Strength::Hard => None,
            };
            for (path, (field, given, least, most)) in numbers.chain(weight) {
                if !(least..=most).contains(&given) {
                    let [given, least, most] = [given, least, most].map(u64::from);
                    let fault = Error::RuleOutOfRange { rule: named.name.clone(), field, given, least, most };
                    faults.push((format!("rules[{place}].{path}"), fault));
                }
            }
        }
        if faults.is_empty() { Ok(Self { zone, hours, rules }) } else { Err(Error::Several { faults }) }
    }

    /// The same rules with the weeks, months and quarters of another zone, that of the rotation.
    #[must_use]
    pub const fn in_zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// One more rule, or another in the place of the one of its name.
    ///
    /// # Errors
    /// As [`RuleSet::new`].
    pub fn with(mut self, rule: NamedRule) -> Result<Self, Error> {
        match self.rules.iter_mut().find(|known| known.name == rule.name) {
            Some(known) => *known = rule,
            None => self.rules.push(rule),
        }
        Self::new(self.zone, self.hours, self.rules)
    }

    /// The set without the rule of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.rules.retain(|rule| rule.name != name);
        self
    }

    /// The zone whose weeks, months, quarters and years count.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// What is night.
    #[must_use]
    pub const fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The rules, in the order given.
    #[must_use]
    pub fn rules(&self) -> &[NamedRule] {
        &self.rules
    }
}

/// In UTC: membership, leave, one role at once, requirements, eleven hours of rest (Directive 2003/88/EC), one week in
/// four as hard rules; as soft ones a quarter of the time in any twelve weeks (SRE book; thirteen can
/// hold four weeks of one who has each fourth), wishes, one shift
/// a quarter at least, and not the same holiday as the year before.
impl Default for RuleSet {
    fn default() -> Self {
        Self { zone: Tz::UTC, hours: Hours::default(), rules: usual() }
    }
}

fn usual() -> Vec<NamedRule> {
    vec![
        NamedRule::hard("membership", Rule::Membership),
        NamedRule::hard("leave", Rule::Leave),
        NamedRule::hard("one-role-at-once", Rule::OneRole),
        NamedRule::hard("requirements", Rule::Requirements),
        NamedRule::hard("rest-of-11-hours", Rule::MinRest { minutes: 11 * 60 }),
        NamedRule::hard("one-week-in-4", Rule::OneWeekIn { weeks: 4 }),
        NamedRule::soft("quarter-of-time", Rule::ShareOfTime { percent: 25, weeks: 12, slack_minutes: 60 }, 10),
        NamedRule::soft("wishes", Rule::Preferences, 1),
        NamedRule::soft("once-a-quarter", Rule::MinShifts { count: 1, per: PeriodKind::Quarter }, 10),
        NamedRule::soft("not-the-same-holiday", Rule::NotSameHoliday { years: 1 }, 10),
    ]
}

impl Rule {
    /// Each number with its range.
    fn numbers(&self) -> Vec<(&'static str, u32, u32, u32)> {
        match *self {
            Self::MinRest { minutes } => vec![("minutes", minutes, 1, 100_000)],
            Self::MaxLength { minutes } => vec![("minutes", minutes, 1, 1_000_000)],
            Self::OneWeekIn { weeks } => vec![("weeks", weeks, 2, 104)],
            Self::ShareOfTime { percent, weeks, slack_minutes } => vec![
                ("percent", percent, 1, 100),
                ("weeks", weeks, 1, 104),
                ("slack_minutes", slack_minutes, 0, 10_000),
            ],
            Self::MaxNights { count, night_minutes, .. } => {
                vec![("count", count, 0, 1_000), ("night_minutes", night_minutes, 1, 100_000)]
            }
            Self::MaxHolidays { count, .. } | Self::MaxShifts { count, .. } => vec![("count", count, 0, 1_000)],
            Self::NoHolidaysInARow { join_days } => vec![("join_days", join_days, 0, 31)],
            Self::NotSameHoliday { years } => vec![("years", years, 1, 10)],
            Self::MinShifts { count, .. } => vec![("count", count, 1, 1_000)],
            Self::Membership
            | Self::Leave
            | Self::OneRole
            | Self::Requirements
            | Self::NoBackToBack
            | Self::Preferences => vec![],
        }
    }
}

#[cfg(feature = "serde")]
const fn an_hour() -> u32 {
    60
}

#[cfg(feature = "serde")]
const fn three_hours() -> u32 {
    180
}

#[cfg(feature = "serde")]
const fn three() -> u32 {
    3
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSet {
    #[serde(default = "utc")]
    zone: Tz,
    #[serde(default)]
    hours: Hours,
    #[serde(default = "usual")]
    rules: Vec<NamedRule>,
}

#[cfg(feature = "serde")]
const fn utc() -> Tz {
    Tz::UTC
}

#[cfg(feature = "serde")]
impl TryFrom<RawSet> for RuleSet {
    type Error = Error;

    fn try_from(raw: RawSet) -> Result<Self, Error> {
        Self::new(raw.zone, raw.hours, raw.rules)
    }
}

#[cfg(feature = "serde")]
impl From<RuleSet> for RawSet {
    fn from(set: RuleSet) -> Self {
        Self { zone: set.zone, hours: set.hours, rules: set.rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_rules_are_valid() {
        let RuleSet { zone, hours, rules } = RuleSet::default();
        assert_eq!(RuleSet::new(zone, hours, rules), Ok(RuleSet::default()));
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let rules = vec![
            NamedRule::hard("rest", Rule::MinRest { minutes: 0 }),
            NamedRule::soft("rest", Rule::OneWeekIn { weeks: 0 }, 0),
            NamedRule::hard("share", Rule::ShareOfTime { percent: 101, weeks: 4, slack_minutes: 0 }),
            NamedRule::hard(" ", Rule::Leave),
        ];
        let error = RuleSet::new(Tz::UTC, Hours::default(), rules).unwrap_err().to_string();
        for part in [
            "rules[0].rule.minutes: minutes of rule `rest` is 0, it is from 1 to 100000",
            "rules[1].name: rule `rest` is there twice",
            "rules[1].rule.weeks: weeks of rule `rest` is 0, it is from 2 to 104",
            "rules[1].strength.weight: weight of rule `rest` is 0, it is from 1 to 1000000",
            "rules[2].rule.percent: percent of rule `share` is 101, it is from 1 to 100",
            "rules[3].name: rule ` ` is not",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}
