//! The laws of rotations, against a second implementation that goes from shift to shift with chrono's own local time.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use oncall_core::rotation::{FollowTheSun, Rotation, ShiftLength, Site, Split, Turn, WeekTime};
use oncall_core::{Membership, PersonId, Role, Span, SpanSet, Tz};
use proptest::prelude::*;
use timeline_core::WeeklyWindow;

/// As many shifts as the naive implementation looks at.
const SHIFTS: usize = 48;

/// Zones and days around which their clocks change, or do not.
const PLACES: &[(Tz, (i32, u32, u32))] = &[
    (Tz::Europe__Berlin, (2026, 3, 29)),
    (Tz::Europe__Berlin, (2026, 10, 25)),
    (Tz::America__New_York, (2027, 3, 14)),
    (Tz::Australia__Lord_Howe, (2026, 4, 5)),
    (Tz::Asia__Kolkata, (2028, 2, 29)),
    (Tz::America__Sao_Paulo, (2018, 11, 4)),
    (Tz::America__St_Johns, (2006, 10, 29)),
    (Tz::Pacific__Apia, (2011, 12, 30)),
    (Tz::Pacific__Kwajalein, (1969, 9, 30)),
    (Tz::Pacific__Kwajalein, (1993, 8, 21)),
    (Tz::Antarctica__Troll, (2024, 10, 27)),
];

#[derive(Debug, Clone)]
struct Spec {
    zone: Tz,
    start: NaiveDateTime,
    length: ShiftLength,
    /// With the first and last instant of each as minutes from the start.
    people: Vec<(Option<i64>, Option<i64>)>,
    first: Option<usize>,
    secondary: Option<i32>,
    shadow: Option<i32>,
}

/// A shift or a part of it, and who has it.
type NaiveTurn = (u64, Span, Option<String>);

/// The local time of `wall`, minute by minute past a gap.
fn naive_instant(zone: Tz, mut wall: NaiveDateTime) -> DateTime<Utc> {
    loop {
        if let Some(found) = zone.from_local_datetime(&wall).earliest() {
            return found.with_timezone(&Utc);
        }
        wall += TimeDelta::minutes(1);
    }
}

fn naive_start(spec: &Spec, index: i64) -> DateTime<Utc> {
    let (zone, start) = (spec.zone, spec.start);
    match spec.length {
        ShiftLength::Minutes(n) => naive_instant(zone, start) + TimeDelta::minutes(index * i64::from(n.get())),
        ShiftLength::Hours(n) => naive_instant(zone, start) + TimeDelta::hours(index * i64::from(n.get())),
        ShiftLength::Days(n) => naive_instant(zone, start + Days::new(index as u64 * u64::from(n.get()))),
        ShiftLength::Weeks(n) => naive_instant(zone, start + Days::new(7 * index as u64 * u64::from(n.get()))),
        ShiftLength::Months(n) => {
            let month = start.year() * 12 + start.month0() as i32 + index as i32 * n.get() as i32;
            let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
            let date = (1..=start.day()).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day)).unwrap();
            naive_instant(zone, date.and_time(start.time()))
        }
    }
}

fn name(place: usize) -> PersonId {
    PersonId::new(&format!("p{place}")).unwrap()
}

impl Spec {
    fn membership(&self, place: usize) -> Membership {
        let start = naive_instant(self.zone, self.start);
        let at = |minutes: Option<i64>| minutes.map(|minutes| start + TimeDelta::minutes(minutes));
        let (from, until) = self.people[place];
        Membership::new(at(from), at(until)).unwrap()
    }

    fn rotation(&self) -> Rotation {
        let mut builder = Rotation::builder(self.zone, self.length, self.start);
        for place in 0..self.people.len() {
            builder = builder.member(name(place), self.membership(place));
        }
        if let Some(first) = self.first {
            builder = builder.first(name(first));
        }
        if let Some(offset) = self.secondary {
            builder = builder.role(Role::Secondary, offset);
        }
        if let Some(offset) = self.shadow {
            builder = builder.role(Role::Shadow, offset);
        }
        builder.build().unwrap()
    }

    /// Shift by shift, person by person: the turns of the primary, the secondary and the shadow.
    fn naive(&self) -> [Vec<NaiveTurn>; 3] {
        let places = self.people.len();
        let mut next = self.first.unwrap_or(0);
        let mut turns: [Vec<NaiveTurn>; 3] = [const { Vec::new() }; 3];
        for index in 0..SHIFTS {
            let (start, end) = (naive_start(self, index as i64), naive_start(self, index as i64 + 1));
            let leave = (0..places).filter_map(|place| self.membership(place).until());
            let mut bounds: Vec<_> = leave.filter(|until| start < *until && *until < end).collect();
            bounds.extend([start, end]);
            bounds.sort_unstable();
            let mut holder = None;
            for part in bounds.windows(2) {
                let there = |place: &usize| {
                    let membership = self.membership(*place);
                    membership.from().is_none_or(|from| from <= start)
                        && membership.until().is_none_or(|until| part[0] < until || end <= until)
                };
                let cycle: Vec<_> = (next..places).chain(0..next).filter(there).collect();
                holder = cycle.first().copied();
                // Who has the turn goes on with it for as long as that person is there.
                next = holder.unwrap_or(next);
                let nth = |offset: i32| {
                    cycle.get((i64::from(offset)).rem_euclid(cycle.len().max(1) as i64) as usize).copied()
                };
                let primary = nth(0);
                let secondary = self.secondary.and_then(nth).filter(|place| Some(*place) != primary);
                let taken = [primary, secondary];
                let shadow = self.shadow.and_then(nth).filter(|place| !taken.contains(&Some(*place)));
                let Ok(span) = Span::new(part[0], part[1]) else { continue };
                for (turns, place) in turns.iter_mut().zip([primary, secondary, shadow]) {
                    let person = place.map(|place| name(place).to_string());
                    match turns.last_mut() {
                        Some((of, last, who)) if *of == index as u64 && *who == person => *last = last.hull(span),
                        _ => turns.push((index as u64, span, person)),
                    }
                }
            }
            if let Some(place) = holder {
                next = place + 1;
            }
        }
        turns
    }

    /// From some days before the start to the end of the last shift that the naive implementation knows.
    fn horizon(&self) -> Span {
        let start = naive_instant(self.zone, self.start);
        Span::new(start - TimeDelta::days(3), naive_start(self, SHIFTS as i64)).unwrap()
    }
}

fn length() -> impl Strategy<Value = ShiftLength> {
    let lengths = ["30m", "1h", "8h", "36h", "1d", "1d", "2d", "1w", "2w", "1M", "3M"];
    prop::sample::select(lengths.to_vec()).prop_map(|text| text.parse().unwrap())
}

fn start() -> impl Strategy<Value = (Tz, NaiveDateTime)> {
    // Close enough for the change to lie among the shifts, at midnight more often than at other minutes.
    let minutes = prop_oneof![2 => Just(0), 1 => Just(150), 3 => 0..1440_i64];
    (prop::sample::select(PLACES), 0..40_u64, minutes).prop_map(|((zone, (y, m, d)), before, minutes)| {
        let day = NaiveDate::from_ymd_opt(y, m, d).unwrap() - Days::new(before);
        let at = |minutes| day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        (zone, at(minutes))
    })
}

fn dates() -> impl Strategy<Value = (Option<i64>, Option<i64>)> {
    // In days more often than not, so that dates fall on handoffs too.
    let instant = || prop_oneof![(-4..40_i64).prop_map(|days| days * 1440), (-600..60_000_i64)];
    (prop::option::of(instant()), prop::option::of(instant())).prop_map(|(from, until)| {
        if from.zip(until).is_some_and(|(from, until)| from >= until) { (from, None) } else { (from, until) }
    })
}

fn spec_of(people: impl Strategy<Value = Vec<(Option<i64>, Option<i64>)>>) -> impl Strategy<Value = Spec> {
    let offset =
        || prop::option::of(prop_oneof![Just(1), Just(-1), -9..10_i32].prop_filter("is primary's", |n| *n != 0));
    (start(), length(), people, prop::option::of(0..100_usize), offset(), offset()).prop_map(
        |((zone, start), length, people, first, secondary, shadow)| {
            let first = first.map(|first| first % people.len());
            let shadow = shadow.filter(|offset| secondary != Some(*offset));
            Spec { zone, start, length, people, first, secondary, shadow }
        },
    )
}

fn spec() -> impl Strategy<Value = Spec> {
    spec_of(prop::collection::vec(dates(), 1..7))
}

/// Everybody is always there, and the calendar leaves no day out (its turn would go with it).
fn steady() -> impl Strategy<Value = Spec> {
    let spec = spec_of(prop::collection::vec(Just((None, None)), 2..7));
    spec.prop_filter("a day was left out", |spec| spec.naive()[0].len() == SHIFTS)
}

/// Who has the turns, shift after shift.
fn holders(rotation: &Rotation, within: Span) -> Vec<String> {
    rotation.shifts(within).unwrap().map(|(_, person)| person.to_string()).collect()
}

fn without(turns: &[String], person: &str) -> Vec<String> {
    turns.iter().filter(|holder| *holder != person).cloned().collect()
}

fn longer<'a>(one: &'a [String], other: &'a [String]) -> (&'a [String], &'a [String]) {
    let both = one.len().min(other.len());
    (&one[..both], &other[..both])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn turns_are_those_of_counting_shift_by_shift(spec in spec()) {
        let rotation = spec.rotation();
        let naive = spec.naive();
        let horizon = spec.horizon();
        let [primary, secondary, shadow] = naive;
        let text = |turn: Turn<'_>| (turn.index, turn.span, turn.person.map(ToString::to_string));
        prop_assert_eq!(rotation.turns(horizon).unwrap().map(text).collect::<Vec<_>>(), primary);
        for (role, offset, theirs) in
            [(Role::Secondary, spec.secondary, secondary), (Role::Shadow, spec.shadow, shadow)]
        {
            if offset.is_none() {
                prop_assert!(rotation.turns_as(role, horizon).is_err());
            } else {
                prop_assert_eq!(rotation.turns_as(role, horizon).unwrap().map(text).collect::<Vec<_>>(), theirs);
            }
        }
    }

    #[test]
    fn the_turn_at_an_instant_is_the_one_that_holds_it(spec in spec(), parts in prop::collection::vec(0..1_000_000_i64, 20)) {
        let rotation = spec.rotation();
        let horizon = spec.horizon();
        let turns: Vec<_> = rotation.turns(horizon).unwrap().collect();
        let inside = parts.iter().map(|part| horizon.start() + TimeDelta::seconds(horizon.length().num_seconds() / 1_000_000 * part));
        let bounds = turns.iter().flat_map(|turn| [turn.span.start(), turn.span.end() - TimeDelta::nanoseconds(1)]);
        for t in inside.chain(bounds) {
            let found = rotation.turn_at(t).unwrap();
            prop_assert_eq!(found, turns.iter().copied().find(|turn| turn.span.contains(t)));
            for role in rotation.roles().iter().map(|known| known.role) {
                let holding = rotation.turns_as(role, horizon).unwrap().find(|turn| turn.span.contains(t));
                prop_assert_eq!(rotation.turn_as(role, t).unwrap(), holding);
            }
            if let Some(turn) = found {
                let first = turns.iter().copied().find(|other| other.index == turn.index);
                prop_assert_eq!(rotation.turn(turn.index).unwrap(), first);
            }
        }
    }

    #[test]
    fn turns_follow_one_another_from_the_start_on_and_gaps_are_where_they_have_nobody(spec in spec()) {
        let rotation = spec.rotation();
        let horizon = spec.horizon();
        for role in rotation.roles().iter().map(|known| known.role) {
            let turns: Vec<_> = rotation.turns_as(role, horizon).unwrap().collect();
            let mut since = naive_instant(spec.zone, spec.start);
            let mut gaps = SpanSet::from_spans([Span::new(horizon.start(), since).unwrap()]);
            for turn in &turns {
                prop_assert_eq!(turn.span.start(), since);
                since = turn.span.end();
                if turn.person.is_none() {
                    gaps.insert(turn.span);
                }
            }
            prop_assert_eq!(since, horizon.end());
            prop_assert_eq!(rotation.gaps_as(role, horizon).unwrap(), gaps);
        }
    }

    #[test]
    fn turns_within_a_span_are_those_of_a_wider_one_cut_to_it(spec in spec(), a in 0..1000_i64, b in 1..1000_i64) {
        let rotation = spec.rotation();
        let horizon = spec.horizon();
        let part = horizon.length() / 2000;
        let within = Span::new(horizon.start() + part * a as i32, horizon.start() + part * (a + b) as i32).unwrap();
        let cut: Vec<_> = rotation
            .turns(horizon)
            .unwrap()
            .filter_map(|turn| Some((turn.index, turn.span.intersect(within)?, turn.person)))
            .collect();
        let ours: Vec<_> = rotation.turns(within).unwrap().map(|turn| (turn.index, turn.span, turn.person)).collect();
        prop_assert_eq!(ours, cut);
        prop_assert_eq!(rotation.gaps(within).unwrap(), rotation.gaps(horizon).unwrap().clip(within));
    }

    #[test]
    fn when_somebody_leaves_the_turns_are_those_from_before_without_the_leavers(
        spec in steady(), who in 0..100_usize, when in 0..40_000_i64,
    ) {
        let who = who % spec.people.len();
        let mut left = spec.clone();
        left.people[who].1 = Some(when.max(1));
        let horizon = spec.horizon();
        let until = left.membership(who).until().unwrap();
        let (before, after) = (spec.rotation(), left.rotation());
        let (before_names, after_names) = (holders(&before, horizon), holders(&after, horizon));
        let leaver = name(who).to_string();
        let (others_before, others_after) = (without(&before_names, &leaver), without(&after_names, &leaver));
        let (one, other) = longer(&others_before, &others_after);
        prop_assert_eq!(one, other);
        // What the leaver has before the date is kept, and ends with it.
        let of_leaver = |rotation: &Rotation| -> Vec<Span> {
            rotation.shifts(horizon).unwrap().filter(|(_, person)| person.as_str() == leaver).map(|(span, _)| span).collect()
        };
        let past = Span::new(horizon.start(), until.min(horizon.end())).unwrap();
        let kept: Vec<_> = of_leaver(&before).into_iter().filter_map(|span| span.intersect(past)).collect();
        prop_assert_eq!(of_leaver(&after), kept);
    }

    #[test]
    fn when_somebody_joins_the_turns_of_the_others_keep_their_order_and_the_joiners_lie_between_them(
        spec in steady(), who in 0..100_usize, when in -100..40_000_i64,
    ) {
        let who = who % spec.people.len();
        let mut joined = spec.clone();
        joined.people[who].0 = Some(when);
        let mut never = spec.clone();
        never.people[who].0 = Some(i64::from(i32::MAX));
        let horizon = spec.horizon();
        let (names, others) = (holders(&joined.rotation(), horizon), holders(&never.rotation(), horizon));
        let joiner = name(who).to_string();
        let kept = without(&names, &joiner);
        prop_assert_eq!(&kept[..], &others[..kept.len()]);
        // From the first turn on, each round has one of the joiner's.
        if let Some(first) = names.iter().position(|holder| *holder == joiner) {
            for round in names[first..].chunks(spec.people.len()) {
                let people: BTreeSet<_> = round.iter().collect();
                prop_assert_eq!(people.len(), round.len());
            }
        }
    }

    #[test]
    fn what_happens_from_a_date_on_changes_nothing_before_it_whenever_it_is_entered(
        spec in spec(), who in 0..100_usize, when in 0..40_000_i64, joins in any::<bool>(),
    ) {
        let horizon = spec.horizon();
        let date = naive_instant(spec.zone, spec.start) + TimeDelta::minutes(when);
        let changed = if joins {
            // A new place anywhere in the cycle.
            let mut builder = Rotation::builder(spec.zone, spec.length, spec.start);
            for place in 0..spec.people.len() {
                if place == who % spec.people.len() {
                    builder = builder.member(PersonId::new("new").unwrap(), Membership::new(Some(date), None).unwrap());
                }
                builder = builder.member(name(place), spec.membership(place));
            }
            builder.first(name(spec.first.unwrap_or(0))).build().unwrap()
        } else {
            let mut changed = spec.clone();
            let dates = &mut changed.people[who % spec.people.len()];
            if dates.0.is_some_and(|from| from >= when) || dates.1.is_some_and(|until| until <= when) {
                return Ok(());
            }
            dates.1 = Some(when);
            changed.rotation()
        };
        let Ok(before) = Span::new(horizon.start(), date.min(horizon.end())) else { return Ok(()) };
        let past = |rotation: &Rotation, role| -> Vec<(Span, Option<String>)> {
            let turns = rotation.turns_as(role, before).unwrap();
            turns.map(|turn| (turn.span, turn.person.map(ToString::to_string))).collect()
        };
        for role in changed.roles().iter().map(|known| known.role) {
            prop_assert_eq!(past(&spec.rotation(), role), past(&changed, role));
        }
    }

    #[test]
    fn nobody_has_two_roles_at_once(spec in spec()) {
        let rotation = spec.rotation();
        let turns = |role| rotation.turns_as(role, spec.horizon()).unwrap().map(|turn| turn.span.start());
        for t in rotation.roles().iter().flat_map(|known| turns(known.role)) {
            let roles = rotation.roles().iter();
            let people: Vec<_> = roles.filter_map(|known| rotation.turn_as(known.role, t).unwrap().unwrap().person).collect();
            let distinct: BTreeSet<_> = people.iter().collect();
            prop_assert_eq!(distinct.len(), people.len());
        }
    }

    #[test]
    fn a_round_trip_through_json_gives_an_equal_rotation(spec in spec()) {
        let rotation = spec.rotation();
        let json = serde_json::to_string(&rotation).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rotation>(&json).unwrap(), rotation);
    }

    #[test]
    fn the_parts_of_a_split_share_no_instant_and_leave_none_out(
        (zone, start) in start(), from in 0..10_080_u32, until in 0..10_080_u32,
    ) {
        prop_assume!(from != until && from % 1440 != until % 1440);
        let around = Span::starting_at(naive_instant(zone, start), TimeDelta::days(45)).unwrap();
        let time = |minute: u32| NaiveTime::MIN + TimeDelta::minutes((minute % 1440).into());
        let week_time = |minute: u32| WeekTime { day: Weekday::try_from((minute / 1440) as u8).unwrap(), time: time(minute) };
        for split in [
            Split::day_and_night(zone, time(from), time(until)).unwrap(),
            Split::weekdays_and_weekend(zone, week_time(from), week_time(until)).unwrap(),
        ] {
            let [first, second] = [&split.first, &split.second].map(|windows| {
                windows.iter().fold(SpanSet::new(), |set, window| set.union(&window.spans(around).unwrap()))
            });
            prop_assert!(first.intersection(&second).is_empty());
            prop_assert_eq!(first.union(&second), around.into());
        }
    }

    #[test]
    fn sites_cover_what_their_hours_say_instant_by_instant(
        (_, start) in start(),
        sites in prop::collection::vec((prop::sample::select(PLACES), 0..96_u32, 1..95_u32, 1..4_usize, any::<bool>()), 1..5),
    ) {
        let around = Span::starting_at(start.and_utc(), TimeDelta::days(20)).unwrap();
        let sites: Vec<_> = sites.into_iter().enumerate().map(|(number, ((zone, _), opens, hours, people, late))| {
            let clock = |quarter: u32| format!("{:02}:{:02}", quarter % 96 / 4, quarter % 4 * 15);
            let window = format!("Mon-Sun {}-{} {}", clock(opens), clock(opens + hours), zone.name());
            let begins = start + Days::new(if late { 7 } else { 0 }) - Days::new(2);
            let rotation = Rotation::builder(zone, ShiftLength::DAY, begins)
                .people((0..people).map(|place| PersonId::new(&format!("{number}-{place}")).unwrap()))
                .build()
                .unwrap();
            Site { name: format!("site {number}"), hours: vec![window.parse::<WeeklyWindow>().unwrap()], rotation }
        }).collect();
        let sun = FollowTheSun::new(sites).unwrap();
        let (coverage, shifts) = (sun.coverage(around).unwrap(), sun.shifts(around).unwrap());
        let mut t = around.start();
        while t < around.end() {
            let open: Vec<_> = sun.sites().iter().filter(|site| site.hours[0].contains(t).unwrap()).collect();
            let staffed = open.iter().find_map(|site| {
                let person = site.rotation.turn_at(t).unwrap()?.person?;
                Some((site.name.as_str(), person))
            });
            prop_assert_eq!(coverage.gaps.iter().any(|gap| gap.span.contains(t)), open.is_empty());
            let overlap = coverage.overlaps.iter().find(|overlap| overlap.span.contains(t));
            let names: Vec<_> = open.iter().map(|site| site.name.clone()).collect();
            prop_assert_eq!(overlap.map(|overlap| overlap.sites.clone()), (open.len() > 1).then_some(names));
            let vacant = coverage.vacancies.iter().filter(|vacancy| vacancy.span.contains(t)).count();
            prop_assert_eq!(vacant, open.iter().filter(|site| site.rotation.turn_at(t).unwrap().is_none()).count());
            let mut at = shifts.iter().filter(|shift| shift.span.contains(t)).map(|shift| (shift.site, shift.person));
            prop_assert_eq!((at.next(), at.next()), (staffed, None));
            prop_assert_eq!(sun.turn_at(t).unwrap().map(|(site, turn)| (site.name.as_str(), turn.person.unwrap())), staffed);
            t += TimeDelta::minutes(15);
        }
        let json = serde_json::to_string(&sun).unwrap();
        prop_assert_eq!(serde_json::from_str::<FollowTheSun>(&json).unwrap(), sun);
    }
}
