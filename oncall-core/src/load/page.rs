//! Pages: what came, when, to whom, and what became of it.

use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
use crate::person::{PersonId, checked_name};

/// What became of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub enum Outcome {
    /// Somebody had to do something, and did.
    Actionable,
    /// Nothing was wrong, or nothing could or had to be done.
    Noise,
    /// It was over before anybody did anything.
    SelfResolved,
    /// It told again what another page had told.
    Duplicate,
    /// Nobody has said yet.
    #[default]
    Unknown,
}

impl Outcome {
    /// Every outcome, in order.
    pub const ALL: [Self; 5] = [Self::Actionable, Self::Noise, Self::SelfResolved, Self::Duplicate, Self::Unknown];

    /// `actionable`, `noise`, `self-resolved`, `duplicate` or `unknown`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Actionable => "actionable",
            Self::Noise => "noise",
            Self::SelfResolved => "self-resolved",
            Self::Duplicate => "duplicate",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the page asked for an action; `None` while nobody has said.
    #[must_use]
    pub const fn asked_for_action(self) -> Option<bool> {
        match self {
            Self::Actionable => Some(true),
            Self::Noise | Self::SelfResolved | Self::Duplicate => Some(false),
            Self::Unknown => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Outcome {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = Self::ALL.into_iter().find(|outcome| outcome.name() == text);
        named.ok_or_else(|| Error::UnknownOutcome { given: text.to_owned() })
    }
}

impl TryFrom<String> for Outcome {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Outcome> for String {
    fn from(outcome: Outcome) -> Self {
        outcome.name().to_owned()
    }
}

/// One page to one person. Pages of one incident share its key; [`Page::new`] gives one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPage", into = "RawPage")
)]
pub struct Page {
    at: DateTime<Utc>,
    service: String,
    person: PersonId,
    incident: String,
    // INVARIANT: neither is before `at`.
    acknowledged: Option<DateTime<Utc>>,
    resolved: Option<DateTime<Utc>>,
    outcome: Outcome,
}

impl Page {
    /// A page for an incident, neither acknowledged nor resolved yet.
    ///
    /// # Errors
    /// [`Error::BadName`] for a service or an incident that is no name.
    pub fn new(at: DateTime<Utc>, service: &str, person: PersonId, incident: &str) -> Result<Self, Error> {
        Ok(Self {
            at,
            service: checked_name("service", service)?.to_owned(),
            person,
            incident: checked_name("incident", incident)?.to_owned(),
            acknowledged: None,
            resolved: None,
            outcome: Outcome::Unknown,
        })
    }

    /// The same, acknowledged.
    ///
    /// # Errors
    /// [`Error::PageBackwards`] for an instant before the page.
    pub fn acknowledged_at(self, t: DateTime<Utc>) -> Result<Self, Error> {
        let acknowledged = Some(self.after("acknowledged", t)?);
        Ok(Self { acknowledged, ..self })
    }

    /// The same, resolved.
    ///
    /// # Errors
    /// [`Error::PageBackwards`] for an instant before the page.
    pub fn resolved_at(self, t: DateTime<Utc>) -> Result<Self, Error> {
        let resolved = Some(self.after("resolved", t)?);
        Ok(Self { resolved, ..self })
    }

    /// The same, with what became of it.
    #[must_use]
    pub fn with_outcome(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    fn after(&self, what: &'static str, given: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        if given < self.at { Err(Error::PageBackwards { what, given, at: self.at }) } else { Ok(given) }
    }

    /// When it came.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Of which service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// To whom.
    #[must_use]
    pub const fn person(&self) -> &PersonId {
        &self.person
    }

    /// Of which incident.
    #[must_use]
    pub fn incident(&self) -> &str {
        &self.incident
    }

    /// When somebody took it.
    #[must_use]
    pub const fn acknowledged(&self) -> Option<DateTime<Utc>> {
        self.acknowledged
    }

    /// When it was over.
    #[must_use]
    pub const fn resolved(&self) -> Option<DateTime<Utc>> {
        self.resolved
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// How long it had been waiting and whether it was acknowledged then: until its acknowledgement if that is known
    /// at `as_of`, else until it was resolved or until `as_of`, whichever was first. `None` for a page of later.
    #[must_use]
    pub fn waited(&self, as_of: DateTime<Utc>) -> Option<(TimeDelta, bool)> {
        let acknowledged = self.acknowledged.filter(|t| *t <= as_of);
        let seen = acknowledged.unwrap_or_else(|| self.resolved.map_or(as_of, |t| t.min(as_of)));
        (self.at <= as_of).then(|| (seen.signed_duration_since(self.at), acknowledged.is_some()))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    at: DateTime<Utc>,
    service: String,
    person: PersonId,
    incident: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledged: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolved: Option<DateTime<Utc>>,
    #[serde(default)]
    outcome: Outcome,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPage> for Page {
    type Error = Error;

    fn try_from(raw: RawPage) -> Result<Self, Error> {
        let page = Self::new(raw.at, &raw.service, raw.person, &raw.incident)?.with_outcome(raw.outcome);
        let page = raw.acknowledged.map_or(Ok(page.clone()), |t| page.acknowledged_at(t))?;
        raw.resolved.map_or(Ok(page.clone()), |t| page.resolved_at(t))
    }
}

#[cfg(feature = "serde")]
impl From<Page> for RawPage {
    fn from(page: Page) -> Self {
        let Page { at, service, person, incident, acknowledged, resolved, outcome } = page;
        Self { at, service, person, incident, acknowledged, resolved, outcome }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test fails by panicking")]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        "2026-03-02T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn page() -> Page {
        Page::new(at(0), "shop", PersonId::new("ada").unwrap(), "i-1").unwrap()
    }

    #[test]
    fn a_page_waits_until_it_is_taken_or_over() {
        let minutes = |page: &Page, t| page.waited(at(t)).map(|(waited, taken)| (waited.num_minutes(), taken));
        let taken = page().acknowledged_at(at(5)).unwrap().resolved_at(at(30)).unwrap();
        assert_eq!([3, 5, 60].map(|t| minutes(&taken, t)), [Some((3, false)), Some((5, true)), Some((5, true))]);
        let over = page().resolved_at(at(30)).unwrap();
        assert_eq!([10, 60].map(|t| minutes(&over, t)), [Some((10, false)), Some((30, false))]);
        assert_eq!(minutes(&page(), -1), None);
    }

    #[test]
    fn nothing_happens_to_a_page_before_it_comes() {
        let fault = page().acknowledged_at(at(-1)).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "page of 2026-03-02 09:00:00 UTC was acknowledged at 2026-03-02 08:59:00 UTC, before it came"
        );
        assert!(page().resolved_at(at(-1)).is_err() && Page::new(at(0), "", page().person, "x").is_err());
        assert_eq!("false-alarm".parse::<Outcome>(), Err(Error::UnknownOutcome { given: "false-alarm".into() }));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_page_that_runs_backwards() {
        let text = serde_json::to_string(&page().acknowledged_at(at(5)).unwrap().with_outcome(Outcome::Noise)).unwrap();
        assert_eq!(serde_json::from_str::<Page>(&text).unwrap().outcome(), Outcome::Noise);
        assert!(serde_json::from_str::<Page>(&text.replace("09:05", "08:05")).is_err());
        assert!(serde_json::from_str::<Page>(&text.replace("noise", "loud")).is_err());
    }
}
