//! Newton's method for quantiles that span orders of magnitude.

/// The positive `x` at which `tail` reaches `goal`, by Newton's method on the logarithms of both, kept within a bracket
/// that shrinks. `tail(x)` is a probability, with the size of its derivative by `ln x`; `rising` says whether it grows.
pub(super) fn solve(start: f64, goal: f64, rising: bool, tail: impl Fn(f64) -> (f64, f64)) -> f64 {
    const MOST_STEPS: u32 = 400;
    let (mut low, mut high) = (0.0_f64, f64::MAX);
    let mut x = start;
    for _ in 0..MOST_STEPS {
        let (value, slope) = tail(x);
        if (value > goal) == rising {
            high = x;
        } else {
            low = x;
        }
        let step = libm::log(value / goal) * value / slope;
        let next = x * libm::exp(if rising { -step } else { step });
        // Not so where the step is NaN, for a tail of 0.
        if (next - x).abs() <= x * 2.0 * f64::EPSILON {
            return next;
        }
        x = if next > low && next < high { next } else { middle(low, high) };
        if high - low <= low * f64::EPSILON {
            break;
        }
    }
    x
}

/// Geometric while the bracket spans orders of magnitude, arithmetic afterwards.
pub(super) fn middle(low: f64, high: f64) -> f64 {
    if low <= 0.0 {
        high / 16.0
    } else if high >= f64::MAX {
        low * 16.0
    } else if high > 4.0 * low {
        low.sqrt() * high.sqrt()
    } else {
        low + (high - low) / 2.0
    }
}
