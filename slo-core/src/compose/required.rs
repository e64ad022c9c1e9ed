//! Which objective a part needs so that the whole keeps its own.

use crate::compose::{Availability, System};
use crate::error::Error;
use crate::objective::{BILLION, Objective};

/// What one part must keep so that the whole keeps its objective, the other parts being as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Required {
    /// If parts fail independently; `None` when even a perfect part would not do.
    pub if_independent: Option<Availability>,
    /// Whatever ties the parts together; `None` when even a perfect part would not do.
    pub for_certain: Option<Availability>,
}

impl System {
    /// The least availability of the part `name` with which the whole keeps `whole`.
    ///
    /// To one part per billion, by bisection: the whole never gets worse as a part gets better. Costs two
    /// [`System::availability`], however many shared parts those sum over. 0 % says that
    /// the whole does without the part, 100 % that the part may never fail.
    ///
    /// # Errors
    /// [`Error::Composition`] when there is no such part, and as for [`System::availability`].
    ///
    /// ```
    /// use slo_core::compose::System;
    /// let shop = System::series(vec![
    ///     System::part("gateway", "99.95%".parse()?),
    ///     System::part("store", "99%".parse()?),
    /// ])?;
    /// let store = shop.required("store", "99.9%".parse()?)?;
    /// assert_eq!(store.for_certain, Some("99.95%".parse()?));
    /// assert_eq!(store.if_independent, Some("99.949975%".parse()?));
    /// # Ok::<(), slo_core::Error>(())
    /// ```
    pub fn required(&self, name: &str, whole: Objective) -> Result<Required, Error> {
        if !self.parts()?.contains_key(name) {
            return Err(Error::Composition { reason: format!("no part is called `{name}`") });
        }
        let allowed = whole.allowed_bad_fraction() * (1.0 + TOLERANCE);
        let with = |part: Availability| self.with(name, part);
        // Given the part's state the rest does not depend on it: the estimate is a mean of two, asked for once.
        let estimated = |part: Availability| Ok::<_, Error>(with(part).availability()?.estimated_unavailability());
        let (up, down) = (estimated(Availability::FULL)?, estimated(Availability::NONE)?);
        let missing = |part: Availability| f64::from(part.missing()) / f64::from(BILLION);
        Ok(Required {
            if_independent: least(|part| Ok(part.as_f64() * up + missing(part) * down <= allowed))?,
            for_certain: least(|part| Ok(with(part).worst_unavailability() <= allowed))?,
        })
    }
}

/// What each of several parts in series must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EqualSplit {
    /// If parts fail independently: the n-th root, rounded up to a billionth.
    pub if_independent: Objective,
    /// Whatever ties the parts together: each gets an n-th of what may go wrong.
    pub for_certain: Objective,
}

/// The objective that each of `parts` in series needs so that the whole keeps `whole`, the same for all; the
/// whole keeps it exactly, no rounding takes it below. `None` for no parts, and when an n-th of the allowance
/// is less than a billionth.
///
/// ```
/// use slo_core::compose::equal_split;
/// let each = equal_split("99.9%".parse()?, 5).ok_or("too many parts")?;
/// assert_eq!(each.for_certain.to_string(), "99.98%");
/// assert_eq!(each.if_independent.to_string(), "99.979992%");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn equal_split(whole: Objective, parts: u32) -> Option<EqualSplit> {
    let missing = whole.allowed_parts_per_billion().checked_div(parts)?;
    let for_certain = Objective::from_parts_per_billion(BILLION.checked_sub(missing)?).ok()?;
    let if_independent = least(|part| Ok(power_keeps(part, parts, whole))).ok()??;
    let if_independent = Objective::from_parts_per_billion(if_independent.parts_per_billion()).ok()?;
    Some(EqualSplit { if_independent, for_certain })
}

/// Whether `part ^ parts >= whole`, in units of 10^-18 with every product rounded down: a yes is certain.
fn power_keeps(part: Availability, parts: u32, whole: Objective) -> bool {
    let fine = |parts_per_billion: u32| u128::from(parts_per_billion).saturating_mul(u128::from(BILLION));
    let one = fine(BILLION);
    // Both at most 10^18: the product fits 120 bits.
    let times = |a: u128, b: u128| a.saturating_mul(b).checked_div(one).unwrap_or(0);
    let (mut power, mut base, mut exponent) = (one, fine(part.parts_per_billion()), parts);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = times(power, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    power >= fine(whole.parts_per_billion())
}

/// Rounding of some hundred float operations, far below the part per billion that is asked for.
const TOLERANCE: f64 = 1e-12;

/// The least availability that keeps, if 100 % does; `keeps` must not go from yes to no as it grows.
fn least(keeps: impl Fn(Availability) -> Result<bool, Error>) -> Result<Option<Availability>, Error> {
    if !keeps(Availability::FULL)? {
        return Ok(None);
    }
    let (mut low, mut high) = (0, BILLION);
    while low < high {
        let middle = low.midpoint(high);
        if keeps(Availability::from_parts_per_billion(middle)?)? {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Availability::from_parts_per_billion(high).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, availability: &str) -> System {
        System::part(name, availability.parse().unwrap())
    }

    #[test]
    fn one_part_alone_needs_what_the_whole_needs() {
        let required = part("a", "0").required("a", "99.9%".parse().unwrap()).unwrap();
        assert_eq!(required.if_independent, Some("99.9%".parse().unwrap()));
        assert_eq!(required.for_certain, required.if_independent);
        assert_eq!(equal_split("99.9%".parse().unwrap(), 1).unwrap().if_independent, "99.9%".parse().unwrap());
    }

    #[test]
    fn what_others_have_spent_no_part_makes_good() {
        let system = System::series(vec![part("a", "99%"), part("b", "0")]).unwrap();
        let required = system.required("b", "99.9%".parse().unwrap()).unwrap();
        assert_eq!(required, Required { if_independent: None, for_certain: None });
        // Nothing to spare: the part may never fail.
        let required = system.required("b", "99%".parse().unwrap()).unwrap();
        assert_eq!(required.for_certain, Some(Availability::FULL));
        assert!(system.required("c", "99%".parse().unwrap()).is_err());
    }

    #[test]
    fn many_shared_parts_are_summed_over_twice_and_no_more() {
        let names: Vec<_> = (0..14).map(|name: u8| name.to_string()).collect();
        let replica = || System::series(names.iter().map(|name| part(name, "99.99%")).collect()).unwrap();
        let system = System::redundant(1, vec![replica(), replica()]).unwrap();
        let started = std::time::Instant::now();
        let required = system.required("3", "99.8%".parse().unwrap()).unwrap();
        assert!(started.elapsed().as_secs() < 5, "2^14 states, two times");
        let one = required.if_independent.unwrap();
        assert!((one.as_f64() - 0.998 / 0.9999_f64.powi(13)).abs() < 2e-9, "{one}");
    }

    #[test]
    fn a_part_with_a_replica_that_does_alone_may_be_down() {
        let system = System::redundant(1, vec![part("a", "99.95%"), part("b", "0")]).unwrap();
        let required = system.required("b", "99.9%".parse().unwrap()).unwrap();
        assert_eq!(required.for_certain, Some(Availability::NONE));
    }

    #[test]
    fn splits_end_where_a_billionth_does() {
        let whole = "99.9999999%".parse().unwrap();
        assert!(equal_split(whole, 1).is_some());
        assert_eq!(equal_split(whole, 2), None);
        assert_eq!(equal_split(whole, 0), None);
        assert_eq!(equal_split("50%".parse().unwrap(), u32::MAX), None);
    }
}
