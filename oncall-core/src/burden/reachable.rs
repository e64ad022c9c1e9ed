//! The fairest that could be: what no sharing out of a load can be below, by filling up like water.

use crate::burden::points::{Burden, Points, Presence};
use crate::error::Error;

/// One vessel: what somebody carries in, and how much they can bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vessel {
    /// What is carried in, `c_p`.
    pub carry: Points,
    /// How much of a full load, `a_p`.
    pub presence: Presence,
}

/// The fairest that so much load could be shared out, whatever its seats are like. It says nothing of another load, and
/// the same seats are one where they weigh less for others, by whose clocks a night is a day, say: [`fairest`] takes the
/// least and the most of them.
///
/// The load is poured over everybody so that those who carry least come up first, to one level. That makes the greatest
/// burden and the spread as small as they can be, and so the Gini coefficient, and Jain's index as large, for burdens
/// can only be added to; seats cannot be cut at will, so that a plan of this load may fall short of it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Fairest {
    /// The smallest greatest burden.
    pub greatest: Burden,
    /// The smallest spread.
    pub spread: Burden,
    /// The largest Jain's index and the smallest Gini coefficient; `None` where somebody stays below 0, or all at 0.
    pub indices: Option<(f64, f64)>,
}

/// The fairest of every load from the least to the most: the two differ where a seat weighs more for one person than for
/// another, as a night does that is a day elsewhere. The greatest burden is that of the least load, and the evenness that
/// of the most, since more load evens out more; no sharing out of a load between them passes either, and the two may
/// belong to different loads. With one load for both it is of that load alone, and no bound for plans of another.
///
/// `None` when nobody is there.
///
/// # Errors
/// [`Error::NegativeLoad`] for a load below 0.
pub fn fairest(vessels: &[Vessel], least: Points, most: Points) -> Result<Option<Fairest>, Error> {
    for load in [least, most] {
        if load < Points::ZERO {
            return Err(Error::NegativeLoad { points: load.get() });
        }
    }
    let mut there: Vec<(Burden, &Vessel)> =
        vessels.iter().filter_map(|v| Some((Burden::of(v.carry, v.presence)?, v))).collect();
    there.sort_by_key(|(carried, _)| *carried);
    let (Some(low), Some(high)) = (level(&there, least), level(&there, most)) else { return Ok(None) };
    let highest = there.last().map_or(low, |(carried, _)| *carried);
    // Where the difference of two such fractions does not fit, 0 is a bound all the same.
    let spread = highest.less(high).filter(|spread| *spread > Burden::ZERO).unwrap_or(Burden::ZERO);
    let filled = there.iter().map(|(carried, vessel)| {
        let share = vessel.presence.share();
        ((*carried).max(high).points() * share, share)
    });
    let shares = measure_core::inequality::Shares::weighted(filled.collect()).ok();
    let indices = shares.and_then(|shares| Some((shares.jain().ok()?, shares.gini().ok()?)));
    Ok(Some(Fairest { greatest: low.max(highest), spread, indices }))
}

/// The level to which so much load fills the vessels, those in front carrying least; `None` without any.
fn level(there: &[(Burden, &Vessel)], load: Points) -> Option<Burden> {
    let (mut total, mut parts, mut found) = (i128::from(load.get()), 0_i128, None);
    for (carried, vessel) in there {
        if found.is_some_and(|level| *carried >= level) {
            break;
        }
        total = total.saturating_add(vessel.carry.get().into());
        parts = parts.saturating_add(vessel.presence.parts());
        found = Burden::fraction(total.saturating_mul(vessel.presence.whole()), parts);
    }
    found
}
