//! Laws of inequality.

use measure_core::NotEnough;
use measure_core::inequality::Shares;
use proptest::prelude::*;

fn values() -> impl Strategy<Value = Vec<f64>> {
    let plain = prop::collection::vec(0.0..100.0_f64, 0..20);
    let whole = prop::collection::vec((0..5_u32).prop_map(f64::from), 0..20);
    let extreme = prop::sample::select(vec![0.0, 5e-324, 1e-300, 1.0, 3.0, 1e300]);
    prop_oneof![3 => plain, 3 => whole, 1 => prop::collection::vec(extreme, 0..20)]
}

fn weights() -> impl Strategy<Value = Vec<f64>> {
    let plain = prop::collection::vec(prop::sample::select(vec![0.2, 0.5, 0.8, 1.0]), 20);
    let extreme = prop::collection::vec(prop::sample::select(vec![1e-300, 1e-9, 1.0, 1e298]), 20);
    prop_oneof![4 => plain, 1 => extreme]
}

fn weighted(values: &[f64], weights: &[f64]) -> Shares {
    Shares::weighted(values.iter().copied().zip(weights.iter().copied()).collect()).unwrap()
}

fn near(one: Result<f64, NotEnough>, other: Result<f64, NotEnough>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => (one - other).abs() < 1e-12,
        (one, other) => one.is_err() && other.is_err(),
    }
}

proptest! {
    #[test]
    fn indices_are_within_their_bounds_or_there_is_nothing_to_share(values in values(), weights in weights()) {
        let n = values.len() as f64;
        let plain = Shares::new(values.clone())?;
        match plain.gini() {
            Ok(gini) => {
                prop_assert!((0.0..=1.0 - 1.0 / n).contains(&gini));
                let jain = plain.jain().unwrap();
                prop_assert!((1.0 / n - 1e-15..=1.0).contains(&jain), "{jain}");
                let (largest, smallest) = (plain.largest_part().unwrap(), plain.smallest_part().unwrap());
                prop_assert!(1.0 / n <= largest && largest <= 1.0 && 0.0 <= smallest && smallest <= 1.0 / n);
                prop_assert!(plain.gini_corrected().map_or(n == 1.0, |gini| (0.0..=1.0).contains(&gini)));
            }
            Err(NotEnough::AllZero { .. }) => prop_assert!(values.iter().all(|value| *value == 0.0)),
            Err(NotEnough::TooFew { .. }) => prop_assert!(values.is_empty()),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
        let shares = weighted(&values, &weights);
        if let Ok(extremes) = shares.extremes() {
            prop_assert!(extremes.greatest().is_finite() && extremes.greatest() >= 1.0);
            prop_assert!((0.0..=1.0).contains(&extremes.least()) && extremes.spread() >= 0.0);
            prop_assert!((0.0..=1.0).contains(&extremes.ratio()));
            prop_assert!((0.0..=1.0).contains(&shares.gini().unwrap()) && (0.0..=1.0).contains(&shares.jain().unwrap()));
            prop_assert!(shares.gini_corrected().map_or(n == 1.0, |gini| (0.0..=1.0).contains(&gini)));
        }
    }

    #[test]
    fn neither_order_nor_unit_matters(values in values(), weights in weights(), power in -20..20_i32) {
        let shares = weighted(&values, &weights);
        let turned: Vec<f64> = values.iter().rev().copied().collect();
        let turned_weights: Vec<f64> = weights.iter().take(values.len()).rev().copied().collect();
        // To the bit, since ties are ordered too.
        prop_assert_eq!(&shares, &weighted(&turned, &turned_weights));
        if values.iter().all(|value| *value == 0.0 || (1e-200..1e200).contains(value)) {
            let scaled: Vec<f64> = values.iter().map(|value| value * 3.0_f64.powi(power)).collect();
            prop_assert!(near(shares.gini(), weighted(&scaled, &weights).gini()));
            prop_assert!(near(shares.jain(), weighted(&scaled, &weights).jain()));
        }
    }

    #[test]
    fn two_with_half_each_are_as_uneven_as_one(
        values in prop::collection::vec(0.0..100.0_f64, 0..20), weights in prop::collection::vec(0.1..1.0_f64, 20),
    ) {
        let shares = weighted(&values, &weights);
        let twice = |all: &[f64]| all.iter().take(values.len()).flat_map(|value| [value / 2.0; 2]).collect::<Vec<f64>>();
        let halves = weighted(&twice(&values), &twice(&weights));
        prop_assert!(near(shares.gini(), halves.gini()) && near(shares.jain(), halves.jain()));
        prop_assert!(near(shares.extremes().map(|both| both.spread()), halves.extremes().map(|both| both.spread())));
    }

    #[test]
    fn a_transfer_from_rich_to_poor_lowers_gini_and_raises_jain(
        values in prop::collection::vec(0.5..100.0_f64, 2..20), from in 0..20_usize, to in 0..20_usize, part in 0.01..0.99_f64,
    ) {
        let (from, to) = (from % values.len(), to % values.len());
        let gap = values[from] - values[to];
        prop_assume!(gap > 0.1);
        let mut evener = values.clone();
        // Beyond half of the gap the two swap places: no less even, and no less fair than before.
        evener[from] -= gap * part;
        evener[to] += gap * part;
        let (before, after) = (Shares::new(values)?, Shares::new(evener)?);
        prop_assert!(after.gini().unwrap() < before.gini().unwrap());
        prop_assert!(after.jain().unwrap() > before.jain().unwrap());
    }

    #[test]
    fn in_proportion_to_weight_is_even(weights in prop::collection::vec(0.01..10.0_f64, 1..20), each in 0.1..9.0_f64) {
        let shares = Shares::weighted(weights.iter().map(|weight| (weight * each, *weight)).collect())?;
        prop_assert!(shares.gini().unwrap() < 1e-14 && shares.jain().unwrap() > 1.0 - 1e-14);
        prop_assert!(shares.extremes().unwrap().spread() < 1e-13);
    }

    #[test]
    fn gini_is_half_the_mean_difference_over_the_mean(values in prop::collection::vec(0.0..100.0_f64, 1..20), weights in weights()) {
        let pairs: Vec<(f64, f64)> = values.into_iter().zip(weights).filter(|(_, weight)| (0.1..=1.0).contains(weight)).collect();
        let (whole, weight) = pairs.iter().fold((0.0, 0.0), |(x, w), (value, own)| (x + value, w + own));
        prop_assume!(whole > 0.0);
        let apart = pairs.iter().flat_map(|a| pairs.iter().map(move |b| a.1 * b.1 * (a.0 / a.1 - b.0 / b.1).abs()));
        let naive = apart.sum::<f64>() / (2.0 * weight * whole);
        prop_assert!((Shares::weighted(pairs.clone())?.gini().unwrap() - naive).abs() < 1e-12);
    }

    #[test]
    fn json_gives_back_an_equal_value(values in values(), weights in weights()) {
        let shares = weighted(&values, &weights);
        prop_assert_eq!(serde_json::from_str::<Shares>(&serde_json::to_string(&shares)?)?, shares);
    }
}
