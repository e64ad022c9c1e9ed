//! Wilson's interval for a share that is known as well as from so many independent trials, which need not be whole.

use crate::interval::Interval;
use crate::probability::Level;

/// Wilson's ends (1927): the roots of `(p - share)^2 = a p (1 - p)`, with `other` for `1 - share` and `a` the squared
/// quantile over the number of trials. Around the share, whatever rounding does.
pub(crate) fn wilson(share: f64, other: f64, a: f64, level: Level) -> Interval {
    // The product of the roots is share^2 / (1 + a), so that neither end loses its digits near 0 or 1.
    let root = (a * share * other + a * a / 4.0).sqrt();
    let lower = share * share / (share + a / 2.0 + root);
    let upper = 1.0 - other * other / (other + a / 2.0 + root);
    Interval::clamped(lower.min(share), upper.max(share), level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proportion::Proportion;

    #[test]
    fn for_whole_trials_it_is_wilsons_own() {
        for successes in 0..=20 {
            let share = Proportion::new(successes, 20).unwrap();
            let (z, own) = (1.959_963_984_540_054, share.wilson(Level::P95).unwrap());
            let here = wilson(share.estimate().unwrap(), share.swapped().estimate().unwrap(), z * z / 20.0, Level::P95);
            assert!((here.lower() - own.lower()).abs() < 1e-14 && (here.upper() - own.upper()).abs() < 1e-14);
        }
    }
}
