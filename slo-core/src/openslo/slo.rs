//! `kind: SLO`: what is promised, of which indicator, over which window.

use std::fmt;

use super::alert::{AlertPolicy, Operator, read_referred};
use super::fault::{Origin, Place};
use super::fields::{Fields, Number, Reading, Value};
use super::metadata::{Metadata, Reference, Referred, description};
use super::sli::{Metric, Sli};
use super::time_window::TimeWindow;
use crate::compose::{Availability, Composite, Member, Weight};
use crate::duration::DurationShorthand;
use crate::error::Error;
use crate::objective::{Objective, SliceTarget};
use crate::window::Window;

/// A service level objective as a document states it.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    metadata: Metadata,
    description: Option<String>,
    service: Reference,
    indicator: Option<Referred<Sli>>,
    time_window: TimeWindow,
    window: Window,
    budgeting_method: BudgetingMethod,
    objectives: Vec<SloObjective>,
    alert_policies: Vec<Referred<AlertPolicy>>,
}

impl Slo {
    /// Name, labels and annotations.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What is promised, in words.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The service that the promise is about.
    #[must_use]
    pub fn service(&self) -> &Reference {
        &self.service
    }

    /// The indicator; `None` for a composite SLO, whose objectives each have their own.
    #[must_use]
    pub fn indicator(&self) -> Option<&Referred<Sli>> {
        self.indicator.as_ref()
    }

    /// The window that the budget is for.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// The window that the budget is for, as the document states it.
    #[must_use]
    pub fn time_window(&self) -> TimeWindow {
        self.time_window
    }

    /// What the budget counts.
    #[must_use]
    pub fn budgeting_method(&self) -> BudgetingMethod {
        self.budgeting_method
    }

    /// The objectives; never empty.
    #[must_use]
    pub fn objectives(&self) -> &[SloObjective] {
        &self.objectives
    }

    /// The alert policies.
    #[must_use]
    pub fn alert_policies(&self) -> &[Referred<AlertPolicy>] {
        &self.alert_policies
    }

    /// Whether the objectives each have an indicator of their own.
    #[must_use]
    pub fn is_composite(&self) -> bool {
        self.indicator.is_none()
    }

    /// The composite that the objectives of a composite SLO make up, under the promise `objective` for the whole:
    /// OpenSLO states a target a member and none for all of them. Each member is named by its objective's
    /// `displayName`, else by its indicator, and as reliable as `reliability` says; `None` without data.
    ///
    /// # Errors
    /// [`Error::Composition`] for an SLO that is not composite, and as for [`Composite::new`].
    ///
    /// ```
    /// use slo_core::openslo::{self, Object};
    /// use slo_core::sli::NoDataPolicy;
    /// let text = "
    /// apiVersion: openslo/v1
    /// kind: SLO
    /// metadata: {name: shop}
    /// spec:
    ///   service: shop
    ///   budgetingMethod: Occurrences
    ///   timeWindow: [{duration: 28d, isRolling: true}]
    ///   objectives:
    ///     - {target: 0.999, indicatorRef: browse, compositeWeight: 3}
    ///     - {target: 0.99, indicatorRef: pay}
    /// ";
    /// let objects = openslo::read(text)?;
    /// let Some(Object::Slo(slo)) = objects.first() else { panic!("an SLO") };
    /// // Each member just keeps its target.
    /// let shop = slo.composite("99.7%".parse()?, |member| Some(member.objective().into()))?;
    /// assert_eq!((shop.members()[0].name.as_str(), shop.members()[1].name.as_str()), ("browse", "pay"));
    /// let reliability = shop.reliability(NoDataPolicy::Exclude).ok_or("no data")?;
    /// assert_eq!(reliability.rounded_down(), "99.675%".parse()?);
    /// assert!(!reliability.keeps(shop.objective()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn composite(
        &self,
        objective: Objective,
        mut reliability: impl FnMut(&SloObjective) -> Option<Availability>,
    ) -> Result<Composite, Error> {
        if !self.is_composite() {
            let reason = format!("SLO `{}` has one indicator for all its objectives", self.metadata.name());
            return Err(Error::Composition { reason });
        }
        let member = |one: &SloObjective| Member {
            name: one.name().unwrap_or_default().to_owned(),
            weight: one.composite_weight.unwrap_or_default(),
            reliability: reliability(one),
        };
        Composite::new(objective, self.objectives.iter().map(member).collect())
    }

    pub(super) fn read(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let metadata = fields.required("metadata", reading).and_then(|value| Metadata::read(&value, reading));
        let mut spec = fields.required("spec", reading).and_then(|value| value.map(reading))?;
        let description = spec.optional("description").and_then(|value| description(&value, reading));
        let service = spec.required("service", reading).and_then(|value| Reference::read_filled(&value, reading));
        let indicator = read_indicator(&mut spec, reading);
        let time_window = spec.required("timeWindow", reading).and_then(|value| TimeWindow::read(&value, reading));
        let method =
            spec.required("budgetingMethod", reading).and_then(|value| value.word(&BudgetingMethod::WORDS, reading));
        let objectives = spec.required("objectives", reading).and_then(|value| {
            let metric = match &indicator {
                Given::One(Referred::Inline(sli)) => Some(sli.metric()),
                _ => None,
            };
            read_objectives(&value, method, metric, reading)
        });
        let alert_policies = spec.optional("alertPolicies").map_or(Some(Vec::new()), |value| {
            let items = value.list(reading)?;
            read_referred(&items, "alertPolicyRef", AlertPolicy::KIND, AlertPolicy::read, reading)
        });
        if let Some(objectives) = &objectives {
            check_indicators(&spec, &indicator, objectives, reading);
        }
        spec.finish(reading);

        let objectives = objectives?.into_iter().map(|(_, objective)| objective).collect::<Option<Vec<_>>>()?;
        let (time_window, window) = time_window?;
        Some(Self {
            metadata: metadata?,
            description,
            service: service?,
            indicator: indicator.one()?,
            time_window,
            window,
            budgeting_method: method?,
            objectives,
            alert_policies: alert_policies?,
        })
    }
}

/// An indicator that may be missing, or be there and at fault.
enum Given<T> {
    Nothing,
    Faulty,
    One(T),
}

impl<T> Given<T> {
    fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    fn one(self) -> Option<Option<T>> {
        match self {
            Self::Nothing => Some(None),
            Self::Faulty => None,
            Self::One(value) => Some(Some(value)),
        }
    }
}

fn read_indicator(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Given<Referred<Sli>> {
    let inline = fields.optional("indicator");
    let reference = fields.optional("indicatorRef");
    let read = match (&inline, &reference) {
        (None, None) => return Given::Nothing,
        (Some(_), Some(_)) => {
            fields.fault(reading, "has to hold either `indicator` or `indicatorRef`, not both");
            return Given::Faulty;
        }
        (Some(value), None) => value.map(reading).and_then(|mut fields| {
            let sli = Sli::read(&mut fields, reading);
            fields.finish(reading);
            sli.map(|sli| Referred::Inline(Box::new(sli)))
        }),
        (None, Some(value)) => Reference::read(value, reading).map(Referred::ByName),
    };
    read.map_or(Given::Faulty, Given::One)
}

/// The indicator stands beside the objectives or in each of them.
fn check_indicators(
    spec: &Fields<'_>,
    indicator: &Given<Referred<Sli>>,
    objectives: &[(bool, Option<SloObjective>)],
    reading: &mut Reading<'_>,
) {
    let with = objectives.iter().filter(|(has_indicator, _)| *has_indicator).count();
    match (indicator.is_there(), with) {
        (false, 0) => spec.fault(reading, "has no `indicator` or `indicatorRef`, and neither has any objective"),
        (true, 1..) => spec
            .fault(reading, "has an indicator, and so have objectives; the indicator stands in one place or the other"),
        (false, with) if with < objectives.len() => {
            let message = format!("{with} of {} objectives have an indicator; all need one", objectives.len());
            spec.fault(reading, message);
        }
        _ => {}
    }
}

/// What the budget of an SLO counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BudgetingMethod {
    /// Events.
    Occurrences,
    /// Slices of time, each good or bad.
    Timeslices,
    /// The mean of the ratios of slices of time.
    RatioTimeslices,
}

impl BudgetingMethod {
    const WORDS: [(&'static str, Self); 3] = [
        ("Occurrences", Self::Occurrences),
        ("Timeslices", Self::Timeslices),
        ("RatioTimeslices", Self::RatioTimeslices),
    ];
}

impl fmt::Display for BudgetingMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, method)| method == self).map_or("", |(word, _)| word);
        f.pad(word)
    }
}

/// One objective of an SLO.
#[derive(Debug, Clone, PartialEq)]
pub struct SloObjective {
    display_name: Option<String>,
    objective: Objective,
    budgeting: Budgeting,
    operator: Option<Operator>,
    value: Option<Number>,
    indicator: Option<Referred<Sli>>,
    composite_weight: Option<Weight>,
    origin: Origin,
}

/// What the budget of an objective counts, with what the method needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budgeting {
    /// Events.
    Occurrences,
    /// Slices of time of length `window`, good when at least the share `target` of their events is.
    Timeslices {
        /// The share of good events that makes a slice good.
        target: SliceTarget,
        /// The length of a slice.
        window: DurationShorthand,
    },
    /// The mean of the ratios of slices of length `window`.
    RatioTimeslices {
        /// The length of a slice.
        window: DurationShorthand,
    },
}

impl SloObjective {
    /// The name for people.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// The share of good events, or slices, promised: `target` or `targetPercent`.
    #[must_use]
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// What its budget counts.
    #[must_use]
    pub fn budgeting(&self) -> Budgeting {
        self.budgeting
    }

    /// How a threshold metric is compared, and with what: `op` and `value`. `None` for ratios.
    #[must_use]
    pub fn threshold(&self) -> Option<(Operator, &Number)> {
        Some((self.operator?, self.value.as_ref()?))
    }

    /// The indicator, for an objective of a composite SLO.
    #[must_use]
    pub fn indicator(&self) -> Option<&Referred<Sli>> {
        self.indicator.as_ref()
    }

    /// The weight in a composite SLO, above 0; `None` where the document gives none, which counts as 1.
    #[must_use]
    pub fn composite_weight(&self) -> Option<Weight> {
        self.composite_weight
    }

    /// The name for people, else that of the indicator.
    fn name(&self) -> Option<&str> {
        let indicator = self.indicator.as_ref().map(|indicator| match indicator {
            Referred::ByName(reference) => reference.name(),
            Referred::Inline(sli) => sli.metadata().name(),
        });
        self.display_name().or(indicator)
    }

    pub(super) fn place(&self) -> &Place {
        &self.origin.0
    }

    /// What does not go together with the metric, once that is known.
    pub(super) fn misfit(&self, metric: &Metric) -> Option<&'static str> {
        misfit(metric, self.operator, self.value.is_some())
    }

    /// The objective, and whether it names an indicator.
    fn read(
        value: &Value<'_>,
        method: Option<BudgetingMethod>,
        shared: Option<&Metric>,
        reading: &mut Reading<'_>,
    ) -> (bool, Option<Self>) {
        let Some(mut fields) = value.map(reading) else { return (false, None) };
        let indicator = read_indicator(&mut fields, reading);
        let has_indicator = indicator.is_there();
        let display_name = fields.optional("displayName").and_then(|value| value.text(reading)).map(str::to_owned);
        let objective = read_target(&mut fields, reading);
        let budgeting = Budgeting::read(&mut fields, method, reading);
        let operator_value = fields.optional("op");
        let operator = operator_value.as_ref().and_then(|value| Operator::read(value, reading));
        let number_value = fields.optional("value");
        let number = number_value.as_ref().and_then(|value| value.number(|_| Ok(()), reading));
        let weight = fields.optional("compositeWeight").map_or(Some(None), |value| {
            let result = value.digits(reading)?.parse::<Weight>();
            value.checked(result, reading).map(Some)
        });
        let own = match &indicator {
            Given::One(Referred::Inline(sli)) => Some(sli.metric()),
            _ => None,
        };
        let both_read = operator.is_some() == operator_value.is_some() && number.is_some() == number_value.is_some();
        let metric = own.or(shared).filter(|_| both_read);
        if let Some(misfit) = metric.and_then(|metric| misfit(metric, operator, number.is_some())) {
            fields.fault(reading, misfit);
        }
        fields.finish(reading);
        let origin = Origin(value.place(reading));
        let read = indicator.one().and_then(|indicator| {
            Some(Self {
                display_name,
                objective: objective?,
                budgeting: budgeting?,
                operator,
                value: number,
                indicator,
                composite_weight: weight?,
                origin,
            })
        });
        (has_indicator, read)
    }
}

fn read_objectives(
    value: &Value<'_>,
    method: Option<BudgetingMethod>,
    shared: Option<&Metric>,
    reading: &mut Reading<'_>,
) -> Option<Vec<(bool, Option<SloObjective>)>> {
    let items = value.list(reading)?;
    if items.is_empty() {
        // DIFFERS: the SDK takes an SLO that promises nothing.
        value.fault(reading, "is empty; an SLO needs an objective");
        return None;
    }
    Some(items.iter().map(|item| SloObjective::read(item, method, shared, reading)).collect())
}

fn read_target(fields: &mut Fields<'_>, reading: &mut Reading<'_>) -> Option<Objective> {
    match (fields.optional("target"), fields.optional("targetPercent")) {
        (Some(value), None) => {
            let result = Objective::from_ratio(value.digits(reading)?);
            value.checked(result, reading)
        }
        (None, Some(value)) => {
            let result = Objective::from_percent(value.digits(reading)?);
            value.checked(result, reading)
        }
        _ => {
            fields.fault(reading, "has to hold either `target` or `targetPercent`");
            None
        }
    }
}

impl Budgeting {
    fn read(fields: &mut Fields<'_>, method: Option<BudgetingMethod>, reading: &mut Reading<'_>) -> Option<Self> {
        let (needs_target, needs_window) = match method {
            Some(BudgetingMethod::Timeslices) => (true, true),
            Some(BudgetingMethod::RatioTimeslices) => (false, true),
            Some(BudgetingMethod::Occurrences) | None => (false, false),
        };
        let mut field = |name, needed| if needed { fields.required(name, reading) } else { fields.optional(name) };
        let (target, window) = (field("timeSliceTarget", needs_target), field("timeSliceWindow", needs_window));
        let target_given = target.is_some();
        let window_given = window.is_some();
        let target = target.and_then(|value| {
            let result = SliceTarget::from_ratio(value.digits(reading)?);
            value.checked(result, reading)
        });
        let window = window.and_then(|value| value.duration(reading));
        if target.is_some() != target_given || window.is_some() != window_given {
            return None;
        }
        match method? {
            BudgetingMethod::Occurrences => Some(Self::Occurrences),
            BudgetingMethod::Timeslices => Some(Self::Timeslices { target: target?, window: window? }),
            BudgetingMethod::RatioTimeslices => Some(Self::RatioTimeslices { window: window? }),
        }
    }
}

/// A threshold metric needs `op` and `value`; a ratio has no use for them.
///
/// `DIFFERS:` the SDK refuses `op` beside a ratio, and with it the examples of the OpenSLO specification, which
/// write `op: gt`: more good events than the target, as every ratio objective says.
fn misfit(metric: &Metric, operator: Option<Operator>, has_value: bool) -> Option<&'static str> {
    match metric {
        Metric::Threshold(_) if operator.is_none() || !has_value => {
            Some("has to hold `op` and `value`: its indicator is a threshold metric")
        }
        Metric::Threshold(_) => None,
        Metric::Ratio { .. } | Metric::Raw { .. } if has_value => {
            Some("must not hold `value`: its indicator is a ratio, which is compared with the target")
        }
        Metric::Ratio { .. } | Metric::Raw { .. } => match operator {
            Some(Operator::Below | Operator::AtMost) => Some(
                "must not hold `op` with `lt` or `lte`: its indicator is a ratio, which has to be above the target",
            ),
            _ => None,
        },
    }
}
