//! Fisher's exact test: are two proportions equal?

use super::binomial_test::EQUALLY_LIKELY;
use super::{Proportion, count};
use crate::bisection::first;
use crate::hypothesis::{Alternative, Test, TestMethod};
use crate::probability::Probability;
use crate::special::normal_sf;

/// The largest variance of the successes of `x` for which outcomes are summed: a million terms, some ten milliseconds.
const LARGEST_VARIANCE: f64 = 1e10;

/// Fisher's exact test of whether a success is as probable in `x` as in `y`, or [`Alternative`]: greater means that
/// it is more probable in `x`. The statistic is the number of successes in `x`, hypergeometric given the trials of
/// each and the successes of both.
///
/// Two-sided, the p-value is the probability of all tables that are no likelier than the observed one, as R's
/// `fisher.test` and scipy's `fisher_exact` have it. DIFFERS: tables within `10^-7`, relative, count as equally likely,
/// as in R; scipy allows `10^-14`, and so now and then misses the mirror image of a symmetric table.
///
/// Where the variance of the statistic is above `10^10` (from some 160 billion trials in both on), or the trials of both
/// do not fit 64 bits, the p-value is that of the
/// pooled score test, and the method says so. Without trials in one of them it is 1.
///
/// The test is conservative: its rate of false alarms is below the stated one, often by half, when counts are small.
/// [`fisher_mid_p`] is closer.
///
/// ```
/// use measure_core::{Alternative, Proportion, proportion};
/// // Fisher's tea: 3 of 4 cups with milk first were told, and 1 of 4 of the others taken for one.
/// let test = proportion::fisher_exact(Proportion::new(3, 4)?, Proportion::new(1, 4)?, Alternative::Greater);
/// assert_eq!(format!("{test:.4}"), "p = 0.2429 (Fisher exact), n = 8");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn fisher_exact(x: Proportion, y: Proportion, alternative: Alternative) -> Test {
    test(x, y, alternative, TestMethod::Fisher)
}

/// [`fisher_exact`] with mid-p: half of the probability of the tables that are as extreme as the observed one, and all
/// of those that are more extreme (Lancaster 1961). Closer to the stated rate of false alarms, now and then above it.
#[must_use]
pub fn fisher_mid_p(x: Proportion, y: Proportion, alternative: Alternative) -> Test {
    test(x, y, alternative, TestMethod::FisherMidP)
}

fn test(x: Proportion, y: Proportion, alternative: Alternative, method: TestMethod) -> Test {
    let n = x.trials().saturating_add(y.trials());
    let answer = |p, method| Test::of(count(x.successes()), Probability::clamped(p), alternative, method, n);
    let variance = variance(x, y);
    let (table, side) = match x.merge(y) {
        Ok(both) if variance <= LARGEST_VARIANCE => Table { x, y, both }.smallest_first(alternative),
        _ => return answer(pooled_score(x, y, variance, alternative), TestMethod::PooledScore),
    };
    let here = table.x.successes();
    let (exact, as_extreme) = match side {
        Alternative::Less => (table.at_most(here), table.mass(here)),
        Alternative::Greater => (table.at_least(here), table.mass(here)),
        Alternative::TwoSided => table.two_sided(),
    };
    answer(if method == TestMethod::FisherMidP { exact - as_extreme / 2.0 } else { exact }, method)
}

/// The variance of the successes of `x` given the margins; 0 when they leave no choice.
fn variance(x: Proportion, y: Proportion) -> f64 {
    let (n, m) = (count(x.trials()), count(y.trials()));
    let (good, bad) = (count(x.successes()) + count(y.successes()), count(x.failures()) + count(y.failures()));
    let all = n + m;
    if n * m * good * bad == 0.0 { 0.0 } else { n / all * (m / all) * good * (bad / (all - 1.0)) }
}

/// The normal approximation, without continuity correction: the score test with the pooled estimate.
fn pooled_score(x: Proportion, y: Proportion, variance: f64, alternative: Alternative) -> f64 {
    let (n, m) = (count(x.trials()), count(y.trials()));
    // Successes of x less their expectation.
    let more = (count(x.successes()) * m - count(y.successes()) * n) / (n + m);
    let z = if variance > 0.0 { more / variance.sqrt() } else { 0.0 };
    match alternative {
        Alternative::Less => normal_sf(-z),
        Alternative::Greater => normal_sf(z),
        Alternative::TwoSided => 2.0 * normal_sf(z.abs()),
    }
}

/// A table of two by two with its margins fixed.
#[derive(Debug, Clone, Copy)]
struct Table {
    x: Proportion,
    y: Proportion,
    // INVARIANT: x and y merged.
    both: Proportion,
}

impl Table {
    /// The same table with the smaller group and the rarer outcome first, so that its probabilities keep their digits
    /// beside the greatest counts, and the alternative in its terms.
    fn smallest_first(self, alternative: Alternative) -> (Self, Alternative) {
        let (mut table, mut flipped) = (self, false);
        if table.x.trials() > table.y.trials() {
            (table.x, table.y, flipped) = (table.y, table.x, !flipped);
        }
        if table.both.successes() > table.both.failures() {
            table = Self { x: table.x.swapped(), y: table.y.swapped(), both: table.both.swapped() };
            flipped = !flipped;
        }
        let side = match alternative {
            Alternative::Less if flipped => Alternative::Greater,
            Alternative::Greater if flipped => Alternative::Less,
            same => same,
        };
        (table, side)
    }

    /// The fewest and the most successes of `x` that the margins allow.
    fn support(self) -> (u64, u64) {
        let good = self.both.successes();
        (good.saturating_sub(self.y.trials()), good.min(self.x.trials()))
    }

    /// The logarithm of the probability of so many successes of `x`; `None` for what cannot happen.
    ///
    /// Three binomial probabilities with the pooled share, whose choice cancels (Loader 2000).
    fn ln_mass(self, successes: u64) -> Option<f64> {
        let share = Probability::clamped(self.both.estimate()?);
        let other = Proportion::new(self.both.successes().checked_sub(successes)?, self.y.trials()).ok()?;
        let one = Proportion::new(successes, self.x.trials()).ok()?;
        Some(one.ln_mass(share)? + other.ln_mass(share)? - self.both.ln_mass(share)?)
    }

    fn mass(self, successes: u64) -> f64 {
        self.ln_mass(successes).map_or(0.0, libm::exp)
    }

    /// The likeliest successes of `x`.
    fn mode(self) -> u64 {
        let (least, most) = self.support();
        let (n, good) = (count(self.x.trials()), count(self.both.successes()));
        let mode = (n + 1.0) * ((good + 1.0) / (count(self.both.trials()) + 2.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0, and `as` saturates")]
        let mode = mode as u64;
        mode.clamp(least, most)
    }

    /// `P(X <= successes)`
    fn at_most(self, successes: u64) -> f64 {
        let (least, most) = self.support();
        if successes < least {
            0.0
        } else if successes >= most {
            1.0
        } else if successes < self.mode() {
            self.outward(successes, false)
        } else {
            1.0 - self.outward(successes.saturating_add(1), true)
        }
    }

    /// `P(X >= successes)`
    fn at_least(self, successes: u64) -> f64 {
        match successes.checked_sub(1) {
            Some(below) if successes > self.mode() && below >= self.support().0 => self.outward(successes, true),
            Some(below) => 1.0 - self.at_most(below),
            None => 1.0,
        }
    }

    /// The sum from so many successes on, away from the mode, each term from the one before.
    fn outward(self, from: u64, up: bool) -> f64 {
        let (least, most) = self.support();
        let mut left = if up { most.saturating_sub(from) } else { from.saturating_sub(least) };
        // The four cells: successes and failures of x, and of y. Exact, or so large that one more does not matter.
        let elsewhere = self.both.successes().saturating_sub(from);
        let mut cells =
            [from, self.x.trials().saturating_sub(from), elsewhere, self.y.trials().saturating_sub(elsewhere)]
                .map(count);
        let mut term = self.mass(from);
        let mut sum = term;
        while left > 0 && term > sum * f64::EPSILON / 16.0 {
            let [a, b, c, d] = cells;
            let (ratio, step) =
                if up { (b / (a + 1.0) * (c / (d + 1.0)), 1.0) } else { (a / (b + 1.0) * (d / (c + 1.0)), -1.0) };
            cells = [a + step, b - step, c - step, d + step];
            left = left.saturating_sub(1);
            term *= ratio;
            sum += term;
        }
        sum
    }

    /// The two-sided p-value, and the probability of what is as likely as the observed table.
    fn two_sided(self) -> (f64, f64) {
        let (here, mode, (least, most)) = (self.x.successes(), self.mode(), self.support());
        let Some(observed) = self.ln_mass(here) else { return (1.0, 1.0) };
        let rise = |successes| self.ln_mass(successes).map_or(f64::NEG_INFINITY, |mass| mass - observed);
        let likelier = |successes| rise(successes) > EQUALLY_LIKELY;
        let (p, edge) = if here < mode {
            let edge = first(mode, most, |successes| !likelier(successes));
            (self.at_most(here) + edge.map_or(0.0, |edge| self.at_least(edge)), edge)
        } else {
            let likely = first(least, mode, likelier);
            let edge = likely.unwrap_or(here).checked_sub(1).filter(|edge| *edge >= least);
            (self.at_least(here) + edge.map_or(0.0, |edge| self.at_most(edge)), edge)
        };
        let mass = libm::exp(observed);
        let twin = edge.filter(|edge| *edge != here && rise(*edge).abs() <= EQUALLY_LIKELY);
        (p, mass + twin.map_or(0.0, |_| mass))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;

    const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Less, Alternative::Greater];

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    fn choose(n: u64, k: u64) -> f64 {
        (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
    }

    #[test]
    fn the_p_value_is_the_sum_of_all_tables_that_are_as_extreme() {
        for (n, m) in [(0, 3), (1, 1), (4, 4), (5, 12), (11, 6), (30, 30)] {
            for a in 0..=n {
                for b in 0..=m {
                    let good = a + b;
                    let table = |k: u64| choose(n, k) * choose(m, good - k) / choose(n + m, good);
                    let masses: Vec<(u64, f64)> =
                        (good.saturating_sub(m)..=good.min(n)).map(|k| (k, table(k))).collect();
                    for side in SIDES {
                        let sum = |extreme: &dyn Fn(u64, f64) -> bool| -> f64 {
                            masses.iter().filter(|(k, mass)| extreme(*k, *mass)).map(|(_, mass)| mass).sum()
                        };
                        let alike = |mass: f64| (mass / table(a) - 1.0).abs() <= EQUALLY_LIKELY;
                        let (want, tied) = match side {
                            Alternative::TwoSided => {
                                (sum(&|_, mass| mass < table(a) || alike(mass)), sum(&|_, mass| alike(mass)))
                            }
                            Alternative::Less => (sum(&|k, _| k <= a), table(a)),
                            Alternative::Greater => (sum(&|k, _| k >= a), table(a)),
                        };
                        let got = fisher_exact(of(a, n), of(b, m), side).p_value().get();
                        assert!((got - want).abs() <= 1e-12 * want, "{a}/{n} {b}/{m} {side:?}: {got} {want}");
                        let got = fisher_mid_p(of(a, n), of(b, m), side).p_value().get();
                        let want = want - tied / 2.0;
                        assert!((got - want).abs() <= 1e-12, "mid-p {a}/{n} {b}/{m} {side:?}: {got} {want}");
                    }
                }
            }
        }
    }

    #[test]
    fn beyond_the_exact_sizes_the_score_test_goes_on_smoothly() {
        // Variance 0.9e10, the largest exact, and 1.1e10, by the score test: the same z, the same p but for skewness.
        let at = |n: u64, more: u64| fisher_mid_p(of(n / 2 + more, n), of(n / 2 - more, n), Alternative::TwoSided);
        // Twice sqrt(n / 8).
        let (exact, score) = (at(72_000_000_000, 189_737), at(88_000_000_000, 209_762));
        assert_eq!((exact.method(), score.method()), (TestMethod::FisherMidP, TestMethod::PooledScore));
        assert!((exact.p_value().get() / score.p_value().get() - 1.0).abs() < 1e-4, "{exact} {score}");
    }

    #[test]
    fn a_few_trials_beside_all_that_a_float_counts_are_a_binomial_sample() {
        // 11 of 15 where nearly everyone's share is known: P(X >= 11), X ~ Binomial(15, 0.9388...), and its like.
        let many = of(9_007_199_254_740_986, 9_593_912_123_575_053);
        let share = Probability::new(many.estimate().unwrap()).unwrap();
        for few in [of(11, 15), of(15, 15), of(0, 3)] {
            for (side, want) in
                [(Alternative::Less, few.tail_at_most(share)), (Alternative::Greater, few.tail_at_least(share))]
            {
                let opposite = if side == Alternative::Less { Alternative::Greater } else { Alternative::Less };
                for got in [fisher_exact(few, many, side), fisher_exact(many, few, opposite)] {
                    assert!((got.p_value().get() / want.get() - 1.0).abs() < 1e-9, "{few:?} {side:?}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn margins_without_choice_have_a_p_value_of_one() {
        for (x, y) in [(of(0, 0), of(0, 0)), (of(0, 0), of(3, 5)), (of(0, 9), of(0, 5)), (of(9, 9), of(5, 5))] {
            for side in SIDES {
                assert_eq!(fisher_exact(x, y, side).p_value(), Probability::ONE, "{x:?} {y:?}");
            }
        }
    }

    #[test]
    fn the_largest_counts_have_a_p_value() {
        for (x, y) in [
            (of(0, u64::MAX), of(u64::MAX, u64::MAX)),
            (of(u64::MAX / 2, u64::MAX), of(1, 2)),
            (of(1, 1), of(0, u64::MAX)),
        ] {
            for side in SIDES {
                let p = fisher_exact(x, y, side).p_value().get();
                assert!((0.0..=1.0).contains(&p), "{x:?} {y:?} {p}");
            }
        }
    }
}
