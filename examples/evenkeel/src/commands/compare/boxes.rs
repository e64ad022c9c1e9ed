//! Two samples as boxes of characters on one axis.

use measure_core::Sample;
use measure_core::descriptive::quantile;

use super::quarter;

/// Where the middle 90 % begin, the middle half, its middle, and the ends again.
pub(super) const PLACES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// How many times as large the highest place is as the lowest, from which on the axis is logarithmic.
const WIDE: f64 = 30.0;

/// The quantiles of a sample that is not empty.
pub(super) fn places(sample: &Sample) -> [f64; 5] {
    PLACES.map(|at| quantile(sample, quarter(at)).unwrap_or(0.0))
}

/// Boxes on an axis of `columns` characters.
pub(super) struct Boxes {
    low: f64,
    high: f64,
    /// Whether the axis is logarithmic.
    pub(super) log: bool,
    columns: usize,
}

impl Boxes {
    /// An axis that holds the places of all samples.
    pub(super) fn holding(samples: &[[f64; 5]], columns: usize) -> Self {
        let low = samples.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        let high = samples.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { low, high, log: low > 0.0 && high / low > WIDE, columns }
    }

    /// The ends of the axis.
    pub(super) const fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// `├──▒▒█▒▒▒───┤`: the middle 90 %, the middle half, the median.
    pub(super) fn draw(&self, places: &[f64; 5]) -> String {
        let [first, lower, middle, upper, last] = places.map(|value| self.column(value));
        let cell = |column: usize| match column {
            column if column == middle => '█',
            column if (lower..=upper).contains(&column) => '▒',
            column if column == first => '├',
            column if column == last => '┤',
            column if (first..last).contains(&column) => '─',
            _ => ' ',
        };
        (0..=last).map(cell).collect()
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "bounded before the cast"
    )]
    fn column(&self, value: f64) -> usize {
        let last = self.columns.saturating_sub(1) as f64;
        // Halved, since the ends may be as far apart as floats are.
        let share = if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
        };
        // All in one place is in the middle.
        if share.is_finite() { (share.clamp(0.0, 1.0) * last).round() as usize } else { (last / 2.0) as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_share_an_axis() {
        let (near, far) = ([0.0, 2.0, 4.0, 6.0, 10.0], [10.0, 14.0, 15.0, 16.0, 20.0]);
        let boxes = Boxes::holding(&[near, far], 21);
        assert_eq!(boxes.draw(&near), "├─▒▒█▒▒───┤");
        assert_eq!(boxes.draw(&far), "          ├───▒█▒───┤");
        assert!(!boxes.log && boxes.ends() == (0.0, 20.0));
    }

    #[test]
    fn far_apart_is_logarithmic_and_equal_is_a_block() {
        let wide = [1.0, 10.0, 100.0, 1e3, 1e4];
        let boxes = Boxes::holding(&[wide], 5);
        assert!(boxes.log);
        assert_eq!(boxes.draw(&wide), "├▒█▒┤");
        let equal = [3.0; 5];
        assert_eq!(Boxes::holding(&[equal], 5).draw(&equal), "  █");
        let extreme = [-1e300, -1e300, 0.0, 1e300, 1e300];
        assert_eq!(Boxes::holding(&[extreme], 5).draw(&extreme), "▒▒█▒▒");
    }
}
