//! Whether groups last equally long.

use super::durations::{At, Durations};
use crate::bootstrap::Statistic;
use crate::compare::{Permutations, permutation_test};
use crate::estimate::NotEnough;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::proportion::count;
use crate::sample::{Sample, float};
use crate::special::chi_squared_sf;

/// The answer of a log-rank test.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LogRank {
    /// The statistic, chi-squared if the groups are alike, and its p-value.
    pub test: Test,
    /// Degrees of freedom: groups less one, less those that are never at risk together with another.
    pub degrees_of_freedom: u64,
    /// What was seen and what was expected, in the order of the groups. More ends than expected means shorter durations.
    pub groups: Vec<LogRankGroup>,
}

/// One group in a log-rank test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LogRankGroup {
    /// Observations.
    pub n: u64,
    /// How many ended.
    pub observed: u64,
    /// How many would have ended if all groups were alike.
    pub expected: f64,
}

/// Whether two groups last equally long: the log-rank test (Mantel 1966, Peto and Peto 1972), with the hypergeometric
/// variance for ties, as R's `survdiff`, lifelines and statsmodels have it. Strongest when one hazard is a multiple of the
/// other; blind to curves that cross.
///
/// The chi-squared distribution is an approximation for many ends. With 3 against 3 observations it rejects at 5 % in 7
/// (30 % censored) to 10 % (none) of simulations in which nothing differs, with 3 against 30 in 8 to 9 % (at 1 % in 3.5 %),
/// with 5 against 8 in 7 %; with 40 against 30 in 5 %. For few
/// ends in a group, below 10 or so, use [`log_rank_permutation`].
///
/// # Errors
/// [`NotEnough`] when a group is empty, when nothing ended, or when the two are never at risk together.
///
/// ```
/// use measure_core::survival::{Durations, log_rank};
/// let before = Durations::new([(30.0, true), (45.0, true), (50.0, false), (80.0, true), (95.0, true)])?;
/// let after = Durations::new([(5.0, true), (12.0, true), (14.0, true), (20.0, true), (33.0, true)])?;
/// let answer = log_rank(&before, &after)?;
/// assert_eq!(format!("{:.4}", answer.test), "p = 0.0064 (log-rank), n = 10");
/// assert!(answer.groups[0].expected > 5.0 && answer.groups[0].observed == 4);
/// # Ok::<(), measure_core::Error>(())
/// ```
pub fn log_rank(x: &Durations, y: &Durations) -> Result<LogRank, NotEnough> {
    log_rank_of(&[x, y])
}

/// The log-rank test of two groups without an approximation: its statistic, the ends observed among `x` less those
/// expected, against what comes of dealing the observations out to the groups anew, by [`permutation_test`] of the
/// log-rank scores (Peto and Peto 1972; Neuhaus 1993). All ways to deal are enumerated where there are no more than
/// `permutations` allows. For few ends, where the chi-squared distribution of [`log_rank`] is too narrow.
///
/// It supposes that both groups are censored alike, and then holds its level however few there are: 3 against 3, and 3
/// against 30, 30 % of them censored, it rejects at 5 % in 0 and 5 % of simulations in which nothing differs.
/// DIFFERS: where they are not censored alike, R's `survdiff` and [`log_rank`] ask for less.
///
/// # Errors
/// As [`log_rank`].
///
/// ```
/// use measure_core::{Seed, TestMethod, compare::Permutations, survival::{Durations, log_rank, log_rank_permutation}};
/// let before = Durations::all_observed([30.0, 45.0, 80.0])?;
/// let after = Durations::all_observed([5.0, 12.0, 14.0])?;
/// let exact = log_rank_permutation(&before, &after, Permutations::new(9_999, Seed::new(1))?)?;
/// // One of the 20 ways to deal out 3 and 3, twice for both sides; chi-squared would have it at 2.5 %.
/// assert_eq!((exact.p_value().get(), exact.method()), (0.1, TestMethod::PermutationExact));
/// assert!(log_rank(&before, &after)?.test.p_value().get() < 0.03);
/// # Ok::<(), measure_core::Error>(())
/// ```
pub fn log_rank_permutation(x: &Durations, y: &Durations, permutations: Permutations) -> Result<Test, NotEnough> {
    let expected = log_rank(x, y)?;
    let mut hazard = 0.0;
    let both = x.clone().merge(y);
    let hazards: Vec<(f64, f64)> = both
        .table()
        .map(|at| {
            hazard += count(at.events) / count(at.at_risk);
            (at.time, hazard)
        })
        .collect();
    let scores = |durations: &Durations| {
        let mut at = 0_usize;
        let score = |(time, observed): (f64, bool)| {
            while hazards.get(at).is_some_and(|step| step.0 < time) {
                at = at.saturating_add(1);
            }
            f64::from(u8::from(observed)) - hazards.get(at).map_or(hazard, |step| step.1)
        };
        // Scores lie within 1 and minus a logarithm of their number, so that none is refused.
        Sample::new(durations.rows().map(score).collect()).unwrap_or_default()
    };
    let dealt = permutation_test(&scores(x), &scores(y), Statistic::Mean, Alternative::TwoSided, permutations)?;
    let excess = expected.groups.first().map_or(0.0, |group| count(group.observed) - group.expected);
    Ok(Test::of(excess, dealt.p_value(), Alternative::TwoSided, dealt.method(), dealt.n()))
}

/// Whether all groups last equally long: the log-rank test of two or more.
///
/// # Errors
/// As [`log_rank`]; [`NotEnough::TooFew`] with fewer than two groups.
pub fn log_rank_among(groups: &[Durations]) -> Result<LogRank, NotEnough> {
    log_rank_of(&groups.iter().collect::<Vec<_>>())
}

fn log_rank_of(groups: &[&Durations]) -> Result<LogRank, NotEnough> {
    NotEnough::unless(u64::try_from(groups.len()).unwrap_or(u64::MAX), 2, "groups")?;
    for group in groups {
        NotEnough::unless(group.n(), 1, "observations in a group")?;
    }
    NotEnough::unless(groups.iter().map(|group| group.events()).sum(), 1, "events")?;
    let n = groups.iter().fold(0_u64, |n, group| n.saturating_add(group.n()));
    let Sums { expected, mut covariance } = sums(groups);
    let observed: Vec<u64> = groups.iter().map(|group| group.events()).collect();
    let excess: Vec<f64> = observed.iter().zip(&expected).map(|(have, want)| count(*have) - want).collect();
    let (statistic, rank) = quadratic_form(&mut covariance, excess);
    if rank == 0 {
        return Err(NotEnough::NoSpread { n });
    }
    let p_value = Probability::clamped(chi_squared_sf(statistic, float(rank)));
    let each = groups.iter().zip(observed).zip(expected);
    Ok(LogRank {
        test: Test::of(statistic, p_value, Alternative::TwoSided, TestMethod::LogRank, n),
        degrees_of_freedom: u64::try_from(rank).unwrap_or(u64::MAX),
        groups: each.map(|((group, observed), expected)| LogRankGroup { n: group.n(), observed, expected }).collect(),
    })
}

struct Sums {
    expected: Vec<f64>,
    /// Of the observed ends, row by row. A graph's Laplacian: what is off the diagonal is at most 0, and rows add up to 0.
    covariance: Vec<Vec<f64>>,
}

/// One pass over the times of all groups.
fn sums(groups: &[&Durations]) -> Sums {
    let mut tables: Vec<_> = groups.iter().map(|group| group.table().peekable()).collect();
    let mut at_risk: Vec<u64> = groups.iter().map(|group| group.n()).collect();
    let mut expected = vec![0.0; groups.len()];
    let mut covariance = vec![vec![0.0; groups.len()]; groups.len()];
    loop {
        let next = tables.iter_mut().filter_map(|table| table.peek().map(|at| at.time)).reduce(f64::min);
        let Some(time) = next else { break };
        let (mut events, mut all) = (0_u64, 0_u64);
        let mut left = at_risk.clone();
        for ((table, risk), left) in tables.iter_mut().zip(&at_risk).zip(&mut left) {
            all = all.saturating_add(*risk);
            if let Some(At { events: ended, censored, .. }) = table.next_if(|at| at.time <= time) {
                events = events.saturating_add(ended);
                *left = risk.saturating_sub(ended.saturating_add(censored));
            }
        }
        if events > 0 {
            add(&mut expected, &mut covariance, &at_risk, count(events), count(all));
        }
        at_risk = left;
    }
    Sums { expected, covariance }
}

/// What one time adds: `events` ends among `all` at risk, as if drawn from an urn.
fn add(expected: &mut [f64], covariance: &mut [Vec<f64>], at_risk: &[u64], events: f64, all: f64) {
    for (expected, risk) in expected.iter_mut().zip(at_risk) {
        *expected += events * (count(*risk) / all);
    }
    if all <= events {
        return;
    }
    let factor = events * ((all - events) / (all - 1.0));
    for (index, (row, risk)) in covariance.iter_mut().zip(at_risk).enumerate() {
        let share = count(*risk) / all;
        let mut sum = 0.0;
        for (column, (entry, other)) in row.iter_mut().zip(at_risk).enumerate() {
            if column != index {
                let term = factor * (share * (count(*other) / all));
                *entry -= term;
                sum += term;
            }
        }
        if let Some(entry) = row.get_mut(index) {
            *entry += sum;
        }
    }
}

/// `b' A^- b` and the rank of `A`, for a Laplacian `A` and a `b` in its range: elimination in which a pivot that is 0
/// but for rounding is left out, as it is the last of its component of the graph.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_range_loop,
    reason = "indices below the length of a square matrix"
)]
fn quadratic_form(matrix: &mut [Vec<f64>], mut b: Vec<f64>) -> (f64, usize) {
    const ROUNDING: f64 = 1e-11;
    let (mut sum, mut rank) = (0.0, 0);
    let diagonal: Vec<f64> = (0..b.len()).map(|index| matrix[index][index]).collect();
    for pivot in 0..b.len() {
        let value = matrix[pivot][pivot];
        if value <= ROUNDING * diagonal[pivot] {
            continue;
        }
        rank += 1;
        sum += b[pivot] * b[pivot] / value;
        for row in pivot + 1..b.len() {
            let factor = matrix[row][pivot] / value;
            for column in pivot + 1..b.len() {
                matrix[row][column] -= factor * matrix[pivot][column];
            }
            b[row] -= factor * b[pivot];
        }
    }
    (sum, rank)
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small numbers, and a test fails by panicking"
)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    fn drawn(chance: &mut crate::chance::Chance, n: u32, times: u32) -> Durations {
        Durations::new((0..n).map(|_| (f64::from(chance.below(times)), chance.below(10) < 7))).unwrap()
    }

    /// From the definition, for two groups.
    fn naive(x: &Durations, y: &Durations) -> f64 {
        let rows: Vec<(f64, bool, bool)> =
            x.rows().map(|(t, e)| (t, e, true)).chain(y.rows().map(|(t, e)| (t, e, false))).collect();
        let mut times: Vec<f64> = rows.iter().filter(|row| row.1).map(|row| row.0).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let (mut excess, mut variance) = (0.0, 0.0);
        for t in times {
            let size = |keep: &dyn Fn(&(f64, bool, bool)) -> bool| rows.iter().filter(|row| keep(row)).count() as f64;
            let (r, r1) = (size(&|row| row.0 >= t), size(&|row| row.0 >= t && row.2));
            let (d, d1) = (size(&|row| row.0 == t && row.1), size(&|row| row.0 == t && row.1 && row.2));
            excess += d1 - d * r1 / r;
            if r > 1.0 {
                variance += d * (r1 / r) * (1.0 - r1 / r) * (r - d) / (r - 1.0);
            }
        }
        excess * excess / variance
    }

    #[test]
    fn it_is_the_statistic_of_the_definition() {
        let mut chance = Seed::new(9).generator();
        for round in 0..200 {
            let (x, y) = (drawn(&mut chance, 1 + round % 30, 9), drawn(&mut chance, 5 + round % 17, 12));
            if let Ok(answer) = log_rank(&x, &y) {
                let (got, want) = (answer.test.statistic(), naive(&x, &y));
                assert!((got - want).abs() <= 1e-11 * want.max(1e-3), "{got} {want}");
                assert_eq!(answer.degrees_of_freedom, 1);
            }
        }
    }

    #[test]
    fn permutations_are_those_of_the_observations_themselves() {
        let mut chance = Seed::new(19).generator();
        let all = Permutations::new(10_000, Seed::new(1)).unwrap();
        for _ in 0..20 {
            let (x, y) = (drawn(&mut chance, 4, 9), drawn(&mut chance, 5, 9));
            let Ok(dealt) = log_rank_permutation(&x, &y, all) else { continue };
            let excess = |groups: &LogRank| groups.groups[0].observed as f64 - groups.groups[0].expected;
            let observed = excess(&log_rank(&x, &y).unwrap());
            assert!((dealt.statistic() - observed).abs() < 1e-12 && dealt.method() == TestMethod::PermutationExact);
            // Every way to choose 4 of the 9, by the whole test anew.
            let rows: Vec<(f64, bool)> = x.rows().chain(y.rows()).collect();
            let (mut less, mut more, mut ways) = (0, 0, 0);
            for mask in (0..512_u32).filter(|mask| mask.count_ones() == 4) {
                let side = |bit| {
                    rows.iter().enumerate().filter(move |(at, _)| (mask >> at & 1 == 1) == bit).map(|(_, row)| *row)
                };
                let (one, other) = (Durations::new(side(true)).unwrap(), Durations::new(side(false)).unwrap());
                let sums = sums(&[&one, &other]);
                let found = count(one.events()) - sums.expected[0];
                less += u32::from(found <= observed + 1e-9);
                more += u32::from(found >= observed - 1e-9);
                ways += 1;
            }
            let expected = (2.0 * f64::from(less.min(more)) / f64::from(ways)).min(1.0);
            assert!((dealt.p_value().get() - expected).abs() < 1e-12, "{expected} {dealt:?}");
        }
    }

    #[test]
    fn groups_that_never_meet_say_nothing() {
        let early = Durations::all_observed([1.0, 1.0]).unwrap();
        let both = Durations::all_observed([1.0]).unwrap();
        // All of those at risk end at once.
        assert_eq!(log_rank(&early, &both), Err(NotEnough::NoSpread { n: 3 }));
        let open = Durations::new([(1.0, false)]).unwrap();
        assert_eq!(log_rank(&open, &open), Err(NotEnough::TooFew { of: "events", have: 0, need: 1 }));
        assert!(log_rank(&early, &Durations::default()).is_err() && log_rank_among(&[early]).is_err());
    }

    #[test]
    fn a_group_that_is_gone_before_the_first_end_takes_no_degree_of_freedom() {
        let mut chance = Seed::new(3).generator();
        let (x, y) = (drawn(&mut chance, 30, 20), drawn(&mut chance, 30, 10));
        let late = |durations: &Durations| Durations::new(durations.rows().map(|(t, e)| (t + 1.0, e))).unwrap();
        let (x, y) = (late(&x), late(&y));
        let gone = Durations::new([(0.0, false), (0.5, false)]).unwrap();
        let (two, three) = (log_rank(&x, &y).unwrap(), log_rank_among(&[gone, x, y]).unwrap());
        assert_eq!(three.degrees_of_freedom, 1);
        assert!((two.test.statistic() / three.test.statistic() - 1.0).abs() < 1e-12);
        assert_eq!(three.groups[0].expected, 0.0);
    }

    #[test]
    fn a_million_rows_and_extreme_times_are_fine() {
        let rows = |shift: u32| {
            (0..500_000_u32).map(move |row| (f64::from(row.wrapping_mul(2_654_435_769) / 7 + shift), row % 3 != 0))
        };
        let answer = log_rank(&Durations::new(rows(0)).unwrap(), &Durations::new(rows(9)).unwrap()).unwrap();
        assert!(answer.test.statistic() < 1.0 && answer.test.n() == 1_000_000);
        let extreme = Durations::new([(0.0, true), (5e-324, true), (1e300, true), (1e300, false)]).unwrap();
        assert!(log_rank(&extreme, &Durations::all_observed([5e-324, 1.0]).unwrap()).is_ok());
    }
}
