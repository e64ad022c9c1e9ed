//! Numbers of twice the precision, for exponents: `exp` turns the absolute error of its argument into a relative one,
//! so that a tail of 1e-300 has lost three digits when its exponent of -690 is rounded once or twice on the way.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// An unevaluated sum of two floats, the second at most half a unit in the last place of the first: some 31 digits
/// (Dekker 1971; Hida, Li and Bailey 2001).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Twofold {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl Twofold {
    pub(crate) const fn of(value: f64) -> Self {
        Self { high: value, low: 0.0 }
    }

    /// `a + b` without error (Knuth).
    pub(crate) const fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let virtual_b = high - a;
        Self { high, low: (a - (high - virtual_b)) + (b - virtual_b) }
    }

    /// `a b` without error.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: libm::fma(a, b, -high) }
    }

    /// The nearest float.
    pub(crate) const fn round(self) -> f64 {
        self.high + self.low
    }

    pub(crate) const fn minus(self, other: Self) -> Self {
        self.plus(Self { high: -other.high, low: -other.low })
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        let sum = Self::sum(self.high, other.high);
        Self::normal(sum.high, sum.low + (self.low + other.low))
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        Self::normal(product.high, product.low + (self.high * other.low + self.low * other.high))
    }

    pub(crate) fn over(self, other: Self) -> Self {
        let quotient = self.high / other.high;
        let rest = self.minus(other.times(Self::of(quotient)));
        Self::normal(quotient, rest.high / other.high)
    }

    /// For at least 0.
    pub(crate) fn sqrt(self) -> Self {
        if self.high <= 0.0 {
            return Self::of(0.0);
        }
        let root = self.high.sqrt();
        let rest = self.minus(Self::product(root, root));
        Self::normal(root, rest.high / (2.0 * root))
    }

    /// The natural logarithm of a number above 0, to some 17 digits.
    pub(crate) fn ln(self) -> Self {
        const LN_2_REST: f64 = 2.319_046_813_846_299_6e-17;
        let (mut fraction, mut exponent) = libm::frexp(self.high);
        if fraction < FRAC_1_SQRT_2 {
            fraction *= 2.0;
            exponent = exponent.saturating_sub(1);
        }
        let rest = Self::of(libm::ldexp(self.low, exponent.saturating_neg()));
        // ln m = 2 atanh((m - 1) / (m + 1)).
        let ratio = Self::sum(fraction, -1.0).plus(rest).over(Self::sum(fraction, 1.0).plus(rest));
        let tail = 2.0 * ratio.high * atanh_rest(ratio.high * ratio.high);
        let exponent = f64::from(exponent);
        let whole = Self::product(exponent, LN_2).plus(Self::of(exponent * LN_2_REST));
        whole.plus(Self::normal(2.0 * ratio.high, 2.0 * ratio.low + tail))
    }

    /// `exp`, rounded about once.
    pub(crate) fn exp(self) -> f64 {
        let power = libm::exp(self.high);
        power + power * self.low
    }

    const fn normal(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }
}

/// `atanh(r) / r - 1` by its series, for a `square = r^2` of at most 0.03, where its terms fall below rounding.
pub(crate) fn atanh_rest(square: f64) -> f64 {
    const TERMS: [f64; 10] = [
        1.0 / 3.0,
        1.0 / 5.0,
        1.0 / 7.0,
        1.0 / 9.0,
        1.0 / 11.0,
        1.0 / 13.0,
        1.0 / 15.0,
        1.0 / 17.0,
        1.0 / 19.0,
        1.0 / 21.0,
    ];
    square * polynomial(&TERMS, square)
}

/// `coefficients[0] + coefficients[1] x + ...`
pub(crate) fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_have_seventeen_digits() {
        // By mpmath: what the nearest float leaves out.
        for (x, high, low) in [
            (0.7, -0.35667494393873245, 4.82556379937662e-18),
            (0.71, -0.342490308946776, 1.5255407947183487e-17),
            (0.99, -0.01005033585350145, 4.341832787901688e-19),
            (1.0000001, 9.999999505838704e-08, 1.5249709528441489e-24),
            (1.4, 0.3364722366212129, -2.7495119293418212e-17),
            (3.0, 1.0986122886681098, -9.07129723500153e-17),
            (1e-300, -690.7755278982137, -2.3670096176709832e-14),
            (5e-324, -744.4400719213812, -4.422444340918698e-14),
            (1e+300, 690.7755278982137, 2.3747660028800243e-14),
            (123456.789, 11.723646487185881, -4.1025541885795297e-16),
        ] {
            let ln = Twofold::of(x).ln();
            let error = (ln.high - high) + (ln.low - low);
            assert!(error.abs() <= 5e-18 * high.abs(), "{x}: {ln:?} {error:e}");
        }
        assert!(Twofold::of(1.0).ln().round().abs() < 1e-300);
    }

    #[test]
    fn arithmetic_keeps_what_floats_drop() {
        let third = Twofold::of(1.0).over(Twofold::of(3.0));
        let one = third.times(Twofold::of(3.0)).minus(Twofold::of(1.0));
        assert!(one.round().abs() < 1e-31, "{one:?}");
        let two = Twofold::of(2.0).sqrt();
        assert!(two.times(two).minus(Twofold::of(2.0)).round().abs() < 1e-30);
    }
}
