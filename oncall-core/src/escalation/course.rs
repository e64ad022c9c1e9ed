//! The course of a page: whom its steps ask, and what moves it on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::event::{Action, News, OnCall, Withdrawal};
use super::page::{Answer, Asked, Page, Phase, Turn};
use super::policy::{Ask, Policy, Severity, Step};
use crate::person::PersonId;

impl Page {
    /// What `other` stood for is this one's; its keys are taken over by the caller.
    pub(super) fn absorb(&mut self, other: &Self, turn: &mut Turn<'_>) {
        self.opened = self.opened.min(other.opened);
        self.acknowledged = [self.acknowledged, other.acknowledged].into_iter().flatten().min();
        self.joined(other.severity, turn);
        self.events = self.events.saturating_sub(1).saturating_add(other.events);
    }

    /// From the first step of the first round.
    pub(super) fn restart(&mut self, turn: &mut Turn<'_>) {
        (self.round, self.step) = (0, 0);
        self.asked.clear();
        self.go(turn);
    }

    /// The deadline passed.
    pub(super) fn time_out(&mut self, turn: &mut Turn<'_>) {
        match &self.phase {
            Phase::Asking { handed_over: true, .. } => {
                self.give_up(turn);
                self.not_taken_over(turn);
            }
            Phase::Asking { handed_over: false, .. } => {
                self.give_up(turn);
                turn.out.tell(self.id, News::TimedOut { step: self.step });
                let in_turn = self.policy_step(turn).is_some_and(|step| step.ask() == Ask::InTurn);
                if !in_turn || !self.ask_next(turn) {
                    self.next_step(turn);
                }
            }
            Phase::Waiting { .. } => self.go(turn),
            Phase::Acknowledged { by, .. } => {
                let by = by.clone();
                turn.out.tell(self.id, News::Stale { by });
                self.restart(turn);
            }
            Phase::Snoozed { .. } => {
                turn.out.tell(self.id, News::Woken);
                self.restart(turn);
            }
            Phase::Exhausted { .. } => {}
        }
    }

    /// One event more of what it stands for, or of a new member.
    pub(super) fn joined(&mut self, severity: Severity, turn: &mut Turn<'_>) {
        self.events = self.events.saturating_add(1);
        let from = self.severity;
        if severity > from {
            self.severity = severity;
            turn.out.tell(self.id, News::Raised { from, to: severity });
        }
        match &self.phase {
            Phase::Exhausted { .. } => {
                turn.out.tell(self.id, News::Reopened);
                self.restart(turn);
            }
            // What was put to rest was a lesser thing.
            Phase::Snoozed { .. } if severity > from => {
                turn.out.tell(self.id, News::Woken);
                self.restart(turn);
            }
            Phase::Waiting { .. } if severity > from && turn.waits(severity).is_none() => self.go(turn),
            // Whoever took it took a lesser thing: they may not know, and may not be up to it.
            Phase::Acknowledged { .. } if severity > from && severity >= Severity::High => self.ask_holder(turn),
            _ => {}
        }
    }

    pub(super) fn acknowledge(&mut self, by: PersonId, turn: &mut Turn<'_>) {
        let from = self.holder().filter(|holder| **holder != by).cloned();
        self.withdraw(turn, |person| (*person != by).then_some(Withdrawal::Acknowledged));
        self.asked.clear();
        (self.round, self.step) = (0, 0);
        self.acknowledged = self.acknowledged.or(Some(turn.now));
        turn.out.tell(self.id, News::Acknowledged { by: by.clone(), from });
        let until = turn.policy.acknowledgement().map(|length| turn.after(length));
        self.phase = Phase::Acknowledged { by, since: turn.now, until };
    }

    pub(super) fn snooze(&mut self, by: PersonId, until: DateTime<Utc>, turn: &mut Turn<'_>) {
        self.withdraw(turn, |person| (*person != by).then_some(Withdrawal::Snoozed));
        self.asked.clear();
        (self.round, self.step) = (0, 0);
        turn.out.tell(self.id, News::Snoozed { by: by.clone(), until });
        self.phase = Phase::Snoozed { by, until };
    }

    pub(super) fn hand_over(&mut self, by: PersonId, to: &PersonId, turn: &mut Turn<'_>) {
        self.withdraw(turn, |person| (*person != by).then_some(Withdrawal::HandedOver));
        turn.out.tell(self.id, News::HandedOver { by, to: to.clone() });
        self.ask_one(to, turn);
    }

    fn ask_holder(&mut self, turn: &mut Turn<'_>) {
        if let Phase::Acknowledged { by, .. } = &self.phase {
            let by = by.clone();
            turn.out.tell(self.id, News::AskedAgain { by: by.clone() });
            self.ask_one(&by, turn);
        }
    }

    /// Asks this person alone, whatever the hour, for as long as the first step waits.
    fn ask_one(&mut self, person: &PersonId, turn: &mut Turn<'_>) {
        (self.round, self.step) = (0, 0);
        self.asked.clear();
        self.notify(person, turn);
        let length = self.policy_step(turn).map_or(TimeDelta::zero(), Step::timeout);
        self.phase = Phase::Asking { until: turn.after(length), handed_over: true };
    }

    pub(super) fn delivery_failed(&mut self, person: &PersonId, turn: &mut Turn<'_>) {
        let awaited = |asked: &&mut Asked| asked.answer == Answer::Awaited && asked.person == *person;
        let Some(asked) = self.asked.iter_mut().find(awaited) else { return };
        asked.answer = Answer::Undelivered;
        match self.phase {
            Phase::Asking { handed_over: true, .. } => self.not_taken_over(turn),
            _ if self.asked().next().is_none() => self.ask_another(turn),
            _ => {}
        }
    }

    /// Others are on call; `named` are all of them whom some step names.
    pub(super) fn on_call_changed(&mut self, named: &BTreeSet<&PersonId>, turn: &mut Turn<'_>) {
        // Who was asked and left is new when they come back.
        self.asked.retain(|asked| asked.answer == Answer::Awaited || named.contains(&asked.person));
        match &self.phase {
            Phase::Asking { handed_over: true, .. } => {
                let left = self.asked().find(|person| turn.on_call.is_away(person)).cloned();
                if let Some(person) = left {
                    let why = Withdrawal::OffCall;
                    turn.out.0.push(Action::Withdraw { page: self.id, person, why });
                    self.not_taken_over(turn);
                }
            }
            Phase::Asking { until, .. } => {
                let until = *until;
                let Some(step) = self.policy_step(turn) else { return };
                let on_call = turn.on_call;
                let there: Vec<_> = on_call.resolve(step.targets()).collect();
                self.withdraw(turn, |person| match (there.contains(&person), on_call.has_duty(person)) {
                    (true, _) => None,
                    (false, true) => Some(Withdrawal::OtherRole),
                    (false, false) => Some(Withdrawal::OffCall),
                });
                if self.asked().next().is_none() {
                    self.ask_another(turn);
                } else if step.ask() == Ask::Together && turn.waits(self.severity).is_none() {
                    // Who comes on call is asked with the others, who are not given longer for it.
                    self.ask(turn);
                    self.phase = Phase::Asking { until, handed_over: false };
                }
            }
            Phase::Acknowledged { by, .. } | Phase::Snoozed { by, .. } if turn.on_call.is_away(by) => {
                let by = by.clone();
                turn.out.tell(self.id, News::HolderLeft { by });
                self.restart(turn);
            }
            Phase::Exhausted { .. } if self.is_to_ask(turn.policy, turn.on_call) => {
                turn.out.tell(self.id, News::Reopened);
                self.restart(turn);
            }
            _ => {}
        }
    }

    /// Those for whom there is a reason are not asked any more, and forgotten: their time was not up.
    pub(super) fn withdraw(&mut self, turn: &mut Turn<'_>, why: impl Fn(&PersonId) -> Option<Withdrawal>) {
        let page = self.id;
        self.asked.retain(|asked| {
            let Some(why) = (asked.answer == Answer::Awaited).then(|| why(&asked.person)).flatten() else {
                return true;
            };
            turn.out.0.push(Action::Withdraw { page, person: asked.person.clone(), why });
            false
        });
    }

    /// Nobody answered in time.
    fn give_up(&mut self, turn: &mut Turn<'_>) {
        for asked in self.asked.iter_mut().filter(|asked| asked.answer == Answer::Awaited) {
            asked.answer = Answer::Missing;
            let (person, why) = (asked.person.clone(), Withdrawal::TimedOut);
            turn.out.0.push(Action::Withdraw { page: self.id, person, why });
        }
    }

    fn not_taken_over(&mut self, turn: &mut Turn<'_>) {
        // It was asked of one person alone.
        if let Some(asked) = self.asked.pop() {
            turn.out.tell(self.id, News::NotTakenOver { to: asked.person });
        }
        self.restart(turn);
    }

    /// Asks the step it is in, or the first after it that has somebody to ask.
    fn go(&mut self, turn: &mut Turn<'_>) {
        for _ in turn.policy.steps() {
            self.asked.iter_mut().for_each(|asked| asked.here = false);
            if self.ask_next(turn) {
                return;
            }
            turn.out.tell(self.id, News::Skipped { step: self.step });
            if !self.advance(turn) {
                break;
            }
        }
        // Every step in a row has nobody: to go round again would find nobody either.
        self.exhaust(turn);
    }

    /// Asks another of the step it is in, or goes on at once.
    fn ask_another(&mut self, turn: &mut Turn<'_>) {
        if !self.ask_next(turn) {
            turn.out.tell(self.id, News::Skipped { step: self.step });
            self.next_step(turn);
        }
    }

    fn next_step(&mut self, turn: &mut Turn<'_>) {
        if self.advance(turn) {
            self.go(turn);
        } else {
            self.exhaust(turn);
        }
    }

    fn advance(&mut self, turn: &mut Turn<'_>) -> bool {
        let next = self.step.saturating_add(1);
        if usize::try_from(next).is_ok_and(|next| next < turn.policy.steps().len()) {
            self.step = next;
            return true;
        }
        if self.round >= turn.policy.repeats() {
            return false;
        }
        self.round = self.round.saturating_add(1);
        self.step = 0;
        turn.out.tell(self.id, News::Repeated { repeat: self.round });
        true
    }

    /// No step is left. Who came on call behind the step that would have asked them is not left out: as if they had
    /// come a moment later, it starts again. It ends, since each start asks everybody, and others come by events alone.
    fn exhaust(&mut self, turn: &mut Turn<'_>) {
        if self.is_to_ask(turn.policy, turn.on_call) {
            turn.out.tell(self.id, News::Reopened);
            return self.restart(turn);
        }
        (self.round, self.step) = (0, 0);
        self.asked.iter_mut().for_each(|asked| asked.here = false);
        turn.out.tell(self.id, News::Exhausted { attempts: self.attempts });
        self.phase = Phase::Exhausted { since: turn.now };
    }

    /// Asks who is next in this step, unless it is quiet; whether there is anything to wait for.
    fn ask_next(&mut self, turn: &mut Turn<'_>) -> bool {
        if let Some(until) = turn.waits(self.severity) {
            turn.out.tell(self.id, News::Waiting { until });
            self.phase = Phase::Waiting { until };
            return true;
        }
        self.ask(turn)
    }

    fn ask(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(step) = self.policy_step(turn) else { return false };
        let on_call = turn.on_call;
        let before = self.attempts;
        for person in on_call.resolve(step.targets()) {
            if self.asked.iter().any(|asked| asked.here && asked.person == *person) {
                continue;
            }
            self.notify(person, turn);
            if step.ask() != Ask::Together {
                break;
            }
        }
        if self.attempts == before {
            return false;
        }
        self.phase = Phase::Asking { until: turn.after(step.timeout()), handed_over: false };
        true
    }

    /// Whether some step would ask somebody whom none has asked since the page last started.
    pub(super) fn is_to_ask(&self, policy: &Policy, on_call: &OnCall) -> bool {
        policy.steps().iter().any(|step| {
            let mut answers = on_call
                .resolve(step.targets())
                .map(|person| self.asked.iter().find(|asked| asked.person == *person).map(|asked| asked.answer));
            match step.ask() {
                // Behind who was reached it asks nobody.
                Ask::First => answers.find(|answer| *answer != Some(Answer::Undelivered)) == Some(None),
                Ask::InTurn | Ask::Together => answers.any(|answer| answer.is_none()),
            }
        })
    }

    fn notify(&mut self, person: &PersonId, turn: &mut Turn<'_>) {
        self.attempts = self.attempts.saturating_add(1);
        let person = person.clone();
        // Those whose answers are awaited are in the order in which they were asked.
        self.asked.retain(|asked| asked.person != person);
        self.asked.push(Asked { person: person.clone(), answer: Answer::Awaited, here: true });
        turn.out.0.push(Action::Notify { page: self.id, person, step: self.step, attempt: self.attempts });
    }

    fn policy_step<'a>(&self, turn: &Turn<'a>) -> Option<&'a Step> {
        turn.policy.steps().get(usize::try_from(self.step).ok()?)
    }
}
