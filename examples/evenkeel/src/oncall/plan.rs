//! Duty and who has it: what is to be served, what nobody has, which rules are broken.

use std::collections::BTreeMap;

use oncall_core::plan::{Duty, Request};
use oncall_core::rules::{Case, Feasibility, Verdict};
use oncall_core::{Role, Seat, Shift};
use timeline_core::{Span, SpanSet};

use super::book::{OnCall, several};
use super::picture::Uncovered;
use crate::fault::{Fault, Faults};

/// What is to be served in a period.
///
/// # Errors
/// More duties than can be cut at once.
pub fn seats(oncall: &OnCall, period: Span) -> Result<Vec<Seat>, Faults> {
    let mut seats = Vec::new();
    for shape in &oncall.shapes {
        let duties = shape.within(period).map_err(|error| Fault::of(&oncall.title, error))?;
        seats.extend(duties.iter().flat_map(|duty| duty.seats().iter().cloned()));
    }
    seats.sort_by_key(|seat| (seat.span, seat.role));
    Ok(seats)
}

/// The parts of duty that no shift covers.
#[must_use]
pub fn uncovered(seats: &[Seat], shifts: &[Shift]) -> Vec<Uncovered> {
    let mut gaps = Vec::new();
    for role in Role::ALL.into_iter().filter(|role| role.is_duty()) {
        let wanted: SpanSet = seats.iter().filter(|seat| seat.role == role).map(|seat| seat.span).collect();
        let there: SpanSet = shifts.iter().filter(|shift| shift.role == role).map(|shift| shift.span).collect();
        gaps.extend(wanted.difference(&there).iter().map(|span| Uncovered { role, span }));
    }
    gaps
}

/// The rules that shifts break: those that begin in the period, and the others as what was before and comes after.
///
/// # Errors
/// A shift of somebody who is not in the team.
pub fn verdict(oncall: &OnCall, seats: &[Seat], shifts: &[Shift], period: Span) -> Result<Verdict, Faults> {
    let case = Case { team: &oncall.team, holidays: &oncall.holidays, seats, span: period };
    let groups = groups(&duties(oncall, period)?, seats);
    oncall.rules.check_groups(&case, &groups, shifts).map_err(|error| several(&oncall.title, error))
}

/// What one person each takes as a whole, in order of time.
fn duties(oncall: &OnCall, period: Span) -> Result<Vec<Duty>, Faults> {
    let mut duties = Vec::new();
    for shape in &oncall.shapes {
        duties.extend(shape.within(period).map_err(|error| several(&oncall.title, error))?);
    }
    duties.sort_by_key(|duty| (duty.hull(), duty.role()));
    Ok(duties)
}

/// The places of the seats of each duty, which one person serves as a whole.
fn groups(duties: &[Duty], seats: &[Seat]) -> Vec<Vec<usize>> {
    let mut places: BTreeMap<(Span, Role), Vec<usize>> = BTreeMap::new();
    for (place, seat) in seats.iter().enumerate().rev() {
        places.entry((seat.span, seat.role)).or_default().push(place);
    }
    let mut place = |seat: &Seat| places.get_mut(&(seat.span, seat.role)).and_then(Vec::pop);
    duties.iter().map(|duty| duty.seats().iter().filter_map(&mut place).collect()).collect()
}

/// How many people the seats take by the hard rules, after what was served before, and what is advised.
///
/// # Errors
/// A fault at the ends of time.
pub fn feasibility(oncall: &OnCall, seats: &[Seat], shifts: &[Shift], period: Span) -> Result<Feasibility, Faults> {
    let case = Case { team: &oncall.team, holidays: &oncall.holidays, seats, span: period };
    let before = shifts.iter().filter(|shift| shift.span.start() < period.start());
    let history: Vec<Shift> = before.cloned().collect();
    oncall.rules.feasibility(&case, &history).map_err(|error| several(&oncall.title, error))
}

/// What the rota asks for, with nothing fixed and nothing to be kept for its own sake.
///
/// # Errors
/// More duties than can be cut at once.
pub fn request(oncall: &OnCall, period: Span) -> Result<Request, Faults> {
    let duties = duties(oncall, period)?;
    let published = oncall.published.iter().flatten();
    let mut request = Request::new(oncall.team.clone(), duties);
    request.rules = oncall.rules.clone();
    request.holidays = oncall.holidays.clone();
    request.weights = oncall.weighing.weights;
    request.carries = oncall.carries.clone();
    request.decay = oncall.weighing.decay;
    request.period = Some(period);
    request.resolution = oncall.resolution;
    request.history = published.filter(|shift| shift.span.start() < period.start()).cloned().collect();
    Ok(request)
}
