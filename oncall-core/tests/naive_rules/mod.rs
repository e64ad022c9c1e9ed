//! Each rule by looking at every hour, or at every pair, and at nothing else of the crate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc, Weekday};
use oncall_core::rules::{Case, Rule, RuleSet};
use oncall_core::{Holidays, Person, PersonId, Requirements, Shift, Span, TimeCategory, Tz, Wish};
use timeline_core::PeriodKind;

mod pieces;

use pieces::{Part, Parts, in_one_piece, is_alone};

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The people who break the rule.
pub(crate) fn breakers(
    rule: &Rule,
    set: &RuleSet,
    case: &Case<'_>,
    groups: &[Vec<usize>],
    all: &[Shift],
) -> BTreeSet<PersonId> {
    let all = &in_one_piece(case, all);
    let breaks = |person: &&Person| breaks(rule, set.zone(), person, case, groups, all);
    case.team.people().iter().filter(breaks).map(|person| person.id().clone()).collect()
}

fn breaks(rule: &Rule, zone: Tz, person: &Person, case: &Case<'_>, groups: &[Vec<usize>], all: &[Shift]) -> bool {
    let has = Parts::new(case, groups, person.id(), all);
    let every: Vec<&Shift> = all.iter().filter(|shift| shift.person == *person.id()).collect();
    let mine: Vec<&Shift> = every.iter().copied().filter(|shift| shift.role.is_duty()).collect();
    let planned = |shift: &Shift| case.span.contains(shift.span.start());
    let any = |shifts: &[&Shift], bad: &dyn Fn(&Shift) -> bool| shifts.iter().any(|shift| planned(shift) && bad(shift));
    let any_pair = |bad: &dyn Fn(&Part<'_>, &Part<'_>) -> bool| {
        let (parts, places) = (&has.parts, || 0..has.parts.len());
        let is_planned = |i: usize, j: usize| planned(parts[i].shift) || planned(parts[j].shift);
        places().any(|i| places().any(|j| i != j && is_planned(i, j) && bad(&parts[i], &parts[j])))
    };
    let too_many = |kind: PeriodKind, most: u32, counts: &dyn Fn(&Part<'_>) -> bool| {
        let mut periods: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        for part in has.firsts(counts) {
            let entry = periods.entry(period(kind, zone, part.shift.span.start())).or_default();
            entry.0 += 1;
            entry.1 |= planned(part.shift);
        }
        periods.values().any(|(count, is_planned)| *is_planned && *count > most)
    };
    match rule {
        Rule::Membership => {
            any(&every, &|shift| !hours(shift.span).all(|t| is_member(person, t)) || !is_member(person, last(shift)))
        }
        Rule::Leave => any(&every, &|shift| hours(shift.span).any(|t| is_away(person, t))),
        Rule::Requirements => any(&every, &|shift| {
            // Of a shift that is no seat nobody says which one it fills.
            let of_role = case.seats.iter().filter(|seat| seat.role == shift.role);
            let (same, around): (Vec<_>, Vec<_>) =
                of_role.filter(|seat| seat.span.overlaps(shift.span)).partition(|seat| seat.span == shift.span);
            let within = around.iter().copied().filter(|seat| seat.span.covers(shift.span)).collect::<Vec<_>>();
            let asks = [same, within, around].into_iter().find(|seats| !seats.is_empty()).unwrap_or_default();
            !asks.is_empty() && !asks.iter().any(|seat| brings(person, &seat.requires))
        }),
        Rule::OneRole => any_pair(&|a, b| hours(a.shift.span).any(|t| b.shift.span.contains(t))),
        Rule::MinRest { minutes } => any_pair(&|a, b| {
            let rest = (b.shift.span.start() - a.shift.span.end()).num_minutes();
            let is_one = a.is_of_the_seat_of(b) || (rest == 0 && (has.is_beside(a) || has.is_beside(b)));
            !is_one && rest >= 0 && rest < i64::from(*minutes)
        }),
        Rule::MaxLength { minutes } => {
            any(&mine, &|shift| hours(shift.span).count() * 60 > usize::try_from(*minutes).unwrap())
        }
        Rule::NoBackToBack => {
            let starts = case.seats.iter().filter(|seat| seat.role.is_duty()).map(|seat| seat.span.start());
            let served = all.iter().filter(|shift| shift.role.is_duty() && is_alone(case, shift));
            let starts: BTreeSet<_> = starts.chain(served.map(|shift| shift.span.start())).collect();
            any_pair(&|a, b| {
                let follows = |end| starts.iter().find(|start| **start >= end);
                let are_turns = has.is_turn(a) && has.is_turn(b) && !a.is_of_the_turn_of(b);
                let firsts: Vec<_> = has.seats(b).into_iter().map(|seat| seat.start()).collect();
                are_turns
                    && has.seats(a).iter().any(|seat| follows(seat.end()).is_some_and(|next| firsts.contains(next)))
            })
        }
        Rule::OneWeekIn { weeks } => any_pair(&|a, b| {
            let monday = |t: DateTime<Utc>| {
                let date = wall(zone, t).0;
                date - chrono::Days::new(u64::from(date.weekday().num_days_from_monday()))
            };
            let days = (monday(has.turn(b).start()) - monday(has.turn(a).start())).num_days();
            // A day over full weeks is a week more.
            let served = ((has.turn(a).length().num_hours() / 24 - 1).max(0) / 7 + 1) * i64::from(*weeks);
            has.is_turn(a) && has.is_turn(b) && days > 0 && days < 7 * served
        }),
        Rule::ShareOfTime { percent, weeks, slack_minutes } => {
            let length = TimeDelta::weeks(i64::from(*weeks));
            let most = length.num_minutes() * i64::from(*percent) / 100 + i64::from(*slack_minutes);
            let (Some(first), Some(end)) =
                (mine.iter().map(|shift| shift.span.start()).min(), mine.iter().map(|shift| shift.span.end()).max())
            else {
                return false;
            };
            // Every hour, and the minute after and before it: shifts begin on the hour and bounds are whole minutes.
            let window = Span::new(first - length - HOUR, end + HOUR).unwrap();
            hours(window).any(|hour| {
                [-1, 0, 1].into_iter().any(|minute| {
                    let start = hour + TimeDelta::minutes(minute);
                    let window = Span::starting_at(start, length).unwrap();
                    let part = |shift: &&&Shift| shift.span.intersect(window).is_some();
                    let time =
                        |shift: &Shift| shift.span.intersect(window).map_or(0, |part| part.length().num_minutes());
                    mine.iter().filter(part).any(|shift| planned(shift))
                        && mine.iter().map(|shift| time(shift)).sum::<i64>() > most
                })
            })
        }
        Rule::MaxNights { count, per, night_minutes } => too_many(*per, *count, &|part| {
            let at_night = |t: &DateTime<Utc>| is_night(person.zone(), *t);
            hours(part.shift.span).filter(at_night).count() * 60 >= usize::try_from(*night_minutes).unwrap()
        }),
        Rule::MaxHolidays { count, per } => {
            too_many(*per, *count, &|part| hours(part.shift.span).any(|t| !names(person, case.holidays, t).is_empty()))
        }
        Rule::NoHolidaysInARow { join_days } => {
            // Number the hours of holidays: a new number after a pause.
            let all_time = mine.iter().map(|shift| shift.span).reduce(Span::hull);
            let mut number_of: BTreeMap<DateTime<Utc>, i64> = BTreeMap::new();
            let (mut number, mut last) = (0, None::<DateTime<Utc>>);
            for t in all_time.into_iter().flat_map(hours) {
                if !names(person, case.holidays, t).is_empty() {
                    let pause = last.map_or(0, |last| (t - last).num_hours());
                    if pause > i64::from(*join_days) * 24 + 1 {
                        number += 1;
                    }
                    number_of.insert(t, number);
                    last = Some(t + HOUR);
                }
            }
            let numbers = |part: &Part<'_>| -> BTreeSet<i64> {
                hours(part.shift.span).filter_map(|t| number_of.get(&t).copied()).collect()
            };
            let follow =
                |a: &Part<'_>, b: &Part<'_>| numbers(a).iter().any(|number| numbers(b).contains(&(number + 1)));
            any_pair(&|a, b| !a.is_of_the_seat_of(b) && follow(a, b))
        }
        Rule::NotSameHoliday { .. } => {
            // All in one year here.
            false
        }
        Rule::MaxShifts { count, per, role } => {
            too_many(*per, *count, &|part| role.is_none_or(|role| role == part.shift.role) && has.is_shift(part))
        }
        Rule::MinShifts { count, per } => {
            let mut spans: BTreeMap<String, Vec<DateTime<Utc>>> = BTreeMap::new();
            for t in hours(
                Span::new(case.span.start() - TimeDelta::days(100), case.span.end() + TimeDelta::days(100)).unwrap(),
            ) {
                spans.entry(period(*per, zone, t)).or_default().push(t);
            }
            spans.iter().any(|(label, hours)| {
                let in_period = |t: DateTime<Utc>| period(*per, zone, t) == *label;
                let seats = case.seats.iter().filter(|seat| seat.role.is_duty()).map(|seat| seat.span.start());
                let served = all.iter().filter(|shift| shift.role.is_duty()).map(|shift| shift.span.start());
                let shifts = has.firsts(|part| has.is_shift(part)).into_iter();
                hours.iter().all(|t| case.span.contains(*t) && is_member(person, *t))
                    && hours.iter().any(|t| !is_away(person, *t))
                    && seats.chain(served).any(in_period)
                    && shifts.filter(|part| in_period(part.shift.span.start())).count() < *count as usize
            })
        }
        Rule::Preferences => person.preferences().iter().filter(|wish| wish.weight > 0).any(|wish| {
            let inside = |span: Span| hours(span).any(|t| wish.span.contains(t));
            match wish.wish {
                Wish::Avoid => any(&mine, &|shift| inside(shift.span)),
                Wish::Prefer => {
                    let seats = case.seats.iter().filter(|seat| seat.role.is_duty()).map(|seat| seat.span);
                    let served = all.iter().filter(|shift| shift.role.is_duty()).map(|shift| shift.span);
                    seats.chain(served).any(|span| case.span.contains(span.start()) && inside(span))
                        && !mine.iter().any(|shift| inside(shift.span))
                }
            }
        }),
        _ => unreachable!(),
    }
}

fn hours(span: Span) -> impl Iterator<Item = DateTime<Utc>> {
    (0..).map(move |n| span.start() + TimeDelta::hours(n)).take_while(move |t| *t < span.end())
}

fn last(shift: &Shift) -> DateTime<Utc> {
    shift.span.end() - TimeDelta::minutes(1)
}

fn is_member(person: &Person, t: DateTime<Utc>) -> bool {
    person.membership().from().is_none_or(|from| from <= t) && person.membership().until().is_none_or(|until| t < until)
}

fn brings(person: &Person, requires: &Requirements) -> bool {
    requires.skills.iter().all(|skill| person.skills().contains(skill))
        && requires.site.as_deref().is_none_or(|site| person.site() == Some(site))
}

fn is_away(person: &Person, t: DateTime<Utc>) -> bool {
    person.leave().iter().any(|leave| leave.span.contains(t))
}

fn wall(zone: Tz, t: DateTime<Utc>) -> (NaiveDate, u32) {
    let local = t.with_timezone(&zone);
    (local.date_naive(), local.hour())
}

fn is_night(zone: Tz, t: DateTime<Utc>) -> bool {
    let hour = wall(zone, t).1;
    !(7..22).contains(&hour)
}

fn names(person: &Person, holidays: &Holidays, t: DateTime<Utc>) -> Vec<String> {
    let calendars = holidays.calendars().iter().filter(|calendar| {
        calendar.sites().is_empty() || person.site().is_some_and(|site| calendar.sites().contains(site))
    });
    let days = calendars.flat_map(|calendar| {
        let date = wall(calendar.zone(), t).0;
        calendar.days().filter(move |(day, _)| *day == date).map(|(_, name)| name.to_owned())
    });
    days.collect()
}

/// What an hour is for a person.
pub(crate) fn category(person: &Person, holidays: &Holidays, t: DateTime<Utc>) -> TimeCategory {
    let weekday = wall(person.zone(), t).0.weekday();
    if !names(person, holidays, t).is_empty() {
        TimeCategory::Holiday
    } else if is_night(person.zone(), t) {
        TimeCategory::Night
    } else if matches!(weekday, Weekday::Sat | Weekday::Sun) {
        TimeCategory::Weekend
    } else {
        TimeCategory::Weekday
    }
}

fn period(kind: PeriodKind, zone: Tz, t: DateTime<Utc>) -> String {
    let date = wall(zone, t).0;
    match kind {
        PeriodKind::Day => date.to_string(),
        PeriodKind::IsoWeek => format!("{:?}", date.iso_week()),
        PeriodKind::Month => format!("{}-{}", date.year(), date.month()),
        PeriodKind::Quarter => format!("{}Q{}", date.year(), date.quarter()),
        PeriodKind::Year => date.year().to_string(),
    }
}
