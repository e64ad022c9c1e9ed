//! The sums of products at every lag, exactly, in O(n log n): a Fourier transform over whole numbers modulo a prime,
//! by hand since one over floats would round, and not alike on every platform.

/// The prime 2^64 - 2^32 + 1: 2^32 divides what precedes it, and products reduce by shifts.
const PRIME: u64 = 0xffff_ffff_0000_0001;
/// Every number but 0 is a power of it, modulo the prime.
const GENERATOR: u64 = 7;

/// The longest series of centred ranks whose sums, at most `n^3 / 3`, stay below half of the prime.
pub(super) const MOST_EXACT: usize = 3_000_000;

/// Up to this many values the sums are formed one by one.
const DIRECT: usize = 256;

/// For each lag from 0, the sum of `values[i] * values[i + lag]`; for at most [`MOST_EXACT`] values, each at most
/// their number in magnitude.
pub(super) fn lagged_products(values: &[i64]) -> Vec<f64> {
    if values.len() <= DIRECT {
        return (0..values.len())
            .map(|lag| {
                let products = values.iter().zip(values.iter().skip(lag));
                real(products.fold(0, |sum: i64, (left, right)| sum.wrapping_add(left.wrapping_mul(*right))))
            })
            .collect();
    }
    // Zeros behind keep the end from meeting the beginning.
    let size = values.len().saturating_mul(2).next_power_of_two();
    let mut spectrum: Vec<u64> = values.iter().map(|value| lifted(*value)).collect();
    spectrum.resize(size, 0);
    transform(&mut spectrum);
    // The transform of the values backwards is that of the values, read backwards.
    let mut product = Vec::with_capacity(size);
    for (place, value) in spectrum.iter().enumerate() {
        let mirrored = if place == 0 { 0 } else { size.saturating_sub(place) };
        let mirrored = spectrum.get(mirrored).copied().unwrap_or(0);
        product.push(times(*value, mirrored));
    }
    transform(&mut product);
    let share = power(u64::try_from(size).unwrap_or(1), PRIME.wrapping_sub(2));
    // The product is the same read backwards, and so is what it is the transform of: forwards does for backwards.
    product.iter().take(values.len()).map(|sum| real(lowered(times(*sum, share)))).collect()
}

/// The discrete Fourier transform in place, for a power of two.
#[expect(clippy::arithmetic_side_effects, reason = "half is at least 1, and below the length, which is at most 2^32")]
fn transform(values: &mut [u64]) {
    let size = values.len();
    // How far the reversed bits of a place are to the left: there are as many bits as the size has zeros behind.
    let shift = usize::BITS - size.trailing_zeros();
    for place in 0..size {
        let mirror = place.reverse_bits().checked_shr(shift).unwrap_or(0);
        if place < mirror {
            values.swap(place, mirror);
        }
    }
    let mut half = 1;
    while half < size {
        let root = power(GENERATOR, (PRIME - 1) / (2 * half as u64));
        let mut roots = Vec::with_capacity(half);
        let mut next = 1;
        for _ in 0..half {
            roots.push(next);
            next = times(next, root);
        }
        for block in values.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            for ((left, right), root) in left.iter_mut().zip(right).zip(&roots) {
                let turned = times(*right, *root);
                (*left, *right) = (plus(*left, turned), minus(*left, turned));
            }
        }
        half *= 2;
    }
}

/// A whole number modulo the prime.
fn lifted(value: i64) -> u64 {
    if value < 0 { PRIME.wrapping_sub(value.unsigned_abs()) } else { value.unsigned_abs() }
}

/// The whole number nearest to 0.
fn lowered(value: u64) -> i64 {
    if value > PRIME / 2 {
        0_i64.wrapping_sub_unsigned(PRIME.wrapping_sub(value))
    } else {
        0_i64.wrapping_add_unsigned(value)
    }
}

fn plus(a: u64, b: u64) -> u64 {
    minus(a, PRIME.wrapping_sub(b))
}

fn minus(a: u64, b: u64) -> u64 {
    let (difference, borrowed) = a.overflowing_sub(b);
    if borrowed { difference.wrapping_add(PRIME) } else { difference }
}

/// With 2^64 = 2^32 - 1 and 2^96 = -1 modulo the prime.
#[expect(clippy::cast_possible_truncation, reason = "the halves of 128 bits")]
fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    let (low, high) = (product as u64, (product >> 64) as u64);
    let (top, middle) = (high >> 32, high & 0xffff_ffff);
    let (difference, borrowed) = low.overflowing_sub(top);
    let low = if borrowed { difference.wrapping_sub(0xffff_ffff) } else { difference };
    let (sum, carried) = low.overflowing_add((middle << 32).wrapping_sub(middle));
    let sum = if carried { sum.wrapping_add(0xffff_ffff) } else { sum };
    if sum >= PRIME { sum.wrapping_sub(PRIME) } else { sum }
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut power, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = times(power, square);
        }
        square = times(square, square);
        exponent >>= 1;
    }
    power
}

#[expect(clippy::cast_precision_loss, reason = "within one part in 2^53")]
const fn real(sum: i64) -> f64 {
    sum as f64
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "tests"
)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    #[test]
    fn products_are_those_of_the_prime() {
        let mut chance = Seed::new(2).generator();
        let mut draw = || (u64::from(chance.below(u32::MAX)) << 32 | u64::from(chance.below(u32::MAX))) % PRIME;
        let edges = [0, 1, 2, 0xffff_ffff, 1 << 32, PRIME - 1, PRIME - 2, PRIME / 2];
        let some: Vec<u64> = edges.into_iter().chain((0..200).map(|_| draw())).collect();
        for a in &some {
            for b in &some {
                assert_eq!(times(*a, *b), (u128::from(*a) * u128::from(*b) % u128::from(PRIME)) as u64, "{a} {b}");
                assert_eq!(plus(*a, *b), ((u128::from(*a) + u128::from(*b)) % u128::from(PRIME)) as u64, "{a} {b}");
            }
        }
    }

    #[test]
    fn sums_by_transform_are_the_sums() {
        let mut chance = Seed::new(8).generator();
        for n in [257_usize, 300, 511, 512, 513, 2_000] {
            let values: Vec<i64> = (0..n).map(|_| i64::from(chance.below(2 * n as u32)) - n as i64).collect();
            let own = lagged_products(&values);
            assert_eq!(own.len(), n);
            for (lag, own) in own.iter().enumerate() {
                let naive: i64 = values.iter().zip(values.iter().skip(lag)).map(|(left, right)| left * right).sum();
                assert_eq!(*own, naive as f64, "{n} {lag}");
            }
        }
    }

    #[test]
    fn the_longest_series_fits() {
        let n = MOST_EXACT as u128;
        assert!((n * n * n - n) / 3 < u128::from(PRIME / 2));
        assert!((2 * MOST_EXACT).next_power_of_two() <= 1 << 32);
    }
}
