//! Laws of proportions.

use measure_core::proportion::{
    difference, fisher_exact, fisher_mid_p, power_of_difference, ratio, smallest_difference,
};
use measure_core::{
    Alternative, Error, Interval, Level, Method, Probability, Proportion, trials_to_detect, trials_without_failure,
};
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
            prop_assert!(none.upper() > 0.0 && none.upper() < 1.0);
            // At the lowest levels what is left of 1 is below what a float tells from it.
            let told = all.lower() < 1.0 || none.upper() < f64::EPSILON;
            prop_assert!(all.lower() > 0.0 && told);
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

fn sides() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

fn opposite(side: Alternative) -> Alternative {
    match side {
        Alternative::Less => Alternative::Greater,
        Alternative::Greater => Alternative::Less,
        _ => Alternative::TwoSided,
    }
}

proptest! {
    #[test]
    fn an_interval_of_a_level_some_points_higher_is_wider_on_each_side_that_is_open(
        proportion in proportions(), level in 0.05..0.9_f64, more in 0.01..0.09_f64,
    ) {
        for method in METHODS {
            let of = |level| proportion.interval(method, Level::new(level).unwrap());
            let (Some(inner), Some(outer)) = (of(level), of(level + more)) else { continue };
            // Where the ends of the two are floats apart.
            let apart = |end: f64| inner.width() * 1e-3 > end * 1e-14;
            prop_assert!(outer.lower() < inner.lower() || inner.lower() == 0.0 || !apart(inner.lower()), "{method:?} {inner:?} {outer:?}");
            prop_assert!(outer.upper() > inner.upper() || inner.upper() == 1.0 || !apart(inner.upper()), "{method:?} {inner:?} {outer:?}");
        }
    }

    #[test]
    fn swapping_success_and_failure_swaps_the_sides_of_a_binomial_test(
        proportion in proportions(), p in probabilities(), side in sides(),
    ) {
        // So that 1 - p is exact.
        let p = Probability::new((p.get() * 4_294_967_296.0).round() / 4_294_967_296.0)?;
        for test in [Proportion::binomial_test, Proportion::binomial_test_mid_p] {
            let here = test(proportion, p, side).p_value().get();
            let there = test(proportion.swapped(), p.complement(), opposite(side)).p_value().get();
            prop_assert!((here - there).abs() <= 1e-9 * here.max(there) + 1e-300, "{proportion:?} {p} {here} {there}");
        }
    }

    #[test]
    fn mid_p_is_at_most_the_exact_p_value_and_at_least_half_of_it(
        proportion in proportions(), p in probabilities(), side in sides(), other in proportions(),
    ) {
        for (exact, mid) in [
            (proportion.binomial_test(p, side), proportion.binomial_test_mid_p(p, side)),
            (fisher_exact(proportion, other, side), fisher_mid_p(proportion, other, side)),
        ] {
            let (exact_p, mid_p) = (exact.p_value().get(), mid.p_value().get());
            if exact.method() != mid.method() {
                prop_assert!(mid_p <= exact_p && mid_p >= exact_p * (0.5 - 1e-9), "{exact} {mid}");
            }
        }
    }

    #[test]
    fn swapping_the_groups_mirrors_their_difference_and_inverts_their_ratio(
        x in proportions(), y in proportions(), level in levels(), side in sides(),
    ) {
        if let (Ok(d), Ok(e)) = (difference(x, y, level), difference(y, x, level)) {
            prop_assert_eq!(d.value(), -e.value());
            prop_assert!((d.interval().lower() + e.interval().upper()).abs() < 1e-12);
            prop_assert!(d.interval().contains(d.value()) && d.interval().lower() >= -1.0 && d.interval().upper() <= 1.0);
        }
        if let (Ok(r), Ok(s)) = (ratio(x, y, level), ratio(y, x, level)) {
            prop_assert!((r.value() * s.value() - 1.0).abs() < 1e-12 && r.method() == s.method());
            prop_assert!((r.interval().lower() * s.interval().upper() - 1.0).abs() < 1e-12);
            prop_assert!(r.interval().contains(r.value()) && r.interval().lower() > 0.0);
        }
        let (p, q) = (fisher_exact(x, y, side).p_value().get(), fisher_exact(y, x, opposite(side)).p_value().get());
        prop_assert!((p - q).abs() <= 1e-9 * p.max(q) + 1e-300, "{x:?} {y:?} {p} {q}");
    }

    #[test]
    fn intervals_of_a_pair_nest_with_the_level(x in proportions(), y in proportions(), a in levels(), b in levels()) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        for of in [difference, ratio] {
            if let (Ok(inner), Ok(outer)) = (of(x, y, low), of(x, y, high)) {
                let (inner, outer) = (inner.interval(), outer.interval());
                let rounding = 1e-12 * outer.width() + 1e-15;
                prop_assert!(outer.lower() <= inner.lower() + rounding && inner.upper() <= outer.upper() + rounding);
            }
        }
    }

    #[test]
    fn power_grows_with_the_trials_and_with_the_difference(
        q in 0.001..0.999_f64, n in 1..100_000_u64, m in 1..100_000_u64, level in levels(), part in 0.0..1.0_f64,
    ) {
        let (q, end) = (Probability::new(q)?, if part < 0.5 { 0.0 } else { 1.0 });
        let at = |part: f64| Probability::new(q.get() + (end - q.get()) * part).unwrap();
        let power = |p, n, m| power_of_difference(p, q, n, m, level).get();
        prop_assert!(power(at(part), n, n) <= power(at(part), 2 * n, 2 * n) + 1e-12);
        // Unequal numbers shift the pooled variance with the difference, which may cost a little.
        prop_assert!(power(at(0.4 * part), n, n) <= power(at(part), n, n) + 1e-3);
        prop_assert!((0.0..=1.0).contains(&power(at(part), n, m)));
    }

    #[test]
    fn the_smallest_difference_is_seen_and_nothing_smaller(
        q in 0.001..0.999_f64, n in 1..100_000_u64, m in 1..100_000_u64, power in 0.5..0.99_f64,
    ) {
        let (q, power) = (Probability::new(q)?, Probability::new(power)?);
        let seen = |p: f64| power_of_difference(Probability::new(p).unwrap(), q, n, m, Level::P95) >= power;
        let nearest = smallest_difference(q, n, m, power, Level::P95);
        if let Some(above) = nearest.above {
            let nearer = q.get() + (above.get() - q.get()) * 0.999;
            prop_assert!(above > q && seen(above.get()) && !seen(nearer), "{nearest:?}");
        }
        if let Some(below) = nearest.below {
            let nearer = q.get() + (below.get() - q.get()) * 0.999;
            prop_assert!(below < q && seen(below.get()) && !seen(nearer), "{nearest:?}");
        }
        prop_assert!(nearest.above.is_some() || !seen(1.0));
        prop_assert!(nearest.below.is_some() || !seen(0.0));
    }
}
