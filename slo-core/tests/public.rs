//! The crate as a stranger uses it: a month of a service, from an objective to a decision.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::sli::{ClassicHistogram, NoDataPolicy, availability, freshness, is_server_error};
use slo_core::{
    Budget, BurnTracker, Counts, Error, Objective, Policy, Severity, SliceTarget, Unit, Window, burn, history,
};
use timeline_core::{Span, SpanSet};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(60 * minute, 0).unwrap()
}

#[test]
fn a_quiet_month_spends_nothing_and_divides_by_nothing() {
    let objective: Objective = "99.9%".parse().unwrap();
    let mut tracker = BurnTracker::new(objective, &Policy::google_30d()).unwrap();
    for minute in 0..1_000 {
        tracker.observe(at(minute), Counts::ZERO).unwrap();
    }
    let verdict = tracker.evaluate(at(1_000)).unwrap();
    assert!(!verdict.is_firing());
    assert_eq!(verdict.budget_remaining_ratio(), None);
    assert!(verdict.windows().all(|window| window.burn_rate.is_none()));
}

#[test]
fn an_outage_pages_says_why_and_stops_paging() {
    let mut tracker = BurnTracker::new("99.9%".parse().unwrap(), &Policy::google_30d()).unwrap();
    let mut paging = Vec::new();
    for minute in 1..=600 {
        let bad = if (300..310).contains(&minute) { 100 } else { 0 };
        tracker.observe(at(minute), Counts::from_bad(bad, 100).unwrap()).unwrap();
        let verdict = tracker.evaluate(at(minute)).unwrap();
        let pages = verdict.firing().any(|row| row.row.severity == Severity::Page && row.row.name == "page_quick");
        if pages {
            assert!(verdict.to_string().contains("page_quick fires"), "{verdict}");
            paging.push(minute);
        }
    }
    // One minute of full outage in an hour burns at 16.7; the five-minute window clears five minutes after.
    assert_eq!((paging.first(), paging.last()), (Some(&300), Some(&313)));
}

#[test]
fn a_budget_leaves_out_maintenance_and_says_how_much() {
    let day = Span::new(at(0), at(1_440)).unwrap();
    let maintenance = SpanSet::from_spans([Span::new(at(60), at(120)).unwrap()]);
    let observed = (1..=1_440).map(|minute| {
        let bad = u64::from((61..=120).contains(&minute)) * 10;
        (at(minute), Counts::from_bad(bad, 10).unwrap())
    });
    let events = history::occurrences(day, observed, &maintenance).unwrap();
    assert_eq!((events.counted.bad(), events.excluded.bad()), (0, 600));
    assert_eq!(events.excluded_time, TimeDelta::hours(1));
    let budget = Budget::of_events("99%".parse().unwrap(), events.counted);
    assert_eq!((budget.unit(), budget.allowed(), budget.remaining()), (Unit::Events, 138, 138));
}

#[test]
fn the_three_methods_disagree_as_they_should() {
    // One slice of a thousand events, all bad, among nine quiet and good ones.
    let span = Span::new(at(0), at(10)).unwrap();
    let observed: Vec<_> = (1..=10)
        .map(|minute| {
            (at(minute), if minute == 5 { Counts::from_bad(1_000, 1_000) } else { Counts::from_bad(0, 10) }.unwrap())
        })
        .collect();
    let objective: Objective = "50%".parse().unwrap();
    let none = SpanSet::new();
    let events = history::occurrences(span, observed.iter().copied(), &none).unwrap().counted;
    let occurrences = Budget::of_events(objective, events);
    let minute = TimeDelta::minutes(1);
    let target = SliceTarget::from_ratio("0.9").unwrap();
    let slices = history::timeslices(span, minute, target, observed.iter().copied(), &none).unwrap();
    let slices = slices.budget(objective, NoDataPolicy::Exclude).unwrap();
    let ratios = history::ratio_timeslices(span, minute, observed, &none).unwrap();
    let ratios = ratios.budget(objective, NoDataPolicy::Exclude).unwrap();
    assert!(occurrences.is_overspent() && !slices.is_overspent() && !ratios.is_overspent());
    assert_eq!((slices.success_ratio(), ratios.success_ratio()), (Some(0.9), Some(0.9)));
}

#[test]
fn indicators_of_every_kind_come_down_to_counts() {
    let answered = availability([(200, 98), (500, 2)], is_server_error).unwrap();
    let latency = ClassicHistogram::new(vec![(0.25, 95), (f64::INFINITY, 100)]).unwrap().below(0.25).unwrap();
    let fresh = freshness::by_checks([(at(2), at(1)), (at(9), at(1))], TimeDelta::minutes(5)).unwrap();
    assert_eq!((answered.bad(), latency.pessimistic().bad(), fresh.bad()), (2, 5, 1));
    assert_eq!(burn::rate(answered, "99%".parse().unwrap()), Some(2.0));
}

#[test]
fn errors_name_the_value_and_the_bound() {
    let error = "100%".parse::<Objective>().unwrap_err();
    assert_eq!(error.to_string(), "objective `100%` is 100 %: it leaves no error budget; state one below 100 %");
    let error = Counts::new(3, 2).unwrap_err();
    assert_eq!(error.to_string(), "3 good events are more than 2 in all");
    assert!(matches!("5s".parse::<Window>(), Err(Error::DurationSyntax { .. })));
}
