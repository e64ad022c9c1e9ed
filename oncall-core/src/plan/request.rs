//! What a plan is asked for.

use core::num::NonZeroU32;

use chrono::TimeDelta;
use timeline_core::Span;

use crate::burden::{Carries, Decay, MILLIONTHS, Points, Weights};
use crate::error::Error;
use crate::holidays::Holidays;
use crate::person::Role;
use crate::plan::PlanError;
use crate::plan::seats::{Duty, MAX_DUTIES};
use crate::rules::RuleSet;
use crate::schedule::MAX_DAYS;
use crate::shift::Shift;
use crate::team::Team;

/// The most people times duties of one plan.
pub const MAX_CELLS: usize = 4_000_000;

/// What is to be planned: who, what, under which rules, weighed how, and what is there already.
/// [`Request::new`] takes the usual rules and weights; every field can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Request {
    /// The people.
    pub team: Team,
    /// What is to be served, in any order; [`DutyShape`](crate::plan::DutyShape) cuts it.
    pub duties: Vec<Duty>,
    /// Hard and soft rules. Their zone is also that of the words of the plan.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rules: RuleSet,
    /// Public holidays by site.
    #[cfg_attr(feature = "serde", serde(default))]
    pub holidays: Holidays,
    /// What weighs how much.
    #[cfg_attr(feature = "serde", serde(default))]
    pub weights: Weights,
    /// What everybody brings in from the periods before.
    #[cfg_attr(feature = "serde", serde(default))]
    pub carries: Carries,
    /// How much of it the next period remembers.
    #[cfg_attr(feature = "serde", serde(default))]
    pub decay: Decay,
    /// Over which time burden counts: how much of a full load each person is there for, and what of the duties and the
    /// history they bear, as the accounts of the plan have it. What a duty runs past the end weighs nothing here, being
    /// of the next period. From the first duty to the last if none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub period: Option<Span>,
    /// Into how many parts a full load is cut, to which the share that each takes is rounded: a million by default; 20 for
    /// steps of 5 %, where fairness is meant no finer.
    #[cfg_attr(feature = "serde", serde(default = "millionths"))]
    pub parts: NonZeroU32,
    /// Plan in units of so many points, to which each duty and what is carried in are rounded. With 8 weighted hours,
    /// weeks with a change of clocks weigh what others do. If none, duties are exact, and what is carried in is so too
    /// unless that takes more than a million units; then it is rounded to an hour of weight 1 or less, as
    /// [`Planning`](crate::burden::Planning) has it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub resolution: Option<Points>,
    /// Shifts before the duties, for the rules that look back.
    #[cfg_attr(feature = "serde", serde(default))]
    pub history: Vec<Shift>,
    /// The plan that people know. Who has all of a duty in it is asked to change last; of duties of one role at the very
    /// same time each has somebody else.
    #[cfg_attr(feature = "serde", serde(default))]
    pub published: Vec<Shift>,
    /// What stays as it is: who has all of a duty in it serves it, whatever the rules say.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fixed: Vec<Shift>,
}

#[cfg(feature = "serde")]
const fn millionths() -> NonZeroU32 {
    MILLIONTHS
}

impl Request {
    /// With the usual rules and weights, nothing carried in, nothing published, nothing fixed.
    #[must_use]
    pub fn new(team: Team, duties: Vec<Duty>) -> Self {
        Self {
            team,
            duties,
            rules: RuleSet::default(),
            holidays: Holidays::NONE,
            weights: Weights::default(),
            carries: Carries::new(),
            decay: Decay::HALF,
            period: None,
            parts: MILLIONTHS,
            resolution: None,
            history: Vec::new(),
            published: Vec::new(),
            fixed: Vec::new(),
        }
    }

    /// Everything that can be seen to be wrong before planning.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        for (path, shifts) in [("published", &self.published), ("fixed", &self.fixed)] {
            for (place, shift) in shifts.iter().enumerate() {
                if path == "fixed" && self.team.place(&shift.person).is_none() {
                    let fault = Error::UnknownPerson { person: shift.person.clone() };
                    faults.push((format!("{path}[{place}].person"), fault));
                }
            }
        }
        if let Some(points) = self.resolution
            && points < Points::HOUR
        {
            faults.push((
                "resolution".to_owned(),
                Error::Plan(PlanError::ResolutionTooFine { given: points.get(), least: Points::HOUR.get() }),
            ));
        }
        let shadows = self.duties.iter().enumerate().filter(|(_, duty)| duty.role() == Role::Shadow);
        faults.extend(shadows.map(|(place, _)| (format!("duties[{place}]"), Error::Plan(PlanError::ShadowPlanned))));
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Error::Several { faults }),
        }?;
        let duties = self.duties.len();
        if duties > MAX_DUTIES {
            return Err(Error::Plan(PlanError::TooManyDuties { duties, bound: MAX_DUTIES }));
        }
        let known = self.history.iter().map(|shift| shift.span).chain(self.period).chain(self.hull());
        if let Some(span) = known.reduce(Span::hull)
            && span.length() > TimeDelta::days(MAX_DAYS.into())
        {
            return Err(Error::SpanTooLong { span, days: MAX_DAYS });
        }
        let people = self.team.people().len();
        if people.saturating_mul(duties) > MAX_CELLS {
            return Err(Error::Plan(PlanError::TooLarge { people, duties, bound: MAX_CELLS }));
        }
        Ok(())
    }

    /// From the start of the first duty to the end of the last.
    pub(crate) fn hull(&self) -> Option<Span> {
        self.duties.iter().filter_map(Duty::hull).reduce(Span::hull)
    }
}
