//! Laws of ratios over clusters, and of many p-values.

use measure_core::{ClusteredRatio, Probability, benjamini_hochberg};
use proptest::prelude::*;

use crate::strategies::levels;

type Clusters = Vec<(f64, f64)>;

fn clusters(most: usize) -> impl Strategy<Value = Clusters> {
    let smooth = prop::collection::vec((-1e3..1e3_f64, 0.1..1e3_f64), 0..=most);
    // All but one ratio: the squares cancel.
    let tight = prop::collection::vec((-1e-6..1e-6_f64, 0.1..1e3_f64), 0..=most)
        .prop_map(|all| all.into_iter().map(|(off, x)| (x * (0.3 + off), x)).collect());
    let part = prop::sample::select(vec![0.0, 1e-100, 1e-9, 1.0, 7.0, 1e100]);
    let extreme = prop::collection::vec((part.clone(), part), 0..=most);
    prop_oneof![2 => smooth, 2 => tight, 1 => extreme]
}

fn of(clusters: &Clusters) -> ClusteredRatio {
    ClusteredRatio::of(clusters.iter().copied()).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

/// Estimate and standard error are the same to 1e-12, or are both missing.
fn same(a: ClusteredRatio, b: ClusteredRatio) -> bool {
    let both = |a: Result<f64, _>, b: Result<f64, _>| match (a, b) {
        (Ok(a), Ok(b)) => near(a, b),
        (a, b) => a == b,
    };
    a.clusters() == b.clusters() && both(a.estimate(), b.estimate()) && both(a.standard_error(), b.standard_error())
}

proptest! {
    #[test]
    fn merging_is_the_batch_in_any_order_with_zero_as_identity(a in clusters(9), b in clusters(9), c in clusters(9)) {
        let (x, y, z) = (of(&a), of(&b), of(&c));
        let batch = of(&[a, b, c].concat());
        prop_assert!(same(x.merge(y)?.merge(z)?, batch));
        prop_assert!(same(x.merge(y.merge(z)?)?, batch));
        prop_assert!(same(z.merge(x)?.merge(y)?, batch));
        prop_assert_eq!(x.merge(y)?, y.merge(x)?);
        prop_assert_eq!(x.merge(ClusteredRatio::ZERO)?, x);
    }

    #[test]
    fn json_gives_back_an_equal_value(all in clusters(9)) {
        let ratio = of(&all);
        prop_assert_eq!(serde_json::from_str::<ClusteredRatio>(&serde_json::to_string(&ratio)?)?, ratio);
    }

    #[test]
    fn the_ratio_scales_with_the_numerators_and_not_with_the_clusters(
        all in prop::collection::vec((-1e3..1e3_f64, 0.1..1e3_f64), 2..9),
    ) {
        let ratio = of(&all);
        let larger = of(&all.iter().map(|(y, x)| (4.0 * y, *x)).collect());
        let rescaled = of(&all.iter().map(|(y, x)| (8.0 * y, 8.0 * x)).collect());
        prop_assert!(near(larger.estimate()?, 4.0 * ratio.estimate()?));
        prop_assert!(near(larger.standard_error()?, 4.0 * ratio.standard_error()?));
        prop_assert!(near(rescaled.standard_error()?, ratio.standard_error()?));
    }

    #[test]
    fn what_is_one_for_every_cluster_shifts_the_ratio_and_not_its_error(
        all in prop::collection::vec((-1e3..1e3_f64, 0.1..1e3_f64), 2..9),
    ) {
        let (ratio, shifted) = (of(&all), of(&all.iter().map(|(y, x)| (y + 2.0 * x, *x)).collect()));
        prop_assert!((shifted.estimate()? - ratio.estimate()? - 2.0).abs() < 1e-9);
        prop_assert!((shifted.standard_error()? - ratio.standard_error()?).abs() < 1e-9 * (1.0 + ratio.standard_error()?));
    }

    #[test]
    fn intervals_hold_the_estimate_nest_and_shrink_with_the_population(
        all in clusters(9), a in levels(), b in levels(), more in 1..20_u64,
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let ratio = of(&all);
        if let (Ok(inner), Ok(outer)) = (ratio.measured(low), ratio.measured(high)) {
            let (narrow, wide) = (inner.interval(), outer.interval());
            prop_assert!(narrow.contains(inner.value()) && narrow.lower().is_finite() && narrow.upper().is_finite());
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
            let team = ratio.out_of(ratio.clusters() + more)?.measured(low)?.interval();
            prop_assert!(narrow.lower() <= team.lower() && team.upper() <= narrow.upper());
        }
    }

    #[test]
    fn a_higher_cap_is_exceeded_less_surely(all in clusters(9), a in -2.0..2.0_f64, b in -2.0..2.0_f64) {
        let ratio = of(&all);
        if let (Ok(low), Ok(high)) = (ratio.probability_above(a.min(b)), ratio.probability_above(a.max(b))) {
            prop_assert!(high.get() <= low.get() * (1.0 + 1e-12));
        }
    }

    #[test]
    fn adjusting_keeps_the_order_and_lowers_no_p_value(p in prop::collection::vec(0.0..=1.0_f64, 0..40), level in levels()) {
        let p: Vec<_> = p.into_iter().map(|p| Probability::new(p).unwrap()).collect();
        let adjusted = benjamini_hochberg(&p);
        prop_assert_eq!(p.len(), adjusted.len());
        for (i, here) in p.iter().enumerate() {
            prop_assert!(adjusted[i].get() >= here.get() * (1.0 - 1e-15));
            for (j, there) in p.iter().enumerate() {
                prop_assert!(here > there || adjusted[i] <= adjusted[j]);
            }
        }
        // The procedure of the paper: the largest k with p_(k) <= k q / m rejects all up to it.
        let q = level.get();
        let mut sorted = p.clone();
        sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let rejected = (1..=p.len()).rev().find(|k| sorted[k - 1].get() * p.len() as f64 / *k as f64 <= q).unwrap_or(0);
        prop_assert_eq!(adjusted.iter().filter(|value| value.get() <= q).count(), rejected);
    }
}
