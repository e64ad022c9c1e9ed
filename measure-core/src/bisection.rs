//! Where a property begins to hold, between two points of which one has it.

/// The first in `from..=to` for which `holds`, where it holds for all beyond; `None` where there is none.
pub(crate) fn first(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut low, mut high) = (from, to);
    if low > high || !holds(high) {
        return None;
    }
    // INVARIANT: holds(high), and nothing below `low` holds.
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Some(high)
}

/// The float nearest to `near` for which `holds`, where it holds for `far` and for all from there on to the one sought,
/// and not for `near`. Both are finite. Some 60 steps, and a few more for every power of two that they are apart.
pub(crate) fn edge(near: f64, far: f64, holds: impl Fn(f64) -> bool) -> f64 {
    // INVARIANT: holds(far), and not holds(near).
    let (mut near, mut far) = (near, far);
    loop {
        let middle = near.midpoint(far);
        if middle <= near.min(far) || middle >= near.max(far) {
            return far;
        }
        if holds(middle) { far = middle } else { near = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_whole_number_is_found() {
        for at in 0..20_u64 {
            assert_eq!(first(0, 18, |n| n >= at), (at <= 18).then_some(at));
        }
        assert_eq!(first(3, 2, |_| true), None);
        assert_eq!(first(0, u64::MAX, |n| n == u64::MAX), Some(u64::MAX));
    }

    #[test]
    fn the_edge_is_exact_from_both_sides() {
        assert_eq!(edge(0.0, 1.0, |x| x >= 0.3).to_bits(), 0.3_f64.to_bits());
        assert_eq!(edge(1.0, 0.0, |x| x <= 0.3).to_bits(), 0.3_f64.to_bits());
        assert_eq!(edge(1.0, -1.0, |x| x <= -1e-200).to_bits(), (-1e-200_f64).to_bits());
        assert_eq!(edge(0.0, 1.0, |x| x > 0.0).to_bits(), 5e-324_f64.to_bits());
        assert_eq!(edge(-f64::MAX, f64::MAX, |x| x == f64::MAX).to_bits(), f64::MAX.to_bits());
    }
}
