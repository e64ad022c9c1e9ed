//! Quarters of mixed teams, made up but of the kind that teams bring: part time, leave, joiners, several zones with
//! their holidays, wishes, debts from before, plans that are published already.
#![expect(clippy::arithmetic_side_effects, reason = "dates of two years, and weeks of one quarter")]

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use oncall_core::burden::{Carries, Points};
use oncall_core::plan::{Budget, Duty, DutyShape, Request, plan};
use oncall_core::rules::{NamedRule, Rule, RuleSet};
use oncall_core::{
    Availability, Error, HolidayCalendar, Holidays, Membership, Person, PersonId, Preference, Role, Span, Team, Tz,
    Wish,
};

use crate::mix;

/// A quarter to plan, and what it is like.
#[derive(Debug, Clone)]
pub struct Quarter {
    /// In few words.
    pub name: String,
    /// What is asked.
    pub request: Request,
}

/// How many different quarters there are before they only differ by chance.
pub const KINDS: u64 = 8;

/// The quarter of a number, the same on every platform.
///
/// # Errors
/// None is expected: they are those of the library.
pub fn quarter(number: u64) -> Result<Quarter, Error> {
    let mut chance = Chance(number);
    let kind = number % KINDS;
    // Which roles, how weeks are cut, and how many weeks apart.
    let (cut, roles, apart, people): (Cut, &[Role], u32, u64) = match kind {
        0 => (Cut::Weeks, &[Role::Primary, Role::Secondary], 3, 8),
        1 => (Cut::Weeks, &[Role::Primary, Role::Secondary], 4, 11),
        2 => (Cut::Weekends, &[Role::Primary], 3, 8),
        3 => (Cut::Nights, &[Role::Primary], 3, 8),
        4 => (Cut::Weeks, &[Role::Primary, Role::Secondary], 4, 12),
        5 => (Cut::Weekends, &[Role::Primary, Role::Secondary], 2, 9),
        6 => (Cut::Nights, &[Role::Primary, Role::Secondary], 2, 10),
        _ => (Cut::Weeks, &[Role::Primary, Role::Secondary], 2, 8),
    };
    let quarter = chance.below(4);
    let monday = Start::ALL.get(usize::try_from(quarter).unwrap_or(0)).copied().unwrap_or(Start(2026, 10, 5)).date();
    let duties = cut.duties(monday, roles)?;
    let start = instant(monday)?;
    let span = Span::new(start, start + TimeDelta::weeks(13))?;
    let mut team = Vec::new();
    let mut carries = Carries::new();
    for place in 0..people {
        let person = person(&mut chance, place, span)?;
        if number.is_multiple_of(2) {
            let debt = i64::try_from(chance.below(1_600_000)).unwrap_or(0).saturating_sub(800_000);
            carries = carries.with(person.id().clone(), Points::new(debt)?);
        }
        team.push(person);
    }
    let mut request = Request::new(Team::new(team)?, duties);
    request.rules = RuleSet::default()
        .in_zone(Tz::Europe__Berlin)
        .without("one-week-in-4")
        .with(NamedRule::hard("weeks-apart", Rule::OneWeekIn { weeks: apart }))?;
    if !matches!(cut, Cut::Weeks) {
        // As bounds on numbers of unlike duties it is thousands of lists, which measures lists and not plans.
        request.rules = request.rules.without("quarter-of-time");
    }
    request.holidays = holidays(monday)?;
    request.carries = carries;
    let mut name =
        format!("{people} people, {}{}, 1 week in {apart}", cut.name(), if roles.len() > 1 { " x 2" } else { "" });
    if number % 3 == 2 {
        // What was published was planned in haste, before the last leave was known.
        let hasty = Request { carries: Carries::new(), ..request.clone() };
        request.published = plan(&hasty, Budget { nodes: 200 })?.shifts();
        name.push_str(", published");
    }
    Ok(Quarter { name, request })
}

/// How the weeks are cut.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Weeks,
    Weekends,
    Nights,
}

impl Cut {
    const fn name(self) -> &'static str {
        match self {
            Self::Weeks => "whole weeks",
            Self::Weekends => "weeks and weekends",
            Self::Nights => "days and nights",
        }
    }

    fn duties(self, monday: NaiveDate, roles: &[Role]) -> Result<Vec<Duty>, Error> {
        let hour = if matches!(self, Self::Weekends) { 0 } else { 9 };
        let handoff = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        let weekly = DutyShape::weekly(Tz::Europe__Berlin, monday, handoff)?.for_roles(roles);
        let hours: &[&str] = match self {
            Self::Weeks => return weekly.first(13),
            Self::Weekends => &["Mon-Fri 00:00-24:00 Europe/Berlin", "Sat-Sun 00:00-24:00 Europe/Berlin"],
            Self::Nights => &["Mon-Sun 09:00-21:00 Europe/Berlin", "Mon-Sun 21:00-09:00 Europe/Berlin"],
        };
        let mut duties = Vec::new();
        for hours in hours {
            duties.extend(weekly.clone().during(hours.parse()?).first(13)?);
        }
        Ok(duties)
    }
}

/// The first Monday of a quarter.
#[derive(Debug, Clone, Copy)]
struct Start(i32, u32, u32);

impl Start {
    const ALL: [Self; 4] = [Self(2026, 1, 5), Self(2026, 4, 6), Self(2026, 7, 6), Self(2026, 10, 5)];

    fn date(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, self.1, self.2).unwrap_or_default()
    }
}

fn instant(monday: NaiveDate) -> Result<DateTime<Utc>, Error> {
    Ok(DutyShape::weekly(Tz::Europe__Berlin, monday, NaiveTime::default())?
        .first(1)?
        .first()
        .and_then(Duty::hull)
        .map_or(DateTime::UNIX_EPOCH, Span::start))
}

fn person(chance: &mut Chance, place: u64, span: Span) -> Result<Person, Error> {
    const ZONES: [(Tz, &str); 4] = [
        (Tz::Europe__Berlin, "Berlin"),
        (Tz::Europe__Berlin, "Berlin"),
        (Tz::Europe__Lisbon, "Lisbon"),
        (Tz::America__Toronto, "Toronto"),
    ];
    let (zone, site) = ZONES.get(chance.index(ZONES.len())).copied().unwrap_or((Tz::UTC, "nowhere"));
    let share = [100, 100, 100, 100, 80, 80, 60, 50].get(chance.index(8)).copied().unwrap_or(100);
    let mut person = Person::new(PersonId::new(&format!("p{place}"))?)
        .in_zone(zone)
        .at_site(site)
        .with_availability(Availability::from_percent(share)?);
    let weeks = |chance: &mut Chance, least: i64, most: u64| -> Result<Span, Error> {
        let days = i64::try_from(chance.below(80)).unwrap_or(0);
        let length = least.saturating_add(i64::try_from(chance.below(most)).unwrap_or(0));
        let start = span.start() + TimeDelta::days(days);
        Ok(Span::new(start, start + TimeDelta::days(length))?)
    };
    for _ in 0..chance.below(3) {
        person = person.with_leave(weeks(chance, 3, 10)?, None);
    }
    if chance.below(2) == 0 {
        let (span, weight) = (weeks(chance, 2, 6)?, u32::try_from(chance.below(3)).unwrap_or(0).saturating_add(1));
        person = person.with_preference(Preference { span, wish: Wish::Avoid, weight });
    }
    if place == 2 {
        let joined = span.start() + TimeDelta::weeks(i64::try_from(chance.below(5)).unwrap_or(0));
        person = person.with_membership(Membership::new(Some(joined), None)?);
    }
    Ok(person)
}

fn holidays(monday: NaiveDate) -> Result<Holidays, Error> {
    let day = |weeks: u64, days: u64| {
        let date = monday.checked_add_days(chrono::Days::new(weeks * 7 + days)).unwrap_or(monday);
        (date, format!("the {date}"))
    };
    let calendar =
        |name: &str, zone, days: Vec<(NaiveDate, String)>| HolidayCalendar::new(name, zone, days)?.for_site(name);
    Holidays::new(vec![
        calendar("Berlin", Tz::Europe__Berlin, vec![day(1, 4), day(6, 0), day(11, 4), day(11, 5)])?,
        calendar("Lisbon", Tz::Europe__Lisbon, vec![day(2, 1), day(8, 2), day(11, 4)])?,
        calendar("Toronto", Tz::America__Toronto, vec![day(1, 0), day(11, 4), day(12, 4)])?,
    ])
}

/// A stream of numbers.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = mix(self.0);
        (self.0 >> 16) % bound.max(1)
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(u64::try_from(bound).unwrap_or(1))).unwrap_or(0)
    }
}
