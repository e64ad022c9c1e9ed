//! From rules to a timeline.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{Segment, Span, SpanSet, Timeline, WeeklyWindow};

use super::check::several;
use super::claims::Claims;
use super::compiled::{Compiled, Duty, Line, Piece};
use super::layer::{Turn, restricted};
use super::{Change, Schedule, Source, SwapState};
use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::team::Team;

/// The longest span compiled at once, in days: 200 years.
pub const MAX_DAYS: u32 = 73_050;

/// The most shifts of all roles together, and the most weekly windows, that one compilation holds: a century of hourly
/// shifts of one role fits in, of two roles half a century.
pub const MAX_SHIFTS: usize = 1 << 20;

impl Schedule {
    /// Who is on call at every instant of `within`, ready for questions.
    ///
    /// Costs the shifts inside, of which those that a higher layer hides are not even listed. Where two spans both
    /// compile, the answers agree wherever they overlap; a fault of the smaller one is one of the larger one too.
    ///
    /// # Errors
    /// [`Error::SpanTooLong`] beyond [`MAX_DAYS`], [`Error::TooMuch`] beyond [`MAX_SHIFTS`]; [`Error::Several`] with
    /// an [`Error::NotOnCall`] for each half of a swap whose person is not on call throughout the part of it inside
    /// `within`, and for each override inside it that replaces or removes somebody who is nowhere there.
    pub fn compile(&self, within: Span) -> Result<Compiled, Error> {
        self.compiled(within, Vec::new())
    }

    /// [`compile`](Self::compile), and everybody named must be in the team.
    ///
    /// # Errors
    /// Those of [`compile`](Self::compile) and of [`check_people`](Self::check_people), together.
    pub fn compile_for(&self, within: Span, team: &Team) -> Result<Compiled, Error> {
        match self.check_people(team) {
            Ok(()) => self.compiled(within, Vec::new()),
            Err(Error::Several { faults }) => self.compiled(within, faults),
            Err(other) => Err(other),
        }
    }

    fn compiled(&self, within: Span, mut faults: Vec<(String, Error)>) -> Result<Compiled, Error> {
        if within.length() > TimeDelta::days(MAX_DAYS.into()) {
            return Err(Error::SpanTooLong { span: within, days: MAX_DAYS });
        }
        let mut work = Work { schedule: self, within, people: People::default(), left: MAX_SHIFTS, faults: Vec::new() };
        let mut lines = Vec::with_capacity(Role::ALL.len());
        for role in Role::ALL {
            lines.push(if self.has(role) { work.line(role)? } else { Line::unscheduled() });
        }
        work.faults.sort_by_key(|fault| (fault.override_, fault.place));
        faults.extend(work.faults.into_iter().map(|fault| (fault.path, fault.error)));
        several(faults)?;
        let people = work.people.listed.into_iter().cloned().collect();
        Ok(Compiled::new(within, people, lines, self.layers.len(), self.swaps.len()))
    }
}

/// One compilation under way.
struct Work<'a> {
    schedule: &'a Schedule,
    within: Span,
    people: People<'a>,
    /// How many more shifts may be held.
    left: usize,
    faults: Vec<Fault>,
}

struct Fault {
    override_: bool,
    place: usize,
    path: String,
    error: Error,
}

impl<'a> Work<'a> {
    fn line(&mut self, role: Role) -> Result<Line, Error> {
        let mut claims = Claims::default();
        let planned = self.planned(role, &mut claims)?;
        let mut pieces = self.cut(role, planned, &claims)?;
        self.swap(role, &mut pieces, &mut claims)?;
        self.override_(role, &mut pieces, &mut claims)?;
        let (clashes, crowds) = claims.clashes(&pieces);
        // In place: a year of hours is half a megabyte a copy.
        pieces.dedup_by(|next, last| {
            let same = last.value == next.value && last.span.touches(next.span);
            if same {
                last.span = last.span.hull(next.span);
            }
            same
        });
        pieces.retain(|piece| piece.value.person.is_some());
        Ok(Line { scheduled: true, duty: Timeline::from_segments(pieces)?, clashes, crowds })
    }

    /// The layers and temporary schedules: every instant of `within` in one piece, some with nobody.
    fn planned(&mut self, role: Role, claims: &mut Claims) -> Result<Vec<Piece>, Error> {
        let schedule = self.schedule;
        let mut open = SpanSet::from(self.within);
        let mut pieces = Vec::new();
        for (n, temporary) in schedule.temporary.iter().enumerate().filter(|(_, temporary)| temporary.role == role) {
            let Some(area) = temporary.span.intersect(self.within) else { continue };
            let area = SpanSet::from(area);
            let origin = place(schedule.layers.len().saturating_add(n));
            let left = self.source(&temporary.source, role, &area, origin, &mut pieces, claims)?;
            // Nobody there either: no layer shows through.
            pieces.extend(left.iter().map(|span| Segment { span, value: Duty::NOBODY }));
            open = open.difference(&area);
        }
        // From the top, so that what is hidden is not expanded.
        for (n, layer) in schedule.layers.iter().enumerate().rev().filter(|(_, layer)| layer.role == role) {
            let area = clip(&open, layer.from, layer.until);
            let area = within_hours(area, &layer.restrictions)?;
            let left = self.source(&layer.source, role, &area, place(n), &mut pieces, claims)?;
            // What the layer leaves, and what is outside its hours.
            open = open.difference(&area).union(&left);
        }
        pieces.extend(open.iter().map(|span| Segment { span, value: Duty::NOBODY }));
        pieces.sort_by_key(|piece| piece.span.start());
        Ok(pieces)
    }

    /// Gives the instants of `area` to the parts of the source, the first one first; returns those that are left.
    fn source(
        &mut self,
        source: &'a Source,
        role: Role,
        area: &SpanSet,
        origin: u32,
        pieces: &mut Vec<Piece>,
        claims: &mut Claims,
    ) -> Result<SpanSet, Error> {
        let mut left = area.clone();
        for part in source.parts(role) {
            let area = within_hours(left.clone(), part.hours)?;
            let Some(hull) = hull(&area) else { continue };
            let turns = part.turns(hull, self.left)?;
            let taken = self.fill(&turns, &area, origin, pieces, claims)?;
            left = left.difference(&taken);
        }
        Ok(left)
    }

    /// Gives the instants of `area` to the turns, of several at once to the one that started first; returns those
    /// that were taken.
    fn fill(
        &mut self,
        turns: &[Turn<'a>],
        area: &SpanSet,
        origin: u32,
        pieces: &mut Vec<Piece>,
        claims: &mut Claims,
    ) -> Result<SpanSet, Error> {
        let mut areas = area.as_slice();
        let mut taken = Vec::new();
        let mut furthest: Option<(Span, u32)> = None;
        for turn in turns {
            let person = self.people.place(turn.person);
            let mut free = Some(turn.span);
            if let Some((earlier, holder)) = furthest
                && let Some(both) = earlier.intersect(turn.span)
            {
                if holder != person {
                    let parts = area.clip(both);
                    parts.iter().for_each(|span| claims.add(span, person, None));
                    self.spend(parts.len())?;
                }
                free = Span::new(earlier.end(), turn.span.end()).ok();
            }
            if furthest.is_none_or(|(earlier, _)| earlier.end() < turn.span.end()) {
                furthest = Some((turn.span, person));
            }
            let Some(free) = free else { continue };
            while areas.first().is_some_and(|area| area.end() <= free.start()) {
                areas = areas.get(1..).unwrap_or_default();
            }
            let duty = Duty {
                person: Some(person),
                planned: Some(person),
                origin: Some(origin),
                change: None,
                turn: turn.number,
            };
            let parts = areas.iter().map_while(|area| area.intersect(free));
            let before = taken.len();
            taken.extend(parts);
            let parts = taken.get(before..).unwrap_or_default();
            pieces.extend(parts.iter().map(|span| Segment { span: *span, value: duty }));
            self.spend(parts.len())?;
        }
        Ok(SpanSet::from_spans(taken))
    }

    /// The pieces cut wherever a swap or an override begins or ends, so that each change has whole pieces; and where a
    /// claim does, if somebody may be removed in favour of it.
    fn cut(&mut self, role: Role, pieces: Vec<Piece>, claims: &Claims) -> Result<Vec<Piece>, Error> {
        let schedule = self.schedule;
        let halves = schedule.swaps.iter().flat_map(|swap| swap.halves(role)).map(|(_, shift, _)| shift.span);
        let overrides = schedule.overrides.iter().filter(|change| change.role == role).map(|change| change.span);
        let inside = halves.chain(overrides).filter_map(|span| span.intersect(self.within));
        let mut cuts: Vec<_> = inside.flat_map(|span| [span.start(), span.end()]).collect();
        let removes = |rule: &super::Override| rule.role == role && matches!(rule.change, Change::Remove { .. });
        if schedule.overrides.iter().any(removes) {
            cuts.extend(claims.bounds());
        }
        if cuts.is_empty() {
            return Ok(pieces);
        }
        cuts.sort_unstable();
        cuts.dedup();
        self.spend(cuts.len())?;
        let mut cuts = cuts.into_iter().peekable();
        let mut parts = Vec::with_capacity(pieces.len());
        for mut piece in pieces {
            while let Some(cut) = cuts.next_if(|cut| *cut < piece.span.end()) {
                if let (Ok(before), Ok(after)) = (Span::new(piece.span.start(), cut), Span::new(cut, piece.span.end()))
                {
                    parts.push(Segment { span: before, value: piece.value });
                    piece.span = after;
                }
            }
            parts.push(piece);
        }
        Ok(parts)
    }

    fn swap(&mut self, role: Role, pieces: &mut [Piece], claims: &mut Claims) -> Result<(), Error> {
        let schedule = self.schedule;
        let agreed = schedule.swaps.iter().enumerate().filter(|(_, swap)| swap.state() == SwapState::Agreed);
        for (n, (side, shift, taker)) in agreed.flat_map(|(n, swap)| swap.halves(role).map(move |half| (n, half))) {
            let (giver, taker) = (self.people.place(&shift.person), self.people.place(taker));
            let mut there = true;
            for piece in inside(pieces, shift.span) {
                if piece.value.person == Some(giver) {
                    piece.value.person = Some(taker);
                    piece.value.change = Some(place(n));
                } else {
                    there = false;
                }
            }
            self.look_at(claims)?;
            claims.rename_inside(shift.span, giver, taker, place(n));
            if !there {
                let person = shift.person.clone();
                let error = Error::NotOnCall { person, role, span: shift.span, extent: "throughout" };
                self.faults.push(Fault { override_: false, place: n, path: format!("swaps[{n}].{side}"), error });
            }
        }
        Ok(())
    }

    fn override_(&mut self, role: Role, pieces: &mut [Piece], claims: &mut Claims) -> Result<(), Error> {
        let schedule = self.schedule;
        for (n, rule) in schedule.overrides.iter().enumerate().filter(|(_, rule)| rule.role == role) {
            let number = place(schedule.swaps.len().saturating_add(n));
            let named = rule.change.people().into_iter().map(|(_, person)| (person, self.people.place(person)));
            let named: Vec<_> = named.collect();
            let place_of = |person: &PersonId| named.iter().find(|(known, _)| *known == person).map_or(0, |(_, p)| *p);
            let inside = inside(pieces, rule.span);
            self.spend(inside.len() / STEPS_A_SHIFT)?;
            self.look_at(claims)?;
            let needs = rule.change.needs().map(place_of);
            let mut there = needs.is_none() || inside.iter().any(|piece| piece.value.person == needs);
            match &rule.change {
                Change::Add { person } => {
                    let person = place_of(person);
                    for piece in inside {
                        match piece.value.person {
                            None => changed(piece, Some(person), number),
                            Some(sitting) if sitting != person => claims.add(piece.span, person, Some(number)),
                            Some(_) => {}
                        }
                    }
                }
                Change::Take { person } => {
                    claims.drop_inside(rule.span, |_| true);
                    inside.iter_mut().for_each(|piece| changed(piece, Some(place_of(person)), number));
                }
                Change::Replace { person, by } => {
                    let (person, by) = (place_of(person), place_of(by));
                    there |= claims.rename_inside(rule.span, person, by, number);
                    let theirs = inside.iter_mut().filter(|piece| piece.value.person == Some(person));
                    theirs.for_each(|piece| changed(piece, Some(by), number));
                }
                Change::Remove { person } => {
                    let person = place_of(person);
                    there |= claims.drop_inside(rule.span, |claimant| claimant == person);
                    self.remove(person, number, inside, claims.inside(rule.span))?;
                }
            }
            if let Some(person) = rule.change.needs().filter(|_| !there && self.within.covers(rule.span)) {
                let error = Error::NotOnCall { person: person.clone(), role, span: rule.span, extent: "anywhere in" };
                self.faults.push(Fault { override_: true, place: n, path: format!("overrides[{n}].change"), error });
            }
        }
        Ok(())
    }

    /// Gives the pieces of `person` to the first who claims each, or to nobody.
    fn remove(
        &mut self,
        person: u32,
        number: u32,
        pieces: &mut [Piece],
        claims: Vec<(Span, u32)>,
    ) -> Result<(), Error> {
        let mut left = pieces.iter().filter(|piece| piece.value.person == Some(person)).count();
        for (span, claimant) in claims {
            if left == 0 {
                break;
            }
            let claimed = inside(pieces, span);
            self.spend(claimed.len() / STEPS_A_SHIFT)?;
            for piece in claimed.iter_mut().filter(|piece| piece.value.person == Some(person)) {
                changed(piece, Some(claimant), number);
                left = left.saturating_sub(1);
            }
        }
        let theirs = pieces.iter_mut().filter(|piece| piece.value.person == Some(person));
        theirs.for_each(|piece| changed(piece, None, number));
        Ok(())
    }

    /// Accounts for going through the claims.
    fn look_at(&mut self, claims: &Claims) -> Result<(), Error> {
        self.spend(claims.len() / STEPS_A_SHIFT)
    }

    fn spend(&mut self, shifts: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(shifts).ok_or(Error::TooMuch { what: "shifts", bound: MAX_SHIFTS })?;
        Ok(())
    }
}

/// Overrides that lie over one another cost a step a piece, and each change one a claim: so many of those count as one
/// shift held.
const STEPS_A_SHIFT: usize = 64;

fn changed(piece: &mut Piece, person: Option<u32>, change: u32) {
    if piece.value.person != person {
        piece.value.person = person;
        piece.value.change = Some(change);
    }
}

/// A number for each person, in order of first appearance.
#[derive(Default)]
struct People<'a> {
    listed: Vec<&'a PersonId>,
    places: BTreeMap<&'a PersonId, u32>,
    /// The latest names by address: a rotation names the same few again and again.
    recent: Vec<(*const u8, u32)>,
}

impl<'a> People<'a> {
    fn place(&mut self, person: &'a PersonId) -> u32 {
        let address = person.as_str().as_ptr();
        if let Some((_, known)) = self.recent.iter().find(|(other, _)| *other == address) {
            return *known;
        }
        let next = place(self.listed.len());
        let listed = &mut self.listed;
        let known = *self.places.entry(person).or_insert_with(|| {
            listed.push(person);
            next
        });
        if self.recent.len() >= 16 {
            self.recent.clear();
        }
        self.recent.push((address, known));
        known
    }
}

/// The pieces of a partition that lie in `span`, which begins and ends where pieces do.
fn inside(pieces: &mut [Piece], span: Span) -> &mut [Piece] {
    let first = pieces.partition_point(|piece| piece.span.start() < span.start());
    let after = pieces.partition_point(|piece| piece.span.start() < span.end());
    pieces.get_mut(first..after).unwrap_or_default()
}

fn clip(set: &SpanSet, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> SpanSet {
    let Some(hull) = hull(set) else { return SpanSet::new() };
    let start = from.map_or(hull.start(), |from| from.max(hull.start()));
    let end = until.map_or(hull.end(), |until| until.min(hull.end()));
    Span::new(start, end).map_or_else(|_| SpanSet::new(), |bounds| set.clip(bounds))
}

/// The instants of `set` in the hours, all if there are none.
fn within_hours(set: SpanSet, windows: &[WeeklyWindow]) -> Result<SpanSet, Error> {
    match hull(&set) {
        Some(hull) if !windows.is_empty() => Ok(set.intersection(&restricted(windows, hull)?)),
        _ => Ok(set),
    }
}

fn hull(set: &SpanSet) -> Option<Span> {
    let spans = set.as_slice();
    spans.first().zip(spans.last()).map(|(first, last)| first.hull(*last))
}

/// Lists of more than four billion do not fit into memory.
fn place(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
