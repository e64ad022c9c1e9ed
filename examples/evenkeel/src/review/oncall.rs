//! The on-call part of a review: who has the next week, what is open, how people bear it, what to hand over.

use chrono::{DateTime, TimeDelta, Utc};
use measure_core::Level;
use oncall_core::handoff::{Handoff, PastPages};
use oncall_core::load::Concern;
use oncall_core::rules::Strength;
use oncall_core::{PersonId, Role, Shift};
use serde::Serialize;
use timeline_core::Span;

use crate::fault::{Fault, Faults};
use crate::oncall::book::{Files, OnCall, several};
use crate::oncall::fairest::{FAIREST_NODES, Reachable, reachable};
use crate::oncall::pages;
use crate::oncall::picture::{Picture, Uncovered, accounts};
use crate::oncall::plan::{seats, uncovered, verdict};
use crate::oncall::study;
use crate::oncall::words::{instant, told};

/// On call, as the review tells it.
#[derive(Debug, Clone, Serialize)]
pub struct OnCallReport {
    /// Who is on call at the instant of the review.
    pub now: Vec<OnDuty>,
    /// The seven days after it.
    pub week: Span,
    /// The shifts of that week, by start.
    pub next: Vec<Shift>,
    /// Duty that nobody has, from the instant of the review to the end of the rota.
    pub gaps: Vec<Uncovered>,
    /// Hard rules that the plan breaks, each as a sentence.
    pub broken: Vec<String>,
    /// How evenly burden is spread over the whole rota.
    pub fairness: FairnessReport,
    /// What each role hands to whoever is next, where that is somebody else.
    pub handoffs: Vec<Handoff>,
    /// Page load against the limits; `None` where the book names no pages.
    pub load: Option<LoadFacts>,
    /// People by weeks.
    pub picture: Picture,
}

/// Who is on call.
#[derive(Debug, Clone, Serialize)]
pub struct OnDuty {
    /// As what.
    pub role: Role,
    /// Who; `None` for nobody.
    pub person: Option<PersonId>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
}

/// How evenly burden is spread, in hours of weight 1.
#[derive(Debug, Clone, Serialize)]
pub struct FairnessReport {
    /// In words.
    pub words: String,
    /// From the least to the greatest burden.
    pub spread: Option<f64>,
    /// The greatest burden.
    pub greatest: Option<f64>,
    /// The greatest burden if this load were shared out evenly, whatever the rules.
    pub least_greatest: Option<f64>,
    /// What the planner says of the fairest plan; `None` where there is too much to plan in a review.
    pub reachable: Option<Reachable>,
}

/// Load up to the instant of the review.
#[derive(Debug, Clone, Serialize)]
pub struct LoadFacts {
    /// Each limit with what is said of it, and whether it is exceeded.
    pub limits: Vec<(String, String, bool)>,
    /// Who is warned of.
    pub warnings: Vec<Warning>,
    /// The seven days before the review, their pages by service and outcome.
    pub past: PastPages,
    /// Pages that are not over yet, each as a sentence.
    pub open: Vec<String>,
}

/// Signs of overload.
#[derive(Debug, Clone, Serialize)]
pub struct Warning {
    /// Who.
    pub person: PersonId,
    /// Whether the signs are enough for a warning; else they are to be watched.
    pub warning: bool,
    /// The signs.
    pub signals: Vec<String>,
}

/// The on-call part of a book at `now`; `None` where no plan is published yet.
///
/// # Errors
/// All faults of the files that the book names.
pub fn report(files: &Files, now: DateTime<Utc>) -> Result<Option<OnCallReport>, Faults> {
    let oncall = files.read()?;
    if oncall.schedule.is_none() {
        return Ok(None);
    }
    let wrong = |error: oncall_core::Error| several(&oncall.title, error);
    let time = |error: timeline_core::Error| Faults::from(Fault::of(&oncall.title, error));
    let week = Span::starting_at(now, TimeDelta::days(7)).map_err(time)?;
    let whole = oncall.period.hull(week);
    let compiled = oncall.compiled(whole)?;
    // Rules look at what was before and comes after, too.
    let all = oncall.served(whole)?;
    let shifts: Vec<Shift> = all.iter().filter(|shift| shift.span.overlaps(whole)).cloned().collect();
    let mut duty = Vec::new();
    for role in compiled.roles() {
        let until = compiled.next_change(now, role).map_err(wrong)?.map(|change| change.at);
        duty.push(OnDuty { role, person: compiled.who(now, role).map_err(wrong)?.cloned(), until });
    }
    let mut next: Vec<_> = shifts.iter().filter(|shift| shift.span.overlaps(week)).cloned().collect();
    next.sort_by(|a, b| (a.span, a.role, &a.person).cmp(&(b.span, b.role, &b.person)));
    let seats = seats(&oncall, oncall.period)?;
    let gaps: Vec<_> = uncovered(&seats, &shifts).into_iter().filter(|gap| gap.span.end() > now).collect();
    let violations = verdict(&oncall, &seats, &all, oncall.period)?;
    let broken = violations.violations().iter().filter(|violation| violation.strength == Strength::Hard);
    let load = load(&oncall, &shifts, now)?;
    let mut handoffs = Vec::new();
    for duty in duty.iter().filter(|duty| duty.role.is_duty()) {
        let Some(next) = compiled.next_change(now, duty.role).map_err(wrong)? else { continue };
        let mut handoff = Handoff::new(duty.role, next.at);
        if let Some(person) = &duty.person {
            handoff = handoff.from(person.clone());
        }
        if let Some(person) = next.to {
            handoff = handoff.to(person.clone());
        }
        if let Some(load) = &load {
            handoff = handoff.with_past_pages(load.past.clone());
            for open in load.open.iter().take(MOST_NOTED) {
                handoff = handoff.with_note(&format!("Open page: {open}")).map_err(wrong)?;
            }
        }
        handoffs.push(handoff);
    }
    let mut picture = Picture::of(&oncall, &shifts, oncall.period, Some(now))?;
    picture.uncovered.clone_from(&gaps);
    Ok(Some(OnCallReport {
        now: duty,
        week,
        next,
        broken: broken.map(|broken| told(&broken.to_string(), oncall.zone)).collect(),
        fairness: fairness(&oncall, &shifts)?,
        handoffs,
        load,
        gaps,
        picture,
    }))
}

/// Open pages that a hand-off names.
const MOST_NOTED: usize = 20;

fn fairness(oncall: &OnCall, shifts: &[Shift]) -> Result<FairnessReport, Faults> {
    let accounts = accounts(oncall, shifts, oncall.period)?;
    // As `oncall fairness` says it; a rota too large for the planner is no fault of the review.
    let (least, reachable) = reachable(oncall, oncall.period, FAIREST_NODES).ok().unzip();
    let fairness = accounts.fairness(least.flatten()).map_err(|error| several(&oncall.title, error))?;
    let actual = fairness.overall.actual.as_ref().ok();
    let greatest = actual.map(|actual| actual.greatest.1.hours());
    let by_planner = reachable.filter(|reachable| reachable.no_plan_below.is_some());
    let words = match by_planner {
        Some(reachable) => format!("{}. {}", fairness.overall, reachable.words(greatest)),
        None => fairness.overall.to_string(),
    };
    Ok(FairnessReport {
        words,
        reachable: by_planner,
        spread: actual.map(|actual| actual.spread.hours()),
        greatest,
        least_greatest: fairness.overall.fairest.as_ref().map(|fairest| fairest.greatest.hours()),
    })
}

fn load(oncall: &OnCall, shifts: &[Shift], now: DateTime<Utc>) -> Result<Option<LoadFacts>, Faults> {
    let (Some((file, columns)), Ok(span)) =
        (&oncall.pages, Span::new(oncall.period.start(), now.min(oncall.period.end())))
    else {
        return Ok(None);
    };
    let list = pages::read(file, columns)?;
    let load = study::of_book(oncall, shifts, span, (file, &list), Level::P95)?;
    let report = &load.report;
    let limits = [
        ("incidents in 12 hours on call", &report.team_incidents.verdict, "weeks"),
        ("share of pages without an action", &report.team.pages.noise.verdict, "pages"),
        ("minutes to acknowledge, 9 of 10", &report.team.pages.acknowledgement.verdict, "incidents"),
    ];
    let warnings = report.people.iter().filter(|person| person.burnout.concern != Concern::None);
    let last_week = Span::ending_at(now, TimeDelta::days(7)).map_err(|error| Fault::of(&oncall.title, error))?;
    let open = list.pages.iter().filter(|page| page.at < now && page.is_open(now));
    let open = open.map(|page| format!("{}, since {}", page.service(), instant(page.at, oncall.zone))).collect();
    // Of no account here who had them.
    let anybody = PersonId::new("on call").map_err(|error| several(&oncall.title, error))?;
    let pages: Result<Vec<_>, _> = list.pages.iter().map(|row| row.page(anybody.clone())).collect();
    let past = PastPages::of(&pages.map_err(|error| several(&file.display().to_string(), error))?, last_week);
    Ok(Some(LoadFacts {
        limits: limits
            .map(|(what, verdict, unit)| (what.to_owned(), study::judged(verdict, unit), verdict.exceeds()))
            .to_vec(),
        warnings: warnings
            .map(|person| Warning {
                person: person.person.clone(),
                warning: person.burnout.concern == Concern::Warning,
                signals: person.burnout.signals.iter().map(|signal| told(&signal.to_string(), oncall.zone)).collect(),
            })
            .collect(),
        past,
        open,
    }))
}
