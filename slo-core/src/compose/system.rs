//! Systems made of parts, and how available they are.

use std::collections::BTreeMap;

use crate::compose::Availability;
use crate::error::Error;
use crate::objective::BILLION;

/// A system made of named parts: in series, redundant, or a journey that takes several ways.
///
/// Two parts of one name are one and the same: a database that both replicas stand on takes both down.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawSystem", into = "RawSystem")
)]
pub struct System {
    node: Node,
    depth: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Part { name: String, availability: Availability },
    // INVARIANT: 1 <= needed <= of.len().
    Redundant { needed: usize, of: Vec<System> },
    // INVARIANT: not empty, no weight of 0.
    Journey(Vec<(u32, System)>),
}

impl System {
    /// How deep systems may nest: three levels of JSON each at most, and readers of JSON stop at 128.
    pub const DEEPEST: u32 = 32;
    /// How many different parts may occur more than once.
    pub const MOST_SHARED: usize = 16;

    /// One part.
    #[must_use]
    pub fn part(name: impl Into<String>, availability: Availability) -> Self {
        Self { node: Node::Part { name: name.into(), availability }, depth: 1 }
    }

    /// Works when all of `parts` work: a request that needs each of them.
    ///
    /// # Errors
    /// [`Error::Composition`] for no parts, or nesting deeper than [`System::DEEPEST`].
    pub fn series(parts: Vec<Self>) -> Result<Self, Error> {
        Self::redundant(parts.len(), parts)
    }

    /// Works when at least `needed` of `of` work: replicas, a quorum.
    ///
    /// # Errors
    /// [`Error::Composition`] unless `1 <= needed <= of.len()`, or for nesting deeper than [`System::DEEPEST`].
    pub fn redundant(needed: usize, of: Vec<Self>) -> Result<Self, Error> {
        if needed == 0 || needed > of.len() {
            let reason = format!("{needed} needed of {} parts is not between 1 and all of them", of.len());
            return Err(Error::Composition { reason });
        }
        let depth = deeper(of.iter())?;
        Ok(Self { node: Node::Redundant { needed, of }, depth })
    }

    /// Each request takes one of several ways, in the proportion of their weights: 70 % browse, 30 % pay.
    ///
    /// # Errors
    /// [`Error::Composition`] for no ways, a weight of 0, or nesting deeper than [`System::DEEPEST`].
    pub fn journey(ways: Vec<(u32, Self)>) -> Result<Self, Error> {
        if ways.is_empty() {
            return Err(Error::Composition { reason: "a journey of no ways leads nowhere".to_owned() });
        }
        if let Some(way) = ways.iter().position(|(weight, _)| *weight == 0) {
            return Err(Error::Composition { reason: format!("way {way} of a journey has the weight 0") });
        }
        let depth = deeper(ways.iter().map(|(_, way)| way))?;
        Ok(Self { node: Node::Journey(ways), depth })
    }

    /// How available the whole is: as an estimate, and in the worst and best case.
    ///
    /// # Errors
    /// [`Error::Composition`] when two parts of one name differ in availability, or more than
    /// [`System::MOST_SHARED`] different parts occur more than once.
    pub fn availability(&self) -> Result<WholeAvailability, Error> {
        let parts = self.parts()?;
        let shared: Vec<_> = parts.iter().filter(|(_, part)| part.times > 1).map(|(name, _)| *name).collect();
        if shared.len() > Self::MOST_SHARED {
            let reason = format!("{} parts occur more than once, not at most {}", shared.len(), Self::MOST_SHARED);
            return Err(Error::Composition { reason });
        }
        // Given which of the shared parts work, everything else is independent: sum over their states.
        let mut estimate = Chance { up: 0.0, down: 0.0 };
        for state in 0_u32..(1_u32 << shared.len()) {
            let mut fixed = BTreeMap::new();
            let mut weight = 1.0;
            for (bit, name) in shared.iter().enumerate() {
                let up = state >> bit & 1 == 1;
                let chance = parts.get(name).map_or(Chance::NEVER, |part| Chance::of(part.availability));
                weight *= if up { chance.up } else { chance.down };
                fixed.insert(*name, up);
            }
            if weight > 0.0 {
                let given = self.independent(&fixed);
                estimate = Chance { up: estimate.up + weight * given.up, down: estimate.down + weight * given.down };
            }
        }
        Ok(WholeAvailability::new(estimate, self.extremes()))
    }

    /// [`WholeAvailability::worst_unavailability`] alone, which no shared part makes dearer.
    pub(super) fn worst_unavailability(&self) -> f64 {
        self.extremes().1.clamp(0.0, 1.0)
    }

    /// The different parts by name.
    pub(super) fn parts(&self) -> Result<BTreeMap<&str, Part>, Error> {
        let mut parts = BTreeMap::new();
        self.collect(&mut parts)?;
        Ok(parts)
    }

    /// The same system with `availability` for the part `name`.
    pub(super) fn with(&self, name: &str, availability: Availability) -> Self {
        let node = match &self.node {
            Node::Part { name: own, .. } if own == name => Node::Part { name: own.clone(), availability },
            part @ Node::Part { .. } => part.clone(),
            Node::Redundant { needed, of } => Node::Redundant {
                needed: *needed,
                of: of.iter().map(|system| system.with(name, availability)).collect(),
            },
            Node::Journey(ways) => {
                Node::Journey(ways.iter().map(|(weight, way)| (*weight, way.with(name, availability))).collect())
            }
        };
        Self { node, depth: self.depth }
    }

    fn collect<'a>(&'a self, parts: &mut BTreeMap<&'a str, Part>) -> Result<(), Error> {
        match &self.node {
            Node::Part { name, availability } => {
                let part = parts.entry(name).or_insert(Part { availability: *availability, times: 0 });
                part.times = part.times.saturating_add(1);
                if part.availability != *availability {
                    let reason =
                        format!("part `{name}` is {} in one place, {availability} elsewhere", part.availability);
                    return Err(Error::Composition { reason });
                }
                Ok(())
            }
            Node::Redundant { of, .. } => of.iter().try_for_each(|system| system.collect(parts)),
            Node::Journey(ways) => ways.iter().try_for_each(|(_, way)| way.collect(parts)),
        }
    }

    /// The chance that the system works if its parts are independent, given which of the `fixed` parts do.
    fn independent(&self, fixed: &BTreeMap<&str, bool>) -> Chance {
        match &self.node {
            Node::Part { name, availability } => match fixed.get(name.as_str()) {
                Some(true) => Chance::ALWAYS,
                Some(false) => Chance::NEVER,
                None => Chance::of(*availability),
            },
            Node::Redundant { needed, of } => {
                let chances: Vec<_> = of.iter().map(|system| system.independent(fixed)).collect();
                at_least(*needed, &chances)
            }
            Node::Journey(ways) => mean(ways.iter().map(|(weight, way)| (*weight, way.independent(fixed)))),
        }
    }

    /// The lowest and the highest chance of failing, whatever ties the parts together.
    fn extremes(&self) -> (f64, f64) {
        match &self.node {
            Node::Part { availability, .. } => {
                let down = Chance::of(*availability).down;
                (down, down)
            }
            Node::Redundant { needed, of } => {
                let (least, most): (Vec<_>, Vec<_>) = of.iter().map(Self::extremes).unzip();
                (least_failing(*needed, least), most_failing(*needed, most))
            }
            Node::Journey(ways) => {
                let weigh = |pick: fn((f64, f64)) -> f64| {
                    mean(ways.iter().map(|(weight, way)| (*weight, Chance::failing(pick(way.extremes()))))).down
                };
                (weigh(|extremes| extremes.0), weigh(|extremes| extremes.1))
            }
        }
    }
}

/// A part that occurs in a system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) availability: Availability,
    times: u32,
}

/// How available a whole is.
///
/// Unavailability is kept beside availability, so that the eleventh nine of a redundant system is not lost.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WholeAvailability {
    estimate: f64,
    worst: f64,
    best: f64,
    estimated_unavailability: f64,
    worst_unavailability: f64,
    best_unavailability: f64,
}

impl WholeAvailability {
    /// The best guess if parts of different names fail independently, in `[worst, best]`.
    #[must_use]
    pub const fn estimate(&self) -> f64 {
        self.estimate
    }

    /// The lower Fréchet bound, in `[0, 1]`: it holds whatever ties the parts together.
    ///
    /// Sharp for a system of parts that each occur once and one level of [`System::series`] or
    /// [`System::redundant`]; for nested ones safe, and possibly wide.
    #[must_use]
    pub const fn worst(&self) -> f64 {
        self.worst
    }

    /// The upper Fréchet bound, in `[0, 1]`, as sharp as [`WholeAvailability::worst`].
    #[must_use]
    pub const fn best(&self) -> f64 {
        self.best
    }

    /// `1 - estimate` without its rounding, in `[0, 1]`.
    #[must_use]
    pub const fn estimated_unavailability(&self) -> f64 {
        self.estimated_unavailability
    }

    /// `1 - worst` without its rounding, in `[0, 1]`.
    #[must_use]
    pub const fn worst_unavailability(&self) -> f64 {
        self.worst_unavailability
    }

    /// `1 - best` without its rounding, in `[0, 1]`.
    #[must_use]
    pub const fn best_unavailability(&self) -> f64 {
        self.best_unavailability
    }

    fn new(estimate: Chance, (least, most): (f64, f64)) -> Self {
        let (least, most) = (least.clamp(0.0, 1.0), most.clamp(0.0, 1.0));
        let (worst, best) = (1.0 - most, 1.0 - least);
        Self {
            // Rounding may carry an estimate across a bound that it meets.
            estimate: estimate.up.max(worst).min(best),
            worst,
            best,
            estimated_unavailability: estimate.down.max(least).min(most),
            worst_unavailability: most,
            best_unavailability: least,
        }
    }
}

/// The chances of working and of failing, each kept: neither is ever one minus a rounded other.
#[derive(Debug, Clone, Copy)]
struct Chance {
    up: f64,
    down: f64,
}

impl Chance {
    const ALWAYS: Self = Self { up: 1.0, down: 0.0 };
    const NEVER: Self = Self { up: 0.0, down: 1.0 };

    fn of(availability: Availability) -> Self {
        let share = |parts: u32| f64::from(parts) / f64::from(BILLION);
        Self { up: availability.as_f64(), down: share(availability.missing()) }
    }

    fn failing(down: f64) -> Self {
        Self { up: 1.0 - down, down }
    }
}

/// The chance that at least `needed` of independent parts work: the Poisson binomial distribution, built part
/// by part out of positive terms only.
fn at_least(needed: usize, chances: &[Chance]) -> Chance {
    // works[j]: the chance that exactly j of the parts so far work.
    let mut works = vec![1.0];
    for chance in chances {
        let mut next: Vec<f64> = works.iter().map(|w| w * chance.down).chain([0.0]).collect();
        for (more, now) in next.iter_mut().skip(1).zip(&works) {
            *more += now * chance.up;
        }
        works = next;
    }
    Chance { up: works.iter().skip(needed).sum(), down: works.iter().take(needed).sum() }
}

fn mean(weighted: impl Iterator<Item = (u32, Chance)>) -> Chance {
    let (mut all, mut up, mut down) = (0.0, 0.0, 0.0);
    for (weight, chance) in weighted {
        let weight = f64::from(weight);
        all += weight;
        up += weight * chance.up;
        down += weight * chance.down;
    }
    // INVARIANT: a journey has weights above 0.
    Chance { up: up / all, down: down / all }
}

/// The highest chance that fewer than `needed` parts work, given each part's chance of failing: of n parts,
/// m = n - needed + 1 must fail together. Rüger's sharp bound (1978), for m = 1 and m = n those of Fréchet
/// (1935): the least, over r < m, of the sum of the n - r smallest chances divided by m - r.
fn most_failing(needed: usize, mut failing: Vec<f64>) -> f64 {
    failing.sort_by(f64::total_cmp);
    let together = failing.len().saturating_sub(needed).saturating_add(1);
    let smallest = |r: usize| failing.iter().take(failing.len().saturating_sub(r)).sum::<f64>();
    (0..together).map(|r| smallest(r) / count(together.saturating_sub(r))).fold(1.0, f64::min)
}

/// The lowest such chance: one minus the highest chance that `needed` parts work, by the same bound, written so
/// that nothing is subtracted from 1: the most, over r < needed, of the sum of the n - r largest chances of
/// failing less n - needed, divided by needed - r.
fn least_failing(needed: usize, mut failing: Vec<f64>) -> f64 {
    failing.sort_by(|a, b| b.total_cmp(a));
    let spare = count(failing.len().saturating_sub(needed));
    let largest = |r: usize| failing.iter().take(failing.len().saturating_sub(r)).sum::<f64>();
    (0..needed).map(|r| (largest(r) - spare) / count(needed.saturating_sub(r))).fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "a number of parts is far below 2^53")]
fn count(parts: usize) -> f64 {
    parts as f64
}

fn deeper<'a>(below: impl Iterator<Item = &'a System>) -> Result<u32, Error> {
    let depth = below.map(|system| system.depth).max().unwrap_or(0).saturating_add(1);
    if depth > System::DEEPEST {
        let reason = format!("a system nested {depth} deep is not nested at most {} deep", System::DEEPEST);
        return Err(Error::Composition { reason });
    }
    Ok(depth)
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RawSystem {
    Part { name: String, availability: Availability },
    Series(Vec<System>),
    Redundant { needed: usize, of: Vec<System> },
    Journey(Vec<(u32, System)>),
}

#[cfg(feature = "serde")]
impl TryFrom<RawSystem> for System {
    type Error = Error;

    fn try_from(raw: RawSystem) -> Result<Self, Error> {
        match raw {
            RawSystem::Part { name, availability } => Ok(Self::part(name, availability)),
            RawSystem::Series(parts) => Self::series(parts),
            RawSystem::Redundant { needed, of } => Self::redundant(needed, of),
            RawSystem::Journey(ways) => Self::journey(ways),
        }
    }
}

#[cfg(feature = "serde")]
impl From<System> for RawSystem {
    fn from(system: System) -> Self {
        match system.node {
            Node::Part { name, availability } => Self::Part { name, availability },
            Node::Redundant { needed, of } if needed == of.len() => Self::Series(of),
            Node::Redundant { needed, of } => Self::Redundant { needed, of },
            Node::Journey(ways) => Self::Journey(ways),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, availability: &str) -> System {
        System::part(name, availability.parse().unwrap())
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-14 * b.abs()
    }

    #[test]
    fn a_series_multiplies_and_its_bounds_are_frechets() {
        let system = System::series(vec![part("a", "99.9%"), part("b", "99.5%"), part("c", "99%")]).unwrap();
        let whole = system.availability().unwrap();
        assert!(near(whole.estimate(), 0.999 * 0.995 * 0.99));
        assert!(near(whole.worst_unavailability(), 0.016) && near(whole.best_unavailability(), 0.01));
    }

    #[test]
    fn two_of_three_by_hand() {
        let three = vec![part("a", "0.9"), part("b", "0.8"), part("c", "0.7")];
        let whole = System::redundant(2, three).unwrap().availability().unwrap();
        assert!(near(whole.estimate(), 0.9 * 0.8 * 0.3 + 0.9 * 0.2 * 0.7 + 0.1 * 0.8 * 0.7 + 0.9 * 0.8 * 0.7));
        // Two of three fail together: at most (0.1 + 0.2 + 0.3) / 2, and 0.1 + 0.2.
        assert!(near(whole.worst_unavailability(), 0.3) && near(whole.best(), 1.0));
    }

    #[test]
    fn the_nines_of_replicas_are_not_rounded_away() {
        let replicas = (0..4).map(|k| part(&k.to_string(), "99.999%")).collect();
        let whole = System::redundant(1, replicas).unwrap().availability().unwrap();
        assert!(near(whole.estimated_unavailability(), 1e-20), "{}", whole.estimated_unavailability());
        assert!(near(whole.worst_unavailability(), 1e-5));
    }

    #[test]
    fn a_shared_part_is_counted_once() {
        let replica = |name: &str| System::series(vec![part(name, "99%"), part("database", "99.9%")]).unwrap();
        let whole = System::redundant(1, vec![replica("a"), replica("b")]).unwrap().availability().unwrap();
        assert!(near(whole.estimate(), 0.999 * (1.0 - 0.01 * 0.01)), "{}", whole.estimate());
    }

    #[test]
    fn a_journey_is_a_weighted_mean() {
        let journey = System::journey(vec![(7, part("browse", "99.9%")), (3, part("pay", "99%"))]).unwrap();
        let whole = journey.availability().unwrap();
        assert!(near(whole.estimate(), 0.7 * 0.999 + 0.3 * 0.99));
        assert!(near(whole.worst(), whole.best()));
    }

    #[test]
    fn what_makes_no_system_is_refused() {
        assert!(System::series(vec![]).is_err());
        assert!(System::redundant(0, vec![part("a", "1")]).is_err());
        assert!(System::redundant(2, vec![part("a", "1")]).is_err());
        assert!(System::journey(vec![]).is_err());
        assert!(System::journey(vec![(0, part("a", "1"))]).is_err());
        let contradiction = System::series(vec![part("a", "1"), part("a", "0.5")]).unwrap();
        assert!(contradiction.availability().unwrap_err().to_string().contains("`a` is 100% in one place, 50%"));
        let deep = (1..System::DEEPEST).try_fold(part("a", "1"), |system, _| System::series(vec![system])).unwrap();
        assert!(System::series(vec![deep]).is_err());
        let pairs = (0..17).flat_map(|k| [part(&k.to_string(), "0.9"), part(&k.to_string(), "0.9")]);
        assert!(System::series(pairs.collect()).unwrap().availability().is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_goes_through_the_same_checks() {
        let text = r#"{"series":[{"part":{"name":"a","availability":"99%"}},
            {"redundant":{"needed":1,"of":[{"part":{"name":"b","availability":"90%"}},{"part":{"name":"c","availability":"90%"}}]}}]}"#;
        let system: System = serde_json::from_str(text).unwrap();
        let again: System = serde_json::from_str(&serde_json::to_string(&system).unwrap()).unwrap();
        assert_eq!(system, again);
        assert!(serde_json::from_str::<System>(r#"{"series":[]}"#).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn the_deepest_systems_can_be_read_back() {
        let wraps: [fn(System) -> System; 3] = [
            |system| System::series(vec![system]).unwrap(),
            |system| System::redundant(1, vec![system, part("b", "90%")]).unwrap(),
            |system| System::journey(vec![(1, system)]).unwrap(),
        ];
        for wrap in wraps {
            let deepest = (1..System::DEEPEST).fold(part("a", "99%"), |system, _| wrap(system));
            let text = serde_json::to_string(&deepest).unwrap();
            assert_eq!(serde_json::from_str::<System>(&text).unwrap(), deepest);
        }
    }
}
