//! A request as the rostering problem that it is, with what leads back from its numbers to people and rules.

use timeline_core::Span;

use crate::burden::{Counting, Planning, Points};
use crate::error::Error;
use crate::person::PersonId;
use crate::plan::PlanError;
use crate::plan::holders::Holders;
use crate::plan::outcome::{Bearing, Units};
use crate::plan::request::Request;
use crate::plan::seats::Duty;
use crate::plan::translate::Clauses;
use crate::roster::{RosterError, Statement, Worker};
use crate::rules::{Case, Grouping, Verdict};
use crate::shift::{Seat, Shift};
use crate::team::Team;

/// A request, worked out.
pub(crate) struct Model<'a> {
    pub(crate) request: &'a Request,
    /// The people as their presence counts.
    pub(crate) presences: &'a Team,
    /// The duties in order of time.
    pub(crate) duties: Vec<&'a Duty>,
    /// Who has each duty before planning, by place in the team.
    pub(crate) fixed: Vec<Option<usize>>,
    /// The duties to plan, by place in `duties`: the seats of the problem.
    pub(crate) open: Vec<usize>,
    /// Open duties whose published person is not in the team any more: changed whatever happens.
    pub(crate) strangers: usize,
    /// From the first duty to the last.
    pub(crate) span: Span,
    /// Over which presence counts.
    pub(crate) period: Span,
    pub(crate) units: Units,
    /// By person, the units carried in, with those of the history in the period.
    carries: Vec<i64>,
    scales: Vec<i64>,
    /// By person and by place in `duties`.
    loads: Vec<Vec<i64>>,
    pub(crate) clauses: Clauses,
    /// All seats, in the order of `duties`.
    seats: Vec<Seat>,
    /// By duty the places of its seats.
    pub(crate) groups: Vec<Vec<usize>>,
    /// What the duties are parts of, if they are.
    turns: Option<Vec<&'a [Seat]>>,
}

impl<'a> Model<'a> {
    pub(crate) fn of(request: &'a Request) -> Result<Self, Error> {
        Self::counting(request, &request.team, None)
    }

    /// With the presence of the same people in another state of the team: an absence that came since does not change
    /// what was a fair share. `whole` are the duties of which those of the request are parts.
    pub(crate) fn counting(
        request: &'a Request,
        presences: &'a Team,
        whole: Option<&'a [Duty]>,
    ) -> Result<Self, Error> {
        request.check()?;
        let mut duties = request.duties.iter().collect::<Vec<_>>();
        duties.sort_by_key(|duty| (duty.hull(), duty.role()));
        let span = request.hull().or(request.period).ok_or(Error::Plan(PlanError::NothingToPlan))?;
        let period = request.period.unwrap_or(span);
        if !duties.is_empty()
            && let Some((place, shift)) =
                request.history.iter().enumerate().find(|(_, shift)| span.contains(shift.span.start()))
        {
            let fault = Error::Plan(PlanError::HistoryWithinPlan { shift: shift.clone(), span });
            return Err(Error::Several { faults: vec![(format!("history[{place}]"), fault)] });
        }

        let holders = Holders::of(&request.fixed);
        let fixed = holders.of_duties(&duties, &request.team).into_iter();
        let fixed = fixed.map(|person| person.and_then(|person| request.team.place(person))).collect::<Vec<_>>();
        let open = (0..duties.len()).filter(|place| fixed.get(*place).copied().flatten().is_none()).collect::<Vec<_>>();

        let seats = duties.iter().flat_map(|duty| duty.seats()).cloned().collect::<Vec<_>>();
        let counted = Counted::of(request, presences, &duties, &seats, period)?;
        let case = Case { team: &request.team, holidays: &request.holidays, seats: &seats, span };
        let there = counted.scales.iter().map(|scale| *scale > 0).collect::<Vec<_>>();
        let groups = groups(&duties);
        let turns = whole.map(|whole| whole.iter().map(Duty::seats).collect::<Vec<_>>());
        let grouping = Grouping { groups: &groups, turns: turns.as_deref(), held: &fixed };
        let clauses = Clauses::of(request, &case, &grouping, &fixed, &open, &there)?;
        let Counted { units, carries, scales, loads } = counted;
        let mut model = Self {
            request,
            presences,
            duties,
            fixed,
            open,
            strangers: 0,
            span,
            period,
            units,
            carries,
            scales,
            loads,
            clauses,
            seats,
            groups,
            turns,
        };
        model.strangers = model.published().1;
        Ok(model)
    }

    /// What the rules are checked against.
    pub(crate) fn case(&self) -> Case<'_> {
        Case { team: &self.request.team, holidays: &self.request.holidays, seats: &self.seats, span: self.span }
    }

    /// How the seats go together, with the places of those of each duty.
    pub(crate) fn grouping<'b>(&'b self, groups: &'b [Vec<usize>]) -> Grouping<'b> {
        Grouping { groups, turns: self.turns.as_deref(), held: &[] }
    }

    /// The problem over the open duties.
    pub(crate) fn statement(&self) -> Statement {
        let people = self.request.team.people().len();
        let absent = self.absent_burden();
        let mut workers = Vec::with_capacity(people);
        let mut load = Vec::with_capacity(people);
        for (person, ((scale, carry), loads)) in self.scales.iter().zip(&self.carries).zip(&self.loads).enumerate() {
            let is_there = *scale > 0;
            let fixed = self.fixed_load(person);
            workers.push(Worker {
                scale: u64::try_from(*scale).unwrap_or(1).max(1),
                carry: if is_there { carry.saturating_add(fixed) } else { absent },
            });
            let row = self.open.iter().map(|place| loads.get(*place).and_then(|load| u64::try_from(*load).ok()));
            load.push(row.collect());
        }
        let mut statement = Statement::new(workers, load);
        statement.hard = self.clauses.tagged();
        statement.soft.clone_from(&self.clauses.soft);
        statement.published = self.published().0;
        statement
    }

    /// The burden of who is not there, to the solver: none of those who are there, so that it is never above the largest of
    /// theirs; below 0 where all are in credit.
    fn absent_burden(&self) -> i64 {
        let there = self.scales.iter().zip(&self.carries).enumerate().filter(|(_, (scale, _))| **scale > 0);
        let before =
            there.map(|(person, (scale, carry))| scale.saturating_mul(carry.saturating_add(self.fixed_load(person))));
        before.max().unwrap_or(0).min(0)
    }

    /// What the solver's sum of squares has more than that of those who are there.
    pub(crate) fn absent_squares(&self) -> i128 {
        let absent = self.scales.iter().filter(|scale| **scale <= 0).count();
        let burden = i128::from(self.absent_burden());
        burden.saturating_mul(burden).saturating_mul(i128::try_from(absent).unwrap_or(i128::MAX))
    }

    /// By open duty who has it in the published plan, and how many of them nobody of the team has.
    fn published(&self) -> (Vec<Option<usize>>, usize) {
        let mut holders = Holders::of(&self.request.published);
        for (duty, person) in self.duties.iter().zip(&self.fixed) {
            let person = person.and_then(|place| self.request.team.people().get(place));
            person.into_iter().for_each(|person| holders.take(duty, person.id()));
        }
        let mut strangers = 0_usize;
        let mut published = Vec::with_capacity(self.open.len());
        let open = self.open.iter().filter_map(|place| self.duties.get(*place).copied()).collect::<Vec<_>>();
        for holder in holders.of_duties(&open, &self.request.team) {
            let place = holder.and_then(|person| self.request.team.place(person));
            if holder.is_some() && place.is_none() {
                strangers = strangers.saturating_add(1);
            }
            published.push(place);
        }
        (published, strangers)
    }

    /// Who has each duty, given who takes the open ones.
    pub(crate) fn whole(&self, assignment: &[Option<usize>]) -> Vec<Option<usize>> {
        let mut whole = self.fixed.clone();
        for (place, person) in self.open.iter().zip(assignment) {
            if let Some(entry) = whole.get_mut(*place) {
                *entry = *person;
            }
        }
        whole
    }

    /// What everybody bears under a whole assignment.
    pub(crate) fn bearings(&self, whole: &[Option<usize>]) -> Vec<Bearing> {
        let people = self.request.team.people().iter().enumerate();
        let bearing = |(place, person): (usize, &crate::team::Person)| Bearing {
            person: person.id().clone(),
            scale: self.scales.get(place).copied().unwrap_or(0),
            carry: self.carries.get(place).copied().unwrap_or(0),
            load: self.load_where(place, |duty| whole.get(duty).copied().flatten() == Some(place)),
        };
        people.map(bearing).collect()
    }

    /// The history and the shifts of a whole assignment.
    pub(crate) fn shifts(&self, whole: &[Option<usize>]) -> Vec<Shift> {
        let mut shifts = self.request.history.clone();
        for (duty, person) in self.duties.iter().zip(whole) {
            let Some(person) = person.and_then(|place| self.request.team.people().get(place)) else { continue };
            shifts.extend(duty.shifts_of(person.id()));
        }
        shifts
    }

    /// The seats of which a duty has pieces; none where it has them whole.
    pub(crate) fn whole_seats(&self, duty: usize) -> Vec<&'a Seat> {
        let seats = self.duties.get(duty).map(|duty| duty.seats()).unwrap_or_default();
        let is_of = |whole: &&Seat| {
            seats.iter().any(|seat| seat.role == whole.role && seat.span != whole.span && whole.span.covers(seat.span))
        };
        self.turns.iter().flatten().copied().flatten().filter(is_of).collect()
    }

    /// What a duty would add to the burden of a person, in units.
    pub(crate) fn load(&self, person: usize, duty: usize) -> i64 {
        self.loads.get(person).and_then(|loads| loads.get(duty)).copied().unwrap_or(0)
    }

    /// What the rules say of one person who has these duties, whoever has the others.
    pub(crate) fn verdict_of(&self, person: usize, held: &[usize]) -> Result<Verdict, Error> {
        let Some(person) = self.request.team.people().get(person) else { return Ok(Verdict::default()) };
        let team = Team::new(vec![person.clone()])?;
        let own = held.iter().filter_map(|place| self.duties.get(*place)).flat_map(|duty| duty.seats());
        let own = own.collect::<Vec<_>>();
        // Of two seats at one time the person has the one meant, and not the other that asks for less.
        let is_other = |seat: &Seat| {
            let mut alike = own.iter().filter(|own| own.span == seat.span && own.role == seat.role).peekable();
            alike.peek().is_some() && alike.all(|own| own.requires != seat.requires)
        };
        let mut seats = Vec::with_capacity(self.seats.len());
        let groups = self.groups.iter().map(|group| {
            let first = seats.len();
            let meant = group.iter().filter_map(|seat| self.seats.get(*seat)).filter(|seat| !is_other(seat));
            seats.extend(meant.cloned());
            (first..seats.len()).collect()
        });
        let groups = groups.collect::<Vec<_>>();
        let case = Case { team: &team, holidays: &self.request.holidays, seats: &seats, span: self.span };
        let mut shifts = self.request.history.clone();
        let duties = held.iter().filter_map(|place| self.duties.get(*place));
        shifts.extend(duties.flat_map(|duty| duty.shifts_of(person.id())));
        self.request.rules.judge(&case, &self.grouping(&groups), &shifts)
    }

    /// What the person at a place of the team is called.
    pub(crate) fn name(&self, person: usize) -> Result<PersonId, Error> {
        let people = self.request.team.people();
        let missing = || Error::Roster(RosterError::Index { what: "person", given: person, bound: people.len() });
        people.get(person).map(|person| person.id().clone()).ok_or_else(missing)
    }

    fn fixed_load(&self, person: usize) -> i64 {
        self.load_where(person, |duty| self.fixed.get(duty).copied().flatten() == Some(person))
    }

    fn load_where(&self, person: usize, counts: impl Fn(usize) -> bool) -> i64 {
        let loads = self.loads.get(person).map(Vec::as_slice).unwrap_or_default();
        loads.iter().enumerate().filter(|(duty, _)| counts(*duty)).fold(0, |sum, (_, load)| sum.saturating_add(*load))
    }
}

/// By duty the places of its seats among all.
fn groups(duties: &[&Duty]) -> Vec<Vec<usize>> {
    let mut next = 0_usize;
    let group = |duty: &&Duty| {
        let first = next;
        next = next.saturating_add(duty.seats().len());
        (first..next).collect()
    };
    duties.iter().map(group).collect()
}

/// What everything weighs.
struct Counted {
    units: Units,
    carries: Vec<i64>,
    scales: Vec<i64>,
    loads: Vec<Vec<i64>>,
}

impl Counted {
    fn of(request: &Request, presences: &Team, duties: &[&Duty], seats: &[Seat], period: Span) -> Result<Self, Error> {
        // What of the history is in the period is weighed as more seats, and borne from the start.
        let served = request.history.iter().filter_map(|shift| {
            let place = request.team.place(&shift.person)?;
            let span = shift.span.intersect(period)?;
            Some((place, Seat { span, role: shift.role, requires: Default::default() }))
        });
        let (servers, served): (Vec<usize>, Vec<Seat>) = served.unzip();
        let all = seats.iter().chain(&served).cloned().collect::<Vec<_>>();
        let counting = Counting {
            weights: &request.weights,
            hours: request.rules.hours(),
            holidays: &request.holidays,
            carries: &request.carries,
            parts: request.parts,
        };
        let planning = Planning::of(presences, &all, period, &counting)?;
        let points = request.resolution.unwrap_or(planning.unit).max(planning.unit);
        let exact = planning.unit.get();
        let mut counted = Self {
            units: Units {
                points,
                common: planning.common,
                parts: planning.parts,
                rounded_up: 0,
                share_error: planning.share_error,
            },
            carries: Vec::new(),
            scales: Vec::new(),
            loads: Vec::new(),
        };
        for (place, (person, planned)) in request.team.people().iter().zip(&planning.people).enumerate() {
            let scale = planned.scale.unwrap_or(0);
            let in_points = |units: i64| i128::from(units).saturating_mul(exact.into());
            let mut units = planned.loads.iter();
            let mut up = 0_i128;
            let mut loads = Vec::with_capacity(duties.len());
            for duty in duties {
                let sum = units.by_ref().take(duty.seats().len()).fold(0_i64, |sum, load| sum.saturating_add(*load));
                let load = rounded(in_points(sum), points)?;
                up = up.saturating_add(excess(load, in_points(sum), points));
                loads.push(load);
            }
            let own = servers.iter().zip(units).filter(|(server, _)| **server == place);
            let own = own.fold(0_i64, |sum, (_, load)| sum.saturating_add(*load));
            let carried = i128::from(request.carries.of(person.id()).get()).saturating_add(in_points(own));
            let carry = if request.resolution.is_some() {
                rounded(carried, points)?
            } else {
                planned.carry.saturating_add(own)
            };
            up = up.saturating_add(excess(carry, carried, points)).saturating_mul(scale.into());
            let up = up.saturating_add(i128::from(points.get()).saturating_sub(1)).checked_div(points.get().into());
            let up = i64::try_from(up.unwrap_or(0)).unwrap_or(i64::MAX);
            counted.units.rounded_up = counted.units.rounded_up.max(up);
            counted.carries.push(carry);
            counted.scales.push(scale);
            counted.loads.push(loads);
        }
        Ok(counted)
    }
}

/// To the nearest unit, halves up.
fn rounded(points: i128, unit: Points) -> Result<i64, Error> {
    let unit = i128::from(unit.get());
    let doubled = points.saturating_mul(2).saturating_add(unit);
    let nearest = doubled.checked_div_euclid(unit.saturating_mul(2)).unwrap_or(0);
    i64::try_from(nearest).map_err(|_| Error::PointsOutOfRange { given: points, most: Points::MOST.get() })
}

/// By how many points units are above what they stand for; 0 where they are below.
fn excess(units: i64, points: i128, unit: Points) -> i128 {
    i128::from(units).saturating_mul(unit.get().into()).saturating_sub(points).max(0)
}
