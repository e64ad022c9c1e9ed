//! Laws of durations.

use measure_core::survival::{Durations, Elapsed, KaplanMeier, log_rank, log_rank_among, restricted_mean_difference};
use measure_core::{Level, NotEnough, Probability};
use proptest::prelude::*;

use crate::strategies::levels;

/// Durations of all kinds: smooth, with ties, all equal, tiny, huge; censored or not.
fn rows(most: usize) -> impl Strategy<Value = Vec<(f64, bool)>> {
    let smooth = prop::collection::vec((0.0..1e3_f64, prop::bool::weighted(0.7)), 0..=most);
    let tied = prop::collection::vec(((0..6_u8).prop_map(f64::from), any::<bool>()), 0..=most);
    let equal = (prop::collection::vec(any::<bool>(), 0..=most), 0.0..9.0_f64)
        .prop_map(|(flags, time)| flags.into_iter().map(|flag| (time, flag)).collect());
    let extreme = prop::sample::select(vec![0.0, 5e-324, f64::MIN_POSITIVE, 1e-300, 1.0, 1e299, 1e300]);
    let extreme = prop::collection::vec((extreme, any::<bool>()), 0..=most);
    prop_oneof![3 => smooth, 3 => tied, 1 => equal, 1 => extreme]
}

fn durations(most: usize) -> impl Strategy<Value = Durations> {
    rows(most).prop_map(|rows| Durations::new(rows).unwrap())
}

/// With times that multiplying by a small power of two leaves exact.
fn tame(most: usize) -> impl Strategy<Value = Durations> {
    prop::collection::vec(((0..40_u8).prop_map(f64::from), prop::bool::weighted(0.7)), 1..=most)
        .prop_map(|rows| Durations::new(rows).unwrap())
}

fn shares() -> impl Strategy<Value = Probability> {
    (0.0..=1.0).prop_map(|p| Probability::new(p).unwrap())
}

fn mapped(durations: &Durations, map: impl Fn(f64) -> f64) -> Durations {
    Durations::new(durations.rows().map(|(time, observed)| (map(time), observed))).unwrap()
}

fn elapsed(time: f64) -> Elapsed {
    Elapsed::new(time).unwrap()
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()) + 1e-12
}

/// Shares and quantiles of one curve beside those of another whose times are the map of its own.
fn same_but_for_time(one: &KaplanMeier, other: &KaplanMeier, map: impl Fn(f64) -> f64) -> bool {
    one.steps().len() == other.steps().len()
        && one.steps().iter().zip(other.steps()).all(|(one, other)| {
            let apart = (map(one.time) - other.time).abs();
            apart <= 1e-12 * other.time && one.survival.to_bits() == other.survival.to_bits()
        })
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative_and_the_same_as_all_at_once(
        a in rows(20), b in rows(20), c in rows(20),
    ) {
        let of = |rows: &[(f64, bool)]| Durations::new(rows.to_vec()).unwrap();
        let (x, y, z) = (of(&a), of(&b), of(&c));
        prop_assert_eq!(x.clone().merge(&y).merge(&z), x.clone().merge(&y.clone().merge(&z)));
        prop_assert_eq!(x.clone().merge(&y), y.clone().merge(&x));
        prop_assert_eq!(x.clone().merge(&Durations::default()), x.clone());
        prop_assert_eq!(x.merge(&y).merge(&z), of(&[a, b, c].concat()));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(rows in rows(30)) {
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(Durations::new(rows).unwrap(), Durations::new(turned).unwrap());
    }

    #[test]
    fn json_gives_back_an_equal_value(durations in durations(30)) {
        let text = serde_json::to_string(&durations)?;
        prop_assert_eq!(serde_json::from_str::<Durations>(&text)?, durations);
    }

    #[test]
    fn the_curve_falls_from_one_and_its_counts_add_up(durations in durations(40)) {
        if let Ok(curve) = durations.kaplan_meier() {
            let mut before = 1.0;
            for step in curve.steps() {
                prop_assert!((0.0..=before).contains(&step.survival));
                prop_assert!(step.events + step.censored <= step.at_risk);
                before = step.survival;
            }
            let sum = |count: fn(&measure_core::survival::Step) -> u64| curve.steps().iter().map(count).sum::<u64>();
            prop_assert_eq!(sum(|step| step.events), durations.events());
            prop_assert_eq!(sum(|step| step.censored), durations.censored());
        } else {
            prop_assert!(durations.is_empty());
        }
    }

    #[test]
    fn without_censoring_the_curve_is_one_less_the_share_that_has_ended(rows in rows(40)) {
        let ended = Durations::all_observed(rows.iter().map(|row| row.0)).unwrap();
        if let Ok(curve) = ended.kaplan_meier() {
            for step in curve.steps() {
                let longer = rows.iter().filter(|row| row.0 > step.time).count() as f64;
                prop_assert_eq!(step.survival.to_bits(), (longer / rows.len() as f64).to_bits());
            }
        }
    }

    #[test]
    fn an_interval_holds_the_share_within_the_unit_interval(durations in durations(40), level in levels()) {
        if let Ok(curve) = durations.kaplan_meier() {
            for (step, interval) in curve.steps().iter().zip(curve.band(level)) {
                let at = curve.survival_at(elapsed(step.time), level).unwrap();
                prop_assert_eq!((at.value(), at.interval()), (step.survival, interval));
                prop_assert!(0.0 <= interval.lower() && interval.upper() <= 1.0 && interval.contains(step.survival));
            }
        }
    }

    #[test]
    fn an_interval_of_a_higher_level_holds_the_one_of_a_lower(
        durations in durations(40), a in levels(), b in levels(), share in shares(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        if let Ok(curve) = durations.kaplan_meier() {
            for (inner, outer) in curve.band(low).into_iter().zip(curve.band(high)) {
                prop_assert!(outer.lower() <= inner.lower() + 1e-12 && inner.upper() <= outer.upper() + 1e-12);
            }
            let (inner, outer) = (curve.quantile(share, low), curve.quantile(share, high));
            prop_assert_eq!(inner.value, outer.value);
            prop_assert!(outer.lower.is_some() || inner.lower.is_none());
            prop_assert!(outer.lower.zip(inner.lower).is_none_or(|(outer, inner)| outer <= inner));
            prop_assert!(inner.upper.is_some() || outer.upper.is_none());
            prop_assert!(outer.upper.zip(inner.upper).is_none_or(|(outer, inner)| inner <= outer));
        }
    }

    #[test]
    fn a_quantile_is_within_its_interval_and_grows_with_the_share(
        durations in durations(40), a in shares(), b in shares(), level in levels(),
    ) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        if let Ok(curve) = durations.kaplan_meier() {
            let (short, long) = (curve.quantile(low, level), curve.quantile(high, level));
            prop_assert!(short.value.is_some() || long.value.is_none());
            prop_assert!(short.value.zip(long.value).is_none_or(|(short, long)| short <= long));
            for found in [short, long] {
                prop_assert!(found.lower.zip(found.value).is_none_or(|(lower, value)| lower <= value));
                prop_assert!(found.value.zip(found.upper).is_none_or(|(value, upper)| value <= upper));
                prop_assert!(found.value.is_none() || found.lower.is_some());
                prop_assert!(found.upper.is_none() || found.value.is_some());
            }
        }
    }

    #[test]
    fn a_monotone_transformation_of_time_leaves_shares_and_the_log_rank_test(x in tame(30), y in tame(30)) {
        let map = |time: f64| time.powi(3) + time.sqrt();
        let (a, b) = (x.kaplan_meier().unwrap(), mapped(&x, map).kaplan_meier().unwrap());
        prop_assert!(same_but_for_time(&a, &b, map));
        prop_assert_eq!(log_rank(&x, &y), log_rank(&mapped(&x, map), &mapped(&y, map)));
    }

    #[test]
    fn scaling_time_scales_quantiles_and_means(x in tame(30), share in shares(), level in levels(), horizon in 1.0..39.0_f64) {
        let scale = |time: f64| time * 8.0;
        let scaled = mapped(&x, scale);
        let (a, b) = (x.kaplan_meier().unwrap().quantile(share, level), scaled.kaplan_meier().unwrap().quantile(share, level));
        prop_assert_eq!((a.value.map(scale), a.lower.map(scale), a.upper.map(scale)), (b.value, b.lower, b.upper));
        match (x.restricted_mean(elapsed(horizon), level), scaled.restricted_mean(elapsed(8.0 * horizon), level)) {
            (Ok(a), Ok(b)) => {
                prop_assert!(close(8.0 * a.value(), b.value()));
                prop_assert!(close(8.0 * a.interval().upper(), b.interval().upper()));
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn a_restricted_mean_is_within_its_interval_between_zero_and_the_horizon(
        durations in durations(40), horizon in prop_oneof![0.0..1e3_f64, Just(5e-324), Just(1e300)], level in levels(),
    ) {
        if let Ok(mean) = durations.restricted_mean(elapsed(horizon), level) {
            let interval = mean.interval();
            prop_assert!(0.0 <= interval.lower() && interval.upper() <= horizon);
            prop_assert!(interval.contains(mean.value()) || interval.width() <= 1e-12 * horizon, "{mean:?}");
        }
    }

    #[test]
    fn swapping_the_groups_turns_a_difference_around(x in durations(30), y in durations(30), horizon in 0.0..1e3_f64) {
        let level = Level::P90;
        let (one, other) = (
            restricted_mean_difference(&x, &y, elapsed(horizon), level),
            restricted_mean_difference(&y, &x, elapsed(horizon), level),
        );
        match (one, other) {
            (Ok(one), Ok(other)) => {
                prop_assert!(close(one.value(), -other.value()));
                prop_assert!((one.interval().lower() + other.interval().upper()).abs() <= 1e-9 * horizon);
            }
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn the_log_rank_test_does_not_depend_on_the_order_of_the_groups(
        x in durations(30), y in durations(30), z in durations(30),
    ) {
        match (log_rank(&x, &y), log_rank(&y, &x)) {
            (Ok(one), Ok(other)) => {
                prop_assert!(close(one.test.statistic(), other.test.statistic()), "{one:?} {other:?}");
                prop_assert!((0.0..=1.0).contains(&one.test.p_value().get()));
                let (observed, expected) = (one.groups.iter().map(|group| group.observed).sum::<u64>(),
                    one.groups.iter().map(|group| group.expected).sum::<f64>());
                prop_assert!(close(observed as f64, expected));
            }
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
        let (one, other) = (log_rank_among(&[x.clone(), y.clone(), z.clone()]), log_rank_among(&[z, x, y]));
        match (one, other) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(one.degrees_of_freedom, other.degrees_of_freedom);
                prop_assert!(close(one.test.statistic(), other.test.statistic()), "{one:?} {other:?}");
            }
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn a_group_beside_itself_shows_no_difference(x in tame(40)) {
        match log_rank(&x, &x) {
            Ok(answer) => prop_assert!(answer.test.statistic() < 1e-12 && answer.test.p_value().get() > 0.999_99),
            Err(reason) => {
 let expected = matches!(reason, NotEnough::NoSpread { .. } | NotEnough::TooFew { .. });
 prop_assert!(expected, "{reason}");
 }
        }
    }

    #[test]
    fn a_cumulative_hazard_never_falls_and_is_at_most_the_logarithm_of_the_curve(durations in durations(40)) {
        let mut before = 0.0;
        for (time, _) in durations.rows() {
            if let Ok(hazard) = durations.cumulative_hazard_at(elapsed(time), Level::P95) {
                prop_assert!(hazard.value() >= before && hazard.interval().contains(hazard.value()));
                prop_assert!(hazard.interval().lower() > 0.0 || hazard.value() == 0.0);
                let survival = durations.kaplan_meier()?.survival_at(elapsed(time), Level::P95)?.value();
                // -ln(1 - x) >= x, term by term.
                prop_assert!(survival <= 0.0 || hazard.value() <= -survival.ln() * (1.0 + 1e-9) + 1e-12);
                before = hazard.value();
            }
        }
    }
}
