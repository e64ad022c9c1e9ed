//! `budget_exact.json`: exact fractions of budgets, burn rates and alerts.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;
use serde::Deserialize;
use slo_core::{Budget, Counts, Error, Factor, Objective, burn};

use super::Kind;
use crate::fault::Fault;
use crate::fraction::Fraction;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "budget",
    place: "budget_exact.json",
    about: "budgets, burn rates and alerts as exact fractions",
    sections,
};

/// Ratios are floats in the crate and fractions in the file.
const RATIO: f64 = 1e-12;
const BILLION: i128 = slo_core::BILLION as i128;
/// A length of time is a whole number of nanoseconds.
const NANOSECOND: f64 = 1e-9;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: u32,
    objective_percent: String,
    good: u64,
    total: u64,
    window_s: i64,
    period_s: i64,
    expect: Option<Expect>,
    expect_error: Option<String>,
}

#[derive(Deserialize)]
struct Expect {
    error_budget: Fraction,
    allowed_bad_events: Fraction,
    bad: u64,
    remaining_bad_events: Fraction,
    period_budget_seconds: Fraction,
    max_burn: Fraction,
    sli: Option<Fraction>,
    error_ratio: Option<Fraction>,
    burn: Option<Fraction>,
    budget_remaining_ratio: Option<Fraction>,
    period_budget_consumed: Option<Fraction>,
    exhaust_from_full_s: Option<Fraction>,
    alerts: Option<BTreeMap<String, bool>>,
}

struct Sections {
    refused: Section,
    allowed: Section,
    counts: Section,
    events: Section,
    time: Section,
    remaining: Section,
    ratios: Section,
    burn: Section,
    spent: Section,
    exhaustion: Section,
    alerts: Section,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { cases } = input::json(file)?;
    let mut sections = Sections {
        refused: Section::new("refusals"),
        allowed: Section::new("allowed error ratio"),
        counts: Section::new("bad events"),
        events: Section::new("budget in events: allowed, left, overspent"),
        time: Section::new("budget in time"),
        remaining: Section::new("share of the budget left"),
        ratios: Section::new("success and error ratio"),
        burn: Section::new("burn rate"),
        spent: Section::new("share of the period's budget spent"),
        exhaustion: Section::new("time to exhaustion"),
        alerts: Section::new("alerts"),
    };
    for (index, case) in cases.iter().enumerate() {
        match (&case.expect, &case.expect_error) {
            (Some(expect), None) => sections.check(case, expect),
            (None, Some(reason)) => sections.check_error(case, reason),
            _ => {
                let what = "has to have one of `expect` and `expect_error`";
                return Err(Fault::at(file, format!("cases[{index}]"), what));
            }
        }
    }
    let Sections { refused, allowed, counts, events, time, remaining, ratios, burn, spent, exhaustion, alerts } =
        sections;
    Ok(vec![refused, allowed, counts, events, time, remaining, ratios, burn, spent, exhaustion, alerts])
}

impl Sections {
    fn check(&mut self, case: &Case, expect: &Expect) {
        let id = case.id;
        let objective = match Objective::from_percent(&case.objective_percent) {
            Ok(objective) => objective,
            Err(error) => return self.check_refusal(case, expect, &error),
        };
        let counts = match Counts::new(case.good, case.total) {
            Ok(counts) => counts,
            Err(error) => return self.counts.disagree(id, expect.bad, error),
        };
        let allowed = expect.error_budget.of(BILLION);
        self.allowed.equal(id, allowed, Some(objective.allowed_parts_per_billion().into()));
        self.counts.equal(id, expect.bad, counts.bad());
        let float = |fraction: Option<Fraction>| fraction.and_then(Fraction::as_f64);
        self.ratios.within(id, float(expect.sli), counts.success_ratio(), RATIO, 0.0);
        self.ratios.within(id, float(expect.error_ratio), counts.error_ratio(), RATIO, 0.0);

        self.check_budget(case, expect, Budget::of_events(objective, counts));

        let rate = burn::rate(counts, objective);
        self.burn.within(id, float(expect.burn), rate, RATIO, 0.0);
        match Counts::from_bad(1, 1) {
            Ok(outage) => {
                let most = burn::rate(outage, objective);
                self.burn.within(format!("{id} in a full outage"), expect.max_burn.as_f64(), most, RATIO, 0.0);
            }
            Err(error) => self.burn.disagree(id, expect.max_burn, error),
        }
        let (window, period) = (TimeDelta::seconds(case.window_s), TimeDelta::seconds(case.period_s));
        let spent = rate.and_then(|rate| burn::budget_spent(rate, window, period));
        self.spent.within(id, float(expect.period_budget_consumed), spent, RATIO, 0.0);
        let until = rate.and_then(|rate| burn::time_to_exhaustion(1.0, rate, period));
        self.check_exhaustion(id, float(expect.exhaust_from_full_s), until);

        let Some(alerts) = &expect.alerts else {
            let fires = Factor::new(1, u32::MAX).is_ok_and(|least| least.is_exceeded(counts, objective));
            return self.alerts.equal(format!("{id} without events"), false, fires);
        };
        for (factor, fires) in alerts {
            match factor.parse::<Factor>() {
                Ok(factor) => {
                    self.alerts.equal(format!("{id} at {factor}"), *fires, factor.is_exceeded(counts, objective));
                }
                Err(error) => self.alerts.disagree(id, fires, error),
            }
        }
    }

    fn check_budget(&mut self, case: &Case, expect: &Expect, budget: Budget) {
        let id = case.id;
        let (allowed, left) = (expect.allowed_bad_events, expect.remaining_bad_events);
        let same = |section: &mut Section, what: &str, expected: Option<i128>, got: i128| {
            section.equal(format!("{id} ({what})"), expected, Some(got));
        };
        let billionths = i128::try_from(budget.allowed_billionths()).unwrap_or(i128::MAX);
        same(&mut self.events, "allowed billionths", allowed.of(BILLION), billionths);
        same(&mut self.events, "allowed", allowed.floor(), budget.allowed().into());
        same(&mut self.events, "billionths left", left.of(BILLION), budget.remaining_billionths());
        same(&mut self.events, "left", left.floor().map(|left| left.max(0)), budget.remaining().into());
        let beyond = left.floor().map(|left| left.saturating_neg().max(0));
        same(&mut self.events, "overspent", beyond, budget.overspent().into());
        let ratio = expect.budget_remaining_ratio.and_then(Fraction::as_f64);
        self.remaining.within(id, ratio, budget.remaining_ratio(), RATIO, 0.0);

        match Budget::of_time(budget.objective(), TimeDelta::seconds(case.period_s), TimeDelta::zero()) {
            Ok(time) => {
                let nanoseconds = expect.period_budget_seconds.times(BILLION).and_then(Fraction::floor);
                same(&mut self.time, "nanoseconds", nanoseconds, time.allowed().into());
            }
            Err(error) => self.time.disagree(id, expect.period_budget_seconds, error),
        }
    }

    /// Objectives that the crate refuses: 0 and 100 % and those finer than a part per billion.
    fn check_refusal(&mut self, case: &Case, expect: &Expect, error: &Error) {
        let as_documented = match error {
            Error::ObjectivePromisesNothing { .. } => expect.error_budget == Fraction::Finite(1, 1),
            Error::ObjectiveLeavesNoBudget { .. } => expect.error_budget == Fraction::Finite(0, 1),
            Error::ObjectiveTooFine { .. } => expect.error_budget.of(BILLION).is_none(),
            _ => false,
        };
        if as_documented {
            self.refused.agree();
        } else {
            self.refused.disagree(case.id, format!("an allowed error ratio of {}", expect.error_budget), error);
        }
    }

    /// Input that has to be refused, whatever else is right about it.
    fn check_error(&mut self, case: &Case, reason: &str) {
        let refused = match (Objective::from_percent(&case.objective_percent), Counts::new(case.good, case.total)) {
            (Err(Error::ObjectiveOutOfRange { .. }), _) => "objective out of [0,100]".to_owned(),
            (Err(error), _) => error.to_string(),
            (_, Err(Error::GoodExceedsTotal { .. })) => "good > total".to_owned(),
            (_, Err(error)) => error.to_string(),
            (Ok(objective), Ok(counts)) => {
                let (window, period) = (TimeDelta::seconds(case.window_s), TimeDelta::seconds(case.period_s));
                let rate = burn::rate(counts, objective);
                match rate.and_then(|rate| burn::budget_spent(rate, window, period)) {
                    None => "non-positive duration".to_owned(),
                    Some(spent) => format!("a budget share of {spent}"),
                }
            }
        };
        self.refused.equal(case.id, reason, refused.as_str());
    }

    fn check_exhaustion(&mut self, id: u32, expected: Option<f64>, got: Option<TimeDelta>) {
        // As documented: `None` beyond what a `TimeDelta` holds.
        let longest = TimeDelta::MAX.as_seconds_f64();
        let expected = expected.filter(|seconds| *seconds <= longest);
        self.exhaustion.within(id, expected, got.map(|length| length.as_seconds_f64()), RATIO, NANOSECOND);
    }
}
