//! Laws of sequential tests.

use measure_core::sequential::{SequentialComparison, SequentialMean, SequentialNormalMean, SequentialProportion};
use measure_core::{Alternative, Interval, LARGEST, Level, NotEnough, Probability, Proportion};
use proptest::prelude::*;

use crate::strategies::{levels, observations};

fn sides() -> impl Strategy<Value = Alternative> {
    prop::sample::select(vec![Alternative::TwoSided, Alternative::Less, Alternative::Greater])
}

fn claims() -> impl Strategy<Value = Probability> {
    prop_oneof![0.001..0.999, (1.0..300.0_f64).prop_map(|digits| 10_f64.powf(-digits)), Just(1.0 - 1e-16)]
        .prop_map(|p| Probability::new(p).unwrap())
}

fn batches(most: usize) -> impl Strategy<Value = Vec<Proportion>> {
    let trials = prop_oneof![0..4_u64, 0..300_u64, 0..1_000_000_000_u64, 0..u64::MAX / 64];
    let batch = trials.prop_flat_map(|trials| {
        prop_oneof![0..=trials, 0..=trials.min(3)]
            .prop_map(move |successes| Proportion::new(successes, trials).unwrap())
    });
    prop::collection::vec(batch, 0..=most)
}

fn one(claim: Probability, side: Alternative, level: Level, batches: &[Proportion]) -> SequentialProportion {
    let mut machine = SequentialProportion::new(claim, side, level).unwrap();
    batches.iter().for_each(|batch| machine.observe(*batch).unwrap());
    machine
}

fn two(claim: Probability, side: Alternative, level: Level, batches: &[Proportion]) -> SequentialComparison {
    let mut machine = SequentialComparison::new(claim, side, level).unwrap();
    batches.chunks(2).for_each(|pair| {
        machine.observe(pair[0], pair.get(1).copied().unwrap_or_default()).unwrap();
    });
    machine
}

fn bounded(side: Alternative, level: Level, observations: &[f64]) -> SequentialMean {
    let mut machine = SequentialMean::new(-LARGEST, LARGEST, 0.5, side, level).unwrap();
    observations.iter().for_each(|observation| machine.observe(*observation).unwrap());
    machine
}

fn known(deviation: f64, side: Alternative, level: Level, observations: &[f64]) -> SequentialNormalMean {
    let mut machine = SequentialNormalMean::new(deviation, 0.5, 20, side, level).unwrap();
    observations.iter().for_each(|observation| machine.observe(*observation).unwrap());
    machine
}

fn again<T: serde::Serialize + serde::de::DeserializeOwned>(machine: &T) -> T {
    serde_json::from_str(&serde_json::to_string(machine).unwrap()).unwrap()
}

fn sound(ln_e: f64, p_value: Probability, interval: Option<Interval>) -> Result<(), TestCaseError> {
    prop_assert!(ln_e.is_finite());
    // The p-value remembers the strongest evidence.
    prop_assert!(p_value.get() <= (-ln_e).exp().min(1.0) * (1.0 + 1e-9), "{ln_e} {p_value}");
    prop_assert!(interval.is_none_or(|interval| interval.lower().is_finite() && interval.upper().is_finite()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_proportion_restored_and_replayed_goes_on_as_if_it_had_not_been_stored(
        claim in claims(), side in sides(), level in levels(), before in batches(6), after in batches(4),
    ) {
        let mut machine = one(claim, side, level, &before);
        let mut restored = again(&machine);
        prop_assert_eq!(restored, machine);
        for batch in &after {
            machine.observe(*batch)?;
            restored.observe(*batch)?;
        }
        prop_assert_eq!(restored, machine);
        prop_assert_eq!(one(claim, side, level, &[before, after].concat()), machine);
        sound(machine.ln_e_value(), machine.p_value(), machine.estimate().ok().map(measure_core::Estimate::interval))?;
    }

    #[test]
    fn a_comparison_restored_and_replayed_goes_on_as_if_it_had_not_been_stored(
        expected in claims(), side in sides(), level in levels(), before in batches(6), after in batches(4),
    ) {
        let machine = two(expected, side, level, &before);
        let mut restored = again(&machine);
        prop_assert_eq!(restored, machine);
        let (mut machine, mut both) = (machine, machine);
        for pair in after.chunks_exact(2) {
            for machine in [&mut machine, &mut restored, &mut both] {
                machine.observe(pair[0], pair[1])?;
            }
        }
        prop_assert_eq!(restored, machine);
        sound(machine.ln_e_value(), machine.p_value(), machine.difference().ok().map(measure_core::Estimate::interval))?;
        sound(machine.ln_e_value(), machine.p_value(), machine.ratio().ok().map(measure_core::Estimate::interval))?;
    }

    #[test]
    fn means_restored_and_replayed_go_on_as_if_they_had_not_been_stored(
        side in sides(), level in levels(), before in observations(20), after in observations(20),
        deviation in prop_oneof![0.1..10.0, Just(5e-324), Just(1e300)],
    ) {
        let (mut machine, mut other) = (bounded(side, level, &before), known(deviation, side, level, &before));
        let (mut restored, mut other_restored) = (again(&machine), again(&other));
        prop_assert_eq!((restored, other_restored), (machine, other));
        for observation in after {
            machine.observe(observation)?;
            restored.observe(observation)?;
            other.observe(observation)?;
            other_restored.observe(observation)?;
        }
        prop_assert_eq!((restored, other_restored), (machine, other));
        sound(machine.ln_e_value(), machine.p_value(), machine.estimate().ok().map(measure_core::Estimate::interval))?;
        sound(other.ln_e_value(), other.p_value(), other.estimate().ok().map(measure_core::Estimate::interval))?;
    }

    #[test]
    fn a_batch_at_once_is_the_same_as_one_by_one_looked_at_only_at_its_end(
        claim in claims(), side in sides(), batches in batches(8),
    ) {
        let together = batches.iter().try_fold(Proportion::ZERO, |all, batch| all.merge(*batch))?;
        let (at_once, by_parts) = (one(claim, side, Level::P95, &[together]), one(claim, side, Level::P95, &batches));
        prop_assert_eq!(at_once.ln_e_value().to_bits(), by_parts.ln_e_value().to_bits());
        prop_assert_eq!(at_once.estimate(), by_parts.estimate());
        prop_assert!(by_parts.p_value() <= at_once.p_value());
    }

    #[test]
    fn an_interval_of_a_higher_level_holds_the_one_of_a_lower(
        claim in claims(), batches in batches(4), a in levels(), b in levels(), values in observations(30),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let side = Alternative::TwoSided;
        let nested = |of: &dyn Fn(Level) -> Result<measure_core::Estimate, NotEnough>| {
            let (Ok(inner), Ok(outer)) = (of(low), of(high)) else { return true };
            let (inner, outer) = (inner.interval(), outer.interval());
            let rounding = 1e-9 * outer.width() + 1e-15;
            outer.lower() <= inner.lower() + rounding && inner.upper() <= outer.upper() + rounding
        };
        prop_assert!(nested(&|level| one(claim, side, level, &batches).estimate()));
        prop_assert!(nested(&|level| two(claim, side, level, &batches).difference()));
        prop_assert!(nested(&|level| two(claim, side, level, &batches).ratio()));
        // That of a mean within bounds bets for its level, so that it need not nest.
        let nests = nested(&|level| known(1.0, side, level, &values).estimate());
        prop_assert!(nests);
    }

    #[test]
    fn swapping_success_and_failure_swaps_above_and_below(
        claim in 0.01..0.99_f64, batches in batches(6),
    ) {
        let (claim, other) = (Probability::new(claim)?, Probability::new(claim)?.complement());
        let swapped: Vec<Proportion> = batches.iter().map(|batch| batch.swapped()).collect();
        for (side, opposite) in [
            (Alternative::TwoSided, Alternative::TwoSided),
            (Alternative::Greater, Alternative::Less),
            (Alternative::Less, Alternative::Greater),
        ] {
            let (a, b) = (one(claim, side, Level::P95, &batches), one(other, opposite, Level::P95, &swapped));
            // 1 - p is rounded, and so many trials tell.
            let rounding = 1e-9 * (1.0 + a.seen().trials() as f64 * 1e-4);
            prop_assert!((a.ln_e_value() - b.ln_e_value()).abs() <= rounding, "{a:?} {b:?}");
        }
    }

    #[test]
    fn swapping_the_groups_mirrors_the_difference_and_inverts_the_ratio(
        a in 1..500_u64, n in 0..500_u64, b in 1..500_u64, m in 0..500_u64,
    ) {
        let (x, y) = (Proportion::new(a, a + n)?, Proportion::new(b, b + m)?);
        let expected = Probability::new(0.1)?;
        let of = |x, y, side| two(expected, side, Level::P95, &[x, y]);
        let (one, other) = (of(x, y, Alternative::TwoSided), of(y, x, Alternative::TwoSided));
        prop_assert!((one.ln_e_value() - other.ln_e_value()).abs() < 1e-10);
        prop_assert!((of(x, y, Alternative::Less).ln_e_value() - of(y, x, Alternative::Greater).ln_e_value()).abs() < 1e-10);
        let (d, e) = (one.difference().unwrap().interval(), other.difference().unwrap().interval());
        prop_assert!((d.lower() + e.upper()).abs() < 1e-10 && (d.upper() + e.lower()).abs() < 1e-10);
        let (r, s) = (one.ratio().unwrap().interval(), other.ratio().unwrap().interval());
        prop_assert!((r.lower() * s.upper() - 1.0).abs() < 1e-8 && (r.upper() * s.lower() - 1.0).abs() < 1e-8);
    }

    #[test]
    fn a_mean_moves_and_stretches_with_its_observations(
        values in prop::collection::vec(0.0..=1.0_f64, 1..60), shift in -5.0..5.0_f64, scale in 0.1..20.0_f64,
    ) {
        let side = Alternative::TwoSided;
        let mut plain = SequentialMean::new(0.0, 1.0, 0.4, side, Level::P95)?;
        let at = |x: f64| shift + scale * x;
        let mut moved = SequentialMean::new(at(0.0), at(1.0), at(0.4), side, Level::P95)?;
        for value in values {
            plain.observe(value)?;
            moved.observe(at(value).clamp(at(0.0), at(1.0)))?;
        }
        prop_assert!((plain.ln_e_value() - moved.ln_e_value()).abs() < 1e-9);
        let (a, b) = (plain.estimate().unwrap().interval(), moved.estimate().unwrap().interval());
        prop_assert!((at(a.lower()) - b.lower()).abs() < 1e-9 * scale.max(1.0));
        prop_assert!((at(a.upper()) - b.upper()).abs() < 1e-9 * scale.max(1.0));
    }
}
