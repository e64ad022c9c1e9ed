//! Laws of the ranks of two samples.

use measure_core::compare::{
    brunner_munzel, cliffs_delta, common_language, hodges_lehmann, mann_whitney, mann_whitney_exact,
    mann_whitney_normal,
};
use measure_core::{Alternative, Estimate, Interval, IntervalMethod, Level, Sample, Test, TestMethod};
use proptest::prelude::*;

use crate::strategies::{levels, observations, samples};

const ALL: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

fn sample(values: impl IntoIterator<Item = f64>) -> Sample {
    Sample::new(values.into_iter().collect()).unwrap()
}

/// The same observations, changed one by one.
fn mapped(of: &Sample, change: impl Fn(f64) -> f64) -> Sample {
    sample(of.values().iter().map(|value| change(*value)))
}

const fn mirrored(alternative: Alternative) -> Alternative {
    match alternative {
        Alternative::TwoSided => Alternative::TwoSided,
        Alternative::Less => Alternative::Greater,
        Alternative::Greater => Alternative::Less,
    }
}

/// Whole numbers, so that sums and differences are exact.
fn whole(most: usize) -> impl Strategy<Value = Sample> {
    prop::collection::vec(-1000..1000_i32, 0..=most).prop_map(|values| sample(values.into_iter().map(f64::from)))
}

/// Two samples without ties: a shuffled run of whole numbers, split.
fn untied(most: usize) -> impl Strategy<Value = (Sample, Sample)> {
    (1..=most, 1..=most).prop_flat_map(|(n, m)| {
        Just((0..n + m).collect::<Vec<_>>()).prop_shuffle().prop_map(move |ranks| {
            let (x, y) = ranks.split_at(n);
            let of = |ranks: &[usize]| sample(ranks.iter().map(|rank| *rank as f64));
            (of(x), of(y))
        })
    })
}

fn ends(estimate: Estimate) -> (f64, f64) {
    (estimate.interval().lower(), estimate.interval().upper())
}

fn p(test: Test) -> f64 {
    test.p_value().get()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

proptest! {
    #[test]
    fn every_answer_is_finite_and_every_interval_holds_its_estimate(
        x in samples(60), y in samples(60), level in levels(),
    ) {
        for alternative in ALL {
            for test in [mann_whitney(&x, &y, alternative), mann_whitney_normal(&x, &y, alternative),
                brunner_munzel(&x, &y, alternative)].into_iter().flatten() {
                prop_assert!(test.statistic().is_finite() && (0.0..=1.0).contains(&p(test)), "{test:?}");
                prop_assert_eq!((test.alternative(), test.n()), (alternative, x.n() + y.n()));
            }
        }
        for (estimate, least, most) in [
            (hodges_lehmann(&x, &y, level), -2e300, 2e300),
            (common_language(&x, &y, level), 0.0, 1.0),
            (cliffs_delta(&x, &y, level), -1.0, 1.0),
        ] {
            if let Ok(estimate) = estimate {
                let (lower, upper) = ends(estimate);
                prop_assert!(least <= lower && upper <= most, "{estimate}");
                prop_assert!(estimate.interval().contains(estimate.value()), "{estimate}");
                prop_assert_eq!(estimate.n(), x.n() + y.n());
            }
        }
    }

    #[test]
    fn the_order_of_the_observations_does_not_matter(
        (values, shuffled) in observations(40).prop_flat_map(|values| (Just(values.clone()), Just(values).prop_shuffle())),
        y in samples(40),
    ) {
        let (x, again) = (sample(values), sample(shuffled));
        prop_assert_eq!(mann_whitney(&x, &y, Alternative::TwoSided), mann_whitney(&again, &y, Alternative::TwoSided));
        prop_assert_eq!(hodges_lehmann(&x, &y, Level::P90), hodges_lehmann(&again, &y, Level::P90));
        prop_assert_eq!(cliffs_delta(&x, &y, Level::P90), cliffs_delta(&again, &y, Level::P90));
    }

    #[test]
    fn ranks_do_not_notice_a_monotone_transformation(x in whole(40), y in whole(40), level in levels()) {
        for change in [|v: f64| v.powi(3), |v: f64| 5.0 * v - 3.0, |v: f64| v.signum() * v.abs().sqrt()] {
            let (u, v) = (mapped(&x, change), mapped(&y, change));
            for alternative in ALL {
                prop_assert_eq!(mann_whitney(&x, &y, alternative), mann_whitney(&u, &v, alternative));
                prop_assert_eq!(brunner_munzel(&x, &y, alternative), brunner_munzel(&u, &v, alternative));
            }
            prop_assert_eq!(cliffs_delta(&x, &y, level), cliffs_delta(&u, &v, level));
            prop_assert_eq!(common_language(&x, &y, level), common_language(&u, &v, level));
        }
    }

    #[test]
    fn swapping_the_samples_mirrors_every_answer(x in samples(40), y in samples(40), level in levels()) {
        for alternative in ALL {
            if let (Ok(one), Ok(other)) = (mann_whitney(&x, &y, alternative), mann_whitney(&y, &x, mirrored(alternative))) {
                prop_assert_eq!(one.statistic() + other.statistic(), (x.n() * y.n()) as f64);
                prop_assert!(near(p(one), p(other)), "{one:?} {other:?}");
            }
            if let (Ok(one), Ok(other)) =
                (brunner_munzel(&x, &y, alternative), brunner_munzel(&y, &x, mirrored(alternative)))
            {
                prop_assert!(near(one.statistic(), -other.statistic()) && near(p(one), p(other)), "{one:?} {other:?}");
            }
        }
        match (hodges_lehmann(&x, &y, level), hodges_lehmann(&y, &x, level)) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(one.value(), -other.value());
                prop_assert_eq!(ends(one), (-ends(other).1, -ends(other).0));
            }
            (one, other) => prop_assert_eq!(one, other),
        }
        match (cliffs_delta(&x, &y, level), cliffs_delta(&y, &x, level)) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(one.value(), -other.value());
                prop_assert!((ends(one).0 + ends(other).1).abs() < 1e-12, "{one} {other}");
                prop_assert!((ends(one).1 + ends(other).0).abs() < 1e-12, "{one} {other}");
            }
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn a_shift_of_one_sample_shifts_the_estimate_and_its_ends(
        (x, y) in untied(30), by in -5000..5000_i32, level in levels(),
    ) {
        // By a half more than a whole number, so that the shift makes no ties, which would change the method.
        let by = f64::from(by) + 0.5;
        match (hodges_lehmann(&x, &y, level), hodges_lehmann(&mapped(&x, |v| v + by), &y, level)) {
            (Ok(here), Ok(there)) => {
                prop_assert_eq!(there.value(), here.value() + by);
                prop_assert_eq!(ends(there), (ends(here).0 + by, ends(here).1 + by));
            }
            (here, there) => prop_assert_eq!(here, there),
        }
    }

    #[test]
    fn a_shift_of_both_samples_changes_nothing(x in whole(40), y in whole(40), by in -5000..5000_i32, level in levels()) {
        let both = |of: &Sample| mapped(of, |v| v + f64::from(by));
        prop_assert_eq!(hodges_lehmann(&x, &y, level), hodges_lehmann(&both(&x), &both(&y), level));
    }

    #[test]
    fn another_unit_scales_the_shift(x in samples(30), y in samples(30), power in -8..=0_i32, level in levels()) {
        // Powers of 2 are exact, unless what is tiny already becomes tinier.
        prop_assume!(x.values().iter().chain(y.values()).all(|v| *v == 0.0 || v.abs() > 1e-290));
        let unit = 2.0_f64.powi(power);
        match (hodges_lehmann(&x, &y, level), hodges_lehmann(&mapped(&x, |v| v * unit), &mapped(&y, |v| v * unit), level)) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(other.value(), one.value() * unit);
                prop_assert_eq!(ends(other), (ends(one).0 * unit, ends(one).1 * unit));
            }
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn an_interval_of_a_higher_level_holds_the_one_of_a_lower(
        x in samples(40), y in samples(40), a in levels(), b in levels(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        for estimate in [hodges_lehmann, common_language, cliffs_delta] {
            match (estimate(&x, &y, low), estimate(&x, &y, high)) {
                (Ok(inner), Ok(outer)) => prop_assert!(
                    outer.interval().lower() <= inner.interval().lower() + 1e-12
                        && inner.interval().upper() <= outer.interval().upper() + 1e-12,
                    "{inner} {outer}"
                ),
                // What reaches the higher level reaches the lower.
                (lower, higher) => prop_assert!(higher.is_err(), "{lower:?} {higher:?}"),
            }
        }
    }

    #[test]
    fn the_shift_and_its_ends_are_those_of_all_differences(x in samples(60), y in samples(60), level in levels()) {
        let mut all: Vec<f64> = x.values().iter().flat_map(|x| y.values().iter().map(move |y| x - y)).collect();
        all.sort_by(f64::total_cmp);
        if let Ok(shift) = hodges_lehmann(&x, &y, level) {
            let (below, above) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
            prop_assert_eq!(shift.value(), if all.len() % 2 == 1 { below } else { (below + above) / 2.0 });
            let (lower, upper) = ends(shift);
            let rank = all.iter().position(|d| *d == lower);
            prop_assert!(rank.is_some() && all.contains(&upper), "{shift}");
        }
    }

    #[test]
    fn the_exact_interval_holds_just_the_shifts_that_the_exact_test_does_not_reject((x, y) in untied(9), level in levels()) {
        let alpha = level.outside();
        if let Ok(shift) = hodges_lehmann(&x, &y, level) {
            prop_assert_eq!(shift.method(), IntervalMethod::RankExact);
            let (lower, upper) = ends(shift);
            // The differences are whole: a quarter from an end there is none.
            for (d, within) in [(lower - 0.25, false), (lower + 0.25, true), (upper - 0.25, true), (upper + 0.25, false)] {
                let within = within && lower < upper;
                let at = p(mann_whitney_exact(&mapped(&x, |v| v - d), &y, Alternative::TwoSided).unwrap());
                // At equality, R's rule takes the wider interval.
                let equal = near(at, alpha);
                prop_assert!(equal || within == (at > alpha), "{shift} {d} {at} {alpha}");
            }
        }
    }

    #[test]
    fn the_tails_of_the_exact_test_overlap_in_what_was_observed((x, y) in untied(25)) {
        let [both, less, greater] = ALL.map(|alternative| p(mann_whitney_exact(&x, &y, alternative).unwrap()));
        prop_assert!(less + greater > 1.0 - 1e-12 && near(both, (2.0 * less.min(greater)).min(1.0)));
        prop_assert_eq!(mann_whitney(&x, &y, Alternative::TwoSided).unwrap().method(), TestMethod::MannWhitneyExact);
    }

    #[test]
    fn delta_and_the_common_language_effect_are_u(x in samples(40), y in samples(40)) {
        if let (Ok(delta), Ok(share)) = (cliffs_delta(&x, &y, Level::P95), common_language(&x, &y, Level::P95)) {
            let u = mann_whitney(&x, &y, Alternative::TwoSided).unwrap().statistic();
            let pairs = (x.n() * y.n()) as f64;
            prop_assert!(near(share.value(), u / pairs) && (delta.value() - (2.0 * share.value() - 1.0)).abs() < 1e-15);
        }
    }

    #[test]
    fn all_above_all_is_as_surprising_as_one_arrangement(n in 1..40_usize, m in 1..40_usize) {
        let (x, y) = (sample((0..n).map(|i| 1000.0 + i as f64)), sample((0..m).map(|i| i as f64)));
        let arrangements: f64 = (1..=n).map(|i| (m + i) as f64 / i as f64).product();
        prop_assert!(near(p(mann_whitney_exact(&x, &y, Alternative::Greater).unwrap()) * arrangements, 1.0));
        prop_assert_eq!(mann_whitney(&x, &y, Alternative::Less).unwrap().statistic(), (n * m) as f64);
        if let Ok(delta) = cliffs_delta(&x, &y, Level::P95) {
            let interval: Interval = delta.interval();
            prop_assert!(delta.value() == 1.0 && interval.upper() == 1.0 && interval.lower() < 1.0);
        }
    }
}
