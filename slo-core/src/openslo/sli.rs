//! `kind: SLI`: what is measured, and where the numbers come from.

use std::collections::BTreeMap;

use super::fields::{Fields, Reading, Value};
use super::metadata::{Metadata, Reference, description};

/// An indicator, as an object of its own or inline in an SLO.
#[derive(Debug, Clone, PartialEq)]
pub struct Sli {
    metadata: Metadata,
    description: Option<String>,
    metric: Metric,
}

impl Sli {
    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it measures, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The numbers it is made of.
    #[must_use]
    pub fn metric(&self) -> &Metric {
        &self.metric
    }

    pub(super) fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let spec = fields.required("spec", reading).and_then(|value| read_spec(&value, reading));
        let (description, metric) = spec?;
        Some(Self { metadata: metadata?, description, metric })
    }
}

/// The numbers an indicator is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// Good (or bad) events over all events.
    Ratio {
        /// Whether the two count up for ever, so that their increase is what matters.
        counter: bool,
        /// The events that are counted above the line.
        part: Part,
        /// All events.
        total: MetricSource,
    },
    /// A ratio that the source has worked out already.
    Raw {
        /// Whether the source counts up for ever.
        counter: bool,
        /// What the ratio speaks of.
        of: RawType,
        /// Where the ratio comes from.
        source: MetricSource,
    },
    /// A value that each objective compares with a value of its own.
    Threshold(MetricSource),
}

impl Metric {
    /// Every source the metric reads.
    pub fn sources(&self) -> impl Iterator<Item = &MetricSource> {
        let (first, second) = match self {
            Self::Ratio { part: Part::Good(part) | Part::Bad(part), total, .. } => (part, Some(total)),
            Self::Raw { source, .. } | Self::Threshold(source) => (source, None),
        };
        std::iter::once(first).chain(second)
    }
}

/// Which events of a ratio are counted beside the total.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// The good ones.
    Good(MetricSource),
    /// The bad ones.
    Bad(MetricSource),
}

/// What a raw ratio speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawType {
    /// The share of good events.
    Success,
    /// The share of bad events.
    Failure,
}

/// Where a series of numbers comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSource {
    kind: Option<String>,
    reference: Option<Reference>,
    spec: BTreeMap<String, String>,
}

impl MetricSource {
    /// The sort of system, such as `Prometheus`.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The data source, where one is named.
    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// What the system is asked, such as `query`: never empty. A value inside another stands under its path:
    /// `labels.env`, `hosts[0]`.
    #[must_use]
    pub fn spec(&self) -> &BTreeMap<String, String> {
        &self.spec
    }

    /// `metricSource` of the map here.
    fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut outer = value.map(reading)?;
        let source = outer.required("metricSource", reading);
        outer.finish(reading);
        let mut fields = source?.map(reading)?;
        let reference = fields.optional("metricSourceRef").and_then(|value| Reference::read(&value, reading));
        let kind = fields.optional("type").and_then(|value| value.text(reading)).map(str::to_owned);
        let spec = fields.required("spec", reading).and_then(|value| {
            value.map(reading)?;
            value.leaves(reading)
        });
        fields.finish(reading);
        Some(Self { kind, reference, spec: spec? })
    }
}

fn read_spec(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<(Option<String>, Metric)> {
    let mut fields = value.map(reading)?;
    let description = fields.optional("description").and_then(|value| description(&value, reading));
    let threshold = fields.optional("thresholdMetric");
    let ratio = fields.optional("ratioMetric");
    if threshold.is_some() == ratio.is_some() {
        fields.fault(reading, "has to hold either `thresholdMetric` or `ratioMetric`");
    }
    let is_alone = threshold.is_some() != ratio.is_some();
    let threshold = threshold.and_then(|value| MetricSource::read(&value, reading)).map(Metric::Threshold);
    let ratio = ratio.and_then(|value| read_ratio(&value, reading));
    fields.finish(reading);
    let metric = threshold.or(ratio).filter(|_| is_alone)?;
    Some((description, metric))
}

fn read_ratio(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Metric> {
    let mut fields = value.map(reading)?;
    let counter = fields.optional("counter").map_or(Some(false), |value| value.boolean(reading));
    let [good, bad, total, raw, raw_type] =
        ["good", "bad", "total", "raw", "rawType"].map(|name| fields.optional(name));
    let events = good.is_some() || bad.is_some() || total.is_some();
    let shape = if raw.is_some() { !events } else { total.is_some() && good.is_some() != bad.is_some() };
    if !shape {
        fields.fault(reading, "has to hold `total` and either `good` or `bad`, or else `raw` alone");
    }
    if raw.is_none() && raw_type.is_some() {
        fields.fault(reading, "holds `rawType`, which says something of `raw` only");
    }
    let of = raw_type
        .as_ref()
        .and_then(|value| value.word(&[("success", RawType::Success), ("failure", RawType::Failure)], reading));
    if raw.is_some() && raw_type.is_none() {
        fields.required("rawType", reading);
    }
    let [good, bad, total, raw] =
        [good, bad, total, raw].map(|value| value.and_then(|value| MetricSource::read(&value, reading)));
    fields.finish(reading);
    if !shape {
        return None;
    }
    match (raw, good.map(Part::Good).or(bad.map(Part::Bad))) {
        (Some(source), _) => Some(Metric::Raw { counter: counter?, of: of?, source }),
        (None, part) => Some(Metric::Ratio { counter: counter?, part: part?, total: total? }),
    }
}
