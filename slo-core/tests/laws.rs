//! The laws that the docs state, one property each.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use slo_core::sli::{
    ClassicHistogram, Counter, NativeHistogram, NoDataPolicy, Observation, extrapolated_increase, increase,
};
use slo_core::{
    BILLION, Budget, Counts, DurationShorthand, Error, Factor, Objective, Policy, RatioTally, SliceTally, SliceTarget,
    burn,
};

fn objective() -> impl Strategy<Value = Objective> {
    (1..BILLION).prop_map(|parts| Objective::from_parts_per_billion(parts).unwrap())
}

fn counts() -> impl Strategy<Value = Counts> {
    prop_oneof![
        Just(Counts::ZERO),
        (0..=1_000_u64).prop_flat_map(|total| (0..=total, Just(total))).prop_map(|(bad, total)| of(bad, total)),
        any::<u64>().prop_flat_map(|total| (0..=total, Just(total))).prop_map(|(bad, total)| of(bad, total)),
    ]
}

fn of(bad: u64, total: u64) -> Counts {
    Counts::from_bad(bad, total).unwrap()
}

fn factor() -> impl Strategy<Value = Factor> {
    (1..=u32::MAX, 1..=u32::MAX).prop_map(|(numerator, denominator)| Factor::new(numerator, denominator).unwrap())
}

proptest! {
    #[test]
    fn an_objective_reads_back_from_what_it_prints(objective in objective()) {
        prop_assert_eq!(objective.to_string().parse::<Objective>(), Ok(objective));
        let json = serde_json::to_string(&objective).unwrap();
        prop_assert_eq!(serde_json::from_str::<Objective>(&json).unwrap(), objective);
    }

    #[test]
    fn a_ratio_and_a_percentage_are_the_same_objective(parts in 1..BILLION) {
        let ratio = format!("0.{parts:09}");
        let percent = format!("{}.{:07}%", parts / 10_000_000, parts % 10_000_000);
        let expected = Objective::from_parts_per_billion(parts);
        prop_assert_eq!(&Objective::from_ratio(&ratio), &expected);
        prop_assert_eq!(&percent.parse::<Objective>(), &expected);
        // A format that makes a float of the number loses nothing.
        prop_assert_eq!(serde_json::from_str::<Objective>(&ratio).ok(), expected.ok());
    }

    #[test]
    fn reading_an_objective_never_panics(text in ".{0,40}") {
        let _ = text.parse::<Objective>();
        let _ = SliceTarget::from_ratio(&text);
        let _ = text.parse::<DurationShorthand>();
        let _ = text.parse::<Factor>();
    }

    #[test]
    fn a_duration_reads_back_from_what_it_prints(count in 1..=u32::MAX, unit in "[mhdwMQY]") {
        let text = format!("{count}{unit}");
        match text.parse::<DurationShorthand>() {
            Ok(duration) => prop_assert_eq!(duration.to_string(), text),
            // 300 million years of anything are refused; less is not.
            Err(error) => {
                prop_assert!(matches!(error, Error::DurationOutOfRange { .. }), "{error}");
                prop_assert!(count > 290_000_000 && "MQY".contains(&unit), "{text}");
            }
        }
    }

    #[test]
    fn a_factor_reads_back_from_what_it_prints(factor in factor()) {
        prop_assert_eq!(factor.to_string().parse::<Factor>(), Ok(factor));
    }

    #[test]
    fn merging_counts_is_associative_and_commutative_with_zero(a in counts(), b in counts(), c in counts()) {
        let left = a.merge(b).and_then(|ab| ab.merge(c)).ok();
        let right = b.merge(c).and_then(|bc| a.merge(bc)).ok();
        prop_assert_eq!(left, right);
        prop_assert_eq!(a.merge(b).ok(), b.merge(a).ok());
        prop_assert_eq!(a.merge(Counts::ZERO), Ok(a));
    }

    #[test]
    fn good_and_bad_make_up_the_total(a in counts()) {
        prop_assert_eq!(a.good() + a.bad(), a.total());
        prop_assert_eq!(Counts::new(a.good(), a.total()), Ok(a));
    }

    #[test]
    fn a_threshold_is_compared_as_exact_fractions_are(bad in 0..=2_000_u64, more in 0..=2_000_u64,
                                                      factor in factor(), objective in objective()) {
        let total = bad + more;
        // bad / total > (n / d) x (allowed / 10^9), multiplied out.
        let left = u128::from(bad) * u128::from(factor.denominator()) * u128::from(BILLION);
        let right = u128::from(total) * u128::from(factor.numerator())
            * u128::from(objective.allowed_parts_per_billion());
        prop_assert_eq!(factor.is_exceeded(of(bad, total), objective), left > right);
    }

    #[test]
    fn what_is_left_and_what_was_spent_make_up_the_allowance(objective in objective(), counts in counts()) {
        let budget = Budget::of_events(objective, counts);
        let allowed = i128::try_from(budget.allowed_billionths()).unwrap();
        let consumed = i128::try_from(budget.consumed_billionths()).unwrap();
        prop_assert_eq!(budget.remaining_billionths(), allowed - consumed);
        prop_assert_eq!(budget.is_overspent(), budget.remaining_billionths() < 0);
        prop_assert!(budget.remaining() == 0 || budget.overspent() == 0);
        prop_assert_eq!(u128::from(budget.allowed()), budget.allowed_billionths() / 1_000_000_000);
    }

    #[test]
    fn no_public_ratio_is_nan_or_infinite(objective in objective(), counts in counts()) {
        let budget = Budget::of_events(objective, counts);
        for ratio in [budget.remaining_ratio(), budget.success_ratio(), burn::rate(counts, objective),
                      counts.error_ratio(), counts.success_ratio()] {
            prop_assert_eq!(ratio.is_some(), !counts.is_empty());
            prop_assert!(ratio.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn the_remaining_ratio_is_one_minus_the_burn_rate_of_the_period(objective in objective(), counts in counts()) {
        let budget = Budget::of_events(objective, counts);
        if let (Some(left), Some(rate)) = (budget.remaining_ratio(), burn::rate(counts, objective)) {
            prop_assert!((left - (1.0 - rate)).abs() <= 1e-12 * rate.max(1.0), "{left} {rate}");
        }
    }

    #[test]
    fn a_budget_survives_json(objective in objective(), counts in counts()) {
        let budget = Budget::of_events(objective, counts);
        let json = serde_json::to_string(&budget).unwrap();
        prop_assert_eq!(serde_json::from_str::<Budget>(&json).unwrap(), budget);
        let json = serde_json::to_string(&counts).unwrap();
        prop_assert_eq!(serde_json::from_str::<Counts>(&json).unwrap(), counts);
    }

    #[test]
    fn slices_add_up_like_a_naive_count(slices in prop::collection::vec((0..=20_u64, 0..=20_u64, any::<bool>()), 0..60),
                                        target in 1..=BILLION, split in 0..60_usize) {
        let target = SliceTarget::from_ratio(&format!("{}.{:09}", target / BILLION, target % BILLION)).unwrap();
        let observation = |(bad, good, known): &(u64, u64, bool)| {
            if *known { Observation::Counted(of(*bad, bad + good)) } else { Observation::NoData }
        };
        let tally = |part: &[(u64, u64, bool)]| {
            let (mut whole, mut ratio) = (SliceTally::ZERO, RatioTally::ZERO);
            for slice in part {
                whole.add(observation(slice), target).unwrap();
                ratio.add(observation(slice)).unwrap();
            }
            (whole, ratio)
        };
        let (whole, ratio) = tally(&slices);

        let seen: Vec<_> = slices.iter().filter(|(bad, good, known)| *known && bad + good > 0).collect();
        let bad = seen.iter().filter(|(bad, good, _)| {
            // Fewer good than the target asks for, in exact fractions.
            u128::from(*good) * u128::from(BILLION) < u128::from(bad + good) * u128::from(target.parts_per_billion())
        }).count() as u64;
        prop_assert_eq!((whole.bad(), whole.good()), (bad, seen.len() as u64 - bad));
        prop_assert_eq!(whole.no_data(), (slices.len() - seen.len()) as u64);

        let mean = seen.iter().map(|(bad, good, _)| *good as f64 / (bad + good) as f64).sum::<f64>() / seen.len() as f64;
        let budget = ratio.budget("99%".parse().unwrap(), NoDataPolicy::Exclude).unwrap();
        prop_assert_eq!(budget.success_ratio().is_some(), !seen.is_empty());
        prop_assert!(budget.success_ratio().is_none_or(|ratio| (ratio - mean).abs() < 1e-12));

        // Merging two parts is the batch.
        let (first, second) = slices.split_at(split.min(slices.len()));
        let ((a, x), (b, y)) = (tally(first), tally(second));
        prop_assert_eq!(a.merge(b), Ok(whole));
        prop_assert_eq!(x.merge(y), Ok(ratio));
    }

    #[test]
    fn the_increase_is_the_sum_of_the_steps_whatever_is_missing(steps in prop::collection::vec((0..1_000_u64, any::<bool>()), 1..60)) {
        // A counter that counts `step` each time, starting again at 0 first where `reset`.
        let (mut raw, mut samples, mut expected) = (0_u64, vec![Some(0)], 0_u64);
        for (step, reset) in &steps {
            let before = raw;
            raw = if *reset { *step } else { raw + step };
            // A reset is seen only when the value falls below the last one.
            expected += if raw < before { raw } else { raw - before };
            samples.push(Some(raw));
            samples.push(None);
        }
        prop_assert_eq!(increase(samples.iter().copied()), Ok(expected));
        let mut counter = Counter::default();
        let sum: u64 = samples.iter().flatten().map(|raw| counter.observe(*raw).increase).sum();
        prop_assert_eq!(sum, expected);
    }

    #[test]
    fn an_extrapolated_increase_is_at_least_the_plain_one(start in 0..1_000_u32, steps in prop::collection::vec(0..100_u32, 1..20), lead in 1..60_i64, lag in 0..60_i64) {
        let at = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
        let mut value = f64::from(start);
        let mut samples = vec![(at(lead), value)];
        for step in &steps {
            value += f64::from(*step);
            samples.push((at(lead + 15 * samples.len() as i64), value));
        }
        let end = samples.last().unwrap().0 + TimeDelta::seconds(lag);
        let range = end - at(0);
        let stretched = extrapolated_increase(&samples, range, end).unwrap();
        let plain = value - f64::from(start);
        prop_assert!(stretched >= plain - 1e-9, "{stretched} {plain}");
        // Never beyond both ends.
        let most = range.as_seconds_f64() / (15.0 * steps.len() as f64);
        prop_assert!(stretched <= plain * most + 1e-9);
    }

    #[test]
    fn a_histogram_brackets_the_truth(latencies in prop::collection::vec(0.0..3.0_f64, 0..200), threshold in 0.0..4.0_f64) {
        let truth = latencies.iter().filter(|latency| **latency <= threshold).count() as u64;
        let bounds = [0.1, 0.25, 0.5, 1.0, 2.5, f64::INFINITY];
        let cumulative = bounds.iter().map(|bound| (*bound, latencies.iter().filter(|l| *l <= bound).count() as u64));
        let classic = ClassicHistogram::new(cumulative.collect()).unwrap().below(threshold).unwrap();

        // Schema 2: four buckets a power of two.
        let index = |latency: f64| (latency.log2() * 4.0).ceil() as i32;
        let zero = latencies.iter().filter(|latency| **latency <= 0.001).count() as u64;
        let mut buckets = std::collections::BTreeMap::new();
        for latency in latencies.iter().filter(|latency| **latency > 0.001) {
            *buckets.entry(index(*latency)).or_insert(0_u64) += 1;
        }
        let native = NativeHistogram::new(2, 0.001, zero, buckets.into_iter().collect()).unwrap();
        for below in [classic, native.below(threshold).unwrap()] {
            prop_assert!(below.fewest_good() <= truth && truth <= below.most_good());
            prop_assert!(below.fewest_good() as f64 <= below.estimate() && below.estimate() <= below.most_good() as f64);
            prop_assert_eq!(below.total(), latencies.len() as u64);
        }
        for bound in &bounds[..5] {
            let exact = latencies.iter().filter(|latency| *latency <= bound).count() as u64;
            let histogram = ClassicHistogram::new(
                bounds.iter().map(|b| (*b, latencies.iter().filter(|l| *l <= b).count() as u64)).collect(),
            ).unwrap();
            let below = histogram.below(*bound).unwrap();
            prop_assert!(below.is_exact() && below.most_good() == exact);
        }
    }

    #[test]
    fn scaling_a_policy_keeps_the_shares_and_scales_the_windows(days in 1..400_i64) {
        let period = TimeDelta::days(days);
        let scaled = Policy::google_30d().scaled_to(period).unwrap();
        for (row, original) in scaled.rows().iter().zip(Policy::google_30d().rows()) {
            prop_assert_eq!(row.factor, original.factor);
            let exact = original.long.num_seconds() as f64 * days as f64 / 30.0;
            prop_assert!((row.long.num_seconds() as f64 - exact).abs() <= 0.5);
        }
    }

    #[test]
    fn a_new_period_keeps_the_shares_and_the_windows(days in 4..400_i64) {
        let period = TimeDelta::days(days);
        match Policy::google_30d().with_period(period) {
            Ok(policy) => for (row, original) in policy.rows().iter().zip(Policy::google_30d().rows()) {
                prop_assert_eq!(row.long, original.long);
                let share = row.factor.budget_share(period, row.long).unwrap();
                let before = original.factor.budget_share(TimeDelta::days(30), original.long).unwrap();
                prop_assert!((share - before).abs() < 1e-12);
            },
            Err(error) => prop_assert!(matches!(error, Error::Policy { .. }), "{error}"),
        }
    }

    #[test]
    fn a_policy_survives_json(days in 1..400_i64) {
        let policy = Policy::google_30d().scaled_to(TimeDelta::days(days)).unwrap();
        let json = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
    }
}
