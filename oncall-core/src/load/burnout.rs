//! Signals that somebody bears too much, or is on call too seldom to stay in practice: each with its numbers.

use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use measure_core::trend::{Direction, Trend};
use timeline_core::{CalendarPeriod, PeriodKind, Span, SpanSet};

use crate::burden::{Presence, whole_minutes};
use crate::error::Error;
use crate::load::on_call::WeekOnCall;
use crate::load::page::Page;
use crate::load::report::{Study, TimeOnCall, Week};
use crate::load::sleep::Sleep;
use crate::load::verdict::{Evidence, RateVerdict, Verdict};
use crate::load::words::counted;
use crate::team::Person;

/// One reason to look after somebody.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Signal {
    /// Incidents for each 12 hours on call are beyond the limit, at the level.
    TooManyIncidents(Evidence),
    /// The last weeks on call were each over the limit of incidents.
    WeeksOverLimit {
        /// How many in a row, up to the last.
        weeks: u32,
        /// How many in a row are a signal.
        limit: u32,
    },
    /// Each of the last weeks had a page.
    NoWeekWithoutPages {
        /// How many weeks.
        weeks: u32,
        /// The pages in them.
        pages: u64,
    },
    /// Too many of the last weeks' nights were interrupted.
    NightsInterrupted {
        /// How many nights.
        nights: u64,
        /// In how many weeks.
        weeks: u32,
        /// How many are a signal.
        limit: u32,
        /// Minutes awake in them.
        minutes_awake: u64,
    },
    /// Incidents for each 12 hours on call rise, beyond chance.
    Rising(Trend),
    /// On call for more of the time than the limit.
    TooMuchTime(TimeOnCall),
    /// Duty right before or right after a vacation.
    NoRestAroundLeave {
        /// The vacation.
        leave: Span,
        /// From the end of the last duty; 0 where duty reaches into it.
        before: Option<TimeDelta>,
        /// To the beginning of the next.
        after: Option<TimeDelta>,
        /// What there should be at least.
        limit: TimeDelta,
    },
    /// On call on leave.
    ServedOnLeave {
        /// For how many minutes.
        minutes: u64,
    },
    /// Pages that came on leave.
    PagedOnLeave {
        /// How many.
        pages: u64,
    },
}

/// How much reason there is to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Concern {
    /// No signal.
    None,
    /// A signal, too few for a warning.
    Watch,
    /// Signals enough.
    Warning,
}

/// The signals of one person, and what they amount to.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Burnout {
    /// How much reason there is to act.
    pub concern: Concern,
    /// Why.
    pub signals: Vec<Signal>,
}

/// Whole quarters in which a person was there and yet never on call. Being on call at least once or twice a quarter
/// keeps people in practice (SRE book, chapter 11).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Underload {
    /// The quarters, as `2026-Q1`; never empty.
    pub quarters: Vec<String>,
}

#[expect(clippy::too_many_arguments, reason = "each signal has its own source")]
pub(crate) fn burnout(
    study: &Study<'_>,
    person: &Person,
    pages: &[&Page],
    duty: &SpanSet,
    weeks: &[Week],
    on_call: &[WeekOnCall],
    sleep: &Sleep,
    time: &TimeOnCall,
    incidents: &RateVerdict,
    trend: Option<&Trend>,
) -> Result<Burnout, Error> {
    let given = study.limits.given();
    let mut signals = Vec::new();
    if let Verdict::Exceeds(evidence) = incidents.verdict {
        signals.push(Signal::TooManyIncidents(evidence));
    }
    let in_a_row = on_call.iter().rev().take_while(|week| week.over_limit).count();
    let in_a_row = u32::try_from(in_a_row).unwrap_or(u32::MAX);
    if in_a_row >= given.weeks_over_limit {
        signals.push(Signal::WeeksOverLimit { weeks: in_a_row, limit: given.weeks_over_limit });
    }
    signals.extend(last_weeks(study, pages, weeks, sleep)?);
    if let Some(trend) = trend.filter(|trend| trend.direction == Direction::Rising) {
        signals.push(Signal::Rising(*trend));
    }
    if time.exceeds {
        signals.push(Signal::TooMuchTime(*time));
    }
    let away = person.away();
    signals.extend(around_leave(study, &away, duty));
    let served = duty.intersection(&away).iter().map(whole_minutes).fold(0, u64::saturating_add);
    if served > 0 {
        signals.push(Signal::ServedOnLeave { minutes: served });
    }
    let on_leave = pages.iter().filter(|page| away.contains(page.at())).count();
    if on_leave > 0 {
        signals.push(Signal::PagedOnLeave { pages: u64::try_from(on_leave).unwrap_or(u64::MAX) });
    }
    let enough = usize::try_from(given.signals_for_warning).unwrap_or(usize::MAX);
    let concern = match signals.len() {
        0 => Concern::None,
        few if few < enough => Concern::Watch,
        _ => Concern::Warning,
    };
    Ok(Burnout { concern, signals })
}

/// What the last whole weeks show, if there are as many.
fn last_weeks(study: &Study<'_>, pages: &[&Page], weeks: &[Week], sleep: &Sleep) -> Result<Vec<Signal>, Error> {
    let given = study.limits.given();
    let many = usize::try_from(given.weeks_looked_back).unwrap_or(usize::MAX);
    let last: Vec<Span> = weeks.iter().rev().filter(|week| week.whole).take(many).map(|week| week.span).collect();
    let mut signals = Vec::new();
    let (Some(newest), Some(oldest), true) = (last.first(), last.last(), last.len() == many) else {
        return Ok(signals);
    };
    let looked_back = Span::new(oldest.start(), newest.end())?;
    let within = |span: &Span| pages.iter().filter(|page| span.contains(page.at())).count();
    if last.iter().all(|week| within(week) > 0) {
        let pages = u64::try_from(within(&looked_back)).unwrap_or(u64::MAX);
        signals.push(Signal::NoWeekWithoutPages { weeks: given.weeks_looked_back, pages });
    }
    let interrupted = || sleep.interruptions.iter().filter(|awake| looked_back.contains(awake.span.start()));
    let mut evenings: Vec<_> = interrupted().map(|awake| awake.evening).collect();
    evenings.dedup();
    let nights = u64::try_from(evenings.len()).unwrap_or(u64::MAX);
    if nights >= u64::from(given.nights_interrupted) {
        let minutes_awake = interrupted().map(|awake| whole_minutes(awake.span)).fold(0, u64::saturating_add);
        let (weeks, limit) = (given.weeks_looked_back, given.nights_interrupted);
        signals.push(Signal::NightsInterrupted { nights, weeks, limit, minutes_awake });
    }
    Ok(signals)
}

/// Vacations without rest before or after. Leave of the same person that touches or overlaps is one; duty that reaches
/// into it leaves no rest.
fn around_leave(study: &Study<'_>, away: &SpanSet, duty: &SpanSet) -> Vec<Signal> {
    let given = study.limits.given();
    let limit = TimeDelta::hours(given.hours_around_leave.into());
    let vacation = TimeDelta::days(given.days_of_vacation.into());
    let duties = duty.difference(away);
    let rest =
        |from: DateTime<Utc>, until: DateTime<Utc>| Some(until.signed_duration_since(from)).filter(|gap| *gap < limit);
    let leaves = away.iter().filter(|leave| leave.length() >= vacation && leave.overlaps(study.span));
    let signals = leaves.filter_map(|leave| {
        let last = duties.iter().take_while(|duty| duty.end() <= leave.start()).last();
        let next = duties.iter().find(|duty| duty.start() >= leave.end());
        let before = last.and_then(|last| rest(last.end(), leave.start()));
        let after = next.and_then(|next| rest(leave.end(), next.start()));
        let short = before.is_some() || after.is_some();
        short.then_some(Signal::NoRestAroundLeave { leave, before, after, limit })
    });
    signals.collect()
}

/// The whole quarters in the span without duty, in each of which the person was there for half the time at least.
pub(crate) fn underload(study: &Study<'_>, person: &Person, duty: &SpanSet) -> Result<Option<Underload>, Error> {
    let mut quarters = Vec::new();
    for quarter in CalendarPeriod::over(PeriodKind::Quarter, study.zone, study.span)? {
        let presence = Presence::of(person, quarter.span())?;
        let there = presence.minutes().saturating_mul(2) >= presence.of_minutes();
        if study.span.covers(quarter.span()) && there && duty.clip(quarter.span()).is_empty() {
            quarters.push(quarter.label());
        }
    }
    Ok((!quarters.is_empty()).then_some(Underload { quarters }))
}

fn hours(length: &TimeDelta) -> String {
    counted(length.num_hours().unsigned_abs(), "hour")
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyIncidents(evidence) => write!(f, "too many incidents in 12 hours on call: {evidence}"),
            Self::WeeksOverLimit { weeks: 1, limit } => {
                write!(f, "the last week on call was over the limit of incidents ({limit} in a row are a signal)")
            }
            Self::WeeksOverLimit { weeks, limit } => write!(
                f,
                "the last {weeks} weeks on call were over the limit of incidents ({limit} in a row are a signal)"
            ),
            Self::NoWeekWithoutPages { weeks: 1, pages } => {
                write!(f, "the last week was not free of pages ({pages} in all)")
            }
            Self::NoWeekWithoutPages { weeks, pages } => {
                write!(f, "no week of the last {weeks} was free of pages ({pages} in all)")
            }
            Self::NightsInterrupted { nights, weeks, limit, minutes_awake } => write!(
                f,
                "{} interrupted in the last {}, {} awake (from {} on it is a signal)",
                counted(*nights, "night"),
                counted((*weeks).into(), "week"),
                counted(*minutes_awake, "minute"),
                counted((*limit).into(), "night")
            ),
            Self::Rising(trend) => write!(f, "incidents in 12 hours on call are {trend:.2}"),
            Self::TooMuchTime(time) => {
                let there = time.presence.share() * 100.0;
                let (on_call, of) = (time.minutes / 60, time.presence.of_minutes() / 60);
                write!(
                    f,
                    "on call for {on_call} of {of} hours, there for {there:.0} % of them (limit {} %)",
                    time.percent
                )
            }
            Self::NoRestAroundLeave { leave, before, after, limit } => {
                write!(f, "leave in {leave} without {} of rest", hours(limit))?;
                let mut say = |gap: &Option<TimeDelta>, side| match gap {
                    Some(gap) => write!(f, ", {} {side}", hours(gap)),
                    None => Ok(()),
                };
                say(before, "before")?;
                say(after, "after")
            }
            Self::ServedOnLeave { minutes } => write!(f, "on call for {} of leave", counted(*minutes, "minute")),
            Self::PagedOnLeave { pages } => write!(f, "{} on leave", counted(*pages, "page")),
        }
    }
}
