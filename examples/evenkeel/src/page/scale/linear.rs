use super::interpolate;

/// A linear scale.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Linear {
    domain: (f64, f64),
    range: (f64, f64),
}

impl Linear {
    /// Maps `domain` onto `range`; both ends must be finite.
    pub(in crate::page) fn new(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self { domain, range }
    }

    /// Where `value` lies; values outside of the domain lie outside of the range.
    pub(in crate::page) fn at(&self, value: f64) -> f64 {
        interpolate(value, self.domain, self.range)
    }

    /// Where `value` lies, or the nearer end of the range.
    pub(in crate::page) fn clamped(&self, value: f64) -> f64 {
        self.at(value.clamp(self.domain.0.min(self.domain.1), self.domain.0.max(self.domain.1)))
    }

    /// Round values within the domain, ascending, at most `most` of them: multiples of 1, 2 or 5 times a power of ten.
    pub(in crate::page) fn ticks(&self, most: u8) -> Vec<f64> {
        let (low, high) = (self.domain.0.min(self.domain.1), self.domain.0.max(self.domain.1));
        let length = high - low;
        if length <= 0.0 || !length.is_finite() {
            return vec![low];
        }
        let power = 10_f64.powf((length / f64::from(most.max(1))).log10().floor());
        for step in [1.0, 2.0, 5.0, 10.0, 20.0].map(|times| times * power) {
            let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
            if last - first < f64::from(most.max(1)) {
                return (0..most)
                    .map(|index| first + f64::from(index))
                    .take_while(|multiple| *multiple <= last)
                    // `+ 0.0` turns -0 into 0.
                    .map(|multiple| multiple * step + 0.0)
                    .collect();
            }
        }
        vec![low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_one_two_or_five() {
        assert_eq!(Linear::new((0.0, 1.0), (0.0, 1.0)).ticks(6), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(Linear::new((0.0, 1.0), (0.0, 1.0)).ticks(4), [0.0, 0.5, 1.0]);
        assert_eq!(Linear::new((-12.4, 1.0), (0.0, 1.0)).ticks(5), [-10.0, -5.0, 0.0]);
        assert_eq!(Linear::new((3.0, 3.0), (0.0, 1.0)).ticks(5), [3.0]);
    }

    #[test]
    fn ticks_stay_inside_and_never_exceed_their_number() {
        for most in 1..12 {
            for domain in [(0.0, 1.0), (-0.03, 1.0), (-123.0, 1.0), (0.1, 0.100_001), (-1e9, 1e9)] {
                let ticks = Linear::new(domain, (0.0, 1.0)).ticks(most);
                assert!(!ticks.is_empty() && ticks.len() <= usize::from(most), "{domain:?} {most} {ticks:?}");
                let slack = (domain.1 - domain.0) * 1e-6;
                assert!(ticks.iter().all(|tick| *tick >= domain.0 - slack && *tick <= domain.1 + slack), "{ticks:?}");
            }
        }
    }

    #[test]
    fn a_reversed_range_runs_downwards() {
        let down = Linear::new((0.0, 1.0), (200.0, 0.0));
        assert_eq!((down.at(0.0), down.at(0.25), down.at(1.0)), (200.0, 150.0, 0.0));
        assert_eq!((down.clamped(-3.0), down.clamped(3.0)), (200.0, 0.0));
    }
}
