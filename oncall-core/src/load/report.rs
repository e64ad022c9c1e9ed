//! The load of a team over a span: person by person, service by service, week by week.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use measure_core::rate::CountSeries;
use measure_core::trend::{Trend, trend};
use measure_core::{Level, NotEnough, Rate, Series};
use timeline_core::{CalendarPeriod, PeriodKind, Span, SpanSet, Tz};

use crate::burden::{Presence, whole_minutes};
use crate::error::Error;
use crate::hours::Hours;
use crate::load::burnout::{Burnout, Underload, burnout, underload};
use crate::load::limits::Limits;
use crate::load::on_call::{self, WeekOnCall};
use crate::load::page::Page;
use crate::load::pages::PageLoad;
use crate::load::sleep::{Sleep, nights_around};
use crate::load::verdict::{self, RateVerdict, TooLittle, float};
use crate::person::{PersonId, Role};
use crate::shift::Shift;
use crate::team::{Person, Team};

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Study<'a> {
    /// Whose load.
    pub team: &'a Team,
    /// The shifts as they were served; those of other teams' people are refused.
    pub shifts: &'a [Shift],
    /// The pages, in any order.
    pub pages: &'a [Page],
    /// From when to when; what is outside does not count. Its end is the instant at which things are known.
    pub span: Span,
    /// The zone of the weeks and quarters.
    pub zone: Tz,
    /// When it is night.
    pub hours: &'a Hours,
    /// What is too much.
    pub limits: &'a Limits,
    /// The level of intervals, bounds and tests.
    pub level: Level,
}

/// One shift and what came in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ShiftLoad {
    /// The shift.
    pub shift: Shift,
    /// Pages to this person in it.
    pub pages: u64,
    /// Of how many incidents.
    pub incidents: u64,
    /// Whether these are too many for the length of the part of it that lies in the span.
    pub over_limit: bool,
}

/// One week of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Week {
    /// Monday to Monday in the zone of the study, cut to its span.
    pub span: Span,
    /// Whether all of the week lies in the span.
    pub whole: bool,
    /// Minutes on call, as primary or secondary.
    pub minutes: u64,
    /// Pages that came while on call.
    pub pages: u64,
    /// Incidents that began for this person while on call.
    pub incidents: u64,
    /// Pages that came in the person's nights, on call or not.
    pub night_pages: u64,
    /// Whether the incidents are too many for the time on call.
    pub over_limit: bool,
}

/// How much of the time that somebody is there they are on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TimeOnCall {
    /// Minutes on call, as primary or secondary; both at once count once.
    pub minutes: u64,
    /// How much of the span the person was there.
    pub presence: Presence,
    /// The limit in per cent of that: of half a position, half as much of the calendar.
    pub percent: u32,
    /// Whether it is beyond the limit. Exact: nothing is estimated here.
    pub exceeds: bool,
}

/// The load of one person.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PersonLoad {
    /// Whose.
    pub person: PersonId,
    /// Time on call.
    pub time: TimeOnCall,
    /// Every shift on call in the span, in order.
    pub shifts: Vec<ShiftLoad>,
    /// Every week of the span, in order.
    pub weeks: Vec<Week>,
    /// The pages to this person.
    pub pages: PageLoad,
    /// Pages that came while the person was not on call.
    pub off_duty: u64,
    /// Incidents for each 12 hours on call, over the weeks on call. A week on call has seven days from the hour at which
    /// duty begins, whatever the day of the handoff, and one that ends within a day more has that as well; the next
    /// begins with the first duty after it. So a shift by the week is one, and a day on call every week is one as well.
    pub incidents: RateVerdict,
    /// Pages that came in nights on call, for as much night on call as a week has: two weeks of every second night are
    /// one. Neither nights off duty count nor the pages that come in them; [`off_duty`](Self::off_duty) and
    /// [`sleep`](Self::sleep) have those.
    pub night_pages: RateVerdict,
    /// Nights.
    pub sleep: Sleep,
    /// Whether incidents for each 12 hours on call rise or fall, over the weeks on call without a shift that the span
    /// cuts.
    pub trend: Result<Trend, NotEnough>,
    /// Signals of burnout.
    pub burnout: Burnout,
    /// On call too seldom.
    pub underload: Option<Underload>,
}

/// The load of a service, or of the whole team.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GroupLoad {
    /// The pages.
    pub pages: PageLoad,
    /// Incidents that began in each whole week.
    pub weekly_incidents: Vec<u64>,
    /// Whether these rise or fall.
    pub trend: Result<Trend, NotEnough>,
}

/// The load of a team.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LoadReport {
    /// From when to when.
    pub span: Span,
    /// Everybody, in the order of the team.
    pub people: Vec<PersonLoad>,
    /// All pages.
    pub team: GroupLoad,
    /// Incidents for each 12 hours of a primary on call, over the weeks with one.
    pub team_incidents: RateVerdict,
    /// By service, by name.
    pub services: BTreeMap<String, GroupLoad>,
    /// Shifts and pages outside the span, which do not count.
    pub outside: u64,
}

impl Study<'_> {
    /// Measures the load.
    ///
    /// # Errors
    /// [`Error::Several`] with an [`Error::UnknownPerson`] at each shift and page of somebody who is not in the team;
    /// [`Error::PeriodOutOfRange`] for a span shorter than a minute; [`Error::Time`] at the ends of time.
    pub fn report(&self) -> Result<LoadReport, Error> {
        self.check()?;
        let mut pages: Vec<&Page> = self.pages.iter().filter(|page| self.span.contains(page.at())).collect();
        pages.sort_by_key(|page| page.at());
        let shifts: Vec<&Shift> = self.shifts.iter().filter(|shift| shift.span.overlaps(self.span)).collect();
        let weeks: Vec<Span> =
            CalendarPeriod::over(PeriodKind::IsoWeek, self.zone, self.span)?.map(CalendarPeriod::span).collect();
        let (mut pages_of, mut shifts_of) = (BTreeMap::new(), BTreeMap::new());
        for page in &pages {
            pages_of.entry(page.person()).or_insert_with(Vec::new).push(*page);
        }
        for shift in &shifts {
            shifts_of.entry(&shift.person).or_insert_with(Vec::new).push(*shift);
        }
        let mut nights: BTreeMap<&str, SpanSet> = BTreeMap::new();
        let (mut people, never) = (Vec::new(), SpanSet::new());
        for person in self.team.people() {
            let own = pages_of.remove(person.id()).unwrap_or_default();
            let served = shifts_of.remove(person.id()).unwrap_or_default();
            let name = person.zone().name();
            let is_asked = !own.is_empty() || !served.is_empty();
            if is_asked && !nights.contains_key(name) {
                nights.insert(name, nights_around(self.hours, person.zone(), self.span)?);
            }
            let nights = nights.get(name).unwrap_or(&never);
            people.push(self.person(person, &own, served, &weeks, nights)?);
        }
        let mut by_service: BTreeMap<String, Vec<&Page>> = BTreeMap::new();
        for page in &pages {
            by_service.entry(page.service().to_owned()).or_default().push(page);
        }
        let services = by_service.into_iter().map(|(name, own)| Ok((name, self.group(&own, &weeks)?)));
        let primary: SpanSet = shifts
            .iter()
            .filter(|shift| shift.role == Role::Primary)
            .filter_map(|s| s.span.intersect(self.span))
            .collect();
        let outside = self.pages.len().saturating_sub(pages.len());
        let outside = outside.saturating_add(self.shifts.len().saturating_sub(shifts.len()));
        Ok(LoadReport {
            span: self.span,
            people,
            team_incidents: self.team_incidents(&pages, &primary)?,
            services: services.collect::<Result<_, Error>>()?,
            team: self.group(&pages, &weeks)?,
            outside: u64::try_from(outside).unwrap_or(u64::MAX),
        })
    }

    fn check(&self) -> Result<(), Error> {
        let unknown = |person: &PersonId| self.team.get(person).is_none();
        let fault = |path, person: &PersonId| (path, Error::UnknownPerson { person: person.clone() });
        let shifts = self.shifts.iter().enumerate().filter(|(_, shift)| unknown(&shift.person));
        let pages = self.pages.iter().enumerate().filter(|(_, page)| unknown(page.person()));
        let shifts = shifts.map(|(place, shift)| fault(format!("shifts[{place}].person"), &shift.person));
        let pages = pages.map(|(place, page)| fault(format!("pages[{place}].person"), page.person()));
        let faults: Vec<_> = shifts.chain(pages).collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::Several { faults }) }
    }

    fn person(
        &self,
        person: &Person,
        pages: &[&Page],
        mut served: Vec<&Shift>,
        weeks: &[Span],
        nights: &SpanSet,
    ) -> Result<PersonLoad, Error> {
        served.sort_by_key(|shift| (shift.span, shift.role));
        served.retain(|shift| shift.role.is_duty());
        let duty: SpanSet = served.iter().filter_map(|shift| shift.span.intersect(self.span)).collect();
        let on_duty: Vec<&Page> = pages.iter().copied().filter(|page| duty.contains(page.at())).collect();
        let back_to_sleep = TimeDelta::minutes(self.limits.given().minutes_back_to_sleep.into());
        let sleep = Sleep::of(pages, nights, person.zone(), back_to_sleep)?;
        let weeks = self.weeks(&on_duty, pages, &duty, weeks, nights);
        let on_call = self.weeks_on_call(&on_duty, &served, &duty, nights)?;
        let rates = on_call.iter().map(|week| Rate::new(week.incidents, half_days(week.minutes)));
        let whole_night = float(on_call::night_minutes_of_a_week(self.hours)?);
        let by_night = on_call.iter().filter(|week| week.night_minutes > 0);
        let nightly = by_night.map(|week| Rate::new(week.night_pages, float(week.night_minutes) / whole_night));
        let rising = on_call.iter().filter(|week| week.whole);
        let rising = rising.map(|week| float(week.incidents) / half_days(week.minutes));
        let trend = trend(&Series::new(rising.collect())?, self.level);
        let given = self.limits.given();
        let incident_limit = f64::from(given.incidents_per_12_hours);
        let weeks_needed = |have, need| TooLittle::Weeks { have, need };
        let nights_needed = |have, need| TooLittle::WeeksOfNights { have, need };
        let incidents = self.rate(rates.collect::<Result<_, _>>()?, incident_limit, weeks_needed)?;
        let night_limit = f64::from(given.night_pages_per_week);
        let night_pages = self.rate(nightly.collect::<Result<_, _>>()?, night_limit, nights_needed)?;
        let time = self.time(person, &duty)?;
        let off_duty = pages.len().saturating_sub(on_duty.len());
        Ok(PersonLoad {
            person: person.id().clone(),
            shifts: served.into_iter().map(|shift| self.shift(shift, pages)).collect(),
            pages: PageLoad::of(pages, self.span.end(), self.limits, self.level)?,
            off_duty: u64::try_from(off_duty).unwrap_or(u64::MAX),
            burnout: burnout(
                self,
                person,
                pages,
                &duty,
                &weeks,
                &on_call,
                &sleep,
                &time,
                &incidents,
                trend.as_ref().ok(),
            )?,
            underload: underload(self, person, &duty)?,
            time,
            weeks,
            incidents,
            night_pages,
            sleep,
            trend,
        })
    }

    fn rate(
        &self,
        weeks: Vec<Rate>,
        limit: f64,
        too_few: impl Fn(u64, u64) -> TooLittle,
    ) -> Result<RateVerdict, Error> {
        verdict::of_rate(&CountSeries::new(weeks)?, limit, self.limits.given().least_weeks, self.level, too_few)
    }

    fn weeks_on_call(
        &self,
        on_duty: &[&Page],
        served: &[&Shift],
        duty: &SpanSet,
        nights: &SpanSet,
    ) -> Result<Vec<WeekOnCall>, Error> {
        let first = first_pages(on_duty);
        let nights_on_call = duty.intersection(nights);
        let by_night: Vec<&Page> = on_duty.iter().copied().filter(|page| nights.contains(page.at())).collect();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let minutes = |set: &SpanSet| set.iter().map(whole_minutes).fold(0, u64::saturating_add);
        let cut_before = served.iter().any(|shift| shift.span.start() < self.span.start());
        let cut_after = served.iter().any(|shift| shift.span.end() > self.span.end());
        let weeks = on_call::weeks(duty, self.zone)?.into_iter().map(|span| {
            let (duty, incidents) = (duty.clip(span), count(within(&first, span).len()));
            let is_cut = cut_before && span.start() == self.span.start() || cut_after && span.end() >= self.span.end();
            WeekOnCall {
                whole: !is_cut,
                minutes: minutes(&duty),
                night_minutes: minutes(&nights_on_call.clip(span)),
                incidents,
                night_pages: count(within(&by_night, span).len()),
                over_limit: self.limits.too_many(incidents, duty.total()),
            }
        });
        Ok(weeks.filter(|week| week.minutes > 0).collect())
    }

    fn shift(&self, shift: &Shift, pages: &[&Page]) -> ShiftLoad {
        let inside = shift.span.intersect(self.span).unwrap_or(shift.span);
        let own = within(pages, inside);
        let incidents: BTreeSet<&str> = own.iter().map(|page| page.incident()).collect();
        let incidents = u64::try_from(incidents.len()).unwrap_or(u64::MAX);
        ShiftLoad {
            shift: shift.clone(),
            pages: u64::try_from(own.len()).unwrap_or(u64::MAX),
            incidents,
            over_limit: self.limits.too_many(incidents, inside.length()),
        }
    }

    fn weeks(&self, on_duty: &[&Page], all: &[&Page], duty: &SpanSet, weeks: &[Span], nights: &SpanSet) -> Vec<Week> {
        let first = first_pages(on_duty);
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let cut = weeks.iter().filter_map(|week| Some((week, week.intersect(self.span)?)));
        cut.map(|(week, span)| {
            let duty = duty.clip(span);
            let incidents = count(within(&first, span).len());
            let by_night = within(all, span).iter().filter(|page| nights.contains(page.at())).count();
            Week {
                span,
                whole: span == *week,
                minutes: duty.iter().map(whole_minutes).fold(0, u64::saturating_add),
                pages: count(within(on_duty, span).len()),
                incidents,
                night_pages: count(by_night),
                over_limit: self.limits.too_many(incidents, duty.total()),
            }
        })
        .collect()
    }

    fn time(&self, person: &Person, duty: &SpanSet) -> Result<TimeOnCall, Error> {
        let presence = Presence::of(person, self.span)?;
        let minutes = duty.iter().map(whole_minutes).fold(0, u64::saturating_add);
        let percent = self.limits.given().percent_on_call;
        // minutes / minutes there > percent x availability, both in ten-thousandths.
        let allowed = presence.parts().saturating_mul(percent.into());
        let exceeds = i128::from(minutes).saturating_mul(10_000) > allowed;
        Ok(TimeOnCall { minutes, presence, percent, exceeds })
    }

    fn group(&self, pages: &[&Page], weeks: &[Span]) -> Result<GroupLoad, Error> {
        let weekly = self.incidents_by_week(pages, weeks).into_iter();
        let weekly: Vec<u64> = weekly.filter(|(week, _)| self.span.covers(*week)).map(|(_, count)| count).collect();
        let trend = trend(&Series::new(weekly.iter().map(|count| float(*count)).collect())?, self.level);
        let pages = PageLoad::of(pages, self.span.end(), self.limits, self.level)?;
        Ok(GroupLoad { pages, weekly_incidents: weekly, trend })
    }

    fn team_incidents(&self, pages: &[&Page], primary: &SpanSet) -> Result<RateVerdict, Error> {
        let covered: Vec<&Page> = pages.iter().copied().filter(|page| primary.contains(page.at())).collect();
        let first = first_pages(&covered);
        let weekly = on_call::weeks(primary, self.zone)?.into_iter().filter_map(|week| {
            let minutes = primary.clip(week).iter().map(whole_minutes).fold(0, u64::saturating_add);
            let count = u64::try_from(within(&first, week).len()).unwrap_or(u64::MAX);
            (minutes > 0).then(|| Rate::new(count, half_days(minutes)))
        });
        let limit = f64::from(self.limits.given().incidents_per_12_hours);
        self.rate(weekly.collect::<Result<_, _>>()?, limit, |have, need| TooLittle::Weeks { have, need })
    }

    /// Incidents by the week of their first page.
    fn incidents_by_week(&self, pages: &[&Page], weeks: &[Span]) -> Vec<(Span, u64)> {
        let mut counts: Vec<(Span, u64)> = weeks.iter().map(|week| (*week, 0)).collect();
        for page in first_pages(pages) {
            let place = weeks.partition_point(|week| week.end() <= page.at());
            if let Some((_, count)) = counts.get_mut(place) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }
}

/// The first page of each incident, out of pages in order of time.
fn first_pages<'a>(pages: &[&'a Page]) -> Vec<&'a Page> {
    let mut seen = BTreeSet::new();
    pages.iter().copied().filter(|page| seen.insert(page.incident())).collect()
}

/// The pages of a span, out of pages in order of time.
fn within<'a, 'b>(pages: &'b [&'a Page], span: Span) -> &'b [&'a Page] {
    let before = |t| pages.partition_point(|page| page.at() < t);
    pages.get(before(span.start())..before(span.end())).unwrap_or_default()
}

/// Minutes as a number of 12-hour shifts.
fn half_days(minutes: u64) -> f64 {
    float(minutes) / 720.0
}
