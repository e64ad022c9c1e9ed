//! Each rule as limits over the duties of one person: the one definition behind checks and constraints.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use timeline_core::{CalendarPeriod, PeriodKind, Span, SpanSet};

use super::reason::{Bound, Reason};
use super::turns::{Grouping, Hold, Part, Place, Turns, Weight, once_a_seat};
use super::{Rule, RuleSet};
use crate::error::Error;
use crate::holidays::Holidays;
use crate::person::Role;
use crate::shift::{Requirements, Seat};
use crate::team::{Person, Team, Wish};

mod apart;
mod windows;

/// What shifts are judged against.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The people.
    pub team: &'a Team,
    /// Their holidays.
    pub holidays: &'a Holidays,
    /// What is to be served in the span.
    pub seats: &'a [Seat],
    /// What is planned: shifts that start outside of it are as they are, and count with those inside.
    pub span: Span,
}

/// A shift, or a seat that may become one.
#[derive(Debug, Clone)]
pub(super) struct Duty<'a> {
    pub(super) span: Span,
    pub(super) role: Role,
    /// One of these has to be met, if there are any.
    pub(super) requires: Vec<&'a Requirements>,
    /// Whether it is served already and not to be judged.
    pub(super) fixed: bool,
    /// Whether it is a seat that somebody else serves, or nobody: it may say which windows of time are looked at.
    pub(super) open: bool,
    /// Where it is in the turns, once that is looked up.
    pub(super) place: Option<Place>,
    /// The number of what is taken as a whole, where that is less than a turn.
    pub(super) unit: Option<usize>,
    pub(super) weight: Weight,
    pub(super) hold: Hold,
    /// The places of others, with each set of which it is a turn, where it is none by itself.
    pub(super) with: Vec<Vec<usize>>,
}

impl<'a> Duty<'a> {
    pub(super) const fn new(span: Span, role: Role, requires: Vec<&'a Requirements>) -> Self {
        Self {
            span,
            role,
            requires,
            fixed: false,
            open: false,
            place: None,
            unit: None,
            weight: Weight::WHOLE,
            hold: Hold::Open,
            with: Vec::new(),
        }
    }

    /// The seat of which it is a piece.
    pub(super) fn piece_of(&self) -> Option<(Role, Place)> {
        self.place.filter(|place| place.seat != self.span).map(|place| (self.role, place))
    }

    /// Whether it is in no seat, and too short for one.
    fn is_beside(&self) -> bool {
        self.place.is_none() && self.weight.of_seat == Part::Less
    }

    /// Whether both are pieces of one seat.
    fn is_of_one_seat(&self, other: &Self) -> bool {
        self.role == other.role && self.place.is_some() && self.place == other.place
    }
}

/// A bound on the weights of the duties that one person serves.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    /// Places in the list of duties, and weights.
    pub(super) items: Vec<(usize, u64)>,
    pub(super) bound: Bound,
    pub(super) reason: Reason,
    pub(super) span: Span,
}

/// A limit over the duties that are not served yet: when, which of them with what weights, how much, and why.
pub(super) type Key = (Span, Vec<(usize, u64)>, Bound, Reason);

impl Limit {
    /// The limit over what is not served yet, less what is; `None` where that forbids nothing.
    pub(super) fn over_free(&self, duties: &[Duty<'_>]) -> Option<Key> {
        let is_fixed = |item: usize| duties.get(item).is_some_and(|duty| duty.fixed);
        let (fixed, free): (Vec<_>, Vec<_>) = self.items.iter().copied().partition(|(item, _)| is_fixed(*item));
        let served = fixed.iter().fold(0_u64, |sum, (_, weight)| sum.saturating_add(*weight));
        let all = free.iter().fold(0_u64, |sum, (_, weight)| sum.saturating_add(*weight));
        let (mut items, bound) = match self.bound {
            Bound::AtMost(most) => match most.checked_sub(served) {
                Some(left) if all <= left => return None,
                Some(left) => (free.into_iter().filter(|(_, weight)| *weight > 0).collect::<Vec<_>>(), left),
                // Too much already: nothing may be added, be it ever so little.
                None => (free.into_iter().map(|(item, weight)| (item, weight.max(1))).collect(), 0),
            },
            Bound::AtLeast(least) => (free, least.saturating_sub(served)),
        };
        items.sort_unstable();
        match self.bound {
            Bound::AtMost(_) if items.is_empty() => None,
            Bound::AtLeast(_) if bound == 0 => None,
            Bound::AtMost(_) => Some((self.span, items, Bound::AtMost(bound), self.reason.clone())),
            Bound::AtLeast(_) => Some((self.span, items, Bound::AtLeast(bound), self.reason.clone())),
        }
    }
}

/// How many times a bound is broken by so much of these weights: of time on call by each shift that has to go until the
/// rest fits, the longest first; of anything else by each count beyond.
pub(super) fn times(bound: Bound, reason: &Reason, served: &[u64]) -> u64 {
    let sum = served.iter().fold(0_u64, |sum, weight| sum.saturating_add(*weight));
    let (Reason::Time, Bound::AtMost(most)) = (reason, bound) else { return bound.excess(sum) };
    let mut weights = served.to_vec();
    weights.sort_unstable_by_key(|weight| core::cmp::Reverse(*weight));
    let mut left = sum;
    let too_many = weights.into_iter().take_while(|weight| {
        let is_over = left > most;
        left = left.saturating_sub(*weight);
        is_over
    });
    u64::try_from(too_many.count()).unwrap_or(u64::MAX)
}

/// What the rules need to know beside the duties of one person.
pub(super) struct Ground<'a> {
    pub(super) set: &'a RuleSet,
    pub(super) case: &'a Case<'a>,
    /// The spans of every duty of everybody and of every seat, in order.
    turns: Vec<Span>,
    /// When turns start, pieces of them aside.
    starts: Vec<DateTime<Utc>>,
    /// What people take as wholes.
    pub(super) wholes: Turns,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        set: &'a RuleSet,
        case: &'a Case<'a>,
        grouping: &Grouping<'_>,
        served: impl Iterator<Item = (Span, Role)>,
    ) -> Self {
        let wholes = Turns::of(case, grouping);
        let seats = case.seats.iter().map(|seat| (seat.span, seat.role));
        let all = seats.chain(served).filter(|(_, role)| role.is_duty()).collect::<Vec<_>>();
        let is_whole = |(span, role): &&(Span, Role)| wholes.find(*span, *role).is_none_or(|place| place.seat == *span);
        let mut starts: Vec<_> = all.iter().filter(is_whole).map(|(span, _)| span.start()).collect();
        starts.extend(wholes.starts());
        let mut turns: Vec<_> = all.into_iter().map(|(span, _)| span).collect();
        turns.sort_unstable();
        turns.dedup();
        starts.sort_unstable();
        starts.dedup();
        Self { set, case, turns, starts, wholes }
    }

    /// From the first to the last of what the duty is of.
    fn turn(&self, duty: &Duty<'_>) -> Span {
        duty.place.and_then(|place| self.wholes.hull(place)).unwrap_or(duty.span)
    }

    /// What the rule asks of duties, whoever serves them, `None` if that depends on the person.
    pub(super) fn of_anybody(&self, rule: &Rule, duties: &[Duty<'_>]) -> Option<Result<Vec<Limit>, Error>> {
        let limits = match rule {
            Rule::OneRole => Ok(one_role(duties)),
            Rule::MinRest { minutes } => Ok(rest(duties, minutes_of(*minutes))),
            Rule::MaxLength { minutes } => Ok(length(duties, minutes_of(*minutes))),
            Rule::NoBackToBack => Ok(self.back_to_back(duties)),
            Rule::OneWeekIn { weeks } => self.weeks(duties, i64::from(*weeks)),
            Rule::ShareOfTime { percent, weeks, slack_minutes } => {
                Ok(windows::limits(duties, *percent, *weeks, *slack_minutes))
            }
            Rule::MaxShifts { count, per, role } => {
                let counts =
                    |duty: &Duty<'_>| duty.weight.of_seat != Part::Less && role.is_none_or(|role| role == duty.role);
                self.periods(duties, *per, *count, counts, |period| Reason::Shifts { period, role: *role })
            }
            _ => return None,
        };
        Some(limits)
    }

    /// What the rule asks of duties if this person serves them, for the rules that depend on the person.
    pub(super) fn of_person(&self, rule: &Rule, person: &Person, duties: &[Duty<'_>]) -> Result<Vec<Limit>, Error> {
        match rule {
            Rule::Membership => Ok(membership(person, duties)),
            Rule::Leave => Ok(leave(person, duties)),
            Rule::Requirements => Ok(requirements(person, duties)),
            Rule::Preferences => Ok(self.preferences(person, duties)),
            Rule::MaxNights { count, per, night_minutes } => {
                let nights = match hull(duties) {
                    Some(hull) => self.set.hours().nights(person.zone(), hull)?,
                    None => SpanSet::new(),
                };
                let least = minutes_of(*night_minutes);
                let counts = |duty: &Duty<'_>| overlap(&nights, duty.span) >= least;
                self.periods(duties, *per, *count, counts, |period| Reason::Nights { period })
            }
            Rule::MaxHolidays { count, per } => {
                let holidays = match hull(duties) {
                    Some(hull) => self.case.holidays.spans_for(person, hull)?,
                    None => SpanSet::new(),
                };
                let counts = |duty: &Duty<'_>| overlap(&holidays, duty.span) > TimeDelta::zero();
                self.periods(duties, *per, *count, counts, |period| Reason::Holidays { period })
            }
            Rule::NoHolidaysInARow { join_days } => self.holidays_in_a_row(person, duties, *join_days),
            Rule::NotSameHoliday { years } => self.same_holiday(person, duties, *years),
            Rule::MinShifts { count, per } => self.least_shifts(person, duties, *per, *count),
            _ => Ok(Vec::new()),
        }
    }

    /// At most `most` of the duties that count in each period.
    fn periods(
        &self,
        duties: &[Duty<'_>],
        per: PeriodKind,
        most: u32,
        counts: impl Fn(&Duty<'_>) -> bool,
        reason: impl Fn(String) -> Reason,
    ) -> Result<Vec<Limit>, Error> {
        let mut periods: BTreeMap<Span, (String, Vec<(usize, u64)>)> = BTreeMap::new();
        for (place, duty) in once_a_seat(on_duty(duties).filter(|(_, duty)| counts(duty)), false) {
            let period = CalendarPeriod::containing(per, self.set.zone(), duty.span.start())?;
            periods.entry(period.span()).or_insert_with(|| (period.label(), Vec::new())).1.push((place, 1));
        }
        let limit = |(span, (label, items))| Limit {
            items,
            bound: Bound::AtMost(u64::from(most)),
            reason: reason(label),
            span,
        };
        Ok(periods.into_iter().map(limit).collect())
    }

    fn least_shifts(
        &self,
        person: &Person,
        duties: &[Duty<'_>],
        per: PeriodKind,
        least: u32,
    ) -> Result<Vec<Limit>, Error> {
        let away = person.away();
        let shifts = once_a_seat(on_duty(duties).filter(|(_, duty)| duty.weight.of_seat == Part::Most), true);
        let mut limits = Vec::new();
        for period in CalendarPeriod::over(per, self.set.zone(), self.case.span)? {
            let span = period.span();
            let first = self.turns.partition_point(|turn| turn.start() < span.start());
            let has_turns = self.turns.get(first).is_some_and(|turn| span.contains(turn.start()));
            let is_there = person.membership().covers(span) && overlap(&away, span) < span.length();
            if self.case.span.covers(span) && has_turns && is_there {
                let inside = shifts.iter().filter(|(_, duty)| span.contains(duty.span.start()));
                limits.push(Limit {
                    items: inside.map(|(place, _)| (*place, 1)).collect(),
                    bound: Bound::AtLeast(u64::from(least)),
                    reason: Reason::Shifts { period: period.label(), role: None },
                    span,
                });
            }
        }
        Ok(limits)
    }

    fn preferences(&self, person: &Person, duties: &[Duty<'_>]) -> Vec<Limit> {
        let mut limits = Vec::new();
        for wish in person.preferences().iter().filter(|wish| wish.weight > 0) {
            let inside = || on_duty(duties).filter(|(_, duty)| duty.span.overlaps(wish.span));
            match wish.wish {
                Wish::Avoid => {
                    let reason = Reason::Avoided { weight: wish.weight };
                    limits.extend(inside().map(|(place, duty)| never(place, duty, reason.clone())));
                }
                Wish::Prefer => {
                    let is_open = |turn: &&Span| self.case.span.contains(turn.start()) && turn.overlaps(wish.span);
                    if self.turns.iter().any(|turn| is_open(&turn)) {
                        limits.push(Limit {
                            items: inside().map(|(place, _)| (place, 1)).collect(),
                            bound: Bound::AtLeast(1),
                            reason: Reason::Preferred { weight: wish.weight },
                            span: wish.span,
                        });
                    }
                }
            }
        }
        limits
    }

    /// The holidays of the person by date and name, in order of time, in all the time of the duties.
    fn holidays(&self, person: &Person, duties: &[Duty<'_>]) -> Result<Vec<(Span, NaiveDate, &'a str)>, Error> {
        let mut days = Vec::new();
        if let Some(hull) = hull(duties) {
            for calendar in self.case.holidays.calendars().iter().filter(|calendar| calendar.holds_for(person)) {
                days.extend(calendar.days_within(hull)?);
            }
        }
        days.sort_unstable();
        Ok(days)
    }

    fn holidays_in_a_row(&self, person: &Person, duties: &[Duty<'_>], join_days: u32) -> Result<Vec<Limit>, Error> {
        let days = self.holidays(person, duties)?;
        // An hour more for a change of clocks between two days.
        let join = TimeDelta::days(i64::from(join_days)).checked_add(&TimeDelta::hours(1)).unwrap_or(TimeDelta::MAX);
        // Each day with the number of its period.
        let mut numbered: Vec<(Span, NaiveDate, usize)> = Vec::new();
        let (mut period, mut end) = (0_usize, None::<DateTime<Utc>>);
        for (span, date, _) in days {
            if end.is_some_and(|end| span.start().signed_duration_since(end) > join) {
                period = period.saturating_add(1);
            }
            end = Some(end.map_or(span.end(), |end| end.max(span.end())));
            numbered.push((span, date, period));
        }
        let touched: Vec<Vec<(NaiveDate, usize)>> = duties
            .iter()
            .map(|duty| {
                let days = numbered.iter().filter(|(span, ..)| duty.role.is_duty() && span.overlaps(duty.span));
                days.map(|(_, date, period)| (*date, *period)).collect()
            })
            .collect();
        let judge = |a: &[(NaiveDate, usize)], b: &[(NaiveDate, usize)]| {
            a.iter().find_map(|(first, earlier)| {
                let later = b.iter().find(|(_, later)| later.abs_diff(*earlier) == 1)?.0;
                Some(Reason::HolidaysInARow { first: *first.min(&later), second: *first.max(&later) })
            })
        };
        Ok(marked_pairs(duties, &touched, judge))
    }

    fn same_holiday(&self, person: &Person, duties: &[Duty<'_>], years: u32) -> Result<Vec<Limit>, Error> {
        let days = self.holidays(person, duties)?;
        let touched: Vec<Vec<(NaiveDate, &str)>> = duties
            .iter()
            .map(|duty| {
                let days = days.iter().filter(|(span, ..)| duty.role.is_duty() && span.overlaps(duty.span));
                days.map(|(_, date, name)| (*date, *name)).collect()
            })
            .collect();
        let judge = |a: &[(NaiveDate, &str)], b: &[(NaiveDate, &str)]| {
            a.iter().find_map(|(first, name)| {
                let is_again = |(second, other): &&(NaiveDate, &str)| {
                    let apart = second.year().abs_diff(first.year());
                    other == name && apart >= 1 && apart <= years
                };
                let second = b.iter().find(is_again)?.0;
                let (first, second) = (*first.min(&second), *first.max(&second));
                Some(Reason::SameHoliday { holiday: (*name).to_owned(), first, second })
            })
        };
        Ok(marked_pairs(duties, &touched, judge))
    }
}

fn minutes_of(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

fn on_duty<'d, 'a>(duties: &'d [Duty<'a>]) -> impl Iterator<Item = (usize, &'d Duty<'a>)> {
    duties.iter().enumerate().filter(|(_, duty)| duty.role.is_duty())
}

fn hull(duties: &[Duty<'_>]) -> Option<Span> {
    duties.iter().map(|duty| duty.span).reduce(Span::hull)
}

/// The time of `span` that is in `set`.
pub(super) fn overlap(set: &SpanSet, span: Span) -> TimeDelta {
    let spans = set.as_slice();
    let first = spans.partition_point(|known| known.end() <= span.start());
    let inside = spans.get(first..).unwrap_or_default().iter().map_while(|known| known.intersect(span));
    inside.fold(TimeDelta::zero(), |sum, part| sum.checked_add(&part.length()).unwrap_or(TimeDelta::MAX))
}

/// Nobody serves this.
fn never(place: usize, duty: &Duty<'_>, reason: Reason) -> Limit {
    Limit { items: vec![(place, 1)], bound: Bound::AtMost(0), reason, span: duty.span }
}

/// Nobody serves both.
fn not_both((i, a): (usize, &Duty<'_>), (j, b): (usize, &Duty<'_>), reason: Reason) -> Limit {
    let items = if i < j { vec![(i, 1), (j, 1)] } else { vec![(j, 1), (i, 1)] };
    Limit { items, bound: Bound::AtMost(1), reason, span: a.span.hull(b.span) }
}

/// The pairs of duties that `judge` has something against: the first starts no later than the second, the second no
/// later than the `reach` of the first.
fn pairs<'a>(
    duties: &[Duty<'a>],
    reach: impl Fn(&Duty<'a>) -> DateTime<Utc>,
    mut judge: impl FnMut(&Duty<'a>, &Duty<'a>) -> Option<Reason>,
) -> Vec<Limit> {
    let mut order: Vec<_> = on_duty(duties).collect();
    order.sort_by_key(|(_, duty)| duty.span);
    let mut limits = Vec::new();
    for (place, (i, a)) in order.iter().enumerate() {
        let until = reach(a);
        let later = order.iter().skip(place.saturating_add(1)).take_while(|(_, b)| b.span.start() <= until);
        for (j, b) in later.filter(|(_, b)| !(a.fixed && b.fixed)) {
            limits.extend(judge(a, b).map(|reason| not_both((*i, a), (*j, b), reason)));
        }
    }
    limits
}

/// The pairs of duties whose marks `judge` has something against.
fn marked_pairs<M>(duties: &[Duty<'_>], marks: &[Vec<M>], judge: impl Fn(&[M], &[M]) -> Option<Reason>) -> Vec<Limit> {
    let marked: Vec<_> = duties.iter().zip(marks).enumerate().filter(|(_, (_, marks))| !marks.is_empty()).collect();
    let mut limits = Vec::new();
    for (place, (i, (a, of_a))) in marked.iter().enumerate() {
        let later = marked.iter().skip(place.saturating_add(1));
        let later = later.filter(|(_, (b, _))| !(a.fixed && b.fixed || a.is_of_one_seat(b)));
        for (j, (b, of_b)) in later {
            limits.extend(judge(of_a, of_b).map(|reason| not_both((*i, a), (*j, b), reason)));
        }
    }
    limits
}

fn one_role(duties: &[Duty<'_>]) -> Vec<Limit> {
    let judge = |a: &Duty<'_>, b: &Duty<'_>| {
        a.span.intersect(b.span).map(|both| Reason::Overlap { seconds: both.length().num_seconds() })
    };
    pairs(duties, |a| a.span.end(), judge)
}

fn rest(duties: &[Duty<'_>], least: TimeDelta) -> Vec<Limit> {
    let judge = |a: &Duty<'_>, b: &Duty<'_>| {
        let rest = b.span.start().signed_duration_since(a.span.end());
        let is_short = rest >= TimeDelta::zero() && rest < least && !a.is_of_one_seat(b);
        // A few hours beside a seat make the shift longer.
        let is_short = is_short && !(rest.is_zero() && (a.is_beside() || b.is_beside()));
        is_short.then(|| Reason::Rest { seconds: rest.num_seconds(), least: least.num_seconds() })
    };
    pairs(duties, |a| a.span.end().checked_add_signed(least).unwrap_or(DateTime::<Utc>::MAX_UTC), judge)
}

fn length(duties: &[Duty<'_>], most: TimeDelta) -> Vec<Limit> {
    let reason = |length: TimeDelta| Reason::TooLong { seconds: length.num_seconds(), most: most.num_seconds() };
    let too_long = on_duty(duties).filter(|(_, duty)| duty.span.length() > most);
    let alone = too_long.map(|(place, duty)| never(place, duty, reason(duty.span.length())));
    // Pieces of a seat that are to be filled each by itself may make one.
    let judge = |a: &Duty<'_>, b: &Duty<'_>| {
        let both = a.span.hull(b.span).length();
        let adjoin = a.is_of_one_seat(b) && a.span.end() == b.span.start();
        let is_new = both > most && a.span.length() <= most && b.span.length() <= most;
        (adjoin && is_new).then(|| reason(both))
    };
    alone.chain(pairs(duties, |a| a.span.end(), judge)).collect()
}

fn membership(person: &Person, duties: &[Duty<'_>]) -> Vec<Limit> {
    let outside = duties.iter().enumerate().filter(|(_, duty)| !person.membership().covers(duty.span));
    let reason = |duty: &Duty<'_>| {
        let inside = person.membership().clip(duty.span).map_or(0, |span| span.length().num_seconds());
        Reason::NotMember { seconds: duty.span.length().num_seconds().saturating_sub(inside) }
    };
    outside.map(|(place, duty)| never(place, duty, reason(duty))).collect()
}

fn leave(person: &Person, duties: &[Duty<'_>]) -> Vec<Limit> {
    let away = person.away();
    if away.is_empty() {
        return Vec::new();
    }
    let mut limits = Vec::new();
    for (place, duty) in duties.iter().enumerate() {
        let time = overlap(&away, duty.span);
        if time > TimeDelta::zero() {
            let here = person.leave().iter().filter(|leave| leave.span.overlaps(duty.span));
            let why: BTreeSet<&str> = here.filter_map(|leave| leave.reason.as_deref()).collect();
            let why = (!why.is_empty()).then(|| why.into_iter().collect::<Vec<_>>().join(", "));
            limits.push(never(place, duty, Reason::Away { seconds: time.num_seconds(), why }));
        }
    }
    limits
}

fn requirements(person: &Person, duties: &[Duty<'_>]) -> Vec<Limit> {
    let missing = |requires: &Requirements| {
        let skills: BTreeSet<String> = requires.skills.difference(person.skills()).cloned().collect();
        let site = requires.site.clone().filter(|site| person.site() != Some(site.as_str()));
        (!skills.is_empty() || site.is_some()).then_some(Reason::Missing { skills, site })
    };
    let mut limits = Vec::new();
    for (place, duty) in duties.iter().enumerate() {
        let mut all = duty.requires.iter().map(|requires| missing(requires));
        // Good if one of them is met: a shift may serve any of the seats that it matches.
        if let Some(Some(reason)) = all.next()
            && all.all(|other| other.is_some())
        {
            limits.push(never(place, duty, reason));
        }
    }
    limits
}

/// Whether the person brings what is required.
pub(super) fn meets(person: &Person, requires: &Requirements) -> bool {
    requires.skills.is_subset(person.skills())
        && requires.site.as_deref().is_none_or(|site| person.site() == Some(site))
}
