//! What an onlooker knows who sees the events and the actions, and holds the machine to what it promises.
//!
//! Of the machine it reads the severity of a page, and the step at which one waits for quiet hours to end. Whom a step
//! asks, when what is due, and who is left to ask it works out by itself, from the policy and who is on call.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};
use oncall_core::escalation::{
    Action, Actions, Ask, Escalation, Event, Key, News, OnCall, PageId, Phase, Policy, Severity, Step, Target,
    Withdrawal,
};
use oncall_core::{PersonId, Role};

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Onlooker {
    /// Keys that are wrong and not over.
    pub(crate) wrong: BTreeSet<Key>,
    pub(crate) pages: BTreeMap<PageId, Watch>,
    /// When keys came that had no page, and of which group.
    came: Vec<(Option<Key>, DateTime<Utc>)>,
    /// Promises that were broken.
    pub(crate) broken: BTreeSet<&'static str>,
}

/// What is known of one page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Watch {
    pub(crate) said: Said,
    /// Whose pager rings, and since when.
    pub(crate) ringing: Vec<(PersonId, DateTime<Utc>)>,
    /// When time moves it on.
    due: Option<DateTime<Utc>>,
    round: u32,
    step: u32,
    /// Whether the step is through, but for who is next in turn.
    through: bool,
    /// Whom the step has asked by now.
    here: BTreeSet<PersonId>,
    /// Whom it was put to since it last started, and whether it reached them; without those who left since.
    asked: BTreeMap<PersonId, bool>,
    attempts: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum Said {
    /// That it is new, or starts again.
    #[default]
    Starts,
    Asks,
    /// That this person is asked alone: to take it over, or whether they still have it.
    Put(PersonId),
    Waits,
    Held(PersonId),
    Rests(PersonId),
    Exhausted,
}

/// The quiet hours that an onlooker knows.
pub(crate) const NIGHT: &str = "Mon-Sun 22:00-06:00 UTC";

/// What an event is seen against.
pub(crate) struct Scene<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) before: &'a Escalation,
    pub(crate) after: &'a Escalation,
    pub(crate) now: DateTime<Utc>,
    pub(crate) event: &'a Event,
    pub(crate) reached: BTreeSet<&'static str>,
}

impl Scene<'_> {
    fn step(&self, number: u32) -> &Step {
        self.policy.steps().get(usize::try_from(number).unwrap()).unwrap()
    }

    fn steps(&self) -> u32 {
        u32::try_from(self.policy.steps().len()).unwrap()
    }

    fn on_call(&self) -> &OnCall {
        self.after.on_call()
    }

    /// Whom a step names now, in order.
    fn named(&self, step: &Step) -> Vec<PersonId> {
        let on_call = self.on_call();
        let role = |role| on_call.who(role).cloned().collect::<Vec<_>>();
        let targets = step.targets().iter().flat_map(|target| match target {
            Target::Role(one) => role(*one),
            Target::Person(person) => vec![person.clone()],
            Target::OnCall => [role(Role::Primary), role(Role::Secondary)].concat(),
        });
        targets.filter(|person| !on_call.is_away(person)).collect()
    }

    fn on_duty(&self, person: &PersonId) -> bool {
        [Role::Primary, Role::Secondary].iter().any(|role| self.on_call().who(*role).any(|there| there == person))
    }

    /// Whether a page of this severity may not be put to a step now. Quiet hours, where there are some, are those of
    /// [`NIGHT`] and for medium and less.
    fn is_quiet(&self, severity: Severity) -> bool {
        self.policy.quiet_hours().is_some() && severity <= Severity::Medium && !(6..22).contains(&self.now.hour())
    }

    fn severity(&self, page: PageId) -> Severity {
        let known = self.after.page(page).or(self.before.page(page));
        known.map_or(Severity::Critical, oncall_core::escalation::Page::severity)
    }

    /// The end of the quiet hours of now.
    fn morning(&self) -> DateTime<Utc> {
        let six = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let today = self.now.date_naive().and_time(six).and_utc();
        if today > self.now { today } else { today + TimeDelta::days(1) }
    }

    fn reach(&mut self, what: &'static str) {
        self.reached.insert(what);
    }
}

impl Watch {
    fn starts(&mut self) {
        *self = Self { said: Said::Starts, attempts: self.attempts, ringing: self.ringing.clone(), ..Self::default() };
    }

    /// Whether the step may be left: its time is up, or it found nobody; and in turn everybody had theirs.
    fn may_leave(&self, scene: &Scene<'_>) -> bool {
        let step = scene.step(self.step);
        self.through && (step.ask() != Ask::InTurn || scene.named(step).iter().all(|person| self.here.contains(person)))
    }

    fn is_last(&self, scene: &Scene<'_>) -> bool {
        self.step + 1 == scene.steps()
    }

    fn is_at_its_end(&self, scene: &Scene<'_>) -> bool {
        self.is_last(scene) && self.may_leave(scene) && self.round == scene.policy.repeats()
    }

    /// Comes to a step: the one where it is, or the next; whether that is in order.
    fn comes_to(&mut self, step: u32, scene: &Scene<'_>) -> bool {
        if step == self.step + 1 && !self.is_last(scene) && self.may_leave(scene) {
            (self.step, self.through) = (step, false);
            self.here.clear();
        }
        step == self.step && (!self.through || scene.step(step).ask() == Ask::InTurn)
    }

    /// Whether somebody on call is left whom some step would ask, and none did.
    fn is_to_ask(&self, scene: &Scene<'_>) -> bool {
        scene.policy.steps().iter().any(|step| {
            let mut named = scene.named(step);
            if step.ask() == Ask::First
                && let Some(first) = named.iter().position(|person| self.asked.get(person) != Some(&false))
            {
                named.truncate(first + 1);
            }
            named.iter().any(|person| !self.asked.contains_key(person))
        })
    }
}

impl Onlooker {
    pub(crate) fn expect(&mut self, promise: &'static str, kept: bool) {
        if !kept {
            self.broken.insert(promise);
        }
    }

    /// Keeps what an event did, and holds it against the promises.
    pub(crate) fn look(&mut self, scene: &mut Scene<'_>, actions: &Actions) {
        self.hear(scene);
        // Pages that time alone moved on, and steps in a row that found nobody, in this event.
        let (mut fired, mut skipped) = (BTreeSet::new(), BTreeMap::<PageId, u32>::new());
        for action in actions {
            match action {
                Action::Notify { page, person, step, attempt } => {
                    skipped.remove(page);
                    self.notified(*page, person, *step, *attempt, scene);
                }
                Action::Withdraw { page, person, why } => self.withdrawn(*page, person, *why, scene),
                Action::Tell { page, news } => {
                    if let News::Skipped { .. } = news {
                        *skipped.entry(*page).or_default() += 1;
                    }
                    let in_vain = skipped.get(page).is_some_and(|skips| *skips >= scene.steps());
                    let twice = self.told(*page, news, in_vain, scene) && !fired.insert(*page);
                    self.expect("a time-out fires once", !twice);
                }
                Action::AskWhoIsOnCall { .. } => {}
            }
        }
        self.compare(scene);
        self.answers(scene, actions);
    }

    /// What is known before anything is done about it.
    fn hear(&mut self, scene: &Scene<'_>) {
        match scene.event {
            Event::Triggered(trigger) if self.wrong.insert(trigger.key.clone()) => {
                self.came.push((trigger.group.clone(), scene.now));
            }
            Event::Cleared { key } => _ = self.wrong.remove(key),
            Event::DeliveryFailed { page, person } => {
                if let Some(watch) = self.pages.get_mut(page)
                    && watch.ringing.iter().any(|(rings, _)| rings == person)
                {
                    watch.ringing.retain(|(rings, _)| rings != person);
                    watch.asked.insert(person.clone(), false);
                }
            }
            Event::OnCallChanged(_) => {
                let named: BTreeSet<_> = scene.policy.steps().iter().flat_map(|step| scene.named(step)).collect();
                for watch in self.pages.values_mut() {
                    let rings: Vec<_> = watch.ringing.iter().map(|(person, _)| person.clone()).collect();
                    watch.asked.retain(|person, _| named.contains(person) || rings.contains(person));
                    watch.here.retain(|person| named.contains(person) || rings.contains(person));
                }
            }
            _ => {}
        }
        let by = match scene.event {
            Event::Resolved { page, by } => {
                for key in scene.before.page(*page).unwrap().keys() {
                    self.wrong.remove(key);
                }
                Some((page, by))
            }
            Event::Acknowledged { page, by } | Event::Snoozed { page, by, .. } | Event::HandedOver { page, by, .. } => {
                Some((page, by))
            }
            _ => None,
        };
        // Who answers knows.
        if let Some((page, by)) = by
            && let Some(watch) = self.pages.get_mut(page)
        {
            watch.ringing.retain(|(rings, _)| rings != by);
        }
    }

    fn notified(&mut self, page: PageId, person: &PersonId, step: u32, attempt: u32, scene: &mut Scene<'_>) {
        let watch = self.pages.entry(page).or_default();
        let once = watch.ringing.iter().all(|(rings, _)| rings != person);
        let alone = watch.ringing.is_empty();
        let timeout = scene.step(step).timeout();
        let (in_order, named, may) = match &watch.said {
            Said::Put(to) => (step == 0 && alone, to == person, true),
            Said::Starts | Said::Asks | Said::Waits => {
                watch.said = Said::Asks;
                let in_order = watch.comes_to(step, scene);
                let first =
                    scene.named(scene.step(step)).iter().find(|person| !watch.here.contains(person)) == Some(person);
                (in_order, first, !scene.is_quiet(scene.severity(page)))
            }
            Said::Held(_) | Said::Rests(_) | Said::Exhausted => (false, true, true),
        };
        if alone {
            watch.due = Some(scene.now + timeout);
        }
        let together = scene.step(step).ask() == Ask::Together && !matches!(watch.said, Said::Put(_));
        watch.through = false;
        watch.here.insert(person.clone());
        watch.asked.insert(person.clone(), true);
        watch.ringing.push((person.clone(), scene.now));
        watch.attempts += 1;
        let counted = watch.attempts == attempt;
        self.expect("nobody is asked twice at once", once);
        self.expect("nobody is asked who is away", !scene.on_call().is_away(person));
        self.expect("steps are gone through in order, and only while nobody has it", in_order);
        self.expect("a step asks whom it names, in order", named);
        self.expect("never two people are asked for one step unless it says so", alone || together);
        self.expect("what may wait is put to no step in quiet hours", may);
        self.expect("attempts are counted", counted);
        if !alone {
            scene.reach("two asked together");
        }
    }

    fn withdrawn(&mut self, page: PageId, person: &PersonId, why: Withdrawal, scene: &mut Scene<'_>) {
        let watch = self.pages.entry(page).or_default();
        let before = watch.ringing.len();
        watch.ringing.retain(|(rings, _)| rings != person);
        let rang = watch.ringing.len() < before;
        let due = watch.due.is_some_and(|due| due <= scene.now);
        if why != Withdrawal::TimedOut {
            watch.asked.remove(person);
            watch.here.remove(person);
        }
        let event = scene.event;
        let (is_so, what) = match why {
            Withdrawal::TimedOut => (due, "somebody told that their time is up"),
            Withdrawal::OffCall => (!scene.on_duty(person), "somebody told that they are off call"),
            Withdrawal::OtherRole => (scene.on_duty(person), "somebody told that they are in another role"),
            Withdrawal::Acknowledged => {
                (matches!(event, Event::Acknowledged { .. }), "somebody told that another has it")
            }
            Withdrawal::Snoozed => (matches!(event, Event::Snoozed { .. }), "somebody told that it rests"),
            Withdrawal::HandedOver => {
                (matches!(event, Event::HandedOver { .. }), "somebody told that another is asked")
            }
            Withdrawal::Resolved => {
                (matches!(event, Event::Resolved { .. } | Event::Cleared { .. }), "somebody told that it is over")
            }
            Withdrawal::Grouped => (matches!(event, Event::Triggered(_)), "somebody told that it is part of a storm"),
        };
        self.expect("only who is asked is told to stop", rang);
        self.expect("who is told to stop is told why", is_so);
        scene.reach(what);
    }

    /// Whether it is time that moved the page on.
    fn told(&mut self, page: PageId, news: &News, in_vain: bool, scene: &mut Scene<'_>) -> bool {
        let watch = self.pages.entry(page).or_default();
        let silent = watch.ringing.is_empty();
        let due = watch.due.is_some_and(|due| due <= scene.now);
        let said = watch.said.clone();
        let mut by_time = false;
        // Whether it may be said now; what is seen by it.
        let (right, what) = match news {
            News::TimedOut { step } => {
                watch.through = true;
                by_time = true;
                (silent && due && said == Said::Asks && *step == watch.step, "a time-out")
            }
            News::Skipped { step } => {
                let in_order = watch.comes_to(*step, scene);
                watch.through = true;
                let nobody = scene.named(scene.step(*step)).iter().all(|person| watch.here.contains(person));
                (silent && in_order && nobody, "a step that is passed over")
            }
            News::Repeated { repeat } => {
                let right = watch.is_last(scene) && watch.may_leave(scene) && *repeat == watch.round + 1;
                (watch.round, watch.step, watch.through) = (*repeat, 0, false);
                watch.here.clear();
                (silent && right && *repeat <= scene.policy.repeats(), "a repeat")
            }
            News::Waiting { until } => {
                let step = scene.after.page(page).map_or(0, oncall_core::escalation::Page::step);
                let in_order = watch.comes_to(step, scene);
                (watch.said, watch.due) = (Said::Waits, Some(*until));
                // The step is asked from its first person on in the morning.
                watch.through = false;
                watch.here.clear();
                let quiet = scene.is_quiet(scene.severity(page)) && *until == scene.morning();
                (silent && in_order && quiet, "quiet hours")
            }
            News::Exhausted { attempts } => {
                let right = (watch.is_at_its_end(scene) || in_vain) && !watch.is_to_ask(scene);
                (watch.said, watch.due) = (Said::Exhausted, None);
                (silent && right && *attempts == watch.attempts, "a page that is exhausted")
            }
            News::Reopened => {
                let was = said == Said::Exhausted;
                let newcomers = watch.is_to_ask(scene);
                let what = match scene.event {
                    Event::Triggered(_) if was => "an exhausted page that starts again by an event",
                    Event::OnCallChanged(_) if was => "an exhausted page that starts again by somebody new",
                    _ => "a page that starts again for somebody new instead of ending",
                };
                let right = matches!(scene.event, Event::Triggered(_)) && was
                    || newcomers && (was || watch.is_at_its_end(scene) || in_vain);
                watch.starts();
                (silent && right, what)
            }
            News::Acknowledged { by, from } => {
                let had = if let Said::Held(had) = &said { Some(had).filter(|had| *had != by) } else { None };
                watch.starts();
                watch.said = Said::Held(by.clone());
                watch.due = scene.policy.acknowledgement().map(|length| scene.now + length);
                let right = silent && had == from.as_ref() && !scene.on_call().is_away(by);
                (right, if from.is_some() { "a page taken from somebody" } else { "an acknowledgement" })
            }
            News::AskedAgain { by } => {
                watch.starts();
                watch.said = Said::Put(by.clone());
                let worse = scene.severity(page) >= Severity::High;
                (silent && worse && said == Said::Held(by.clone()), "a holder asked again")
            }
            News::Snoozed { by, until } => {
                watch.starts();
                (watch.said, watch.due) = (Said::Rests(by.clone()), Some(*until));
                (silent && !scene.on_call().is_away(by), "a snooze")
            }
            News::HandedOver { to, .. } => {
                watch.starts();
                watch.said = Said::Put(to.clone());
                (silent, "a hand-over")
            }
            News::Unacknowledged { .. } => {
                watch.starts();
                let rests = matches!(said, Said::Rests(_));
                let what = if rests { "a snooze that is given up" } else { "a page that is given back" };
                (silent && (rests || matches!(said, Said::Held(_))), what)
            }
            News::NotTakenOver { to } => {
                watch.starts();
                by_time = due;
                (silent && said == Said::Put(to.clone()), "a page that is not taken over")
            }
            News::Stale { by } => {
                watch.starts();
                by_time = true;
                (silent && due && said == Said::Held(by.clone()), "a stale acknowledgement")
            }
            News::Woken => {
                watch.starts();
                by_time = due;
                let worse = matches!(scene.event, Event::Triggered(_));
                let what = if due { "a snooze that ends" } else { "a snooze that worse ends" };
                (silent && matches!(said, Said::Rests(_)) && (due || worse), what)
            }
            News::HolderLeft { by } => {
                watch.starts();
                let rested = said == Said::Rests(by.clone());
                let what = if rested { "somebody who left with a snooze" } else { "somebody who left with a page" };
                (silent && scene.on_call().is_away(by) && (rested || said == Said::Held(by.clone())), what)
            }
            News::Grouped { .. } => {
                self.pages.remove(&page);
                (silent, "a page that is merged")
            }
            News::Resolved { .. } => {
                self.pages.remove(&page);
                (silent, "a page that is over")
            }
            News::Storm { .. } => (true, "a storm"),
            News::Grew { .. } => (true, "a storm that grows"),
            News::Shrank { .. } => (true, "a storm that shrinks"),
            News::Raised { .. } => (true, "a page that gets worse"),
        };
        self.expect(promise(news), right);
        scene.reach(what);
        by_time
    }

    /// The machine after the event beside what it said.
    fn compare(&mut self, scene: &Scene<'_>) {
        let (desk, now) = (scene.after, scene.now);
        let known = self.pages.keys().copied().eq(desk.pages().map(oncall_core::escalation::Page::id));
        self.expect("every page is told of, until it is over", known);
        let next = self.pages.values().filter_map(|watch| watch.due).min();
        self.expect("the next deadline is the first of what was said", desk.next_deadline() == next);
        self.expect("what is due is done", next.is_none_or(|due| due > now));
        for page in desk.pages() {
            let Some(watch) = self.pages.get(&page.id()).cloned() else { continue };
            let rings: BTreeSet<_> = watch.ringing.iter().map(|(person, _)| person).collect();
            let asked = page.asked().collect::<BTreeSet<_>>() == rings;
            let asks = matches!(watch.said, Said::Asks | Said::Put(_));
            self.expect("who is asked is who was paged and not told to stop", asked && asks != rings.is_empty());
            let same = match (page.phase(), &watch.said) {
                (Phase::Asking { handed_over, .. }, said) => *handed_over == matches!(said, Said::Put(_)) && asks,
                (Phase::Waiting { .. }, said) => *said == Said::Waits,
                (Phase::Acknowledged { by, .. }, said) => *said == Said::Held(by.clone()),
                (Phase::Snoozed { by, .. }, said) => *said == Said::Rests(by.clone()),
                (Phase::Exhausted { .. }, said) => *said == Said::Exhausted,
            };
            self.expect("what a page waits for, and who has it, was said", same);
            self.expect("a page is due when what was said is over", page.deadline() == watch.due);
            let quiet = scene.is_quiet(page.severity());
            let holds = match &watch.said {
                Said::Asks => {
                    let step = scene.step(page.step());
                    let named = scene.named(step);
                    let all =
                        step.ask() != Ask::Together || quiet || named.iter().all(|there| watch.here.contains(there));
                    all && page.step() == watch.step && rings.iter().all(|person| named.contains(person))
                }
                Said::Waits => quiet,
                Said::Held(by) | Said::Rests(by) | Said::Put(by) => !scene.on_call().is_away(by),
                Said::Exhausted => !watch.is_to_ask(scene),
                Said::Starts => false,
            };
            self.expect(
                "it is put to those it should be put to, held by who is there, and exhausted when all were asked",
                holds,
            );
        }
    }

    /// What an event must lead to.
    fn answers(&mut self, scene: &mut Scene<'_>, actions: &Actions) {
        let Event::Triggered(trigger) = scene.event else { return };
        let told = |page: Option<PageId>, what: fn(&News) -> bool| {
            actions
                .iter()
                .any(|action| matches!(action, Action::Tell { page: at, news } if Some(*at) == page && what(news)))
        };
        let page = scene.after.page_of(&trigger.key).map(oncall_core::escalation::Page::id);
        if let Some(was) = page.and_then(|page| scene.before.page(page)) {
            let worse = trigger.severity > was.severity();
            let must: Option<fn(&News) -> bool> = match was.phase() {
                Phase::Exhausted { .. } => Some(|news| matches!(news, News::Reopened)),
                Phase::Snoozed { .. } if worse => Some(|news| matches!(news, News::Woken)),
                Phase::Acknowledged { .. } if worse && trigger.severity >= Severity::High => {
                    Some(|news| matches!(news, News::AskedAgain { .. }))
                }
                _ => None,
            };
            self.expect(
                "something new moves what is exhausted, and something worse what is held",
                must.is_none_or(|must| told(page, must)),
            );
        }
        if let Some(rule) = scene.policy.storm()
            && scene.before.page_of(&trigger.key).is_none()
            && trigger.group.is_some()
        {
            let lately = |at: DateTime<Utc>| scene.now - at < rule.window();
            let came = self.came.iter().filter(|(group, at)| *group == trigger.group && lately(*at)).count();
            if came > usize::try_from(rule.more_than()).unwrap() {
                let one = told(page, |news| matches!(news, News::Grew { .. } | News::Storm { .. }));
                self.expect("more pages of a group than the rule allows are one", one);
            }
            if told(page, |news| matches!(news, News::Storm { .. })) {
                let free = scene.after.pages().filter(|page| {
                    page.group() == trigger.group.as_ref()
                        && lately(page.opened())
                        && !matches!(page.phase(), Phase::Acknowledged { .. } | Phase::Snoozed { .. })
                });
                self.expect("more pages of a group than the rule allows are one", free.count() == 1);
            }
        }
    }
}

/// The promise that is broken when news is out of place.
const fn promise(news: &News) -> &'static str {
    match news {
        News::TimedOut { .. } => "a time-out fires not before its time, and by whom it was asked",
        News::Skipped { .. } => "only a step with nobody to ask is passed over",
        News::Repeated { .. } => "repeats are as many as the policy says",
        News::Waiting { .. } => "only what may wait waits, till the morning, and asks nobody",
        News::Exhausted { .. } => "a page is exhausted only when everybody was asked",
        News::Reopened => "only what was exhausted, or would leave somebody out, starts again",
        News::Acknowledged { .. } => "whoever takes a page is there, and others stop",
        News::AskedAgain { .. } => "only who holds what got worse is asked again",
        News::Snoozed { .. } | News::HandedOver { .. } => "whoever puts a page to rest or elsewhere makes others stop",
        News::Unacknowledged { .. } => "only what is held is given back",
        News::NotTakenOver { .. } => "only what is put to somebody is not taken over",
        News::Stale { .. } | News::Woken => "what is stale was held, and what wakes slept",
        News::HolderLeft { .. } => "who left had it",
        News::Grouped { .. } | News::Resolved { .. } => "those asked for a page that is over are told to stop",
        News::Storm { .. } | News::Grew { .. } | News::Shrank { .. } | News::Raised { .. } => "news is in place",
    }
}
