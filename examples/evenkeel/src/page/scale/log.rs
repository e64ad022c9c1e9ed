use super::interpolate;

/// A logarithmic scale.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Log {
    low: f64,
    high: f64,
    range: (f64, f64),
}

impl Log {
    /// The smallest scale from a power of ten to a power of ten that holds `values`; those not above 0 are left out.
    ///
    /// Without any value it runs from 0.1 to 10. It spans 4 decades at most, the largest ones, and ends at a million.
    pub(in crate::page) fn around(values: impl IntoIterator<Item = f64>, range: (f64, f64)) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values.into_iter().filter(|value| value.is_finite() && *value > 0.0) {
            low = low.min(value);
            high = high.max(value.min(1e6));
        }
        if high == 0.0 {
            (low, high) = (0.1, 10.0);
        }
        let top = (high.log10() - 1e-9).ceil();
        let bottom = (low.log10() + 1e-9).floor().clamp(top - 4.0, top - 1.0);
        Self { low: 10_f64.powf(bottom), high: 10_f64.powf(top), range }
    }

    /// The lowest value of the scale.
    pub(in crate::page) fn low(&self) -> f64 {
        self.low
    }

    /// Where `value` lies, or the nearer end of the range.
    pub(in crate::page) fn clamped(&self, value: f64) -> f64 {
        let value = if value > self.low { value.min(self.high) } else { self.low };
        interpolate(value.log10(), (self.low.log10(), self.high.log10()), self.range)
    }

    /// The powers of ten, ascending.
    pub(in crate::page) fn decades(&self) -> Vec<f64> {
        std::iter::successors(Some(self.low), |decade| Some(decade * 10.0))
            .take_while(|decade| *decade <= self.high * 1.000_001)
            .collect()
    }

    /// The twos and fives between the powers of ten, ascending.
    pub(in crate::page) fn between(&self) -> Vec<f64> {
        self.decades()
            .into_iter()
            .flat_map(|decade| [decade * 2.0, decade * 5.0])
            .filter(|value| *value < self.high)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_at_powers_of_ten() {
        let log = Log::around([0.4, 14.4, 0.0, f64::NAN], (0.0, 300.0));
        assert_eq!(log.decades(), [0.1, 1.0, 10.0, 100.0]);
        assert_eq!(log.between(), [0.2, 0.5, 2.0, 5.0, 20.0, 50.0]);
        assert!((log.clamped(1.0) - 100.0).abs() < 1e-9);
        assert_eq!((log.clamped(0.0), log.clamped(1e9)), (0.0, 300.0));
    }

    #[test]
    fn one_value_or_none_still_makes_a_scale() {
        assert_eq!(Log::around([1.0], (0.0, 1.0)).decades(), [0.1, 1.0]);
        assert_eq!(Log::around([], (0.0, 1.0)).decades(), [0.1, 1.0, 10.0]);
    }
}
