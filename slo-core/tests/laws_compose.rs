//! What the documentation of `compose` states, against counting over every state of every part.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use slo_core::compose::{Availability, Composite, Member, System, equal_split};
use slo_core::sli::NoDataPolicy;
use slo_core::{BILLION, Objective};

/// Chances are 64ths, which are whole parts per billion.
const CASES: u32 = 64;
const PARTS: usize = 5;

/// A structure over parts 0 to 4, as the test sees it.
#[derive(Debug, Clone)]
enum Shape {
    Part(usize),
    Redundant(usize, Vec<Shape>),
    Journey(Vec<(u32, Shape)>),
}

impl Shape {
    fn build(&self, chances: &[Availability; PARTS]) -> System {
        match self {
            Self::Part(part) => System::part(part.to_string(), chances[*part]),
            Self::Redundant(needed, of) => {
                System::redundant(*needed, of.iter().map(|shape| shape.build(chances)).collect()).unwrap()
            }
            Self::Journey(ways) => {
                System::journey(ways.iter().map(|(weight, way)| (*weight, way.build(chances))).collect()).unwrap()
            }
        }
    }

    /// Whether it works in a state of the parts: a bit a part; a journey works to the share of its ways.
    /// Redundancy over journeys draws each journey anew.
    fn works(&self, state: u32) -> f64 {
        match self {
            Self::Part(part) => f64::from(state >> part & 1),
            Self::Redundant(needed, of) => {
                let chances: Vec<f64> = of.iter().map(|shape| shape.works(state)).collect();
                (0_u32..1 << chances.len())
                    .filter(|set| set.count_ones() as usize >= *needed)
                    .map(|set| {
                        (0..chances.len())
                            .map(|k| if set >> k & 1 == 1 { chances[k] } else { 1.0 - chances[k] })
                            .product::<f64>()
                    })
                    .sum()
            }
            Self::Journey(ways) => {
                let all: f64 = ways.iter().map(|(weight, _)| f64::from(*weight)).sum();
                ways.iter().map(|(weight, way)| f64::from(*weight) * way.works(state)).sum::<f64>() / all
            }
        }
    }
}

fn share(sixty_fourths: u32) -> Availability {
    Availability::from_parts_per_billion(sixty_fourths * (BILLION / CASES)).unwrap()
}

fn shapes() -> impl Strategy<Value = Shape> {
    (0..PARTS).prop_map(Shape::Part).prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_flat_map(|of| (1..=of.len(), Just(of)).prop_map(|(needed, of)| Shape::Redundant(needed, of))),
            prop::collection::vec((1_u32..5, inner), 1..3).prop_map(Shape::Journey),
        ]
    })
}

proptest! {
    #[test]
    fn the_estimate_sums_over_every_state_of_independent_parts(
        shape in shapes(), chances in prop::array::uniform5(0..=CASES),
    ) {
        let whole = shape.build(&chances.map(share)).availability().unwrap();
        let chance = |state: u32| (0..PARTS).map(|part| {
            let up = f64::from(chances[part]) / f64::from(CASES);
            if state >> part & 1 == 1 { up } else { 1.0 - up }
        }).product::<f64>();
        let expected: f64 = (0..1 << PARTS).map(|state| chance(state) * shape.works(state)).sum();
        prop_assert!((whole.estimate() - expected).abs() < 1e-12, "{} {}", whole.estimate(), expected);
        prop_assert!((whole.estimated_unavailability() - (1.0 - expected)).abs() < 1e-12);
    }

    #[test]
    fn the_bounds_hold_whatever_ties_the_parts_together(
        shape in shapes(), cases in prop::collection::vec(0_u32..1 << PARTS, CASES as usize),
    ) {
        // Any joint distribution: 64 equally likely states of all parts.
        let mut chances = [0; PARTS];
        for (part, chance) in chances.iter_mut().enumerate() {
            *chance = cases.iter().map(|state| state >> part & 1).sum();
        }
        let whole = shape.build(&chances.map(share)).availability().unwrap();
        let truth = cases.iter().map(|state| shape.works(*state)).sum::<f64>() / f64::from(CASES);
        prop_assert!(whole.worst() - 1e-12 <= truth && truth <= whole.best() + 1e-12, "{} {:?}", truth, whole);
        prop_assert!(whole.worst() <= whole.estimate() && whole.estimate() <= whole.best());
    }

    #[test]
    fn the_bounds_of_one_level_are_reached(parts in 1_usize..=4, together in 1_usize..=4, lap in 1_u32..=16) {
        // Failures laid end to end round a circle: each point of it is covered by exactly `together` parts.
        let together = together.min(parts);
        let circle = lap * parts as u32;
        let each = lap * together as u32;
        let chance = CASES - each;
        let of = (0..parts).map(|part| System::part(part.to_string(), share(chance))).collect();
        let whole = System::redundant(parts - together + 1, of).unwrap().availability().unwrap();
        let failing = f64::from(circle) / f64::from(CASES);
        prop_assert!((whole.worst_unavailability() - failing).abs() < 1e-12, "{} {}", whole.worst_unavailability(), failing);
    }

    #[test]
    fn the_required_availability_is_the_least_that_keeps_the_whole(
        shape in shapes(), chances in prop::array::uniform5(0..=CASES), whole in 1_u32..BILLION,
    ) {
        let system = Shape::Redundant(1, vec![shape, Shape::Part(0)]);
        let objective = Objective::from_parts_per_billion(whole).unwrap();
        let mut chances = chances.map(share);
        let required = system.build(&chances).required("0", objective).unwrap();
        prop_assert!(required.for_certain >= required.if_independent);
        let mut whole = |first: u32| {
            chances[0] = Availability::from_parts_per_billion(first).unwrap();
            system.build(&chances).availability().unwrap()
        };
        let slack = objective.allowed_bad_fraction() * (1.0 + 2e-12);
        for (least, certain) in [(required.if_independent, false), (required.for_certain, true)] {
            // The part alone is one way around everything else, so the perfect part always does.
            let least = least.unwrap().parts_per_billion();
            let mut down = |first| {
                let whole = whole(first);
                if certain { whole.worst_unavailability() } else { whole.estimated_unavailability() }
            };
            prop_assert!(down(least) <= slack);
            prop_assert!(least == 0 || down(least - 1) > objective.allowed_bad_fraction());
        }
    }

    #[test]
    fn an_equal_split_keeps_the_whole_exactly_and_by_at_most_a_billionth(whole in 1_u32..BILLION, parts in 1_u32..=4) {
        let objective = Objective::from_parts_per_billion(whole).unwrap();
        let Some(split) = equal_split(objective, parts) else { return Ok(()) };
        let billion = u128::from(BILLION);
        let keeps = |each: u32| u128::from(each).pow(parts) >= u128::from(whole) * billion.pow(parts - 1);
        let each = split.if_independent.parts_per_billion();
        prop_assert!(keeps(each) && (each < 2 || !keeps(each - 2)));
        let missing = u64::from(split.for_certain.allowed_parts_per_billion()) * u64::from(parts);
        prop_assert!(missing <= u64::from(objective.allowed_parts_per_billion()));
        prop_assert!(split.if_independent <= split.for_certain);
    }

    #[test]
    fn a_composite_lies_between_its_members_and_ignores_the_unit_of_weights(
        members in prop::collection::vec((1_u32..1000, 0..=BILLION), 1..8), objective in 1_u32..BILLION,
    ) {
        let objective = Objective::from_parts_per_billion(objective).unwrap();
        let composite = |scale: u32| {
            let member = |(weight, parts): &(u32, u32)| Member {
                name: String::new(),
                weight: (weight * scale).to_string().parse().unwrap(),
                reliability: Some(Availability::from_parts_per_billion(*parts).unwrap()),
            };
            let composite = Composite::new(objective, members.iter().map(member).collect()).unwrap();
            composite.reliability(NoDataPolicy::Exclude).unwrap()
        };
        let (one, ten) = (composite(1), composite(10));
        prop_assert_eq!(one.rounded_down(), ten.rounded_down());
        prop_assert_eq!(one.keeps(objective), ten.keeps(objective));
        let all = members.iter().map(|(_, parts)| *parts);
        let mean = one.rounded_down().parts_per_billion();
        prop_assert!(all.clone().min().unwrap() <= mean && mean <= all.max().unwrap());
        prop_assert_eq!(one.keeps(objective), one.budget_left(objective) >= 0.0);
    }
}
