//! Decimal text to scaled integers, exactly: no float in between.

/// `text` as `mantissa / 10^scale`, or `None` when it is not `[+-]digits[.digits]` of at most 30 digits.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits {
        return None;
    }
    let mut mantissa: u128 = 0;
    for b in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa.checked_mul(10)?.checked_add(u128::from(b.wrapping_sub(b'0')))?;
    }
    let scale = u32::try_from(fraction.len()).ok()?;
    (scale <= 30).then_some(Decimal { negative: negative && mantissa != 0, mantissa, scale })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) negative: bool,
    mantissa: u128,
    scale: u32,
}

impl Decimal {
    /// The number times `10^shift` when that is a whole number; the sign is left out.
    pub(crate) fn scaled(self, shift: u32) -> Option<u128> {
        match shift.checked_sub(self.scale) {
            Some(up) => self.mantissa.checked_mul(10_u128.checked_pow(up)?),
            None => {
                let down = 10_u128.checked_pow(self.scale.checked_sub(shift)?)?;
                (self.mantissa.checked_rem(down)? == 0).then(|| self.mantissa.checked_div(down))?
            }
        }
    }

    /// Whether the number, its sign left out, is below the whole number `bound`.
    pub(crate) fn is_below(self, bound: u128) -> bool {
        match 10_u128.checked_pow(self.scale).and_then(|unit| unit.checked_mul(bound)) {
            Some(limit) => self.mantissa < limit,
            None => true,
        }
    }
}
