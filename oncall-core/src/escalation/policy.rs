//! Who is asked, for how long, how often, and what may wait.

use core::fmt;

use chrono::TimeDelta;

use super::quiet::QuietHours;
use crate::error::Error;
use crate::person::{PersonId, Role};

/// How bad it is, from what can wait for the morning to what cannot wait at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Severity {
    /// May wait.
    Low,
    /// May wait, if the policy says so.
    Medium,
    /// Never waits for quiet hours to end.
    High,
    /// Never waits for quiet hours to end.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// Whom a step asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Target {
    /// Who has this role when the step comes.
    Role(Role),
    /// This person, on call or not.
    Person(PersonId),
    /// Everybody who has a duty when the step comes: primary first, then secondary; never a shadow.
    OnCall,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => role.fmt(f),
            Self::Person(person) => person.fmt(f),
            Self::OnCall => f.pad("all on call"),
        }
    }
}

/// How the people of a step are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Ask {
    /// The first who can be reached, and nobody else: the next one only where the page could not be delivered or the
    /// person left.
    #[default]
    First,
    /// One after the other, each for the step's time-out; never two at once.
    InTurn,
    /// All at once.
    Together,
}

/// One step: whom it asks, how, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawStep", into = "RawStep")
)]
pub struct Step {
    // INVARIANT: at least one, none twice, no shadow.
    targets: Vec<Target>,
    ask: Ask,
    // INVARIANT: whole seconds in LENGTHS.
    timeout: TimeDelta,
}

impl Step {
    /// Asks the first of `targets` who can be reached, and gives up after `timeout`.
    ///
    /// # Errors
    /// [`Error::NoTargets`]; [`Error::TargetTwice`]; [`Error::ShadowPaged`]; [`Error::LengthOutOfRange`] unless
    /// `timeout` is whole seconds from 1 second to 30 days.
    pub fn new(targets: Vec<Target>, timeout: TimeDelta) -> Result<Self, Error> {
        if targets.is_empty() {
            return Err(Error::NoTargets);
        }
        for (place, target) in targets.iter().enumerate() {
            if matches!(target, Target::Role(role) if !role.is_duty()) {
                return Err(Error::ShadowPaged);
            }
            if targets.iter().take(place).any(|earlier| earlier == target) {
                return Err(Error::TargetTwice { target: target.to_string() });
            }
        }
        Ok(Self { targets, ask: Ask::First, timeout: checked_length("time-out of a step", timeout)? })
    }

    /// The same step, asked this way.
    #[must_use]
    pub fn asking(mut self, ask: Ask) -> Self {
        self.ask = ask;
        self
    }

    /// Whom it asks, in order.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// How it asks them.
    #[must_use]
    pub const fn ask(&self) -> Ask {
        self.ask
    }

    /// How long it waits for an answer.
    #[must_use]
    pub const fn timeout(&self) -> TimeDelta {
        self.timeout
    }
}

/// When single pages of one group become one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawStorm", into = "RawStorm")
)]
pub struct StormRule {
    // INVARIANT: 1 to 1000.
    more_than: u32,
    // INVARIANT: whole seconds in LENGTHS.
    window: TimeDelta,
}

impl StormRule {
    /// More than `more_than` pages of one group within `window` are a storm.
    ///
    /// # Errors
    /// [`Error::StormOutOfRange`] unless `more_than` is 1 to 1000; [`Error::LengthOutOfRange`] unless `window` is whole
    /// seconds from 1 second to 30 days.
    pub fn new(more_than: u32, window: TimeDelta) -> Result<Self, Error> {
        if !(1..=1000).contains(&more_than) {
            return Err(Error::StormOutOfRange { given: more_than });
        }
        Ok(Self { more_than, window: checked_length("window of a storm", window)? })
    }

    /// How many pages are no storm yet.
    #[must_use]
    pub const fn more_than(self) -> u32 {
        self.more_than
    }

    /// How far it looks back.
    #[must_use]
    pub const fn window(self) -> TimeDelta {
        self.window
    }
}

/// How pages are brought to people. A value: [`Policy::new`] gives one that goes through its steps once, the other
/// methods say more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPolicy", into = "RawPolicy")
)]
pub struct Policy {
    // INVARIANT: 1 to MOST_STEPS.
    steps: Vec<Step>,
    // INVARIANT: at most MOST_REPEATS.
    repeats: u32,
    acknowledged_for: Option<TimeDelta>,
    longest_snooze: TimeDelta,
    quiet_hours: Option<QuietHours>,
    storm: Option<StormRule>,
}

impl Policy {
    /// Goes through `steps` once. Acknowledgements never go stale, a snooze lasts a day at most, nothing waits for
    /// quiet hours, and no storm is grouped.
    ///
    /// # Errors
    /// [`Error::StepsOutOfRange`] unless there are 1 to 100.
    pub fn new(steps: Vec<Step>) -> Result<Self, Error> {
        if !(1..=MOST_STEPS).contains(&steps.len()) {
            return Err(Error::StepsOutOfRange { given: steps.len(), most: MOST_STEPS });
        }
        let longest_snooze = TimeDelta::days(1);
        Ok(Self { steps, repeats: 0, acknowledged_for: None, longest_snooze, quiet_hours: None, storm: None })
    }

    /// Goes through the steps `repeats` times more before it gives up.
    ///
    /// # Errors
    /// [`Error::RepeatsOutOfRange`] above 100.
    pub fn repeated(mut self, repeats: u32) -> Result<Self, Error> {
        self.repeats = checked_repeats(repeats)?;
        Ok(self)
    }

    /// An acknowledgement holds for `length`; then it is stale, and the page escalates again.
    ///
    /// # Errors
    /// [`Error::LengthOutOfRange`] unless it is whole seconds from 1 second to 30 days.
    pub fn acknowledged_for(mut self, length: TimeDelta) -> Result<Self, Error> {
        self.acknowledged_for = Some(checked_length("time-out of an acknowledgement", length)?);
        Ok(self)
    }

    /// A snooze ends within `length`.
    ///
    /// # Errors
    /// [`Error::LengthOutOfRange`] unless it is whole seconds from 1 second to 30 days.
    pub fn snoozed_at_most(mut self, length: TimeDelta) -> Result<Self, Error> {
        self.longest_snooze = checked_length("longest snooze", length)?;
        Ok(self)
    }

    /// Low severities wait for quiet hours to end.
    #[must_use]
    pub fn with_quiet_hours(mut self, quiet: QuietHours) -> Self {
        self.quiet_hours = Some(quiet);
        self
    }

    /// Storms become one page.
    #[must_use]
    pub fn with_storms(mut self, rule: StormRule) -> Self {
        self.storm = Some(rule);
        self
    }

    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How often the steps are gone through again.
    #[must_use]
    pub const fn repeats(&self) -> u32 {
        self.repeats
    }

    /// How long an acknowledgement holds; for ever where there is none.
    #[must_use]
    pub const fn acknowledgement(&self) -> Option<TimeDelta> {
        self.acknowledged_for
    }

    /// How long a snooze may last.
    #[must_use]
    pub const fn longest_snooze(&self) -> TimeDelta {
        self.longest_snooze
    }

    /// When low severities wait.
    #[must_use]
    pub const fn quiet_hours(&self) -> Option<&QuietHours> {
        self.quiet_hours.as_ref()
    }

    /// When pages are a storm.
    #[must_use]
    pub const fn storm(&self) -> Option<StormRule> {
        self.storm
    }
}

const MOST_STEPS: usize = 100;
const MOST_REPEATS: u32 = 100;
const LONGEST: TimeDelta = TimeDelta::days(30);

fn checked_length(what: &'static str, given: TimeDelta) -> Result<TimeDelta, Error> {
    if given < TimeDelta::seconds(1) || given > LONGEST || given.subsec_nanos() != 0 {
        return Err(Error::LengthOutOfRange { what, given, most: LONGEST });
    }
    Ok(given)
}

fn checked_repeats(given: u32) -> Result<u32, Error> {
    if given > MOST_REPEATS { Err(Error::RepeatsOutOfRange { given, most: MOST_REPEATS }) } else { Ok(given) }
}

#[cfg(feature = "serde")]
mod raw {
    use super::{Ask, Error, Policy, QuietHours, Step, StormRule, Target, TimeDelta, checked_length, checked_repeats};
    use crate::escalation::quiet::RawQuiet;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RawStep {
        targets: Vec<Target>,
        #[serde(default)]
        ask: Ask,
        timeout_seconds: i64,
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RawStorm {
        more_than: u32,
        window_seconds: i64,
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RawPolicy {
        steps: Vec<RawStep>,
        #[serde(default)]
        repeats: u32,
        #[serde(default)]
        acknowledged_for_seconds: Option<i64>,
        #[serde(default)]
        longest_snooze_seconds: Option<i64>,
        #[serde(default)]
        quiet_hours: Option<RawQuiet>,
        #[serde(default)]
        storm: Option<RawStorm>,
    }

    /// A number of seconds that no length has stands for one, and is refused as such.
    fn seconds(given: i64) -> TimeDelta {
        TimeDelta::try_seconds(given).unwrap_or(if given < 0 { TimeDelta::MIN } else { TimeDelta::MAX })
    }

    impl TryFrom<RawStep> for Step {
        type Error = Error;

        fn try_from(raw: RawStep) -> Result<Self, Error> {
            Ok(Self::new(raw.targets, seconds(raw.timeout_seconds))?.asking(raw.ask))
        }
    }

    impl From<Step> for RawStep {
        fn from(step: Step) -> Self {
            Self { targets: step.targets, ask: step.ask, timeout_seconds: step.timeout.num_seconds() }
        }
    }

    impl TryFrom<RawStorm> for StormRule {
        type Error = Error;

        fn try_from(raw: RawStorm) -> Result<Self, Error> {
            Self::new(raw.more_than, seconds(raw.window_seconds))
        }
    }

    impl From<StormRule> for RawStorm {
        fn from(rule: StormRule) -> Self {
            Self { more_than: rule.more_than, window_seconds: rule.window.num_seconds() }
        }
    }

    impl TryFrom<RawPolicy> for Policy {
        type Error = Error;

        /// Every fault of the document, each with its place.
        fn try_from(raw: RawPolicy) -> Result<Self, Error> {
            let mut faults = Vec::new();
            let mut steps = Vec::new();
            for (place, step) in raw.steps.into_iter().enumerate() {
                steps.extend(noted(&mut faults, &format!("steps[{place}]"), Step::try_from(step)));
            }
            let mut length = |place: &str, what, given: Option<i64>| {
                given.and_then(|given| noted(&mut faults, place, checked_length(what, seconds(given))))
            };
            let acknowledged_for =
                length("acknowledged_for_seconds", "time-out of an acknowledgement", raw.acknowledged_for_seconds);
            let longest_snooze = length("longest_snooze_seconds", "longest snooze", raw.longest_snooze_seconds);
            let quiet = raw.quiet_hours.map(|quiet| noted(&mut faults, "quiet_hours", QuietHours::try_from(quiet)));
            let storm = raw.storm.map(|storm| noted(&mut faults, "storm", StormRule::try_from(storm)));
            let repeats = noted(&mut faults, "repeats", checked_repeats(raw.repeats));
            // A step that was refused is told already; it is not missed as well.
            let policy = if faults.is_empty() { noted(&mut faults, "steps", Self::new(steps)) } else { None };
            let Some(policy) = policy else { return Err(Error::Several { faults }) };
            Ok(Self {
                repeats: repeats.unwrap_or(0),
                acknowledged_for,
                longest_snooze: longest_snooze.unwrap_or(policy.longest_snooze),
                quiet_hours: quiet.flatten(),
                storm: storm.flatten(),
                ..policy
            })
        }
    }

    fn noted<T>(faults: &mut Vec<(String, Error)>, place: &str, made: Result<T, Error>) -> Option<T> {
        made.map_err(|fault| faults.push((place.to_owned(), fault))).ok()
    }

    impl From<Policy> for RawPolicy {
        fn from(policy: Policy) -> Self {
            Self {
                steps: policy.steps.into_iter().map(RawStep::from).collect(),
                repeats: policy.repeats,
                acknowledged_for_seconds: policy.acknowledged_for.map(|length| length.num_seconds()),
                longest_snooze_seconds: Some(policy.longest_snooze.num_seconds()),
                quiet_hours: policy.quiet_hours.map(RawQuiet::from),
                storm: policy.storm.map(RawStorm::from),
            }
        }
    }
}
#[cfg(feature = "serde")]
use raw::{RawPolicy, RawStep, RawStorm};
