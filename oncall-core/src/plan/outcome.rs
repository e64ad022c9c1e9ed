//! A plan with its proof, and the accounts after it.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use timeline_core::Tz;

use crate::burden::{Accounts, Burden, Points};
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::plan::PlanError;
use crate::plan::conflict::Conflict;
use crate::plan::objective::{Aim, Objective};
use crate::plan::seats::Duty;
use crate::plan::words;
use crate::shift::Shift;

/// A duty and who takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Assigned {
    /// What is to be served.
    pub duty: Duty,
    /// Who serves it; nobody where no plan covers more duties.
    pub person: Option<PersonId>,
    /// Whether it was fixed before planning.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fixed: bool,
}

/// What one person bears in the whole numbers that were planned with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Bearing {
    /// Who.
    pub person: PersonId,
    /// What one unit weighs for the person, 1 for full time among people of full time; 0 for who is not there in the
    /// period at all.
    pub scale: i64,
    /// Units carried in.
    pub carry: i64,
    /// Units of the duties of the plan.
    pub load: i64,
}

impl Bearing {
    /// `scale x carry`: the burden before the plan.
    #[must_use]
    pub fn before(&self) -> i128 {
        i128::from(self.scale).saturating_mul(self.carry.into())
    }

    /// `scale x (carry + load)`: the burden after the plan.
    #[must_use]
    pub fn after(&self) -> i128 {
        i128::from(self.scale).saturating_mul(i128::from(self.carry).saturating_add(self.load.into()))
    }
}

/// A soft rule or a wish that the plan breaks, or a hard rule that what was fixed breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Breach {
    /// The name of the rule.
    pub rule: String,
    /// Who breaks it, if it is one person.
    pub person: Option<PersonId>,
    /// What it costs; `None` for a hard rule.
    pub penalty: Option<u64>,
    /// The whole of it in words.
    pub words: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// Units in which a plan was made, and what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Units {
    /// The points of one unit of load or carry.
    pub points: Points,
    /// The scale of one part of a full load.
    pub common: i64,
    /// Into how many parts a full load was cut; availabilities are rounded to these.
    pub parts: core::num::NonZeroU32,
    /// By how much a largest burden in units may be above the same in exact points, because duties or what is
    /// carried in were rounded up; 0 where all of them are whole numbers of units.
    pub rounded_up: i64,
    /// By how many parts in a billion a burden in units may differ from the exact one, because shares of a full load are
    /// rounded; 0 where they are whole parts.
    pub share_error: u32,
}

impl Units {
    /// A scaled number of units as the burden that it is.
    #[must_use]
    pub fn burden(self, scaled: i128) -> Option<Burden> {
        let numerator = scaled.checked_mul(self.points.get().into())?.checked_mul(self.parts.get().into())?;
        Burden::fraction(numerator, self.common.into())
    }

    /// A burden that is below, by as much as shares were rounded.
    fn exactly(self, scaled: i128) -> Option<Burden> {
        const BILLION: i128 = 1_000_000_000;
        let (whole, off) = (BILLION, BILLION.checked_add(self.share_error.into())?);
        let (up, down) = if scaled < 0 { (off, whole) } else { (whole, off) };
        let numerator = scaled.checked_mul(self.points.get().into())?.checked_mul(self.parts.get().into())?;
        Burden::fraction(numerator.checked_mul(up)?, i128::from(self.common).checked_mul(down)?)
    }
}

/// A plan that breaks no hard rule, with what is proven about it.
///
/// A plan read from a document is checked: that its values are those of its duties, and no bound is above its value.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts", into = "Parts"))]
pub struct Plan(Parts);

/// What a plan is made of, before it is checked.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(crate) struct Parts {
    pub(crate) zone: Tz,
    pub(crate) duties: Vec<Assigned>,
    pub(crate) objectives: Vec<Objective>,
    pub(crate) nodes: u64,
    pub(crate) units: Units,
    pub(crate) bearings: Vec<Bearing>,
    pub(crate) accounts: Accounts,
    pub(crate) soft: Vec<Breach>,
    pub(crate) given: Vec<Breach>,
    pub(crate) conflicts: Vec<Conflict>,
}

impl TryFrom<Parts> for Plan {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let agrees = |what, given: i128, computed: i128| {
            if given == computed { Ok(()) } else { Err(Error::Plan(PlanError::Disagrees { what, given, computed })) }
        };
        let value = |aim| {
            let found = parts.objectives.iter().find(|objective| objective.aim() == aim);
            found.map(|objective| objective.value()).ok_or(Error::Plan(PlanError::AimMissing { aim: Aim::name(aim) }))
        };
        for aim in Aim::ALL {
            value(aim)?;
        }
        agrees("number of aims", count(parts.objectives.len()), count(Aim::ALL.len()))?;
        let open = parts.duties.iter().filter(|assigned| assigned.person.is_none() && assigned.duty.role().is_duty());
        agrees("uncovered duties", value(Aim::Uncovered)?, count(open.count()))?;
        let there = || parts.bearings.iter().filter(|bearing| bearing.scale > 0).map(Bearing::after);
        agrees("largest burden", value(Aim::LargestBurden)?, there().max().unwrap_or(0))?;
        let squares = there().fold(0, |sum: i128, after| sum.saturating_add(after.saturating_mul(after)));
        agrees("sum of squared burdens", value(Aim::SumOfSquares)?, squares)?;
        let mut known = BTreeSet::new();
        for (second, bearing) in parts.bearings.iter().enumerate() {
            if !known.insert(&bearing.person) {
                let first = parts.bearings.iter().position(|other| other.person == bearing.person).unwrap_or(0);
                return Err(Error::PersonTwice { person: bearing.person.clone(), first, second });
            }
        }
        match parts.duties.iter().filter_map(|assigned| assigned.person.as_ref()).find(|who| !known.contains(who)) {
            Some(person) => Err(Error::UnknownPerson { person: person.clone() }),
            None => Ok(Self(parts)),
        }
    }
}

impl From<Plan> for Parts {
    fn from(plan: Plan) -> Self {
        plan.0
    }
}

impl Plan {
    /// Every duty and who takes it, in order of time.
    #[must_use]
    pub fn duties(&self) -> &[Assigned] {
        &self.0.duties
    }

    /// The plan as shifts, in order of time.
    #[must_use]
    pub fn shifts(&self) -> Vec<Shift> {
        let mut shifts = shifts(&self.0.duties);
        shifts.sort_by(|a, b| (a.span, a.role, &a.person).cmp(&(b.span, b.role, &b.person)));
        shifts
    }

    /// The shifts of one role, in order of time: a layer of a schedule.
    #[must_use]
    pub fn shifts_of(&self, role: Role) -> Vec<Shift> {
        let mut shifts = self.shifts();
        shifts.retain(|shift| shift.role == role);
        shifts
    }

    /// The duties that nobody takes.
    pub fn uncovered(&self) -> impl Iterator<Item = &Duty> {
        self.0.duties.iter().filter(|assigned| assigned.person.is_none()).map(|assigned| &assigned.duty)
    }

    /// What the plan reaches, level by level, with what is proven, in the order in which they count.
    #[must_use]
    pub fn objectives(&self) -> &[Objective] {
        &self.0.objectives
    }

    /// What the plan reaches on one level.
    #[must_use]
    pub fn objective(&self, aim: Aim) -> Objective {
        let found = self.0.objectives.iter().copied().find(|objective| objective.aim() == aim);
        // INVARIANT: all aims are there, by the constructor.
        found.unwrap_or_else(|| Objective::exactly(aim, 0))
    }

    /// Whether it is proven, on every level, that no plan is better.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.0.objectives.iter().all(|objective| objective.is_proven())
    }

    /// Steps of the search.
    #[must_use]
    pub const fn nodes(&self) -> u64 {
        self.0.nodes
    }

    /// What the whole numbers of the objectives are.
    #[must_use]
    pub const fn units(&self) -> Units {
        self.0.units
    }

    /// What each person bears, in the order of the team.
    #[must_use]
    pub fn bearings(&self) -> &[Bearing] {
        &self.0.bearings
    }

    /// The exact accounts of the period once the plan is served, with what the next one remembers.
    #[must_use]
    pub const fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Soft rules and wishes that the plan breaks.
    #[must_use]
    pub fn soft_breaches(&self) -> &[Breach] {
        &self.0.soft
    }

    /// Hard rules that fixed duties and the history break among themselves, which no plan can mend.
    #[must_use]
    pub fn given_breaches(&self) -> &[Breach] {
        &self.0.given
    }

    /// Why duties are uncovered: for each group of them a minimal set of rules that leaves nobody.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.0.conflicts
    }

    /// The least largest burden that any plan can have: what the bound proves, less what rounding to units and shares may
    /// have added.
    #[must_use]
    pub fn least_largest_burden(&self) -> Option<Burden> {
        let bound = self.objective(Aim::LargestBurden).bound();
        let units = self.0.units;
        units.exactly(bound.saturating_sub(units.rounded_up.into()))
    }

    /// Who takes which duties, in order of the duties.
    #[must_use]
    pub fn by_person(&self) -> BTreeMap<&PersonId, Vec<&Duty>> {
        let mut all = BTreeMap::<_, Vec<_>>::new();
        for assigned in &self.0.duties {
            if let Some(person) = &assigned.person {
                all.entry(person).or_default().push(&assigned.duty);
            }
        }
        all
    }
}

/// The shifts of assigned duties.
pub(crate) fn shifts(duties: &[Assigned]) -> Vec<Shift> {
    let shift = |assigned: &Assigned| {
        let person = assigned.person.clone();
        let seats = assigned.duty.seats().iter().map(|seat| (seat.span, seat.role)).collect::<Vec<_>>();
        seats.into_iter().filter_map(move |(span, role)| person.clone().map(|person| Shift { span, role, person }))
    };
    duties.iter().flat_map(shift).collect()
}

/// What was proven, in sentences, one a line; then who is on call when.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut changes = false;
        for objective in &self.0.objectives {
            write!(f, "{objective}")?;
            if changes {
                f.write_str(", of the plans with so few changes")?;
            }
            changes |= objective.aim() == Aim::Changes;
            if objective.aim() == Aim::LargestBurden
                && let Some(burden) = self.0.units.burden(objective.value())
            {
                write!(f, " ({burden:.1} of a full load)")?;
            }
            writeln!(f)?;
        }
        let units = self.0.units;
        if let Some(least) = self.least_largest_burden()
            && (units.rounded_up > 0 || units.share_error > 0)
        {
            let duties = (units.rounded_up > 0).then(|| format!("duties rounded to {:.1}", units.points));
            let shares = (units.share_error > 0)
                .then(|| format!("shares of a full load rounded by up to {} in a billion", units.share_error));
            let rounded: Vec<_> = duties.into_iter().chain(shares).collect();
            writeln!(f, "with {}: exactly, no largest burden is below {least:.1}", rounded.join(" and "))?;
        }
        for conflict in &self.0.conflicts {
            writeln!(f, "{conflict}")?;
        }
        for breach in self.0.given.iter().chain(&self.0.soft) {
            writeln!(f, "{breach}")?;
        }
        for assigned in &self.0.duties {
            let who = assigned.person.as_ref().map_or("nobody", PersonId::as_str);
            writeln!(f, "{}: {who}", words::duty(&assigned.duty, self.0.zone))?;
        }
        Ok(())
    }
}

fn count(number: usize) -> i128 {
    i128::try_from(number).unwrap_or(i128::MAX)
}
