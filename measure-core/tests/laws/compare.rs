//! Laws of comparisons: means, distributions, permutations, sameness, verdicts.

use measure_core::bootstrap::{Bootstrap, Statistic};
use measure_core::compare::{
    Margin, Permutations, Question, Sameness, Verdict, compare, equivalence_by_means, equivalence_by_ranks,
    geometric_mean_ratio, kolmogorov_smirnov, kolmogorov_smirnov_limit, mann_whitney_sample_size, permutation_test,
    permutation_test_of, quantile_difference, welch, welch_test,
};
use measure_core::{Alternative, Error, Level, PositiveSample, Probability, Sample, Seed};
use proptest::prelude::*;

use crate::strategies::{levels, observations, samples};

const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

fn swapped(alternative: Alternative) -> Alternative {
    match alternative {
        Alternative::TwoSided => Alternative::TwoSided,
        Alternative::Less => Alternative::Greater,
        Alternative::Greater => Alternative::Less,
    }
}

/// Whole numbers: sums and differences of them are exact.
fn whole(most: usize) -> impl Strategy<Value = Sample> {
    prop::collection::vec((-50..50_i32).prop_map(f64::from), 2..=most).prop_map(|values| Sample::new(values).unwrap())
}

fn positive(most: usize) -> impl Strategy<Value = PositiveSample> {
    prop::collection::vec(0.01..1e3_f64, 2..=most).prop_map(|values| PositiveSample::try_from(values).unwrap())
}

fn mapped(sample: &Sample, map: impl Fn(f64) -> f64) -> Sample {
    Sample::new(sample.values().iter().map(|value| map(*value)).collect()).unwrap()
}

fn permutations() -> Permutations {
    Permutations::new(300, Seed::new(1)).unwrap()
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

fn margins() -> impl Strategy<Value = Margin> {
    prop_oneof![
        (0.01..100.0_f64).prop_map(|distance| Margin::absolute(distance).unwrap()),
        (0.001..2.0_f64).prop_map(|share| Margin::relative(share).unwrap()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_answer_is_finite_and_every_p_value_a_probability(
        x in samples(40), y in samples(40), level in levels(), margin in margins(),
    ) {
        if let Ok(estimate) = welch(&x, &y, level) {
            let interval = estimate.interval();
            prop_assert!(interval.lower().is_finite() && interval.upper().is_finite());
            prop_assert!(interval.contains(estimate.value()));
        }
        for side in SIDES {
            let tests = [
                welch_test(&x, &y, side),
                kolmogorov_smirnov(&x, &y, side),
                kolmogorov_smirnov_limit(&x, &y, side),
                permutation_test(&x, &y, Statistic::Mean, side, permutations()),
                permutation_test(&x, &y, Statistic::Median, side, permutations()),
            ];
            for test in tests.into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&test.p_value().get()) && test.statistic().is_finite(), "{test}");
            }
        }
        for equivalence in [equivalence_by_means, equivalence_by_ranks] {
            if let Ok(found) = equivalence(&x, &y, margin, level) {
                let finite = found.estimate.is_none_or(|estimate| estimate.interval().upper().is_finite());
                prop_assert!(finite, "{found:?}");
            }
        }
        match compare(&x, &y, &Question::at(level).within(margin)) {
            Ok(comparison) => prop_assert!(!comparison.to_string().is_empty() && comparison.median_x.is_finite()),
            Err(error) => prop_assert!(matches!(
                error, Error::NotEnough(_) | Error::NotPositive { .. } | Error::LevelTooLow { .. }
            ), "{error}"),
        }
    }

    #[test]
    fn the_order_of_the_observations_does_not_matter(
        (values, shuffled) in observations(30).prop_flat_map(|values| (Just(values.clone()), Just(values).prop_shuffle())),
        y in samples(20),
    ) {
        let (x, again) = (Sample::new(values)?, Sample::new(shuffled)?);
        let side = Alternative::TwoSided;
        prop_assert_eq!(welch(&x, &y, Level::P95), welch(&again, &y, Level::P95));
        prop_assert_eq!(kolmogorov_smirnov(&x, &y, side), kolmogorov_smirnov(&again, &y, side));
        let permuted = |x: &Sample| permutation_test(x, &y, Statistic::Mean, side, permutations());
        prop_assert_eq!(permuted(&x), permuted(&again));
    }

    #[test]
    fn swapping_the_samples_mirrors_the_answer(x in whole(25), y in whole(25), level in levels(), margin in margins()) {
        if let (Ok(one), Ok(other)) = (welch(&x, &y, level), welch(&y, &x, level)) {
            prop_assert!((one.value() + other.value()).abs() < 1e-9);
            prop_assert!(near(one.interval().lower(), -other.interval().upper(), 1e-9) || one.interval().lower().abs() < 1e-9);
        }
        for side in SIDES {
            let pair = [kolmogorov_smirnov(&x, &y, side)?, kolmogorov_smirnov(&y, &x, swapped(side))?];
            prop_assert_eq!(pair[0].statistic(), pair[1].statistic());
            prop_assert!(near(pair[0].p_value().get(), pair[1].p_value().get(), 1e-11), "{} {}", pair[0], pair[1]);
        }
        let both = (compare(&x, &y, &Question::at(level).within(margin)), compare(&y, &x, &Question::at(level).within(margin)));
        if let (Ok(one), Ok(other)) = both {
            let mirrored = match one.verdict {
                Verdict::Higher { beyond } => Verdict::Lower { beyond },
                Verdict::Lower { beyond } => Verdict::Higher { beyond },
                same => same,
            };
            prop_assert_eq!(mirrored, other.verdict);
        }
    }

    #[test]
    fn moving_both_samples_moves_no_difference(x in whole(25), y in whole(25), by in -1000..1000_i32) {
        let moved = |sample: &Sample| mapped(sample, |value| value + f64::from(by));
        if let (Ok(here), Ok(there)) = (welch(&x, &y, Level::P95), welch(&moved(&x), &moved(&y), Level::P95)) {
            prop_assert_eq!(here, there);
        }
        for statistic in [Statistic::Mean, Statistic::Median, Statistic::StandardDeviation] {
            let test = |x: &Sample, y: &Sample| permutation_test(x, y, statistic, Alternative::Less, permutations());
            prop_assert_eq!(test(&x, &y)?.p_value(), test(&moved(&x), &moved(&y))?.p_value());
        }
    }

    #[test]
    fn moving_the_first_moves_the_difference_of_means_as_far(x in whole(25), y in whole(25), by in -1000..1000_i32) {
        let moved = mapped(&x, |value| value + f64::from(by));
        if let (Ok(here), Ok(there)) = (welch(&x, &y, Level::P95), welch(&moved, &y, Level::P95)) {
            prop_assert!((there.value() - here.value() - f64::from(by)).abs() < 1e-9);
            prop_assert!((there.interval().width() - here.interval().width()).abs() < 1e-9);
        }
    }

    #[test]
    fn the_unit_does_not_matter_to_a_ratio_nor_a_test(x in positive(20), y in positive(20), power in -40..40_i32) {
        let scale = 2_f64.powi(power);
        let scaled = |sample: &PositiveSample| mapped(sample.sample(), |value| value * scale);
        let (a, b) = (scaled(&x), scaled(&y));
        let ratio = |x: Sample, y: Sample| {
            geometric_mean_ratio(&PositiveSample::new(x).unwrap(), &PositiveSample::new(y).unwrap(), Level::P95)
        };
        if let (Ok(here), Ok(there)) = (ratio(x.sample().clone(), y.sample().clone()), ratio(a.clone(), b.clone())) {
            prop_assert!(near(here.value(), there.value(), 1e-12));
            prop_assert!(near(here.interval().lower(), there.interval().lower(), 1e-9));
        }
        if let (Ok(here), Ok(there)) = (welch_test(x.sample(), y.sample(), Alternative::Less), welch_test(&a, &b, Alternative::Less)) {
            prop_assert!(near(here.statistic(), there.statistic(), 1e-12));
        }
    }

    #[test]
    fn distributions_differ_as_much_under_any_rising_map(x in whole(30), y in whole(30)) {
        let rising = |sample: &Sample| mapped(sample, |value| (value / 10.0).exp() + value);
        for side in SIDES {
            prop_assert_eq!(
                kolmogorov_smirnov(&x, &y, side), kolmogorov_smirnov(&rising(&x), &rising(&y), side));
        }
    }

    #[test]
    fn an_interval_of_a_higher_level_holds_the_one_of_a_lower(
        x in samples(20), y in samples(20), p in positive(20), q in positive(20), a in levels(), b in levels(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let pairs = [
            (welch(&x, &y, low), welch(&x, &y, high)),
            (geometric_mean_ratio(&p, &q, low), geometric_mean_ratio(&p, &q, high)),
        ];
        for (inner, outer) in pairs {
            if let (Ok(inner), Ok(outer)) = (inner, outer) {
                prop_assert!(outer.interval().lower() <= inner.interval().lower());
                prop_assert!(inner.interval().upper() <= outer.interval().upper());
            }
        }
    }

    #[test]
    fn welch_rejects_what_its_interval_leaves_out(x in whole(20), y in whole(20), level in levels()) {
        if let (Ok(estimate), Ok(test)) = (welch(&x, &y, level), welch_test(&x, &y, Alternative::TwoSided)) {
            // Where they touch, rounding decides.
            let apart = (test.p_value().get() - level.outside()).abs() > 1e-9;
            prop_assert!(!apart || (test.p_value().get() > level.outside()) == estimate.interval().contains(0.0));
        }
    }

    #[test]
    fn two_sides_are_no_rarer_than_one(x in whole(12), y in whole(12)) {
        let p = |side| kolmogorov_smirnov(&x, &y, side).unwrap().p_value().get();
        prop_assert!(p(Alternative::TwoSided) >= p(Alternative::Less).min(p(Alternative::Greater)) - 1e-12);
        let p = |side| permutation_test(&x, &y, Statistic::Mean, side, permutations()).unwrap().p_value().get();
        let twice = 2.0 * p(Alternative::Less).min(p(Alternative::Greater));
        prop_assert_eq!(p(Alternative::TwoSided), twice.min(1.0));
    }

    #[test]
    fn a_statistic_by_name_and_as_a_function_permute_alike(x in whole(9), y in whole(9)) {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        for side in SIDES {
            let named = permutation_test(&x, &y, Statistic::Mean, side, permutations())?;
            let given = permutation_test_of(&x, &y, side, permutations(), |x, y| ((mean(x) - mean(y)) * 1e9).round())?;
            prop_assert_eq!(named.p_value(), given.p_value());
        }
    }

    #[test]
    fn what_is_the_same_within_a_margin_is_the_same_within_a_wider_one(
        x in positive(20), y in positive(20), share in 0.01..1.0_f64, more in 1.0..5.0_f64, level in 0.6..0.99_f64,
    ) {
        let level = Level::new(level)?;
        for equivalence in [equivalence_by_means, equivalence_by_ranks] {
            for margin in [Margin::relative, Margin::absolute] {
                let within = |by| equivalence(x.sample(), y.sample(), margin(by).unwrap(), level);
                if let (Ok(narrow), Ok(wide)) = (within(share), within(share * more)) {
                    prop_assert!(wide.not_lower.get() <= narrow.not_lower.get() + 1e-12);
                    prop_assert!(wide.not_higher.get() <= narrow.not_higher.get() + 1e-12);
                    if let (Sameness::Equivalent { .. }, other) = (narrow.verdict, wide.verdict) {
                        prop_assert!(matches!(other, Sameness::Equivalent { .. }), "{:?} {:?}", narrow, wide);
                    }
                }
            }
        }
    }

    #[test]
    fn sameness_and_a_difference_beyond_the_margin_exclude_each_other(x in whole(20), y in whole(20), distance in 1..30_i32) {
        let margin = Margin::absolute(f64::from(distance))?;
        for equivalence in [equivalence_by_means, equivalence_by_ranks] {
            if let Ok(found) = equivalence(&x, &y, margin, Level::P95) {
                match found.verdict {
                    Sameness::Equivalent { p_value, .. } => prop_assert!(p_value.get() <= 0.05 + 1e-12),
                    Sameness::Different { p_value, .. } => prop_assert!(p_value.get() <= 0.05 + 1e-12),
                    Sameness::Undecided { p_value, .. } => {
                        prop_assert!(p_value.get() > 0.05 - 1e-12 && found.difference.get() > 0.05 - 1e-12);
                    }
                }
            }
        }
    }

    #[test]
    fn a_difference_of_quantiles_is_repeatable_and_mirrors(x in whole(20), y in whole(20), at in 0.0..=1.0_f64, seed: u64) {
        let (at, bootstrap) = (Probability::new(at)?, Bootstrap::new(99, Seed::new(seed))?);
        let one = quantile_difference(&x, &y, at, Level::P90, bootstrap);
        prop_assert_eq!(one, quantile_difference(&x, &y, at, Level::P90, bootstrap));
        if let (Ok(one), Ok(other)) = (one, quantile_difference(&y, &x, at, Level::P90, bootstrap)) {
            prop_assert!((one.value() + other.value()).abs() < 1e-9);
        }
    }

    #[test]
    fn a_weaker_effect_takes_more_observations(a in 0.51..1.0_f64, b in 0.51..1.0_f64, level in levels(), power in levels()) {
        let (weak, strong) = if a < b { (a, b) } else { (b, a) };
        let size = |share| mann_whitney_sample_size(Probability::new(share).unwrap(), level, power).unwrap();
        prop_assert!(size(weak) >= size(strong));
    }

    #[test]
    fn json_gives_back_an_equal_margin(margin in margins()) {
        prop_assert_eq!(serde_json::from_str::<Margin>(&serde_json::to_string(&margin)?)?, margin);
    }
}
