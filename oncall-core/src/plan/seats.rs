//! What is to be served, cut into duties: weeks, days and nights, sites that follow the sun.

use core::num::NonZeroU32;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use timeline_core::{AnchoredPeriod, CalendarStep, Span, SpanSet, StepUnit, Tz, WeeklyWindow};

use crate::error::Error;
use crate::person::{PersonId, Role};
use crate::plan::PlanError;
use crate::shift::{Requirements, Seat, Shift};

/// The most duties that are cut at once: more than a hundred years of primary and secondary by the week, or of a
/// primary by the day.
pub const MAX_DUTIES: usize = 40_000;

/// What one person takes as a whole: one seat, or several that go together, such as the seven nights of a week.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<Seat>", into = "Vec<Seat>")
)]
pub struct Duty {
    // INVARIANT: at least one, in order, none overlaps the next, all of one role and with the same requirements.
    seats: Vec<Seat>,
}

impl Duty {
    /// # Errors
    /// [`PlanError::EmptyDuty`] for none; [`PlanError::MixedDuty`] where two seats overlap or differ in role or requirements.
    pub fn new(mut seats: Vec<Seat>) -> Result<Self, Error> {
        seats.sort_by_key(|seat| seat.span);
        if seats.is_empty() {
            return Err(Error::Plan(PlanError::EmptyDuty));
        }
        for (seat, next) in seats.iter().zip(seats.iter().skip(1)) {
            if seat.span.overlaps(next.span) || seat.role != next.role || seat.requires != next.requires {
                return Err(Error::Plan(PlanError::MixedDuty { first: seat.span, second: next.span }));
            }
        }
        Ok(Self { seats })
    }

    /// The seats, in order.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// As what.
    #[must_use]
    pub fn role(&self) -> Role {
        self.seats.first().map_or(Role::Primary, |seat| seat.role)
    }

    /// Its seats as shifts of a person.
    pub(crate) fn shifts_of(&self, person: &PersonId) -> impl Iterator<Item = Shift> {
        self.seats.iter().map(|seat| Shift { span: seat.span, role: seat.role, person: person.clone() })
    }

    /// From the start of the first seat to the end of the last.
    #[must_use]
    pub fn hull(&self) -> Option<Span> {
        let first = self.seats.first()?;
        self.seats.last().map(|last| first.span.hull(last.span))
    }
}

impl From<Seat> for Duty {
    fn from(seat: Seat) -> Self {
        Self { seats: vec![seat] }
    }
}

impl TryFrom<Vec<Seat>> for Duty {
    type Error = Error;

    fn try_from(seats: Vec<Seat>) -> Result<Self, Error> {
        Self::new(seats)
    }
}

impl From<Duty> for Vec<Seat> {
    fn from(duty: Duty) -> Self {
        duty.seats
    }
}

/// How time is cut into duties: from handoff to handoff, in some hours or all, for some roles.
///
/// ```
/// use oncall_core::plan::DutyShape;
/// use oncall_core::{Role, Span, Tz};
///
/// // Thirteen weeks from Monday to Monday, handed over at nine in Berlin, with a primary and a secondary each.
/// let monday = "2026-01-05".parse()?;
/// let weekly = DutyShape::weekly(Tz::Europe__Berlin, monday, "09:00:00".parse()?)?;
/// let duties = weekly.first(13)?;
/// assert_eq!(duties.len(), 26);
/// // The week of the DST change has an hour less.
/// assert_eq!(duties[22].hull().unwrap().length().num_hours(), 7 * 24 - 1);
///
/// // The nights of each week are one duty, the days another.
/// let nights = weekly.clone().for_roles(&[Role::Primary]).during("Mon-Sun 20:00-08:00 Europe/Berlin".parse()?);
/// assert_eq!(nights.first(1)?[0].seats().len(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct DutyShape {
    /// From handoff to handoff.
    pub period: AnchoredPeriod,
    /// For each of these a duty, in this order.
    pub roles: Vec<Role>,
    /// Only in these hours; at all hours if none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hours: Option<WeeklyWindow>,
    /// What the person has to bring.
    #[cfg_attr(feature = "serde", serde(default))]
    pub requires: Requirements,
}

impl DutyShape {
    /// Duties from handoff to handoff, around the clock, primary and secondary.
    #[must_use]
    pub fn new(period: AnchoredPeriod) -> Self {
        Self { period, roles: vec![Role::Primary, Role::Secondary], hours: None, requires: Requirements::default() }
    }

    /// Weeks that begin on the weekday of `date` (on it or after it, the Monday by custom) at `handoff` local time.
    ///
    /// # Errors
    /// [`Error::Time`] beyond the range of instants.
    pub fn weekly(zone: Tz, date: NaiveDate, handoff: NaiveTime) -> Result<Self, Error> {
        let step = CalendarStep::new(NonZeroU32::MIN, StepUnit::Week);
        Ok(Self::new(AnchoredPeriod::new(date.and_time(handoff), zone, step)?))
    }

    /// For these roles.
    #[must_use]
    pub fn for_roles(mut self, roles: &[Role]) -> Self {
        self.roles = roles.to_vec();
        self
    }

    /// In these hours only: each window within a duty is a seat, and all of a duty go to one person.
    #[must_use]
    pub fn during(mut self, hours: WeeklyWindow) -> Self {
        self.hours = Some(hours);
        self
    }

    /// By a person of this site.
    #[must_use]
    pub fn at_site(mut self, site: impl Into<String>) -> Self {
        self.requires.site = Some(site.into());
        self
    }

    /// By a person who has this skill.
    #[must_use]
    pub fn requiring(mut self, skill: impl Into<String>) -> Self {
        self.requires.skills.insert(skill.into());
        self
    }

    /// The duties of the first `periods` periods, in order, the roles of one after another. A period without any of
    /// the hours has none.
    ///
    /// # Errors
    /// [`PlanError::TooManyDuties`] past [`MAX_DUTIES`]; [`Error::Time`] beyond the range of instants.
    pub fn first(&self, periods: usize) -> Result<Vec<Duty>, Error> {
        self.cut_from(0, |count, _| count < periods)
    }

    /// The duties of the periods that begin within `span`, as [`first`](Self::first) has them.
    ///
    /// # Errors
    /// [`PlanError::TooManyDuties`] past [`MAX_DUTIES`]; [`Error::Time`] beyond the range of instants.
    pub fn within(&self, span: Span) -> Result<Vec<Duty>, Error> {
        let index = self.period.index_at(span.start())?.unwrap_or(0);
        let mut duties = self.cut_from(index, |_, period| period.start() < span.end())?;
        duties.retain(|duty| duty.hull().is_some_and(|hull| self.begins_within(hull, span)));
        Ok(duties)
    }

    /// Whether the period of a duty, not just its hours, begins in `span`.
    fn begins_within(&self, duty: Span, span: Span) -> bool {
        let period = self.period.containing(duty.start()).ok().flatten();
        period.is_some_and(|period| span.contains(period.start()))
    }

    fn cut_from(&self, first: u64, wanted: impl Fn(usize, Span) -> bool) -> Result<Vec<Duty>, Error> {
        let mut duties = Vec::new();
        for (count, index) in (first..).enumerate() {
            let Some(period) = self.period.window(index)? else { continue };
            if !wanted(count, period) || self.roles.is_empty() {
                break;
            }
            let spans = match &self.hours {
                None => SpanSet::from_spans([period]),
                Some(hours) => hours.spans(period)?,
            };
            if spans.is_empty() {
                continue;
            }
            for &role in &self.roles {
                let seat = |span| Seat { span, role, requires: self.requires.clone() };
                duties.push(Duty::new(spans.iter().map(seat).collect())?);
            }
            if duties.len() > MAX_DUTIES {
                return Err(Error::Plan(PlanError::TooManyDuties { duties: duties.len(), bound: MAX_DUTIES }));
            }
        }
        Ok(duties)
    }
}

/// Duties that follow the sun: each site has its hours, and a person of the site takes them from handoff to handoff.
/// Ordered by start; what no site's hours cover is told by [`unserved`].
///
/// # Errors
/// As [`DutyShape::first`].
pub fn follow_the_sun(shape: &DutyShape, sites: &[(String, WeeklyWindow)], periods: usize) -> Result<Vec<Duty>, Error> {
    let mut duties = Vec::new();
    for (site, hours) in sites {
        duties.extend(shape.clone().at_site(site.as_str()).during(hours.clone()).first(periods)?);
    }
    duties.sort_by_key(|duty| (duty.hull(), duty.role()));
    Ok(duties)
}

/// The parts of `within` in which no duty asks for anybody in this role.
#[must_use]
pub fn unserved(duties: &[Duty], role: Role, within: Span) -> SpanSet {
    let seats = duties.iter().flat_map(Duty::seats).filter(|seat| seat.role == role);
    seats.map(|seat| seat.span).collect::<SpanSet>().complement_within(within)
}

/// The Monday on or after a date, where weeks begin by custom. `None` at the end of the calendar.
#[must_use]
pub fn monday_from(date: NaiveDate) -> Option<NaiveDate> {
    let since = date.weekday().num_days_from_monday();
    let ahead = 7_u32.saturating_sub(since) % 7;
    date.checked_add_days(Days::new(ahead.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly() -> DutyShape {
        let monday = "2026-03-23".parse().unwrap();
        DutyShape::weekly(Tz::Europe__Berlin, monday, "09:00:00".parse().unwrap()).unwrap()
    }

    #[test]
    fn weeks_have_their_true_length() {
        let duties = weekly().for_roles(&[Role::Primary]).first(2).unwrap();
        let hours = duties.iter().map(|duty| duty.hull().unwrap().length().num_hours()).collect::<Vec<_>>();
        assert_eq!(hours, [167, 168]);
    }

    #[test]
    fn only_turns_that_begin_within_the_span_are_cut() {
        let span = |a: &str, b: &str| Span::new(a.parse().unwrap(), b.parse().unwrap()).unwrap();
        let shape = weekly().during("Sat-Sun 00:00-24:00 Europe/Berlin".parse().unwrap());
        // From Tuesday on: the week that is running is not in it, though its weekend is.
        let duties = shape.within(span("2026-03-24T00:00:00Z", "2026-04-07T00:00:00Z")).unwrap();
        let starts = duties.iter().map(|duty| duty.hull().unwrap().start().to_rfc3339()).collect::<Vec<_>>();
        assert_eq!(starts.len(), 4);
        assert_eq!(starts[0], "2026-04-03T22:00:00+00:00");
        assert!(weekly().within(span("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")).unwrap().is_empty());
    }

    #[test]
    fn sites_that_follow_the_sun_leave_no_hour_or_say_which() {
        let sites = [
            ("berlin".to_owned(), "Mon-Sun 07:00-19:00 UTC".parse().unwrap()),
            ("denver".to_owned(), "Mon-Sun 19:00-06:00 UTC".parse().unwrap()),
        ];
        let shape = DutyShape {
            period: AnchoredPeriod::new("2026-03-23T07:00:00".parse().unwrap(), Tz::UTC, "1w".parse().unwrap())
                .unwrap(),
            ..weekly()
        };
        let duties = follow_the_sun(&shape, &sites, 2).unwrap();
        assert_eq!(duties.len(), 8);
        let fortnight = duties[0]
            .hull()
            .unwrap()
            .hull(Span::new("2026-03-23T07:00:00Z".parse().unwrap(), "2026-04-06T07:00:00Z".parse().unwrap()).unwrap());
        let open = unserved(&duties, Role::Primary, fortnight);
        assert_eq!(open.total().num_hours(), 14);
        assert_eq!(open.len(), 14);
    }

    #[test]
    fn mixed_and_endless_turns_are_refused() {
        assert_eq!(Duty::new(vec![]), Err(Error::Plan(PlanError::EmptyDuty)));
        let seats = weekly().first(1).unwrap().iter().flat_map(Duty::seats).cloned().collect();
        assert!(matches!(Duty::new(seats), Err(Error::Plan(PlanError::MixedDuty { .. }))));
        let minutes = AnchoredPeriod::new("2026-01-01T00:00:00".parse().unwrap(), Tz::UTC, "1m".parse().unwrap());
        assert!(matches!(
            DutyShape::new(minutes.unwrap()).first(usize::MAX),
            Err(Error::Plan(PlanError::TooManyDuties { .. }))
        ));
    }

    #[test]
    fn weeks_begin_on_monday() {
        for (date, monday) in [("2026-11-26", "2026-11-30"), ("2026-11-30", "2026-11-30"), ("2026-12-06", "2026-12-07")]
        {
            assert_eq!(monday_from(date.parse().unwrap()), monday.parse().ok());
        }
    }
}
