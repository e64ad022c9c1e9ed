//! The machine.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::consequence::{Action, BudgetShare, ErrorBudgetPolicy, Event, Exemption, Review, State, Verdict};
use crate::error::Error;

/// An error budget policy at work: knows the state, the reviews that are due, the exemptions that hold, and how
/// it came to be.
///
/// Starts healthy. The same events lead to the same machine; it can be serialised and restored at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawConsequence", into = "RawConsequence")
)]
pub struct Consequence {
    pub(super) policy: ErrorBudgetPolicy,
    pub(super) state: State,
    pub(super) left: Option<BudgetShare>,
    /// Since when what is left cannot be told.
    pub(super) no_data_since: Option<DateTime<Utc>>,
    // INVARIANT: at most MOST_OPEN, no two of one incident.
    pub(super) reviews: Vec<Review>,
    // INVARIANT: at most REVIEWED, no two of one incident, by the time of the review.
    reviewed: VecDeque<Reviewed>,
    // INVARIANT: at most MOST_OPEN, no two of one name, none that ended by `latest`, no blank field.
    pub(super) exemptions: Vec<Exemption>,
    // INVARIANT: at most HISTORY, by time, the last one to `state`.
    history: VecDeque<StateChange>,
    /// Changes no longer in `history`.
    forgotten: u64,
    latest: Option<DateTime<Utc>>,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct StateChange {
    /// When.
    pub at: DateTime<Utc>,
    /// From which state.
    pub from: State,
    /// To which.
    pub to: State,
    /// What was left of the budget.
    pub left: BudgetShare,
}

/// An incident whose review is done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Reviewed {
    incident: String,
    /// What it had spent at its review.
    spent: BudgetShare,
}

impl Consequence {
    /// How many changes of state are remembered.
    pub const HISTORY: usize = 256;
    /// The most reviews, and the most exemptions, open at a time.
    pub const MOST_OPEN: usize = 256;
    /// How many reviewed incidents are remembered, the latest reviewed.
    pub const REVIEWED: usize = 256;

    /// A machine that knows nothing yet, and so is healthy.
    #[must_use]
    pub const fn new(policy: ErrorBudgetPolicy) -> Self {
        Self {
            policy,
            state: State::Healthy,
            left: None,
            no_data_since: None,
            reviews: Vec::new(),
            reviewed: VecDeque::new(),
            exemptions: Vec::new(),
            history: VecDeque::new(),
            forgotten: 0,
            latest: None,
        }
    }

    /// Applies one event at `now` and returns what the caller must do, in order.
    ///
    /// Exemptions that have run out by `now` end first. An incident demands its review once, when it passes the
    /// threshold; reported anew it updates what it spent. After its review it demands another only once it has
    /// spent more than the threshold on top of what was reviewed; the last [`Consequence::REVIEWED`] reviews are
    /// remembered for that. A state that changes while an exemption holds is announced all the same.
    ///
    /// # Errors
    /// [`Error::ClockWentBack`] for an event older than the last one; [`Error::Consequence`] for an
    /// incident with a blank name, a review that is not due, an exemption with a blank name, author or reason, one that ends by `now`, one of a name that
    /// holds already or more than [`Consequence::MOST_OPEN`], and the end of one that does not hold. An error
    /// changes nothing.
    pub fn handle(&mut self, now: DateTime<Utc>, event: Event) -> Result<Vec<Action>, Error> {
        if let Some(latest) = self.latest.filter(|latest| now < *latest) {
            return Err(Error::ClockWentBack { now, latest });
        }
        let holds = |exemption: &Exemption| exemption.until > now;
        // What can fail comes first: an error changes nothing.
        self.check(now, &event)?;
        let ended = self.exemptions.iter().filter(|exemption| !holds(exemption)).cloned();
        let mut actions: Vec<_> = ended.map(Action::EndExemption).collect();
        self.exemptions.retain(holds);
        self.latest = Some(now);
        match event {
            Event::Budget(left) => actions.extend(self.budget(now, left)),
            Event::NoData => self.no_data_since = self.no_data_since.or(Some(now)),
            Event::Incident { name, spent } => actions.extend(self.incident(now, name, spent)),
            Event::Reviewed { name } => self.reviewed(&name),
            Event::Exempt(exemption) => self.exemptions.push(exemption),
            Event::Revoke { name } => self.exemptions.retain(|exemption| exemption.name != name),
            Event::Tick => {}
        }
        Ok(actions)
    }

    /// When `handle(_, Event::Tick)` is due next, because an exemption runs out; `None` when only an event can
    /// change anything.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.exemptions.iter().map(|exemption| exemption.until).min()
    }

    /// What the budget allows at `now`, and why, as a plain value.
    #[must_use]
    pub fn verdict(&self, now: DateTime<Utc>) -> Verdict {
        Verdict::new(self, now)
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &ErrorBudgetPolicy {
        &self.policy
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// When the state was entered; `None` for a machine that never left its first.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.history.back().map(|change| change.at)
    }

    /// The last [`Consequence::HISTORY`] changes of state, oldest first.
    pub fn history(&self) -> impl Iterator<Item = StateChange> + '_ {
        self.history.iter().copied()
    }

    /// How many changes of state there were before those of [`Consequence::history`].
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Reviews that are due, in the order in which they were demanded.
    #[must_use]
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    fn check(&self, now: DateTime<Utc>, event: &Event) -> Result<(), Error> {
        let refuse = |reason: String| Err(Error::Consequence { reason });
        let held = |name: &str| self.exemptions.iter().any(|other| other.name == name && other.until > now);
        match event {
            Event::Reviewed { name } if self.due(name).is_none() => refuse(format!("no review of `{name}` is due")),
            Event::Incident { name, .. } if name.trim().is_empty() => refuse(format!("incident `{name}` has no name")),
            Event::Incident { name, spent }
                if self.demands_review(name, *spent)
                    && self.due(name).is_none()
                    && self.reviews.len() >= Self::MOST_OPEN =>
            {
                refuse(format!("{} reviews are due; no room for `{name}`", self.reviews.len()))
            }
            Event::Exempt(exemption) => {
                check_exemption(exemption, now)?;
                let open = self.exemptions.iter().filter(|other| other.until > now).count();
                if held(&exemption.name) {
                    return refuse(format!("exemption `{}` holds already", exemption.name));
                }
                if open >= Self::MOST_OPEN {
                    return refuse(format!("{open} exemptions hold; no room for `{}`", exemption.name));
                }
                Ok(())
            }
            Event::Revoke { name } if !held(name) => refuse(format!("no exemption `{name}` holds")),
            _ => Ok(()),
        }
    }

    fn due(&self, incident: &str) -> Option<&Review> {
        self.reviews.iter().find(|review| review.incident == incident)
    }

    /// Whether an incident whose review is not due demands one: what it spent beyond the review that it had counts.
    fn demands_review(&self, incident: &str, spent: BudgetShare) -> bool {
        let reviewed = self.reviewed.iter().find(|reviewed| reviewed.incident == incident);
        self.policy.demands_review(reviewed.map_or(spent, |reviewed| spent.minus(reviewed.spent)))
    }

    fn reviewed(&mut self, incident: &str) {
        let Some(position) = self.reviews.iter().position(|review| review.incident == incident) else { return };
        let Review { incident, spent, .. } = self.reviews.remove(position);
        self.reviewed.retain(|reviewed| reviewed.incident != incident);
        self.reviewed.push_back(Reviewed { incident, spent });
        if self.reviewed.len() > Self::REVIEWED {
            self.reviewed.pop_front();
        }
    }

    fn budget(&mut self, now: DateTime<Utc>, left: BudgetShare) -> Option<Action> {
        self.left = Some(left);
        self.no_data_since = None;
        let to = self.policy.next(self.state, left);
        if to == self.state {
            return None;
        }
        let change = StateChange { at: now, from: self.state, to, left };
        self.state = to;
        self.history.push_back(change);
        if self.history.len() > Self::HISTORY {
            self.history.pop_front();
            self.forgotten = self.forgotten.saturating_add(1);
        }
        Some(Action::Announce(change))
    }

    fn incident(&mut self, now: DateTime<Utc>, incident: String, spent: BudgetShare) -> Option<Action> {
        if let Some(review) = self.reviews.iter_mut().find(|review| review.incident == incident) {
            review.spent = spent;
            return None;
        }
        self.demands_review(&incident, spent).then(|| {
            let review = Review { incident, spent, since: now };
            self.reviews.push(review.clone());
            Action::DemandReview(review)
        })
    }
}

fn check_exemption(exemption: &Exemption, now: DateTime<Utc>) -> Result<(), Error> {
    let Exemption { name, who, why, until } = exemption;
    for (what, text) in [("name", name), ("author", who), ("reason", why)] {
        if text.trim().is_empty() {
            return Err(Error::Consequence { reason: format!("exemption `{name}` has no {what}") });
        }
    }
    if *until <= now {
        return Err(Error::Consequence { reason: format!("exemption `{name}` ends at {until}, not after {now}") });
    }
    Ok(())
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConsequence {
    policy: ErrorBudgetPolicy,
    state: State,
    left: Option<BudgetShare>,
    no_data_since: Option<DateTime<Utc>>,
    reviews: Vec<Review>,
    reviewed: VecDeque<Reviewed>,
    exemptions: Vec<Exemption>,
    history: VecDeque<StateChange>,
    forgotten: u64,
    latest: Option<DateTime<Utc>>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawConsequence> for Consequence {
    type Error = Error;

    fn try_from(raw: RawConsequence) -> Result<Self, Error> {
        let RawConsequence {
            policy,
            state,
            left,
            no_data_since,
            reviews,
            reviewed,
            exemptions,
            history,
            forgotten,
            latest,
        } = raw;
        let unique = |names: Vec<&str>| {
            let names_seen: std::collections::BTreeSet<_> = names.iter().collect();
            names_seen.len() == names.len()
        };
        let named = |incident: &str| !incident.trim().is_empty();
        let past = |at: DateTime<Utc>| latest.is_some_and(|latest| at <= latest);
        let chained = history.iter().zip(history.iter().skip(1)).all(|(a, b)| a.to == b.from && a.at <= b.at);
        let stepped = history.iter().all(|change| {
            change.from != change.to && policy.next(change.from, change.left) == change.to && past(change.at)
        });
        let starts = forgotten > 0 || history.front().is_none_or(|first| first.from == State::Healthy);
        let ends = history.back().map_or(State::Healthy, |last| last.to) == state;
        let settled = left.map_or(history.is_empty(), |left| policy.next(state, left) == state);
        let checks = [
            (chained && stepped && starts && ends, "the history does not lead to the state"),
            (
                history.len() <= Self::HISTORY && (forgotten == 0 || history.len() == Self::HISTORY),
                "the history has the wrong length",
            ),
            (settled, "the state does not follow from what is left"),
            (reviews.len() <= Self::MOST_OPEN && reviewed.len() <= Self::REVIEWED, "too many reviews"),
            (
                unique(reviews.iter().map(|review| review.incident.as_str()).collect())
                    && unique(reviewed.iter().map(|reviewed| reviewed.incident.as_str()).collect()),
                "two reviews of one incident",
            ),
            (
                reviews.iter().all(|review| named(&review.incident))
                    && reviewed.iter().all(|reviewed| named(&reviewed.incident)),
                "a review of an incident with no name",
            ),
            (reviews.iter().all(|review| past(review.since)), "a review from the future"),
            (
                unique(exemptions.iter().map(|exemption| exemption.name.as_str()).collect())
                    && exemptions.len() <= Self::MOST_OPEN,
                "two exemptions of one name, or too many",
            ),
            (no_data_since.is_none_or(past), "no data since the future"),
            (left.is_none() || latest.is_some(), "a budget that was never told"),
            (exemptions.is_empty() || latest.is_some(), "an exemption that was never granted"),
        ];
        if let Some((_, reason)) = checks.iter().find(|(holds, _)| !holds) {
            return Err(Error::Consequence { reason: (*reason).to_owned() });
        }
        if let Some(latest) = latest {
            exemptions.iter().try_for_each(|exemption| check_exemption(exemption, latest))?;
        }
        Ok(Self { policy, state, left, no_data_since, reviews, reviewed, exemptions, history, forgotten, latest })
    }
}

#[cfg(feature = "serde")]
impl From<Consequence> for RawConsequence {
    fn from(machine: Consequence) -> Self {
        let Consequence {
            policy,
            state,
            left,
            no_data_since,
            reviews,
            reviewed,
            exemptions,
            history,
            forgotten,
            latest,
        } = machine;
        Self { policy, state, left, no_data_since, reviews, reviewed, exemptions, history, forgotten, latest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn left(percent: i64) -> Event {
        Event::Budget(BudgetShare::from_parts_per_billion(percent.checked_mul(10_000_000).unwrap()))
    }

    fn exemption(name: &str) -> Event {
        let text = |text: &str| text.to_owned();
        Event::Exempt(Exemption { name: text(name), who: text("Ana"), why: text("the fix itself"), until: at(9_000) })
    }

    #[test]
    fn the_history_keeps_the_latest_and_counts_the_rest() {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        for second in 0..300 {
            machine.handle(at(second), left(if second % 2 == 0 { 0 } else { 100 })).unwrap();
        }
        assert_eq!((machine.history().count(), machine.forgotten()), (Consequence::HISTORY, 44));
        assert_eq!(machine.history().next().unwrap().at, at(44));
        assert_eq!(machine.since(), Some(at(299)));
    }

    #[test]
    fn what_is_open_is_bounded_and_the_one_too_many_is_named() {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        let incident = |n: usize| Event::Incident { name: n.to_string(), spent: BudgetShare::ALL };
        for n in 0..Consequence::MOST_OPEN {
            machine.handle(at(0), incident(n)).unwrap();
            machine.handle(at(0), exemption(&n.to_string())).unwrap();
        }
        let before = machine.clone();
        for event in [incident(Consequence::MOST_OPEN), exemption("one more")] {
            assert!(machine.handle(at(1), event).unwrap_err().to_string().contains("no room for"));
        }
        assert_eq!(machine, before);
    }

    #[test]
    fn a_reviewed_incident_demands_another_review_only_once_it_grew_by_the_threshold() {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        let incident = |percent: i64| Event::Incident {
            name: "bad deploy".to_owned(),
            spent: BudgetShare::from_parts_per_billion(percent.checked_mul(10_000_000).unwrap()),
        };
        let reviewed = || Event::Reviewed { name: "bad deploy".to_owned() };
        assert_eq!(machine.handle(at(1), incident(30)).unwrap().len(), 1);
        machine.handle(at(2), reviewed()).unwrap();
        for percent in [30, 25, 50] {
            assert_eq!(machine.handle(at(3), incident(percent)).unwrap(), [], "{percent} %");
        }
        assert_eq!(machine.handle(at(4), incident(51)).unwrap().len(), 1);
        machine.handle(at(5), reviewed()).unwrap();
        assert_eq!(machine.handle(at(6), incident(71)).unwrap(), []);
    }

    #[test]
    fn an_incident_without_a_name_is_refused() {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        let error = machine.handle(at(1), Event::Incident { name: " ".to_owned(), spent: BudgetShare::ALL });
        assert!(error.unwrap_err().to_string().contains("incident ` ` has no name"));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_state_that_no_event_leads_to() {
        let mut machine = Consequence::new(ErrorBudgetPolicy::default());
        machine.handle(at(1), left(-1)).unwrap();
        machine.handle(at(2), exemption("fix")).unwrap();
        let good = serde_json::to_string(&machine).unwrap();
        assert_eq!(serde_json::from_str::<Consequence>(&good).unwrap(), machine);
        for (from, to) in [
            (r#""state":"frozen""#, r#""state":"healthy""#),
            (r#""to":"frozen""#, r#""to":"slow""#),
            (r#""left":"-1%","no"#, r#""left":"80%","no"#),
            (r#""forgotten":0"#, r#""forgotten":7"#),
            (r#""who":"Ana""#, r#""who":" ""#),
            (r#""until":"1970-01-01T02:30:00Z""#, r#""until":"1970-01-01T00:00:01Z""#),
            (r#""latest":"1970-01-01T00:00:02Z""#, r#""latest":null"#),
        ] {
            let bad = good.replace(from, to);
            assert!(bad != good && serde_json::from_str::<Consequence>(&bad).is_err(), "{to} in {good}");
        }
    }
}
