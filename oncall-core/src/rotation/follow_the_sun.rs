//! Sites around the world that hand on call to one another, each in its own hours.

use core::fmt;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use timeline_core::{Span, SpanSet, WeeklyWindow};

use super::{Rotation, Turn};
use crate::error::Error;
use crate::person::{PersonId, Role, checked_name};

/// A site: the hours in which it is on call, and who takes turns there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Site {
    /// What it is called.
    pub name: String,
    /// Its hours, each window with its zone.
    pub hours: Vec<WeeklyWindow>,
    /// Its people.
    pub rotation: Rotation,
}

impl Site {
    /// The hours of the site within a span.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn hours_in(&self, within: Span) -> Result<SpanSet, Error> {
        let mut hours = SpanSet::new();
        for window in &self.hours {
            hours = hours.union(&window.spans(within)?);
        }
        Ok(hours)
    }

    fn is_open(&self, t: DateTime<Utc>) -> Result<bool, Error> {
        for window in &self.hours {
            if window.contains(t)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Several sites that follow the sun. Where the hours of two overlap, the one listed first is on call, if it has
/// anybody. Whether they leave a gap is for [`FollowTheSun::coverage`] to say: the clocks of two zones change on
/// different days, and hours that meet all winter may not meet in March.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawFollowTheSun", into = "RawFollowTheSun")
)]
pub struct FollowTheSun {
    // INVARIANT: not empty, each with a name of its own and hours.
    sites: Vec<Site>,
}

/// A shift at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SiteShift<'a> {
    /// When.
    pub span: Span,
    /// The site's name.
    pub site: &'a str,
    /// Who.
    pub person: &'a PersonId,
}

impl FollowTheSun {
    /// # Errors
    /// [`Error::Several`] with the place of each fault: no sites ([`Error::NoSites`]), a name that is none
    /// ([`Error::BadName`]) or is there twice ([`Error::SiteTwice`]), a site without hours ([`Error::NoHours`]).
    pub fn new(sites: Vec<Site>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        if sites.is_empty() {
            faults.push(("sites".to_owned(), Error::NoSites));
        }
        let mut known = BTreeSet::new();
        for (place, site) in sites.iter().enumerate() {
            match checked_name("site", &site.name) {
                Err(fault) => faults.push((format!("sites[{place}].name"), fault)),
                Ok(name) if !known.insert(name) => {
                    faults.push((format!("sites[{place}].name"), Error::SiteTwice { site: name.to_owned() }));
                }
                Ok(_) => {}
            }
            if site.hours.is_empty() {
                faults.push((format!("sites[{place}].hours"), Error::NoHours { site: site.name.clone() }));
            }
        }
        if faults.is_empty() { Ok(Self { sites }) } else { Err(Error::Several { faults }) }
    }

    /// The sites, in order.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Which site is on call at `t`, and whose turn it is there; `None` if no site is, or none that is has anybody.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn turn_at(&self, t: DateTime<Utc>) -> Result<Option<(&Site, Turn<'_>)>, Error> {
        self.first_at(t, Rotation::turn_at)
    }

    /// As [`FollowTheSun::turn_at`], of `role`.
    ///
    /// # Errors
    /// [`Error::RoleNotInRotation`] if a site that is asked does not have it; [`Error::Time`] at the ends of time.
    pub fn turn_as(&self, role: Role, t: DateTime<Utc>) -> Result<Option<(&Site, Turn<'_>)>, Error> {
        self.first_at(t, |rotation, t| rotation.turn_as(role, t))
    }

    /// The shifts in `within`, cut to it and to the hours of the sites, in order; no two share an instant.
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn shifts(&self, within: Span) -> Result<Vec<SiteShift<'_>>, Error> {
        self.cut(within, |rotation, span| Ok(rotation.shifts(span)?.collect()))
    }

    /// As [`FollowTheSun::shifts`], of `role`.
    ///
    /// # Errors
    /// [`Error::RoleNotInRotation`] if a site does not have it; [`Error::Time`] at the ends of time.
    pub fn shifts_as(&self, role: Role, within: Span) -> Result<Vec<SiteShift<'_>>, Error> {
        self.cut(within, |rotation, span| Ok(rotation.shifts_as(role, span)?.collect()))
    }

    /// Whether the sites cover `within`, and where they do not or do so twice; and where a site has nobody in a role
    /// that it or another has. Shadows are in no vacancy, as in no gap of [`Schedule`](crate::schedule::Schedule).
    ///
    /// # Errors
    /// [`Error::Time`] at the ends of time.
    pub fn coverage(&self, within: Span) -> Result<Coverage, Error> {
        let mut coverage = Coverage { within, gaps: Vec::new(), overlaps: Vec::new(), vacancies: Vec::new() };
        // By instant; at one instant those who close come before those who open.
        let mut changes = Vec::new();
        for (place, site) in self.sites.iter().enumerate() {
            let hours = site.hours_in(within)?;
            for span in hours.iter() {
                changes.push((span.start(), true, place));
                changes.push((span.end(), false, place));
            }
            for role in self.duties() {
                let vacant = match site.rotation.gaps_as(role, within) {
                    // Nobody ever has it here.
                    Err(Error::RoleNotInRotation { .. }) => hours.clone(),
                    gaps => gaps?.intersection(&hours),
                };
                let site = |span| Vacancy { span, site: site.name.clone(), role };
                coverage.vacancies.extend(vacant.iter().map(site));
            }
        }
        changes.sort_unstable();
        coverage.vacancies.sort_by_key(|vacancy| vacancy.span);
        let name = |place: usize| self.sites.get(place).map(|site| site.name.clone());
        let mut open = BTreeSet::new();
        let (mut since, mut closed) = (within.start(), None);
        for (at, opens, place) in changes {
            if let Ok(span) = Span::new(since, at) {
                if open.is_empty() {
                    coverage.gaps.push(Gap { span, after: closed.and_then(name), before: name(place) });
                } else if open.len() > 1 {
                    coverage.overlaps.push(Overlap { span, sites: open.iter().copied().filter_map(name).collect() });
                }
            }
            since = at;
            if opens {
                open.insert(place);
            } else {
                open.remove(&place);
                closed = Some(place);
            }
        }
        if let Ok(span) = Span::new(since, within.end()) {
            coverage.gaps.push(Gap { span, after: closed.and_then(name), before: None });
        }
        Ok(coverage)
    }

    /// The roles of some site in which somebody may be paged.
    fn duties(&self) -> BTreeSet<Role> {
        let roles = self.sites.iter().flat_map(|site| site.rotation.roles());
        roles.map(|known| known.role).filter(|role| role.is_duty()).collect()
    }

    fn first_at<'a>(
        &'a self,
        t: DateTime<Utc>,
        turn: impl Fn(&'a Rotation, DateTime<Utc>) -> Result<Option<Turn<'a>>, Error>,
    ) -> Result<Option<(&'a Site, Turn<'a>)>, Error> {
        for site in &self.sites {
            if site.is_open(t)?
                && let Some(turn) = turn(&site.rotation, t)?.filter(|turn| turn.person.is_some())
            {
                return Ok(Some((site, turn)));
            }
        }
        Ok(None)
    }

    fn cut<'a>(
        &'a self,
        within: Span,
        shifts: impl Fn(&'a Rotation, Span) -> Result<Vec<(Span, &'a PersonId)>, Error>,
    ) -> Result<Vec<SiteShift<'a>>, Error> {
        let mut all = Vec::new();
        let mut taken = SpanSet::new();
        for site in &self.sites {
            let before = all.len();
            for span in &site.hours_in(within)?.difference(&taken) {
                let at_site = shifts(&site.rotation, span)?.into_iter();
                all.extend(at_site.map(|(span, person)| SiteShift { span, site: &site.name, person }));
            }
            let new = all.get(before..).unwrap_or_default().iter().map(|shift| shift.span);
            taken = taken.union(&SpanSet::from_spans(new));
        }
        all.sort_by_key(|shift| shift.span);
        Ok(all)
    }
}

/// How the hours of the sites cover a span.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Coverage {
    /// The span.
    pub within: Span,
    /// When no site has its hours, in order.
    pub gaps: Vec<Gap>,
    /// When several have, in order.
    pub overlaps: Vec<Overlap>,
    /// When a site has its hours and nobody in a role, in order.
    pub vacancies: Vec<Vacancy>,
}

/// A span in which no site has its hours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Gap {
    /// When.
    pub span: Span,
    /// The site whose hours end there; none at the beginning of what was looked at.
    pub after: Option<String>,
    /// The site whose hours begin next; none at the end of what was looked at.
    pub before: Option<String>,
}

/// A span in which several sites have their hours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Overlap {
    /// When.
    pub span: Span,
    /// The sites, in order; the first is on call.
    pub sites: Vec<String>,
}

/// A span in which a site has its hours and nobody to serve them in a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Vacancy {
    /// When.
    pub span: Span,
    /// The site.
    pub site: String,
    /// As what.
    pub role: Role,
}

impl Coverage {
    /// Whether at each instant some site has its hours, and each site has somebody in each role in them.
    #[must_use]
    pub const fn is_gapless(&self) -> bool {
        self.gaps.is_empty() && self.vacancies.is_empty()
    }

    /// When no site has its hours.
    #[must_use]
    pub fn gap_spans(&self) -> SpanSet {
        SpanSet::from_spans(self.gaps.iter().map(|gap| gap.span))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = if self.is_gapless() { "covered" } else { "not covered" };
        write!(f, "{head} in {}", self.within)?;
        self.gaps.iter().try_for_each(|gap| write!(f, "\n{gap}"))?;
        self.overlaps.iter().try_for_each(|overlap| write!(f, "\n{overlap}"))?;
        self.vacancies.iter().try_for_each(|vacancy| write!(f, "\n{vacancy}"))
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no site in {}", self.span)?;
        match (&self.after, &self.before) {
            (Some(after), Some(before)) => write!(f, ", between `{after}` and `{before}`"),
            (Some(after), None) => write!(f, ", after `{after}`"),
            (None, Some(before)) => write!(f, ", before `{before}`"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {}", self.sites.join("` and `"), self.span)
    }
}

impl fmt::Display for Vacancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} at `{}` in {}", self.role, self.site, self.span)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFollowTheSun {
    sites: Vec<Site>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawFollowTheSun> for FollowTheSun {
    type Error = Error;

    fn try_from(raw: RawFollowTheSun) -> Result<Self, Error> {
        Self::new(raw.sites)
    }
}

#[cfg(feature = "serde")]
impl From<FollowTheSun> for RawFollowTheSun {
    fn from(sun: FollowTheSun) -> Self {
        Self { sites: sun.sites }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::ShiftLength;
    use timeline_core::parse_zone;

    fn site(name: &str, hours: &str, people: &[&str]) -> Site {
        let window: WeeklyWindow = format!("Mon-Sun {hours}").parse().unwrap();
        let start = "2025-01-01T00:00:00".parse().unwrap();
        let zone = parse_zone(window.zone().name()).unwrap();
        let people = people.iter().map(|name| PersonId::new(name).unwrap());
        let rotation = Rotation::builder(zone, ShiftLength::DAY, start).people(people).build().unwrap();
        Site { name: name.into(), hours: vec![window], rotation }
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn span(from: &str, until: &str) -> Span {
        Span::new(utc(from), utc(until)).unwrap()
    }

    /// Berlin hands to New York at 15:00 there, which is 09:00 here but for three weeks in March and one in autumn.
    fn two_sites() -> FollowTheSun {
        let berlin = site("berlin", "03:00-15:00 Europe/Berlin", &["ada", "ben"]);
        let new_york = site("new york", "09:00-21:00 America/New_York", &["cy", "di"]);
        FollowTheSun::new(vec![berlin, new_york]).unwrap()
    }

    #[test]
    fn clocks_that_change_on_different_days_open_gaps_and_are_reported() {
        let sun = two_sites();
        assert!(sun.coverage(span("2026-01-01T00:00:00Z", "2026-03-08T00:00:00Z")).unwrap().is_gapless());
        let spring = sun.coverage(span("2026-03-01T00:00:00Z", "2026-04-05T00:00:00Z")).unwrap();
        // New York begins an hour early from 8 March on, beside Berlin, and ends an hour early, before Berlin begins.
        assert_eq!((spring.gaps.len(), spring.overlaps.len()), (20, 21));
        assert_eq!(
            spring.gaps[0].to_string(),
            "no site in 2026-03-09T01:00:00Z/2026-03-09T02:00:00Z, between `new york` and `berlin`"
        );
        assert_eq!(
            spring.overlaps[0].to_string(),
            "`berlin` and `new york` in 2026-03-08T13:00:00Z/2026-03-08T14:00:00Z"
        );
        let autumn = sun.coverage(span("2026-10-20T00:00:00Z", "2026-11-10T00:00:00Z")).unwrap();
        assert_eq!((autumn.gaps.len(), autumn.overlaps.len()), (8, 7));
    }

    #[test]
    fn the_site_listed_first_has_what_two_share() {
        let sun = two_sites();
        let (site, turn) = sun.turn_at(utc("2026-03-08T13:30:00Z")).unwrap().unwrap();
        assert_eq!((site.name.as_str(), turn.person.unwrap().as_str()), ("berlin", "ben"));
        let day = span("2026-03-08T02:00:00Z", "2026-03-09T02:00:00Z");
        let shifts: Vec<_> = sun.shifts(day).unwrap().into_iter().map(|shift| (shift.site, shift.span)).collect();
        assert_eq!(
            shifts,
            [
                ("berlin", span("2026-03-08T02:00:00Z", "2026-03-08T14:00:00Z")),
                ("new york", span("2026-03-08T14:00:00Z", "2026-03-09T01:00:00Z")),
            ]
        );
        assert_eq!(sun.turn_at(utc("2026-03-09T01:30:00Z")), Ok(None));
    }

    #[test]
    fn hours_without_anybody_are_a_vacancy_and_another_site_that_is_open_takes_them() {
        let mut sites = two_sites().sites;
        let before = span("2024-12-31T00:00:00Z", "2025-01-01T00:00:00Z");
        let early = Rotation::builder(timeline_core::Tz::UTC, ShiftLength::DAY, "2024-01-01T00:00:00".parse().unwrap());
        sites[1].rotation = early.person(PersonId::new("cy").unwrap()).build().unwrap();
        sites[1].hours = vec!["Mon-Sun 00:00-24:00 UTC".parse().unwrap()];
        let sun = FollowTheSun::new(sites).unwrap();
        let coverage = sun.coverage(before).unwrap();
        assert!(coverage.gaps.is_empty() && !coverage.is_gapless());
        assert_eq!(
            coverage.vacancies[0].to_string(),
            "no primary at `berlin` in 2024-12-31T02:00:00Z/2024-12-31T14:00:00Z"
        );
        let shifts = sun.shifts(before).unwrap();
        assert!(shifts.iter().all(|shift| shift.site == "new york") && shifts.len() == 1);
    }

    #[test]
    fn a_role_that_a_site_cannot_fill_is_a_vacancy() {
        let start = "2025-01-01T00:00:00".parse().unwrap();
        let rotation = |people: &[&str], secondary: bool| {
            let people = people.iter().map(|name| PersonId::new(name).unwrap());
            let builder = Rotation::builder(timeline_core::Tz::UTC, ShiftLength::DAY, start).people(people);
            let builder = if secondary { builder.role(Role::Secondary, 1) } else { builder };
            builder.role(Role::Shadow, 2).build().unwrap()
        };
        let day = span("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z");
        let mut sites = two_sites().sites;
        sites[0].hours = vec!["Mon-Sun 00:00-12:00 UTC".parse().unwrap()];
        sites[1].hours = vec!["Mon-Sun 12:00-24:00 UTC".parse().unwrap()];
        sites[0].rotation = rotation(&["ada", "ben"], true);
        // One person is no secondary of anybody; no secondary at all is none either.
        for alone in [rotation(&["cy"], true), rotation(&["cy", "di"], false)] {
            sites[1].rotation = alone;
            let coverage = FollowTheSun::new(sites.clone()).unwrap().coverage(day).unwrap();
            let told: Vec<_> = coverage.vacancies.iter().map(Vacancy::to_string).collect();
            assert_eq!(told, ["no secondary at `new york` in 2026-06-01T12:00:00Z/2026-06-02T00:00:00Z"]);
            assert!(coverage.gaps.is_empty() && !coverage.is_gapless());
        }
        sites[1].rotation = rotation(&["cy", "di"], true);
        assert!(FollowTheSun::new(sites).unwrap().coverage(day).unwrap().is_gapless());
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        assert_eq!(FollowTheSun::new(vec![]).unwrap_err().to_string(), "sites: there are no sites");
        let mut sites = two_sites().sites;
        sites[1].name = "berlin".into();
        sites[1].hours.clear();
        assert_eq!(
            FollowTheSun::new(sites).unwrap_err().to_string(),
            "sites[1].name: site `berlin` is there twice; sites[1].hours: site `berlin` has no hours"
        );
    }
}
