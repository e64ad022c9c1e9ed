//! Objects of any number of texts, joined: names are unique and references lead somewhere.

use std::collections::BTreeMap;

use super::alert::{AlertCondition, AlertNotificationTarget, AlertPolicy};
use super::fault::{Fault, Faults, Found};
use super::metadata::{Reference, Referred};
use super::object::{DataSource, Kind, Object, Service};
use super::sli::Sli;
use super::slo::{Slo, SloObjective};

/// Objects whose names are unique within their kind and whose references all lead to one of them.
///
/// ```
/// use slo_core::openslo::{self, Bundle};
/// let service = openslo::read_from("service.yaml", "{apiVersion: openslo/v1, kind: Service, metadata: {name: web}}")?;
/// let slo = openslo::read_from("slo.yaml", "
/// apiVersion: openslo/v1
/// kind: SLO
/// metadata: {name: web-availability}
/// spec:
///   service: web
///   indicatorRef: web-requests
///   budgetingMethod: Occurrences
///   timeWindow: [{duration: 28d, isRolling: true}]
///   objectives: [{target: 0.999}]
/// ")?;
/// let faults = Bundle::from_objects(service.into_iter().chain(slo)).unwrap_err();
/// assert_eq!(faults.to_string(), "slo.yaml:7:17: spec.indicatorRef: there is no SLI `web-requests`");
/// # Ok::<(), slo_core::openslo::Faults>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bundle {
    data_sources: BTreeMap<String, DataSource>,
    services: BTreeMap<String, Service>,
    slis: BTreeMap<String, Sli>,
    slos: BTreeMap<String, Slo>,
    alert_policies: BTreeMap<String, AlertPolicy>,
    alert_conditions: BTreeMap<String, AlertCondition>,
    notification_targets: BTreeMap<String, AlertNotificationTarget>,
}

impl Bundle {
    /// Joins the objects.
    ///
    /// # Errors
    /// Every name that stands twice within a kind, every reference that leads nowhere, and every objective that
    /// does not go together with the indicator it refers to.
    pub fn from_objects(objects: impl IntoIterator<Item = Object>) -> Result<Self, Faults> {
        let mut found = Found::default();
        let mut bundle = Self::default();
        for object in objects {
            bundle.insert(object, &mut found);
        }
        bundle.check(&mut found);
        found.or(bundle)
    }

    /// The data sources, by name.
    pub fn data_sources(&self) -> impl ExactSizeIterator<Item = &DataSource> {
        self.data_sources.values()
    }

    /// The services, by name.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &Service> {
        self.services.values()
    }

    /// The indicators that are objects of their own, by name.
    pub fn slis(&self) -> impl ExactSizeIterator<Item = &Sli> {
        self.slis.values()
    }

    /// The objectives, by name.
    pub fn slos(&self) -> impl ExactSizeIterator<Item = &Slo> {
        self.slos.values()
    }

    /// The alert policies that are objects of their own, by name.
    pub fn alert_policies(&self) -> impl ExactSizeIterator<Item = &AlertPolicy> {
        self.alert_policies.values()
    }

    /// The SLO of the name.
    #[must_use]
    pub fn slo(&self, name: &str) -> Option<&Slo> {
        self.slos.get(name)
    }

    /// The service of the name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    /// The data source of the name.
    #[must_use]
    pub fn data_source(&self, name: &str) -> Option<&DataSource> {
        self.data_sources.get(name)
    }

    /// The indicator itself; always there for one of the bundle's own objects.
    #[must_use]
    pub fn sli<'b>(&'b self, referred: &'b Referred<Sli>) -> Option<&'b Sli> {
        resolve(&self.slis, referred)
    }

    /// The indicator of an objective: its own, or else that of the SLO.
    #[must_use]
    pub fn indicator<'b>(&'b self, slo: &'b Slo, objective: &'b SloObjective) -> Option<&'b Sli> {
        self.sli(objective.indicator().or(slo.indicator())?)
    }

    /// The alert policy itself; always there for one of the bundle's own objects.
    #[must_use]
    pub fn alert_policy<'b>(&'b self, referred: &'b Referred<AlertPolicy>) -> Option<&'b AlertPolicy> {
        resolve(&self.alert_policies, referred)
    }

    /// The alert condition itself; always there for one of the bundle's own objects.
    #[must_use]
    pub fn alert_condition<'b>(&'b self, referred: &'b Referred<AlertCondition>) -> Option<&'b AlertCondition> {
        resolve(&self.alert_conditions, referred)
    }

    /// The notification target itself; always there for one of the bundle's own objects.
    #[must_use]
    pub fn notification_target<'b>(
        &'b self,
        referred: &'b Referred<AlertNotificationTarget>,
    ) -> Option<&'b AlertNotificationTarget> {
        resolve(&self.notification_targets, referred)
    }

    fn insert(&mut self, object: Object, found: &mut Found) {
        let (kind, name, place) = (object.kind(), object.name().to_owned(), object.metadata().place().clone());
        let is_new = match object {
            Object::DataSource(object) => keep(&mut self.data_sources, &name, object),
            Object::Service(object) => keep(&mut self.services, &name, object),
            Object::Sli(object) => keep(&mut self.slis, &name, object),
            Object::Slo(object) => keep(&mut self.slos, &name, object),
            Object::AlertPolicy(object) => keep(&mut self.alert_policies, &name, object),
            Object::AlertCondition(object) => keep(&mut self.alert_conditions, &name, object),
            Object::AlertNotificationTarget(object) => keep(&mut self.notification_targets, &name, object),
        };
        if !is_new {
            found.push(Fault::new(place, Some(&name), format!("there is another {kind} `{name}`")));
        }
    }

    fn check(&self, found: &mut Found) {
        for sli in self.slis.values() {
            self.check_sli(sli, found);
        }
        for policy in self.alert_policies.values() {
            self.check_policy(policy, found);
        }
        for slo in self.slos.values() {
            self.check_slo(slo, found);
        }
    }

    fn check_slo(&self, slo: &Slo, found: &mut Found) {
        lead_somewhere(slo.service(), Kind::Service, &self.services, found);
        let own = slo.objectives().iter().filter_map(SloObjective::indicator);
        for referred in slo.indicator().into_iter().chain(own) {
            match referred {
                Referred::ByName(reference) => lead_somewhere(reference, Kind::Sli, &self.slis, found),
                Referred::Inline(sli) => self.check_sli(sli, found),
            }
        }
        for objective in slo.objectives() {
            let misfit = self.indicator(slo, objective).and_then(|sli| objective.misfit(sli.metric()));
            if let Some(misfit) = misfit {
                found.push(Fault::new(objective.place().clone(), None, misfit));
            }
        }
        for referred in slo.alert_policies() {
            match referred {
                Referred::ByName(reference) => {
                    lead_somewhere(reference, Kind::AlertPolicy, &self.alert_policies, found);
                }
                Referred::Inline(policy) => self.check_policy(policy, found),
            }
        }
    }

    fn check_sli(&self, sli: &Sli, found: &mut Found) {
        for reference in sli.metric().sources().filter_map(|source| source.reference()) {
            lead_somewhere(reference, Kind::DataSource, &self.data_sources, found);
        }
    }

    fn check_policy(&self, policy: &AlertPolicy, found: &mut Found) {
        if let Some(reference) = policy.condition().reference() {
            lead_somewhere(reference, Kind::AlertCondition, &self.alert_conditions, found);
        }
        for reference in policy.notification_targets().iter().filter_map(Referred::reference) {
            lead_somewhere(reference, Kind::AlertNotificationTarget, &self.notification_targets, found);
        }
    }
}

/// Keeps the first of a name; `false` for another.
fn keep<T>(kept: &mut BTreeMap<String, T>, name: &str, object: T) -> bool {
    let is_new = !kept.contains_key(name);
    if is_new {
        kept.insert(name.to_owned(), object);
    }
    is_new
}

fn resolve<'b, T>(kept: &'b BTreeMap<String, T>, referred: &'b Referred<T>) -> Option<&'b T> {
    match referred {
        Referred::ByName(reference) => kept.get(reference.name()),
        Referred::Inline(object) => Some(object),
    }
}

fn lead_somewhere<T>(reference: &Reference, kind: Kind, kept: &BTreeMap<String, T>, found: &mut Found) {
    let name = reference.name();
    if !kept.contains_key(name) {
        found.push(Fault::new(reference.place().clone(), Some(name), format!("there is no {kind} `{name}`")));
    }
}
