//! The seven kinds of object, and the reading of one.

use std::collections::BTreeMap;
use std::fmt;

use super::alert::{AlertCondition, AlertNotificationTarget, AlertPolicy};
use super::fields::{Fields, Reading, Value};
use super::metadata::{Metadata, description};
use super::sli::Sli;
use super::slo::Slo;

/// The version that is read.
const API_VERSION: &str = "openslo/v1";

/// An OpenSLO v1 object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Object {
    /// Where numbers come from.
    DataSource(DataSource),
    /// What promises are about.
    Service(Service),
    /// What is measured.
    Sli(Sli),
    /// What is promised.
    Slo(Slo),
    /// When somebody is told, and who.
    AlertPolicy(AlertPolicy),
    /// A burn rate that somebody should hear of.
    AlertCondition(AlertCondition),
    /// Somebody who is told.
    AlertNotificationTarget(AlertNotificationTarget),
}

/// The kind of an [`Object`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the kinds are described at `Object`")]
pub enum Kind {
    DataSource,
    Service,
    Sli,
    Slo,
    AlertPolicy,
    AlertCondition,
    AlertNotificationTarget,
}

impl Kind {
    const WORDS: [(&'static str, Self); 7] = [
        ("DataSource", Self::DataSource),
        ("Service", Self::Service),
        ("SLI", Self::Sli),
        ("SLO", Self::Slo),
        (AlertPolicy::KIND, Self::AlertPolicy),
        (AlertCondition::KIND, Self::AlertCondition),
        (AlertNotificationTarget::KIND, Self::AlertNotificationTarget),
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::WORDS.iter().find(|(_, kind)| kind == self).map_or("", |(word, _)| word))
    }
}

impl Object {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::DataSource(_) => Kind::DataSource,
            Self::Service(_) => Kind::Service,
            Self::Sli(_) => Kind::Sli,
            Self::Slo(_) => Kind::Slo,
            Self::AlertPolicy(_) => Kind::AlertPolicy,
            Self::AlertCondition(_) => Kind::AlertCondition,
            Self::AlertNotificationTarget(_) => Kind::AlertNotificationTarget,
        }
    }

    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::DataSource(object) => object.metadata(),
            Self::Service(object) => object.metadata(),
            Self::Sli(object) => object.metadata(),
            Self::Slo(object) => object.metadata(),
            Self::AlertPolicy(object) => object.metadata(),
            Self::AlertCondition(object) => object.metadata(),
            Self::AlertNotificationTarget(object) => object.metadata(),
        }
    }

    /// The name, unique among the objects of its kind.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata().name()
    }

    pub(super) fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut fields = value.map(reading)?;
        let version = fields.required("apiVersion", reading).and_then(|value| {
            let text = value.filled(reading)?;
            if text != API_VERSION {
                value.fault(reading, format!("version `{text}` is not `{API_VERSION}`, which is the one read here"));
            }
            (text == API_VERSION).then_some(())
        });
        let kind = fields.required("kind", reading).and_then(|value| value.word(&Kind::WORDS, reading));
        // Nothing is known of the fields of another version or kind.
        version?;
        let object = match kind? {
            Kind::DataSource => DataSource::read(&mut fields, reading).map(Self::DataSource),
            Kind::Service => Service::read(&mut fields, reading).map(Self::Service),
            Kind::Sli => Sli::read(&mut fields, reading).map(Self::Sli),
            Kind::Slo => Slo::read(&mut fields, reading).map(Self::Slo),
            Kind::AlertPolicy => AlertPolicy::read(&mut fields, reading).map(Self::AlertPolicy),
            Kind::AlertCondition => AlertCondition::read(&mut fields, reading).map(Self::AlertCondition),
            Kind::AlertNotificationTarget => {
                AlertNotificationTarget::read(&mut fields, reading).map(Self::AlertNotificationTarget)
            }
        };
        fields.finish(reading);
        object
    }
}

/// A service that promises are about.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    metadata: Metadata,
    description: Option<String>,
}

impl Service {
    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it does, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let description = fields.optional("spec").and_then(|value| {
            let mut spec = value.map(reading)?;
            let description = spec.optional("description").and_then(|value| description(&value, reading));
            spec.finish(reading);
            description
        });
        Some(Self { metadata: metadata?, description })
    }
}

/// A system that numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSource {
    metadata: Metadata,
    description: Option<String>,
    kind: String,
    connection_details: BTreeMap<String, String>,
}

impl DataSource {
    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it is, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The sort of system, such as `Prometheus`; never empty.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// How it is reached, each value under its path: `url`, `[0].url`. Never empty.
    #[must_use]
    pub fn connection_details(&self) -> &BTreeMap<String, String> {
        &self.connection_details
    }

    fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let mut spec = fields.required("spec", reading).and_then(|value| value.map(reading))?;
        let description = spec.optional("description").and_then(|value| description(&value, reading));
        let kind = spec.required("type", reading).and_then(|value| value.filled(reading)).map(str::to_owned);
        let details = spec.required("connectionDetails", reading).and_then(|value| value.leaves(reading));
        spec.finish(reading);
        Some(Self { metadata: metadata?, description, kind: kind?, connection_details: details? })
    }
}
