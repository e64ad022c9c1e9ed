//! What the planner needs to know of burden: for each person and each seat the points that serving it would add, in
//! small whole numbers.

use core::num::NonZeroU32;
use std::collections::BTreeMap;

use timeline_core::{Span, SpanSet, Timeline, Tz};

use crate::burden::accounts::Carries;
use crate::burden::points::{Burden, Points, Presence, common_divisor, whole_minutes};
use crate::burden::reachable::{Fairest, Vessel, fairest};
use crate::burden::weights::Weights;
use crate::error::Error;
use crate::holidays::Holidays;
use crate::hours::{Hours, TimeCategory};
use crate::shift::Seat;
use crate::team::{Person, Team};

/// How the burden of a plan is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting<'a> {
    /// What weighs how much.
    pub weights: &'a Weights,
    /// When it is night and weekend.
    pub hours: &'a Hours,
    /// The holidays.
    pub holidays: &'a Holidays,
    /// What is carried in.
    pub carries: &'a Carries,
    /// Into how many parts a full load is cut to say how much of it somebody takes: [`MILLIONTHS`] unless fairness is
    /// meant to be in coarser steps, as [`TWENTIETHS`] are for 5 %.
    pub parts: NonZeroU32,
}

/// Steps of one in a million of a full load.
pub const MILLIONTHS: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();

/// Steps of 5 % of a full load.
pub const TWENTIETHS: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// A team and its seats, as the planner minimises over them: `scale x (carry + loads)`, in whole units.
///
/// `scale_p` is `k_p = common / share_p`, the shares being `a_p` in parts of a full load; `unit` points are one of carry
/// and load. `common` is the least common multiple of the shares where that leaves room for the burdens, and else so
/// large that `k_p`, rounded, has six digits and more; [`share_error`](Self::share_error) says what all this rounding of
/// shares comes to. Loads are exact: the unit divides them all. It divides all carries as well where that leaves no more
/// than a million units in all; else it is the largest that divides the loads and is an hour of weight 1 at most, and
/// carries are rounded to it by largest remainder, so that each is less than a unit off and their sum at most half a unit.
/// Only where carries are so large that there is no room for scales beside them is it coarser.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planning {
    /// In the order of the team.
    pub people: Vec<Planned>,
    /// How many points a unit is, at least 1.
    pub unit: Points,
    /// The scale of who has one part: `scaled x unit / (common x of the parts)` is a [`Burden`].
    pub common: i64,
    /// Into how many parts a full load was cut.
    pub parts: NonZeroU32,
    /// By how many parts in a billion a burden in units may differ from the exact one because shares are rounded; 0
    /// where every share and scale is whole.
    pub share_error: u32,
    presences: Vec<Presence>,
}

/// One person, as the planner sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// `k_p`, at least 1; `None` for who is not there in the period at all, and can take no seat.
    pub scale: Option<i64>,
    /// What is carried in, in units.
    pub carry: i64,
    /// What each seat would add, in units, in the order of the seats.
    pub loads: Vec<i64>,
}

impl Planning {
    /// For the seats of one period: each is weighed where each person lives, by their clocks and holidays. As a
    /// [`Ledger`](crate::burden::Ledger) of the period counts it, only the part of a seat that lies in the period weighs:
    /// what is served after its end is burden of the next.
    ///
    /// # Errors
    /// [`Error::PeriodOutOfRange`]; [`Error::PointsOutOfRange`]; [`Error::ScalesOverflow`] when burdens are so large that
    /// scales of three digits do not fit beside them; [`Error::Time`] at the ends of time.
    pub fn of(team: &Team, seats: &[Seat], period: Span, counting: &Counting<'_>) -> Result<Self, Error> {
        let presences: Vec<Presence> =
            team.people().iter().map(|person| Presence::of(person, period)).collect::<Result<_, _>>()?;
        let mut clocks = Clocks::of(seats, period, counting);
        let points: Vec<Vec<Points>> =
            team.people().iter().map(|person| clocks.points(person, seats)).collect::<Result<_, _>>()?;
        let carried: Vec<i64> = team.people().iter().map(|person| counting.carries.of(person.id()).get()).collect();
        let shares: Vec<Option<i64>> = presences.iter().map(|presence| share(*presence, counting.parts)).collect();
        let Measure { unit, carries, common } = Measure::of(&shares, &carried, &points, counting.parts)?;
        let loads = |points: Vec<Points>| points.into_iter().filter_map(|load| load.get().checked_div(unit)).collect();
        let scales: Vec<Option<i64>> = shares.iter().map(|share| nearest(common, (*share)?)).collect();
        let errors = scales
            .iter()
            .zip(&presences)
            .filter_map(|(scale, presence)| scale_error((*scale)?, *presence, common, counting.parts));
        let share_error = errors.max().unwrap_or(0);
        let people = scales.into_iter().zip(carries).zip(points).map(|((scale, carry), points)| Planned {
            scale,
            carry,
            loads: loads(points),
        });
        let people = people.collect();
        Ok(Self { people, unit: Points::new(unit)?, common, parts: counting.parts, share_error, presences })
    }

    /// A value of `scale x (carry + loads)` as the burden that it is.
    #[must_use]
    pub fn burden(&self, scaled: i64) -> Option<Burden> {
        let numerator = i128::from(scaled).checked_mul(self.unit.get().into())?.checked_mul(self.parts.get().into())?;
        Burden::fraction(numerator, self.common.into())
    }

    /// What no plan can pass that fills every seat with people of the team who are there, by [`fairest`] of the least and the
    /// most that each seat weighs, with the exact shares and with carries as they are rounded; `None` when nobody is there.
    ///
    /// # Errors
    /// [`Error::PointsOutOfRange`] when all seats together are beyond [`Points::MOST`].
    pub fn fairest(&self) -> Result<Option<Fairest>, Error> {
        let there = || self.people.iter().zip(&self.presences).filter(|(person, _)| person.scale.is_some());
        let points = |units: i64| Points::narrowed(i128::from(units).saturating_mul(self.unit.get().into()));
        let vessels = there()
            .map(|(person, presence)| Ok(Vessel { carry: points(person.carry)?, presence: *presence }))
            .collect::<Result<Vec<_>, Error>>()?;
        let seats = self.people.first().map_or(0, |person| person.loads.len());
        let (mut least, mut most) = (0_i64, 0_i64);
        for seat in 0..seats {
            let loads = || there().filter_map(|(person, _)| person.loads.get(seat)).copied();
            least = least.saturating_add(loads().min().unwrap_or(0));
            most = most.saturating_add(loads().max().unwrap_or(0));
        }
        fairest(&vessels, points(least)?, points(most)?)
    }
}

/// What each seat weighs by the clocks and holidays of a place, worked out once for each place.
struct Clocks<'a> {
    counting: &'a Counting<'a>,
    period: Span,
    whole: Option<Span>,
    known: BTreeMap<(String, Vec<Span>), Vec<Points>>,
}

impl<'a> Clocks<'a> {
    fn of(seats: &[Seat], period: Span, counting: &'a Counting<'a>) -> Self {
        let whole = seats.iter().filter_map(|seat| seat.span.intersect(period)).reduce(Span::hull);
        Self { counting, period, whole, known: BTreeMap::new() }
    }

    fn points(&mut self, person: &Person, seats: &[Seat]) -> Result<Vec<Points>, Error> {
        let Some(whole) = self.whole else { return Ok(vec![Points::ZERO; seats.len()]) };
        let holidays = self.counting.holidays.spans_for(person, whole)?;
        let place = (person.zone().name().to_owned(), holidays.iter().collect::<Vec<_>>());
        if let Some(points) = self.known.get(&place) {
            return Ok(points.clone());
        }
        let points = self.weigh(person.zone(), &holidays, whole, seats)?;
        self.known.insert(place, points.clone());
        Ok(points)
    }

    fn weigh(&self, zone: Tz, holidays: &SpanSet, whole: Span, seats: &[Seat]) -> Result<Vec<Points>, Error> {
        let kinds = self.counting.hours.timeline(zone, holidays, whole)?;
        seats.iter().map(|seat| weight(&kinds, seat, self.period, self.counting.weights)).collect()
    }
}

fn weight(kinds: &Timeline<TimeCategory>, seat: &Seat, period: Span, weights: &Weights) -> Result<Points, Error> {
    let Some(counted) = seat.span.intersect(period) else { return Ok(Points::ZERO) };
    kinds
        .segments(counted)
        .try_fold(Points::ZERO, |all, (span, kind)| all.plus(weights.minutes(seat.role, *kind, whole_minutes(span))?))
}

/// `a_p` in parts of a full load, to the nearest, at least 1 for who is there.
fn share(presence: Presence, parts: NonZeroU32) -> Option<i64> {
    let doubled = presence.parts().checked_mul(parts.get().into())?.checked_mul(2)?.checked_add(presence.whole())?;
    let nearest = doubled.checked_div(presence.whole().checked_mul(2)?)?;
    if presence.is_none() { None } else { i64::try_from(nearest.max(1)).ok() }
}

/// The unit, what is carried in, and the scale of one part.
struct Measure {
    unit: i64,
    carries: Vec<i64>,
    common: i64,
}

impl Measure {
    /// In the finest unit beside which scales have room.
    fn of(shares: &[Option<i64>], carried: &[i64], points: &[Vec<Points>], parts: NonZeroU32) -> Result<Self, Error> {
        let within = |unit: i64| {
            let carries = rounded(carried.iter().copied(), unit);
            common_scale(shares, &carries, points, unit, parts).map(|common| Self { unit, carries, common })
        };
        let [finest @ .., coarsest] = units(carried, points);
        finest.into_iter().find_map(|unit| within(unit?).ok()).map_or_else(|| within(coarsest.unwrap_or(1)), Ok)
    }
}

/// The units that may be taken, finest first: one that carries are whole in, where that makes few of them; one of an hour
/// at most; one for loads alone. All divide every load.
fn units(carried: &[i64], points: &[Vec<Points>]) -> [Option<i64>; 3] {
    let common = |all: u128, points: i64| match points {
        0 => all,
        points => common_divisor(all, points.unsigned_abs().into()),
    };
    let narrow = |unit: u128| i64::try_from(unit.max(1)).unwrap_or(1);
    let of_loads = points.iter().flatten().fold(0, |all, load| common(all, load.get()));
    let of_all = narrow(carried.iter().fold(of_loads, |all, carry| common(all, *carry)));
    let of_loads = narrow(of_loads);
    let carried: i128 = carried.iter().map(|carry| i128::from(carry.unsigned_abs())).sum();
    let total = most_load(points).saturating_add(carried).checked_div(of_all.into());
    let is_few = of_all == of_loads || total.is_some_and(|total| total <= MOST_UNITS);
    let of_an_hour = (1..=Points::HOUR.get().min(of_loads)).rev().find(|unit| of_loads.checked_rem(*unit) == Some(0));
    [Some(of_all).filter(|_| is_few), of_an_hour, Some(of_loads)]
}

/// Units of all loads and carries, up to which a finer one is taken: no more than the roster's bounds look at one by one.
const MOST_UNITS: i128 = 1 << 20;

/// Most that all seats together can weigh for anybody.
fn most_load(points: &[Vec<Points>]) -> i128 {
    let loads = points.iter().map(|own| own.iter().fold(0_i128, |sum, load| sum.saturating_add(load.get().into())));
    loads.max().unwrap_or(0)
}

/// The least common multiple of the shares, where burdens that are scaled by it stay within bounds; else as large as
/// leaves room, and for who takes a full load no more than a million.
fn common_scale(
    shares: &[Option<i64>],
    carries: &[i64],
    points: &[Vec<Points>],
    unit: i64,
    parts: NonZeroU32,
) -> Result<i64, Error> {
    // Most that anybody can bear, in units: what each brings along, and every seat.
    let most_load = most_load(points).checked_div(unit.into()).unwrap_or(0);
    let most_carry = carries.iter().map(|carry| i128::from(carry.unsigned_abs())).max().unwrap_or(0);
    let most = most_load.saturating_add(most_carry).max(1);
    let least_share = shares.iter().flatten().copied().min().unwrap_or(1);
    let largest_scale = LARGEST_BURDEN.checked_div(most).unwrap_or(0);
    let largest = largest_scale.saturating_mul(least_share.into());

    let exact = shares.iter().flatten().try_fold(1_i64, |all, share| least_common_multiple(all, *share));
    if let Some(exact) = exact.filter(|exact| i128::from(*exact) <= largest) {
        return Ok(exact);
    }
    let full = i128::from(parts.get());
    let common = largest.min(full.saturating_mul(FINEST));
    if common < full.saturating_mul(COARSEST) {
        return Err(Error::ScalesOverflow { parts: parts.get() });
    }
    i64::try_from(common).map_err(|_| Error::ScalesOverflow { parts: parts.get() })
}

/// A bit less than the roster takes.
const LARGEST_BURDEN: i128 = 1 << 51;

/// The scale of a full load where the least common multiple is too large: at most, and at least.
const FINEST: i128 = 1_000_000;
const COARSEST: i128 = 1_000;

/// `common / share`, halves up.
fn nearest(common: i64, share: i64) -> Option<i64> {
    let doubled = i128::from(common).checked_mul(2)?.checked_add(share.into())?;
    i64::try_from(doubled.checked_div(i128::from(share).checked_mul(2)?)?).ok()
}

/// By how many parts in a billion, rounded up, the scale times the share of a full load is off: `|r - 1| / min(r, 1)`
/// of `r = scale x parts x a_p / common`.
fn scale_error(scale: i64, presence: Presence, common: i64, parts: NonZeroU32) -> Option<u32> {
    let given = i128::from(scale).checked_mul(parts.get().into())?.checked_mul(presence.parts())?;
    let exact = i128::from(common).checked_mul(presence.whole())?;
    let off = given.checked_sub(exact)?.checked_abs()?.checked_mul(1_000_000_000)?;
    let least = given.min(exact).max(1);
    u32::try_from(off.checked_add(least)?.checked_sub(1)?.checked_div(least)?).ok()
}

fn least_common_multiple(a: i64, b: i64) -> Option<i64> {
    let common = i64::try_from(common_divisor(a.unsigned_abs().into(), b.unsigned_abs().into())).ok()?;
    a.checked_div(common)?.checked_mul(b)
}

/// Carries in units: rounded down, and then up those that lost most by it until the sum is the nearest to what it was.
#[expect(clippy::arithmetic_side_effects, reason = "points are within 10^15, and the unit is at least 1")]
fn rounded(carries: impl Iterator<Item = i64>, unit: i64) -> Vec<i64> {
    let exact: Vec<i64> = carries.collect();
    let mut units: Vec<i64> = exact.iter().map(|carry| carry.div_euclid(unit)).collect();
    let mut order: Vec<(i64, usize)> =
        exact.iter().enumerate().map(|(place, carry)| (-carry.rem_euclid(unit), place)).collect();
    order.sort_unstable();
    let total: i128 = exact.iter().map(|carry| i128::from(*carry)).sum();
    let nearest = (2 * total + i128::from(unit)).div_euclid(2 * i128::from(unit));
    let missing = usize::try_from(nearest - units.iter().map(|units| i128::from(*units)).sum::<i128>()).unwrap_or(0);
    for (_, place) in order.into_iter().take(missing) {
        if let Some(units) = units.get_mut(place) {
            *units += 1;
        }
    }
    units
}
