//! `kind: AlertPolicy`, `AlertCondition` and `AlertNotificationTarget`: who hears of a burning budget, and when.

use super::fields::{Fields, Number, Reading, Value};
use super::metadata::{Metadata, Reference, Referred, description};
use crate::duration::DurationShorthand;

/// How a measured value is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `gt`: above.
    Above,
    /// `gte`: at least.
    AtLeast,
    /// `lt`: below.
    Below,
    /// `lte`: at most.
    AtMost,
}

impl Operator {
    const WORDS: [(&'static str, Self); 4] =
        [("gt", Self::Above), ("lt", Self::Below), ("gte", Self::AtLeast), ("lte", Self::AtMost)];

    pub(super) fn read(value: &Value<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        value.word(&Self::WORDS, reading)
    }
}

/// When somebody is told, and who.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertPolicy {
    metadata: Metadata,
    description: Option<String>,
    when_no_data: bool,
    when_breaching: bool,
    when_resolved: bool,
    condition: Referred<AlertCondition>,
    targets: Vec<Referred<AlertNotificationTarget>>,
}

impl AlertPolicy {
    pub(super) const KIND: &'static str = "AlertPolicy";

    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it is for, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether to tell when the indicator has no data; `false` where nothing is said.
    #[must_use]
    pub fn alerts_when_no_data(&self) -> bool {
        self.when_no_data
    }

    /// Whether to tell when the condition holds; `false` where nothing is said.
    #[must_use]
    pub fn alerts_when_breaching(&self) -> bool {
        self.when_breaching
    }

    /// Whether to tell when the condition no longer holds; `false` where nothing is said.
    #[must_use]
    pub fn alerts_when_resolved(&self) -> bool {
        self.when_resolved
    }

    /// The condition; OpenSLO v1 allows exactly one.
    #[must_use]
    pub fn condition(&self) -> &Referred<AlertCondition> {
        &self.condition
    }

    /// Who is told; never empty.
    #[must_use]
    pub fn notification_targets(&self) -> &[Referred<AlertNotificationTarget>] {
        &self.targets
    }

    pub(super) fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let mut spec = fields.required("spec", reading).and_then(|value| value.map(reading))?;
        let description = spec.optional("description").and_then(|value| description(&value, reading));
        let [when_no_data, when_breaching, when_resolved] =
            ["alertWhenNoData", "alertWhenBreaching", "alertWhenResolved"]
                .map(|name| spec.optional(name).map_or(Some(false), |value| value.boolean(reading)));
        let conditions = spec.required("conditions", reading).and_then(|value| {
            let items = value.list(reading)?;
            if items.len() != 1 {
                value.fault(reading, format!("holds {} conditions; exactly one is allowed", items.len()));
            }
            read_referred(&items, "conditionRef", AlertCondition::KIND, AlertCondition::read, reading)
        });
        let targets = spec.required("notificationTargets", reading).and_then(|value| {
            let items = value.list(reading)?;
            if items.is_empty() {
                value.fault(reading, "holds no target; at least one is needed");
                return None;
            }
            read_referred(&items, "targetRef", AlertNotificationTarget::KIND, AlertNotificationTarget::read, reading)
        });
        spec.finish(reading);
        Some(Self {
            metadata: metadata?,
            description,
            when_no_data: when_no_data?,
            when_breaching: when_breaching?,
            when_resolved: when_resolved?,
            condition: conditions?.into_iter().next()?,
            targets: targets?,
        })
    }
}

/// Items that are each either `{name: reference}` or an object of the kind; `None` when one of them is at fault.
pub(super) fn read_referred<T>(
    items: &[Value<'_>],
    name: &'static str,
    kind: &'static str,
    read: impl Fn(&mut Fields<'_>, &mut Reading<'_>) -> Option<T>,
    reading: &mut Reading<'_>,
) -> Option<Vec<Referred<T>>> {
    let all: Vec<Option<Referred<T>>> = items
        .iter()
        .map(|item| {
            let mut fields = item.map(reading)?;
            let reference = fields.optional(name);
            let spec = fields.optional("spec");
            if reference.is_some() == spec.is_some() {
                let message = format!("has to hold either `{name}` or `kind`, `metadata` and `spec`");
                fields.fault(reading, message);
                return None;
            }
            let referred = match reference {
                Some(value) => Reference::read(&value, reading).map(Referred::ByName),
                None => {
                    let right_kind =
                        fields.required("kind", reading).and_then(|value| value.word(&[(kind, ())], reading));
                    let object = read(&mut fields, reading);
                    right_kind.and(object).map(|object| Referred::Inline(Box::new(object)))
                }
            };
            fields.finish(reading);
            referred
        })
        .collect();
    all.into_iter().collect()
}

/// A burn rate over a window that somebody should hear of.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertCondition {
    metadata: Metadata,
    description: Option<String>,
    severity: String,
    operator: Operator,
    threshold: Number,
    lookback: DurationShorthand,
    alert_after: Option<DurationShorthand>,
}

impl AlertCondition {
    pub(super) const KIND: &'static str = "AlertCondition";

    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it is for, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How urgent it is, in the team's own word; never empty.
    #[must_use]
    pub fn severity(&self) -> &str {
        &self.severity
    }

    /// How the burn rate is compared with the threshold.
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The burn rate compared with; at least 0.
    #[must_use]
    pub fn threshold(&self) -> &Number {
        &self.threshold
    }

    /// The window that the burn rate is taken over.
    #[must_use]
    pub fn lookback_window(&self) -> DurationShorthand {
        self.lookback
    }

    /// How long the condition has to hold first; `None` for not at all, also written `0m`.
    #[must_use]
    pub fn alert_after(&self) -> Option<DurationShorthand> {
        self.alert_after
    }

    pub(super) fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let mut spec = fields.required("spec", reading).and_then(|value| value.map(reading))?;
        let description = spec.optional("description").and_then(|value| description(&value, reading));
        let severity = spec.required("severity", reading).and_then(|value| value.filled(reading));
        let condition = spec.required("condition", reading);
        spec.finish(reading);

        let mut condition = condition?.map(reading)?;
        let kind = condition.required("kind", reading).and_then(|value| value.word(&[("burnrate", ())], reading));
        let operator = condition.required("op", reading).and_then(|value| Operator::read(&value, reading));
        let threshold = condition.required("threshold", reading).and_then(|value| {
            // DIFFERS: the SDK allows a negative threshold; no burn rate is ever negative.
            value.number(|number| if number >= 0.0 { Ok(()) } else { Err("at least 0") }, reading)
        });
        let lookback = condition.required("lookbackWindow", reading).and_then(|value| value.duration(reading));
        let alert_after = match condition.optional("alertAfter") {
            None => Some(None),
            Some(value) if is_zero_duration(value.text(reading)) => Some(None),
            Some(value) => value.duration(reading).map(Some),
        };
        condition.finish(reading);
        kind?;
        Some(Self {
            metadata: metadata?,
            description,
            severity: severity?.to_owned(),
            operator: operator?,
            threshold: threshold?,
            lookback: lookback?,
            alert_after: alert_after?,
        })
    }
}

/// `0m` and the like: as a hold it means none.
fn is_zero_duration(text: Option<&str>) -> bool {
    text.is_some_and(|text| {
        let digits = text.trim_end_matches(['m', 'h', 'd', 'w', 'M', 'Q', 'Y']);
        text.len().checked_sub(digits.len()) == Some(1) && !digits.is_empty() && digits.bytes().all(|b| b == b'0')
    })
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertNotificationTarget {
    metadata: Metadata,
    description: Option<String>,
    target: String,
}

impl AlertNotificationTarget {
    pub(super) const KIND: &'static str = "AlertNotificationTarget";

    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Who it is, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The channel, such as `email` or `slack`; never empty.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    pub(super) fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let mut spec = fields.required("spec", reading).and_then(|value| value.map(reading))?;
        let description = spec.optional("description").and_then(|value| description(&value, reading));
        let target = spec.required("target", reading).and_then(|value| value.filled(reading)).map(str::to_owned);
        spec.finish(reading);
        Some(Self { metadata: metadata?, description, target: target? })
    }
}
