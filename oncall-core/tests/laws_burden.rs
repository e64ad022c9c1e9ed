//! The laws of burden that the docs state, one property each.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use oncall_core::burden::{
    Accounts, Burden, Carries, Category, Counting, Decay, Ledger, Planning, Points, Presence, Row, Served, TWENTIETHS,
    Vessel, Weights, fairest,
};
use oncall_core::shift::Requirements;
use oncall_core::{
    Availability, HolidayCalendar, Holidays, Hours, Membership, Person, PersonId, Role, Seat, Shift, Span, Team,
    TimeCategory, Tz,
};
use proptest::prelude::*;

const START: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z
const QUARTER: i64 = 90 * 86_400;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(START + seconds, 0).unwrap()
}

fn span(from: i64, length: i64) -> Span {
    Span::new(at(from), at(from + length)).unwrap()
}

fn quarter() -> Span {
    span(0, QUARTER)
}

fn id(n: usize) -> PersonId {
    PersonId::new(&format!("p{n}")).unwrap()
}

const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kolkata];

fn person(n: usize) -> impl Strategy<Value = Person> {
    let join = prop_oneof![3 => Just(None), 1 => (0..QUARTER).prop_map(Some)];
    let leave = proptest::collection::vec((0..QUARTER, 3_600..30 * 86_400_i64), 0..3);
    (1..=100_u32, 0..ZONES.len(), join, leave).prop_map(move |(percent, zone, join, leave)| {
        let person = Person::new(id(n))
            .in_zone(ZONES[zone])
            .with_availability(Availability::from_percent(percent).unwrap())
            .with_membership(Membership::new(join.map(at), None).unwrap());
        leave.into_iter().fold(person, |person, (from, length)| person.with_leave(span(from, length), None))
    })
}

fn team() -> impl Strategy<Value = Team> {
    (1..6_usize).prop_flat_map(|n| (0..n).map(person).collect::<Vec<_>>()).prop_map(|people| Team::new(people).unwrap())
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Primary), Just(Role::Secondary), Just(Role::Shadow)]
}

fn shifts(people: usize) -> impl Strategy<Value = Vec<Shift>> {
    let shift = (0..people, -86_400..QUARTER, 60..14 * 86_400_i64, role());
    let shift = shift.prop_map(|(n, from, length, role)| Shift { span: span(from, length), role, person: id(n) });
    proptest::collection::vec(shift, 0..12)
}

fn team_and_shifts() -> impl Strategy<Value = (Team, Vec<Shift>)> {
    team().prop_flat_map(|team| {
        let n = team.people().len();
        (Just(team), shifts(n))
    })
}

fn holidays() -> Holidays {
    let days = [(4, 3), (4, 6), (1, 1), (3, 29)]
        .map(|(month, day)| (NaiveDate::from_ymd_opt(2026, month, day).unwrap(), "day off".to_owned()));
    Holidays::new(vec![HolidayCalendar::new("all", Tz::Europe__Berlin, days).unwrap()]).unwrap()
}

fn observed(team: &Team, shifts: &[Shift]) -> Ledger {
    let mut ledger = Ledger::new(quarter());
    for shift in shifts {
        ledger.observe_shift(shift, team, &Hours::default(), &holidays()).unwrap();
    }
    ledger
}

fn weights() -> impl Strategy<Value = Weights> {
    (proptest::array::uniform6(0..50_u32), 0..=150_u32, 0..=20_u32).prop_map(|(each, secondary, shadow)| {
        let weights = Category::ALL.into_iter().zip(each);
        let weights = weights.fold(Weights::default(), |all, (category, weight)| all.with(category, weight).unwrap());
        weights.with_secondary(secondary).unwrap().with_shadow(shadow).unwrap()
    })
}

fn served() -> impl Strategy<Value = Served> {
    let minutes = proptest::collection::vec((role(), 0..4_usize, 0..50_000_u64), 0..5);
    let nights = proptest::collection::vec(0..90_u64, 0..4);
    (minutes, 0..50_u64, nights).prop_map(|(minutes, pages, nights)| {
        let served = minutes.into_iter().fold(Served::default(), |served, (role, category, minutes)| {
            served.with_minutes(role, TimeCategory::ALL[category], minutes).unwrap()
        });
        let night = |n| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n);
        let served = nights.into_iter().fold(served, |served, n| served.with_night_interrupted(night(n)));
        served.with_pages(pages).unwrap()
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let of = u64::try_from(QUARTER / 60).unwrap();
    let there = prop_oneof![1 => Just(0), 3 => Just(of), 4 => 0..=of];
    let row = (1..=100_u32, there, -2_000_000..2_000_000_i64, served());
    proptest::collection::vec(row, 0..7).prop_map(move |rows| {
        let row = |(n, (percent, there, opening, served))| Row {
            person: id(n),
            presence: Presence::new(Availability::from_percent(percent).unwrap(), there, of).unwrap(),
            opening: Points::new(opening).unwrap(),
            served,
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn accounts(rows: Vec<Row>, weights: Weights, decay: u32) -> Accounts {
    Accounts::new(quarter(), weights, Decay::from_percent(decay).unwrap(), rows).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn ledgers_of_a_period_are_a_commutative_monoid(
        parts in proptest::collection::vec(proptest::collection::vec((0..3_usize, served()), 0..4), 3)
    ) {
        let ledgers: Vec<Ledger> = parts.iter().map(|part| {
            let mut ledger = Ledger::new(quarter());
            part.iter().for_each(|(n, served)| ledger.add(&id(*n), served).unwrap());
            ledger
        }).collect();
        let [a, b, c] = [&ledgers[0], &ledgers[1], &ledgers[2]];
        let left = a.clone().merge(b).unwrap().merge(c).unwrap();
        prop_assert_eq!(&left, &a.clone().merge(&b.clone().merge(c).unwrap()).unwrap());
        prop_assert_eq!(a.clone().merge(b).unwrap(), b.clone().merge(a).unwrap());
        prop_assert_eq!(&Ledger::new(quarter()).merge(a).unwrap(), a);
        prop_assert_eq!(&a.clone().merge(&Ledger::new(quarter())).unwrap(), a);
    }

    #[test]
    fn a_shift_may_be_observed_in_parts_and_in_any_shard((team, shifts) in team_and_shifts(), cut in 0.0..1.0_f64) {
        let whole = observed(&team, &shifts);
        let mut halves = [Ledger::new(quarter()), Ledger::new(quarter())];
        for shift in &shifts {
            let seconds = shift.span.length().num_seconds();
            #[allow(clippy::cast_possible_truncation, reason = "a place in the shift")]
            let middle = shift.span.start() + TimeDelta::seconds((seconds as f64 * cut) as i64);
            for (half, from, until) in [(1, middle, shift.span.end()), (0, shift.span.start(), middle)] {
                let Ok(span) = Span::new(from, until) else { continue };
                halves[half].observe_shift(&Shift { span, ..shift.clone() }, &team, &Hours::default(), &holidays()).unwrap();
            }
        }
        let [first, second] = halves;
        prop_assert_eq!(second.merge(&first).unwrap(), whole);
    }

    #[test]
    fn minutes_are_what_each_minute_is((team, shifts) in team_and_shifts()) {
        // The second implementation: every minute on its own.
        let (hours, ledger) = (Hours::default(), observed(&team, &shifts));
        for person in team.people() {
            let around = span(-3 * 86_400, QUARTER + 20 * 86_400);
            let off = holidays().spans_for(person, around).unwrap();
            let nights = hours.nights(person.zone(), around).unwrap();
            let weekends = hours.weekends(person.zone(), around).unwrap();
            let mut naive = Served::default();
            for shift in shifts.iter().filter(|shift| shift.person == *person.id()) {
                let Some(span) = shift.span.intersect(quarter()) else { continue };
                // From the minute it begins in to before the minute it ends in, each as its first whole second is.
                let (first, last) = (span.start().timestamp().div_euclid(60), span.end().timestamp().div_euclid(60));
                for minute in first..last {
                    let t = DateTime::from_timestamp(minute * 60, 0).unwrap().max(span.start());
                    let category = if off.contains(t) { TimeCategory::Holiday }
                        else if nights.contains(t) { TimeCategory::Night }
                        else if weekends.contains(t) { TimeCategory::Weekend }
                        else { TimeCategory::Weekday };
                    naive = naive.with_minutes(shift.role, category, 1).unwrap();
                }
            }
            prop_assert_eq!(ledger.served().get(person.id()).cloned().unwrap_or_default(), naive);
        }
    }

    #[test]
    fn what_is_carried_over_sums_to_zero(rows in rows(), weights in weights(), decay in 0..=100_u32) {
        prop_assume!(rows.iter().any(|row| !row.presence.is_none()));
        let accounts = accounts(rows, weights, decay);
        prop_assert_eq!(accounts.carries().iter().map(|(_, points)| points.get()).sum::<i64>(), 0);
    }

    #[test]
    fn nobody_is_a_whole_point_off(rows in rows(), weights in weights(), decay in 0..=100_u32) {
        let accounts = accounts(rows, weights, decay);
        let Some(mean) = accounts.mean() else { return Ok(()) };
        let (numerator, denominator) = mean.parts();
        for account in accounts.all() {
            // decay x ((c + L) - mean x a), over one denominator: 100 x denominator x minutes x 100.
            let whole = i128::from(account.presence.of_minutes()) * 100;
            let parts = i128::from(account.presence.minutes()) * i128::from(account.presence.availability().percent());
            let total = i128::from(account.opening.get()) + i128::from(account.load.get());
            let exact = i128::from(decay) * (total * denominator * whole - numerator * parts);
            let off = i128::from(account.closing.get()) * 100 * denominator * whole - exact;
            prop_assert!(off.abs() < 100 * denominator * whole, "{} {mean}", account.person);
        }
    }

    #[test]
    fn half_of_the_time_with_half_of_the_load_is_the_same_burden(points in -1_000_000..1_000_000_i64, percent in 1..=50_u32) {
        let of = |points, percent, minutes| {
            let presence = Presence::new(Availability::from_percent(percent).unwrap(), minutes, 1_000).unwrap();
            Burden::of(Points::new(points).unwrap(), presence).unwrap()
        };
        prop_assert_eq!(of(points, percent, 800), of(2 * points, 2 * percent, 800));
        prop_assert_eq!(of(points, percent, 400), of(2 * points, percent, 800));
    }

    #[test]
    fn scaling_all_weights_scales_every_burden(mut rows in rows(), weights in weights(), factor in 1..20_u32) {
        rows.iter_mut().for_each(|row| row.opening = Points::ZERO);
        let scaled = Category::ALL.into_iter().fold(weights, |all, category| {
            all.with(category, weights.of(category) * factor).unwrap()
        });
        let (once, more) = (accounts(rows.clone(), weights, 50), accounts(rows, scaled, 50));
        for (one, other) in once.all().iter().zip(more.all()) {
            prop_assert_eq!(one.load.get() * i64::from(factor), other.load.get());
            let (numerator, denominator) = one.burden.unwrap_or(Burden::ZERO).parts();
            let scaled = Burden::fraction(numerator * i128::from(factor), denominator);
            prop_assert_eq!(scaled, Some(other.burden.unwrap_or(Burden::ZERO)));
        }
        // What only depends on proportions stays, but for rounding.
        let jain = |accounts: &Accounts| accounts.fairness(None).unwrap().overall.actual.and_then(|e| e.jain).ok();
        let (one, other) = (jain(&once), jain(&more));
        prop_assert_eq!(one.is_some(), other.is_some());
        prop_assert!(one.zip(other).is_none_or(|(one, other)| (one - other).abs() < 1e-12));
    }

    #[test]
    fn jains_index_is_from_1_over_n_to_1_and_gini_from_0_to_1(mut rows in rows(), weights in weights()) {
        for row in &mut rows {
            row.presence = Presence::new(Availability::FULL, 10, u64::try_from(QUARTER / 60).unwrap()).unwrap();
        }
        let n = rows.len() as f64;
        let fairness = accounts(rows, weights, 50).fairness(None).unwrap();
        let measures = fairness.by_category.iter().map(|(_, measure)| measure).chain([&fairness.overall]);
        for evenness in measures.filter_map(|measure| measure.actual.as_ref().ok()) {
            let (Ok(jain), Ok(gini)) = (&evenness.jain, &evenness.gini) else { continue };
            prop_assert!((1.0 / n - 1e-12..=1.0).contains(jain) && (0.0..=1.0 - 1.0 / n + 1e-12).contains(gini));
            prop_assert!(evenness.spread >= Burden::ZERO && evenness.greatest.1 >= evenness.least.1);
        }
    }

    #[test]
    fn nothing_is_fairer_than_the_fairest(rows in rows(), weights in weights()) {
        let fairness = accounts(rows, weights, 50).fairness(None).unwrap();
        let measures = fairness.by_category.iter().map(|(_, measure)| measure).chain([&fairness.overall]);
        for measure in measures {
            let (Ok(actual), Some(bound)) = (&measure.actual, measure.fairest) else { continue };
            prop_assert!(actual.greatest.1 >= bound.greatest, "{measure}");
            prop_assert!(actual.spread >= bound.spread, "{measure}");
            if let (Ok(jain), Ok(gini), Some((most, least))) = (&actual.jain, &actual.gini, bound.indices) {
                prop_assert!(*jain <= most + 1e-9 && *gini >= least - 1e-9, "{measure}");
            }
        }
    }

    #[test]
    fn the_fairest_is_the_best_of_all_ways_to_cut_a_load(
        carries in proptest::collection::vec((-6..6_i64, 1..=4_u32), 1..4),
        load in 0..12_i64,
    ) {
        // The second implementation tries every way to share out whole points, fine enough to reach the level.
        let scale: i64 = 12 * carries.iter().map(|(_, share)| i64::from(*share)).sum::<i64>();
        let vessels: Vec<Vessel> = carries.iter().map(|(carry, share)| Vessel {
            carry: Points::new(carry * scale).unwrap(),
            presence: Presence::new(Availability::from_percent(25 * share).unwrap(), 1, 1).unwrap(),
        }).collect();
        let all = Points::new(load * scale).unwrap();
        let bound = fairest(&vessels, all, all).unwrap().unwrap();
        let burdens = |given: &[i64]| vessels.iter().zip(given).map(|(vessel, more)| {
            Burden::of(Points::new(vessel.carry.get() + more * scale).unwrap(), vessel.presence).unwrap()
        }).collect::<Vec<_>>();
        let mut ways: Vec<Vec<i64>> = vec![vec![]];
        for place in 0..vessels.len() {
            ways = ways.into_iter().flat_map(|way| {
                let left = load - way.iter().sum::<i64>();
                let last = place + 1 == vessels.len();
                (if last { left } else { 0 }..=left).map(move |more| {
                    let mut longer = way.clone();
                    longer.push(more);
                    longer
                })
            }).collect();
        }
        for way in &ways {
            let burdens = burdens(way);
            let (greatest, least) = (burdens.iter().max().unwrap(), burdens.iter().min().unwrap());
            prop_assert!(*greatest >= bound.greatest);
            prop_assert!(greatest.less(*least).unwrap() >= bound.spread);
        }
        // And it is reached by pouring point by point to who has least for their share.
        let mut poured: Vec<i64> = vessels.iter().map(|vessel| vessel.carry.get()).collect();
        let burden = |points: i64, vessel: &Vessel| Burden::of(Points::new(points).unwrap(), vessel.presence).unwrap();
        for _ in 0..load * scale {
            let next = (0..poured.len()).min_by_key(|n| burden(poured[*n] + 1, &vessels[*n])).unwrap();
            poured[next] += 1;
        }
        let reached = poured.iter().zip(&vessels).map(|(points, vessel)| burden(*points, vessel)).max().unwrap();
        // Within the points that do not divide: one for a share of a quarter.
        prop_assert!(reached.less(bound.greatest).unwrap() <= Burden::of_full_time(Points::new(4).unwrap()), "{reached} {bound:?}");
    }

    #[test]
    fn a_seat_weighs_for_the_planner_what_serving_it_weighs_in_the_ledger((team, shifts) in team_and_shifts(), weights in weights()) {
        let seats: Vec<Seat> = shifts.iter().filter_map(|shift| {
            Some(Seat { span: shift.span.intersect(quarter())?, role: shift.role, requires: Requirements::default() })
        }).collect();
        let carries: Carries = team.people().iter().zip([7, -13, 400_000, -99_999, 1]).map(|(person, carry)| {
            (person.id().clone(), Points::new(carry).unwrap())
        }).collect();
        let (hours, holidays) = (Hours::default(), holidays());
        let counting =
            Counting { weights: &weights, hours: &hours, holidays: &holidays, carries: &carries, parts: TWENTIETHS };
        let planning = Planning::of(&team, &seats, quarter(), &counting).unwrap();
        let unit = planning.unit.get();
        let mut off = 0;
        for (person, planned) in team.people().iter().zip(&planning.people) {
            for (seat, load) in seats.iter().zip(&planned.loads) {
                let mut ledger = Ledger::new(quarter());
                let shift = Shift { span: seat.span, role: seat.role, person: person.id().clone() };
                ledger.observe_shift(&shift, &team, &hours, &holidays).unwrap();
                let accounts = ledger.close(&team, &Carries::new(), &weights, Decay::HALF).unwrap();
                prop_assert_eq!(accounts.get(person.id()).unwrap().load.get(), load * unit);
            }
            let carry = carries.of(person.id()).get();
            prop_assert!((planned.carry * unit - carry).abs() < unit.max(1));
            off += planned.carry * unit - carry;
            let presence = Presence::of(person, quarter()).unwrap();
            prop_assert_eq!(planned.scale.is_none(), presence.is_none());
            if let Some(scale) = planned.scale {
                let share = planning.common / scale;
                prop_assert_eq!(share * scale, planning.common);
                prop_assert!((share as f64 - 20.0 * presence.share()).abs() <= 0.5 + 1e-9 || share == 1);
            }
        }
        prop_assert!(2 * off.abs() <= unit);
    }

    #[test]
    fn a_round_trip_through_json_gives_equal_values(rows in rows(), weights in weights(), decay in 0..=100_u32) {
        let mut ledger = Ledger::new(quarter());
        rows.iter().for_each(|row| ledger.add(&row.person, &row.served).unwrap());
        let accounts = accounts(rows, weights, decay);
        let carries = accounts.carries();
        prop_assert_eq!(&serde_json::from_str::<Ledger>(&serde_json::to_string(&ledger).unwrap()).unwrap(), &ledger);
        prop_assert_eq!(&serde_json::from_str::<Accounts>(&serde_json::to_string(&accounts).unwrap()).unwrap(), &accounts);
        prop_assert_eq!(&serde_json::from_str::<Carries>(&serde_json::to_string(&carries).unwrap()).unwrap(), &carries);
        prop_assert_eq!(serde_json::from_str::<Weights>(&serde_json::to_string(&weights).unwrap()).unwrap(), weights);
    }
}
