//! Laws of rates and their comparisons.

use measure_core::rate::{
    CountSeries, RateComparison, compare_negative_binomial, compare_poisson, compare_quasi_poisson, compare_rates,
    compare_totals,
};
use measure_core::{Alternative, Level, NotEnough, Rate};
use proptest::prelude::*;

use crate::strategies::levels;

fn rates() -> impl Strategy<Value = Rate> {
    let counts = prop_oneof![3 => 0..40_u64, 2 => 0..1_000_000_u64, 1 => 0..=u64::MAX / 4];
    let exposures = prop_oneof![Just(1.0), (0.001..1e4_f64), (-90.0..90.0_f64).prop_map(|digits| 10_f64.powf(digits))];
    prop_oneof![1 => Just(Rate::ZERO), 9 => (counts, exposures).prop_map(|(n, e)| Rate::new(n, e).unwrap())]
}

fn whole_rates() -> impl Strategy<Value = Rate> {
    (0..1_000_000_u64, 1..1_000_u32).prop_map(|(count, exposure)| Rate::new(count, f64::from(exposure)).unwrap())
}

/// Few periods or many, calm or wild, of equal exposure or not.
fn all_series() -> impl Strategy<Value = CountSeries> {
    let counts = prop_oneof![0..6_u64, 0..60_u64, 0..2_000_u64];
    let exposures = prop_oneof![Just(1.0), (1..40_u32).prop_map(|quarters| f64::from(quarters) / 4.0)];
    let period = (counts, exposures).prop_map(|(count, exposure)| Rate::new(count, exposure).unwrap());
    prop::collection::vec(period, 0..16).prop_map(|periods| CountSeries::new(periods).unwrap())
}

fn alternatives() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

type Method = fn(&CountSeries, &CountSeries, Level, Alternative) -> Result<RateComparison, NotEnough>;

const METHODS: [(&str, Method); 4] = [
    ("totals", |x, y, level, side| compare_totals(x.total(), y.total(), level, side)),
    ("quasi-Poisson", compare_quasi_poisson),
    ("negative binomial", compare_negative_binomial),
    ("chosen", compare_rates),
];

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

proptest! {
    #[test]
    fn merging_is_commutative_with_zero_as_identity_and_associative_for_whole_exposures(
        a in rates(), b in rates(), (c, d, e) in (whole_rates(), whole_rates(), whole_rates()),
    ) {
        prop_assert_eq!(a.merge(b), b.merge(a));
        prop_assert_eq!(a.merge(Rate::ZERO)?, a);
        prop_assert_eq!(c.merge(d)?.merge(e)?, c.merge(d.merge(e)?)?);
    }

    #[test]
    fn merging_series_is_associative_and_the_empty_one_its_identity(a in all_series(), b in all_series(), c in all_series()) {
        prop_assert_eq!(a.clone().merge(&b)?.merge(&c)?, a.clone().merge(&b.clone().merge(&c)?)?);
        prop_assert_eq!(a.clone().merge(&CountSeries::default())?, a.clone());
        prop_assert_eq!(CountSeries::default().merge(&a)?, a);
    }

    #[test]
    fn json_gives_back_an_equal_value(rate in rates(), series in all_series()) {
        let text = serde_json::to_string(&(rate, &series))?;
        prop_assert_eq!(serde_json::from_str::<(Rate, CountSeries)>(&text)?, (rate, series));
    }

    #[test]
    fn an_interval_holds_the_estimate_and_lies_in_the_one_of_a_higher_level(rate in rates(), a in levels(), b in levels()) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        match (rate.garwood(low), rate.garwood(high)) {
            (Ok(inner), Ok(outer)) => {
                prop_assert!(inner.interval().contains(inner.value()));
                let slack = 1e-12 * outer.interval().upper();
                prop_assert!(outer.interval().lower() <= inner.interval().lower() + slack);
                prop_assert!(inner.interval().upper() <= outer.interval().upper() + slack);
            }
            (inner, outer) => prop_assert!(rate == Rate::ZERO && inner.is_err() && outer.is_err()),
        }
    }

    #[test]
    fn a_change_of_the_unit_of_exposure_changes_only_the_unit_of_the_rate(
        count in 0..1_000_000_u64, exposure in 0.1..1e4_f64, level in levels(),
    ) {
        let (one, other) = (Rate::new(count, exposure)?, Rate::new(count, exposure * 1024.0)?);
        let (one, other) = (one.garwood(level)?.interval(), other.garwood(level)?.interval());
        prop_assert_eq!(one.upper(), other.upper() * 1024.0);
        prop_assert_eq!(one.lower(), other.lower() * 1024.0);
    }

    #[test]
    fn tails_are_probabilities_that_overlap_in_one_term(rate in rates(), claimed in 0.0..1e6_f64, side in alternatives()) {
        if let (Ok(above), Ok(below)) = (rate.tail_at_least(claimed), rate.tail_at_most(claimed)) {
            prop_assert!(above.get() + below.get() >= 1.0 - 1e-9);
            let p = rate.poisson_test(claimed, side)?.p_value();
            prop_assert!(p.get() >= above.get().min(below.get()) * (1.0 - 1e-12));
        }
    }

    #[test]
    fn the_order_of_periods_does_not_matter(
        series in all_series().prop_flat_map(|series| {
            let shuffled = Just(series.periods().to_vec()).prop_shuffle();
            (Just(series), shuffled.prop_map(|periods| CountSeries::new(periods).unwrap()))
        }),
        other in all_series(),
    ) {
        let (one, shuffled) = series;
        let level = Level::P95;
        match (one.dispersion(level), shuffled.dispersion(level)) {
            (Ok(a), Ok(b)) => prop_assert!(near(a.index.value(), b.index.value(), 1e-12) || a.index.value() < 1e-25),
            (a, b) => prop_assert_eq!(a, b),
        }
        for (name, method) in METHODS {
            let of = |series| method(series, &other, level, Alternative::TwoSided).map(|answer| answer.test.p_value());
            match (of(&one), of(&shuffled)) {
                (Ok(a), Ok(b)) => prop_assert!(near(a.get(), b.get(), 1e-6) || (a.get() - b.get()).abs() < 1e-6, "{name}"),
                (a, b) => prop_assert_eq!(a.is_ok(), b.is_ok(), "{}", name),
            }
        }
    }

    #[test]
    fn swapping_the_two_inverts_the_ratio_and_swaps_the_sides(x in all_series(), y in all_series(), level in levels()) {
        for (name, method) in METHODS {
            let (one, other) = (method(&x, &y, level, Alternative::Less), method(&y, &x, level, Alternative::Greater));
            let (Ok(one), Ok(other)) = (one, other) else { continue };
            let (p, q) = (one.test.p_value().get(), other.test.p_value().get());
            prop_assert!(near(p, q, 1e-7) || (p - q).abs() < 1e-9, "{name}: {p} {q}");
            if let (Ok(one), Ok(other)) = (one.ratio, other.ratio) {
                prop_assert!(one.value() == 0.0 || near(one.value() * other.value(), 1.0, 1e-9), "{name}");
                let (inner, outer) = (one.interval(), other.interval());
                prop_assert!(inner.lower() == 0.0 || near(inner.lower() * outer.upper(), 1.0, 1e-6), "{name}: {inner:?} {outer:?}");
            }
        }
    }

    #[test]
    fn every_answer_is_finite_and_its_interval_holds_the_ratio_and_nests(
        x in all_series(), y in all_series(), a in levels(), b in levels(), side in alternatives(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        for (name, method) in METHODS {
            let (Ok(inner), Ok(outer)) = (method(&x, &y, low, side), method(&x, &y, high, side)) else { continue };
            prop_assert!(inner.test.statistic().is_finite());
            prop_assert_eq!(inner.test, outer.test);
            if let (Ok(inner), Ok(outer)) = (inner.ratio, outer.ratio) {
                prop_assert!(inner.interval().contains(inner.value()), "{name} {inner:?}");
                let slack = 1.0 + 1e-9;
                prop_assert!(outer.interval().lower() <= inner.interval().lower() * slack, "{name}");
                prop_assert!(inner.interval().upper() <= outer.interval().upper() * slack, "{name}");
            }
        }
    }

    #[test]
    fn plain_poisson_is_refused_exactly_where_the_dispersion_is_significant(x in all_series(), y in all_series()) {
        match compare_poisson(&x, &y, Level::P95, Alternative::TwoSided) {
            Ok(answer) => prop_assert!(!answer.dispersion.is_some_and(|dispersion| dispersion.is_significant())),
            Err(measure_core::rate::Refusal::Overdispersed { dispersion, .. }) => {
                prop_assert!(dispersion.test.p_value().get() <= 0.05 && dispersion.index.value() > 1.0);
            }
            Err(_) => prop_assert!(x.is_empty() || y.is_empty()),
        }
    }

    #[test]
    fn extreme_counts_and_exposures_give_numbers_or_say_what_is_missing(
        x in prop::collection::vec(rates(), 0..4), y in prop::collection::vec(rates(), 0..4), level in levels(),
        side in alternatives(),
    ) {
        let series = |rates: Vec<Rate>| CountSeries::new(rates.into_iter().filter(|rate| rate.exposure() > 0.0).collect());
        let (Ok(x), Ok(y)) = (series(x), series(y)) else { return Ok(()) };
        for (name, method) in METHODS {
            if let Ok(answer) = method(&x, &y, level, side) {
                prop_assert!(answer.test.statistic().is_finite(), "{name}");
                if let Ok(ratio) = answer.ratio {
                    let finite = [ratio.value(), ratio.interval().lower(), ratio.interval().upper()].iter().all(|part| part.is_finite());
                    prop_assert!(finite, "{name} {ratio:?}");
                }
            }
        }
    }
}
