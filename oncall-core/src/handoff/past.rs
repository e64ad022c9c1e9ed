//! What came in the stretch before, by service and outcome.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use timeline_core::Span;

use super::{Listed, count};
#[cfg(feature = "serde")]
use crate::error::Error;
use crate::load::{Outcome, Page};

/// The pages of one service in a stretch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawServicePages", into = "RawServicePages")
)]
pub struct ServicePages {
    // INVARIANT: a name.
    service: String,
    // INVARIANT: what the outcomes sum up to, at least 1; so are the incidents, and neither they nor the
    // unacknowledged are more.
    pages: u64,
    incidents: u64,
    unacknowledged: u64,
    // INVARIANT: none of 0.
    outcomes: BTreeMap<Outcome, u64>,
}

impl ServicePages {
    /// Which service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// How many pages.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// How many incidents they were of.
    #[must_use]
    pub const fn incidents(&self) -> u64 {
        self.incidents
    }

    /// How many of them nobody acknowledged.
    #[must_use]
    pub const fn unacknowledged(&self) -> u64 {
        self.unacknowledged
    }

    /// How many came to what; outcomes that no page had are not there.
    #[must_use]
    pub const fn outcomes(&self) -> &BTreeMap<Outcome, u64> {
        &self.outcomes
    }
}

/// The pages of a stretch by service, the most first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPastPages", into = "RawPastPages")
)]
pub struct PastPages {
    span: Span,
    // INVARIANT: each service once.
    services: Listed<ServicePages>,
}

impl PastPages {
    /// The pages that came in `span`; others are left aside.
    #[must_use]
    pub fn of(pages: &[Page], span: Span) -> Self {
        let mut services: BTreeMap<&str, (ServicePages, BTreeSet<&str>)> = BTreeMap::new();
        for page in pages.iter().filter(|page| span.contains(page.at())) {
            let (counts, incidents) = services.entry(page.service()).or_insert_with(|| {
                let service = page.service().to_owned();
                let outcomes = BTreeMap::new();
                (ServicePages { service, pages: 0, incidents: 0, unacknowledged: 0, outcomes }, BTreeSet::new())
            });
            incidents.insert(page.incident());
            for number in [Some(&mut counts.pages), Some(counts.outcomes.entry(page.outcome()).or_default())]
                .into_iter()
                .chain([page.acknowledged().is_none().then_some(&mut counts.unacknowledged)])
                .flatten()
            {
                *number = number.saturating_add(1);
            }
        }
        let services = services
            .into_values()
            .map(|(counts, incidents)| ServicePages { incidents: count(incidents.len()), ..counts })
            .collect();
        Self { span, services: listed(services, 0) }
    }

    /// The stretch.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// By service.
    #[must_use]
    pub const fn services(&self) -> &Listed<ServicePages> {
        &self.services
    }
}

fn listed(services: Vec<ServicePages>, left_out: u64) -> Listed<ServicePages> {
    Listed::by(services, left_out, |service| (Reverse(service.pages), service.service.clone()))
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServicePages {
    service: String,
    pages: u64,
    incidents: u64,
    unacknowledged: u64,
    outcomes: BTreeMap<Outcome, u64>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawServicePages> for ServicePages {
    type Error = Error;

    fn try_from(raw: RawServicePages) -> Result<Self, Error> {
        let RawServicePages { service, pages, incidents, unacknowledged, mut outcomes } = raw;
        let service = crate::person::checked_name("service", &service)?.to_owned();
        outcomes.retain(|_, number| *number > 0);
        let sum = outcomes.values().fold(0_u64, |sum, number| sum.saturating_add(*number));
        for (what, given, fits) in [
            ("outcomes", sum, sum == pages),
            ("incidents", incidents, (1..=pages).contains(&incidents)),
            ("unacknowledged", unacknowledged, unacknowledged <= pages),
        ] {
            if !fits {
                return Err(Error::ServiceCounts { service, what, given, pages });
            }
        }
        Ok(Self { service, pages, incidents, unacknowledged, outcomes })
    }
}

#[cfg(feature = "serde")]
impl From<ServicePages> for RawServicePages {
    fn from(counts: ServicePages) -> Self {
        let ServicePages { service, pages, incidents, unacknowledged, outcomes } = counts;
        Self { service, pages, incidents, unacknowledged, outcomes }
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPastPages {
    span: Span,
    services: Listed<ServicePages>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPastPages> for PastPages {
    type Error = Error;

    fn try_from(raw: RawPastPages) -> Result<Self, Error> {
        let Listed { entries, left_out } = raw.services;
        super::whole(entries.len(), left_out)?;
        let mut known = BTreeSet::new();
        if let Some(twice) = entries.iter().find(|service| !known.insert(service.service())) {
            return Err(Error::ServiceTwice { service: twice.service.clone() });
        }
        Ok(Self { span: raw.span, services: listed(entries, left_out) })
    }
}

#[cfg(feature = "serde")]
impl From<PastPages> for RawPastPages {
    fn from(past: PastPages) -> Self {
        Self { span: past.span, services: past.services }
    }
}
