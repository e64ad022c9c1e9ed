//! Laws of proportions.

use measure_core::{Error, Interval, Level, Method, Probability, Proportion, trials_to_detect, trials_without_failure};
use proptest::prelude::*;

use crate::strategies::levels;

const METHODS: [Method; 3] = [Method::Wilson, Method::ClopperPearson, Method::Jeffreys];

fn proportions() -> impl Strategy<Value = Proportion> {
    let trials = prop_oneof![0..50_u64, 0..100_000_u64, 0..10_000_000_000_u64, 0..=u64::MAX / 4];
    trials.prop_flat_map(|trials| {
        let successes = prop_oneof![0..=trials, 0..=trials.min(5), trials.saturating_sub(5)..=trials];
        successes.prop_map(move |successes| Proportion::new(successes, trials).unwrap())
    })
}

fn probabilities() -> impl Strategy<Value = Probability> {
    prop_oneof![0.0..=1.0, (0.0..12.0_f64).prop_map(|digits| 10_f64.powf(-digits))]
        .prop_map(|p| Probability::new(p).unwrap())
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative_with_zero_as_identity(
        a in proportions(), b in proportions(), c in proportions(),
    ) {
        prop_assert_eq!(a.merge(b)?.merge(c)?, a.merge(b.merge(c)?)?);
        prop_assert_eq!(a.merge(b)?, b.merge(a)?);
        prop_assert_eq!(a.merge(Proportion::ZERO)?, a);
    }

    #[test]
    fn a_merge_that_overflows_is_an_error(trials in 1..=u64::MAX) {
        let (most, more) = (Proportion::new(1, u64::MAX).unwrap(), Proportion::new(0, trials).unwrap());
        prop_assert_eq!(most.merge(more), Err(Error::CountOverflow { left: u64::MAX, right: trials }));
    }

    #[test]
    fn an_interval_holds_the_estimate_within_the_unit_interval(proportion in proportions(), level in levels()) {
        for method in METHODS {
            match (proportion.interval(method, level), proportion.estimate()) {
                (Some(interval), Some(estimate)) => {
                    prop_assert!(0.0 <= interval.lower() && interval.upper() <= 1.0);
                    // Jeffreys intervals of a low level lie around the posterior's median, a little off.
                    let slack = if method == Method::Jeffreys && level < Level::P80 { 1.0 / proportion.trials() as f64 } else { 0.0 };
                    // An end and the estimate may be the same but for rounding.
                    let slack = slack + estimate * 1e-12;
                    let near = Interval::new(
                        (interval.lower() - slack).max(0.0), (interval.upper() + slack).min(1.0), level)?;
                    prop_assert!(near.contains(estimate), "{method:?} {interval:?} {estimate}");
                }
                (None, None) => prop_assert_eq!(proportion.trials(), 0),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    #[test]
    fn an_interval_of_a_higher_level_holds_the_one_of_a_lower(proportion in proportions(), a in levels(), b in levels()) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        for method in METHODS {
            if let (Some(inner), Some(outer)) = (proportion.interval(method, low), proportion.interval(method, high)) {
                let rounding = 1e-9 * inner.width() + 1e-15;
                prop_assert!(outer.lower() <= inner.lower() + rounding && inner.upper() <= outer.upper() + rounding,
                    "{method:?} {inner} {outer}");
            }
        }
    }

    #[test]
    fn swapping_success_and_failure_mirrors_the_interval(proportion in proportions(), level in levels()) {
        for method in METHODS {
            let both = proportion.interval(method, level).zip(proportion.swapped().interval(method, level));
            if let Some((one, other)) = both {
                prop_assert!((one.lower() - (1.0 - other.upper())).abs() < 1e-12, "{method:?} {one:?} {other:?}");
                prop_assert!((one.upper() - (1.0 - other.lower())).abs() < 1e-12, "{method:?} {one:?} {other:?}");
            }
        }
    }

    #[test]
    fn ends_are_closed_when_there_is_nothing_on_one_side(trials in 1..1_000_000_u64, level in levels()) {
        for method in METHODS {
            let none = Proportion::new(0, trials).unwrap().interval(method, level).unwrap();
            let all = Proportion::new(trials, trials).unwrap().interval(method, level).unwrap();
            prop_assert_eq!((none.lower(), all.upper()), (0.0, 1.0));
            prop_assert!(none.upper() > 0.0 && none.upper() < 1.0 && all.lower() > 0.0 && all.lower() < 1.0);
        }
    }

    #[test]
    fn tails_are_probabilities_that_overlap_in_one_term(proportion in proportions(), p in probabilities()) {
        let (above, below) = (proportion.tail_at_least(p).get(), proportion.tail_at_most(p).get());
        prop_assert!((0.0..=1.0).contains(&above) && (0.0..=1.0).contains(&below));
        prop_assert!(above + below >= 1.0 - 1e-9, "{above} {below}");
    }

    #[test]
    fn a_tail_grows_with_the_probability_and_falls_with_the_successes(
        trials in 1..100_000_u64, share in 0.0..1.0_f64, p in probabilities(), q in probabilities(),
    ) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within trials")]
        let successes = (trials as f64 * share) as u64;
        let (low, high) = if p < q { (p, q) } else { (q, p) };
        let here = Proportion::new(successes, trials).unwrap();
        let next = Proportion::new((successes + 1).min(trials), trials).unwrap();
        let rounding = 1.0 + 1e-10;
        prop_assert!(here.tail_at_least(low).get() <= here.tail_at_least(high).get() * rounding);
        prop_assert!(next.tail_at_least(low).get() <= here.tail_at_least(low).get() * rounding);
        prop_assert!(here.posterior_above(high).get() <= here.posterior_above(low).get() * rounding);
    }

    #[test]
    fn the_clopper_pearson_bound_is_where_the_tail_is_what_lies_outside(
        trials in 1..1_000_000_u64, share in 0.0..1.0_f64, level in levels(),
    ) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within trials")]
        let proportion = Proportion::new((trials as f64 * share) as u64, trials).unwrap();
        let bound = proportion.upper_bound(Method::ClopperPearson, level).unwrap();
        let tail = proportion.tail_at_most(Probability::new(bound)?).get();
        prop_assert!((tail / level.outside() - 1.0).abs() < 1e-8, "{tail} {}", level.outside());
    }

    #[test]
    fn one_trial_fewer_does_not_show_it(at_least in 0.001..0.9999_f64, level in levels()) {
        let (p, needed) = (at_least, trials_without_failure(Probability::new(at_least)?, level).unwrap());
        let power = |n: u64| (n as f64 * p.ln()).exp();
        prop_assert!(power(needed) <= level.outside() * (1.0 + 1e-9));
        prop_assert!(needed == 1 || power(needed - 1) > level.outside() * (1.0 - 1e-9));
        let same = trials_to_detect(Probability::new(1.0 - at_least)?, level).unwrap();
        prop_assert!(same.abs_diff(needed) <= 1);
    }

    #[test]
    fn json_gives_back_an_equal_value(proportion in proportions(), p in probabilities(), level in levels()) {
        let text = serde_json::to_string(&(proportion, p, level, proportion.wilson(level)))?;
        prop_assert_eq!(
            serde_json::from_str::<(Proportion, Probability, Level, Option<Interval>)>(&text)?,
            (proportion, p, level, proportion.wilson(level)));
    }
}

/// The share of samples whose interval holds the true probability, by enumeration.
fn coverage(method: Method, trials: u64, p: f64, level: Level) -> f64 {
    let truth = Probability::new(p).unwrap();
    let at_least = |k| Proportion::new(k, trials).unwrap().tail_at_least(truth).get();
    (0..=trials)
        .filter(|&k| Proportion::new(k, trials).unwrap().interval(method, level).unwrap().contains(p))
        .map(|k| at_least(k) - if k == trials { 0.0 } else { at_least(k + 1) })
        .sum()
}

#[test]
fn clopper_pearson_covers_at_least_the_level_everywhere_and_the_others_on_average() {
    for trials in [1, 5, 20, 50] {
        for level in [Level::P90, Level::P95, Level::P99] {
            let grid: Vec<f64> = (1..200).map(|step| f64::from(step) / 200.0).collect();
            let covered = |method| grid.iter().map(|&p| coverage(method, trials, p, level)).collect::<Vec<_>>();
            let exact = covered(Method::ClopperPearson);
            assert!(exact.iter().all(|&share| share >= level.get() - 1e-12), "{trials} {level}");
            for method in [Method::Wilson, Method::Jeffreys] {
                let mean = covered(method).iter().sum::<f64>() / grid.len() as f64;
                // Brown, Cai and DasGupta 2001: within about a point on average, from some five trials on.
                let tolerance = if trials < 5 { 0.1 } else { 0.02 };
                assert!((mean - level.get()).abs() < tolerance, "{method:?} {trials} {level}: {mean}");
            }
        }
    }
}
