//! What the field advises on the size of a team, which no rule asks.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use timeline_core::Span;

use super::super::limits::Case;
use crate::person::Role;

/// Where a number of people comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Guidance {
    /// At least eight for primary and secondary at one site: two seats over eight people are a quarter of the time each
    /// (SRE book, "Being On-Call").
    SingleSite,
    /// At least six a site where several sites share the day (the same): fewer would keep the quarter of the time, but
    /// be too few to stand in for one another.
    OfSeveralSites {
        /// The site.
        site: String,
        /// How many sites there are.
        sites: u64,
        /// How many seats there are at once: one a role.
        seats: u64,
    },
    /// At least five for one seat by the week in one zone: four have a quarter of the time each while one is away. Custom
    /// of the field.
    WeeklyInOneZone,
    /// At most 25 % of the time on call (the same book): seats at once over 0.25.
    QuarterOfTime {
        /// Time of all seats, in seconds.
        served_seconds: i64,
        /// Time from the first seat to the last.
        elapsed_seconds: i64,
    },
    /// At least once a quarter of 13 weeks (the same book), so at most so many people as there are seats in one.
    OnceAQuarter {
        /// How many seats there are.
        seats: u64,
        /// Time from the first seat to the last.
        elapsed_seconds: i64,
    },
}

/// How many people are advised beside how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Advice {
    /// Why.
    pub guidance: Guidance,
    /// How many are advised: at most for [`Guidance::OnceAQuarter`], at least otherwise.
    pub advised: u64,
    /// How many there are.
    pub people: u64,
}

impl Advice {
    /// Whether the team is as advised.
    #[must_use]
    pub fn is_met(&self) -> bool {
        match self.guidance {
            Guidance::OnceAQuarter { .. } => self.people <= self.advised,
            _ => self.people >= self.advised,
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { guidance, advised, people } = self;
        match guidance {
            Guidance::SingleSite => write!(
                f,
                "at least {advised} people for primary and secondary at one site: 2 seats / {advised} people = 25 % of the \
                 time each"
            ),
            Guidance::OfSeveralSites { site, sites, seats } => write!(
                f,
                "at least {advised} people at `{site}`, one of {sites} sites: {seats} {} / {sites} / 25 % of the time each \
                 = {}, and more to stand in for one another",
                if *seats == 1 { "seat" } else { "seats" },
                seats.saturating_mul(4).div_ceil((*sites).max(1))
            ),
            Guidance::WeeklyInOneZone => write!(
                f,
                "at least {advised} people for one seat by the week in one zone: 1 seat / ({advised} - 1) people = 25 % of \
                 the time each while one is away"
            ),
            Guidance::QuarterOfTime { served_seconds, elapsed_seconds } => {
                let (served, elapsed) = (served_seconds / 3_600, elapsed_seconds / 3_600);
                write!(
                    f,
                    "at least {advised} people for 25 % of the time each: {served} h of seats / (0.25 x {elapsed} h)"
                )
            }
            Guidance::OnceAQuarter { seats, elapsed_seconds } => write!(
                f,
                "at most {advised} people, so that each has a seat in 13 weeks: {seats} seats x 2184 h / {} h",
                elapsed_seconds / 3_600
            ),
        }?;
        write!(f, "; there {} {people}", if *people == 1 { "is" } else { "are" })
    }
}

/// What is advised for seats and a team of this shape.
pub(super) fn of(case: &Case<'_>) -> Vec<Advice> {
    let seats: Vec<_> = case.seats.iter().filter(|seat| seat.role.is_duty()).collect();
    let Some(hull) = seats.iter().map(|seat| seat.span).reduce(Span::hull) else { return Vec::new() };
    let there = || case.team.people().iter().filter(|person| person.membership().clip(hull).is_some());
    let people = number(there().count());
    let roles: BTreeSet<Role> = seats.iter().map(|seat| seat.role).collect();
    let by_the_week = TimeDelta::days(6)..=TimeDelta::days(8);
    let is_weekly = seats.iter().all(|seat| by_the_week.contains(&seat.span.length()));
    let zones: BTreeSet<&str> = there().map(|person| person.zone().name()).collect();

    let mut sites: BTreeMap<&str, u64> = BTreeMap::new();
    for site in there().filter_map(|person| person.site()) {
        let count = sites.entry(site).or_default();
        *count = count.saturating_add(1);
    }
    let mut advice = Vec::new();
    // Who names no site may be anywhere: one zone for all is taken for one site.
    let is_one_site = sites.values().sum::<u64>() == people || zones.len() == 1;
    if sites.len() > 1 {
        advice.extend(sites.iter().map(|(site, people)| Advice {
            guidance: Guidance::OfSeveralSites {
                site: (*site).to_owned(),
                sites: number(sites.len()),
                seats: number(roles.len()),
            },
            advised: 6,
            people: *people,
        }));
    } else if roles.len() > 1 && is_one_site {
        advice.push(Advice { guidance: Guidance::SingleSite, advised: 8, people });
    } else if roles.len() == 1 && is_weekly && zones.len() == 1 {
        advice.push(Advice { guidance: Guidance::WeeklyInOneZone, advised: 5, people });
    }

    let served = seats.iter().fold(0_i64, |sum, seat| sum.saturating_add(seat.span.length().num_seconds()));
    let elapsed = hull.length().num_seconds();
    let whole = |n: i64| u64::try_from(n).unwrap_or(0);
    advice.push(Advice {
        guidance: Guidance::QuarterOfTime { served_seconds: served, elapsed_seconds: elapsed },
        advised: whole(served).saturating_mul(4).div_ceil(whole(elapsed).max(1)),
        people,
    });
    // Seats in 13 weeks, in the proportion of the time that there is.
    let quarter = whole(TimeDelta::weeks(13).num_seconds());
    if whole(elapsed) >= quarter {
        let in_quarter = u128::from(number(seats.len())).saturating_mul(u128::from(quarter));
        let in_quarter = in_quarter.checked_div(u128::from(whole(elapsed))).unwrap_or(0);
        let advised = u64::try_from(in_quarter).unwrap_or(u64::MAX);
        let guidance = Guidance::OnceAQuarter { seats: number(seats.len()), elapsed_seconds: elapsed };
        advice.push(Advice { guidance, advised, people });
    }
    advice
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
