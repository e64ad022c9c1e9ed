//! Pages against the rota: who had them, and what they do to people.

use std::collections::BTreeSet;
use std::path::Path;

use measure_core::Level;
use oncall_core::burden::Ledger;
use oncall_core::load::{Compensation, Limits, LoadReport, Page, PayRules, Study, Verdict};
use oncall_core::{Hours, Person, PersonId, Role, Shift, Team};
use serde::Serialize;
use timeline_core::Span;

use super::book::{OnCall, several};
use super::pages::{PageColumns, PageList, read};
use crate::fault::{Fault, Faults};

/// What pages do to people.
#[derive(Debug, Serialize)]
pub struct Load {
    /// The report.
    pub report: LoadReport,
    /// What everybody is owed, where the rota says what for.
    pub owed: Vec<Compensation>,
    /// Pages that came while nobody was on call, and so count for nobody.
    pub unattended: u64,
    /// Rows of the list without a time.
    pub incomplete: u64,
    /// Rows of the list that were told again later.
    pub repeated: u64,
    /// Whether the list was looked at without a rota.
    pub without_rota: bool,
    /// Whether the list says when somebody took a page; if not, nothing is said of that.
    pub acknowledged: bool,
    /// Of 100 pages so many are to be taken in time.
    pub percent_acknowledged: u32,
}

/// A verdict with the unit of its n.
#[must_use]
pub fn judged(verdict: &Verdict, unit: &str) -> String {
    let said = verdict.to_string();
    let counted = said.rsplit_once("n = ").is_some_and(|(_, n)| n.bytes().all(|byte| byte.is_ascii_digit()));
    if counted { format!("{said} {unit}") } else { said }
}

/// The load of a book's rota.
///
/// # Errors
/// All faults of the list, with their lines; pages of people who are not in the team.
pub fn of_book(
    oncall: &OnCall,
    shifts: &[Shift],
    span: Span,
    (file, list): (&Path, &PageList),
    level: Level,
) -> Result<Load, Faults> {
    let source = file.display().to_string();
    let mut faults = Faults::default();
    let (mut pages, mut unattended) = (Vec::new(), 0_u64);
    let mut primaries: Vec<_> = shifts.iter().filter(|shift| shift.role == Role::Primary).collect();
    primaries.sort_by_key(|shift| shift.span);
    for row in list.pages.iter().filter(|row| row.person.is_some() || span.contains(row.at)) {
        let person = match &row.person {
            Some(name) => super::book::changes::known(&oncall.team, name).map(Some),
            None => {
                let behind = primaries.partition_point(|shift| shift.span.start() <= row.at);
                let before = primaries.get(..behind).unwrap_or_default();
                let served = before.iter().rev().take(8).find(|shift| shift.span.contains(row.at));
                Ok(served.map(|shift| shift.person.clone()))
            }
        };
        let page = match person {
            Ok(Some(person)) => row.page(person).map_err(|error| error.to_string()),
            Ok(None) => {
                unattended = unattended.saturating_add(1);
                continue;
            }
            Err(message) => Err(message),
        };
        match page {
            Ok(page) => pages.push(page),
            Err(message) => faults.push(Fault::of(&source, message).at_line(row.line)),
        }
    }
    faults.or(())?;
    let study = Study {
        team: &oncall.team,
        shifts,
        pages: &pages,
        span,
        zone: oncall.zone,
        hours: &oncall.weighing.hours,
        limits: &oncall.limits,
        level,
    };
    let report = study.report().map_err(|error| several(&source, error))?;
    let owed = match &oncall.pay {
        None => Vec::new(),
        Some(pay) => owed(oncall, pay, shifts, &pages, span)?,
    };
    Ok(Load {
        report,
        owed,
        unattended,
        incomplete: list.incomplete,
        repeated: list.repeated,
        without_rota: false,
        acknowledged: list.acknowledges(),
        percent_acknowledged: oncall.limits.given().percent_acknowledged,
    })
}

/// The load of a list alone: one person, as it were, takes whatever no column gives to somebody.
///
/// # Errors
/// All faults of the list, with their lines; a list without pages.
pub fn of_list(file: &Path, columns: &PageColumns, level: Level) -> Result<Load, Faults> {
    let list = read(file, columns)?;
    let acknowledged = list.acknowledges();
    let PageList { pages: rows, incomplete, repeated, .. } = list;
    let source = file.display().to_string();
    let (Some(first), Some(last)) = (rows.iter().map(|row| row.at).min(), rows.iter().map(|row| row.at).max()) else {
        return Err(Fault::of(&source, "holds no pages").into());
    };
    // To the end of the last second, so that the last page is within.
    let end = last.checked_add_signed(chrono::TimeDelta::minutes(1)).unwrap_or(last);
    let span = Span::new(first, end).map_err(|error| Fault::of(&source, error))?;
    let name = |row: &super::pages::PageRow| row.person.clone().unwrap_or_else(|| "whoever is on call".to_owned());
    let mut faults = Faults::default();
    let names: BTreeSet<String> = rows.iter().map(name).collect();
    let people = names
        .iter()
        .filter_map(|name| PersonId::new(name).map_err(|error| faults.push(Fault::of(&source, error))).ok());
    let people: Vec<_> = people.map(|id| Person::new(id).in_zone(columns.zone)).collect();
    let mut pages: Vec<Page> = Vec::new();
    for row in &rows {
        match PersonId::new(&name(row)).and_then(|person| row.page(person)) {
            Ok(page) => pages.push(page),
            Err(error) => faults.push(Fault::of(&source, error).at_line(row.line)),
        }
    }
    faults.or(())?;
    let team = Team::new(people).map_err(|error| several(&source, error))?;
    // Somebody had it all the time, as far as the list says.
    let whole = |id: &PersonId| Shift { span, role: Role::Primary, person: id.clone() };
    let shifts: Vec<_> = if columns.person.is_none() {
        team.people().iter().map(|person| whole(person.id())).collect()
    } else {
        Vec::new()
    };
    let (hours, limits) = (Hours::default(), Limits::default());
    let study = Study {
        team: &team,
        shifts: &shifts,
        pages: &pages,
        span,
        zone: columns.zone,
        hours: &hours,
        limits: &limits,
        level,
    };
    let report = study.report().map_err(|error| several(&source, error))?;
    Ok(Load {
        report,
        owed: Vec::new(),
        unattended: 0,
        incomplete,
        repeated,
        without_rota: true,
        acknowledged,
        percent_acknowledged: limits.given().percent_acknowledged,
    })
}

fn owed(
    oncall: &OnCall,
    pay: &PayRules,
    shifts: &[Shift],
    pages: &[Page],
    span: Span,
) -> Result<Vec<Compensation>, Faults> {
    let wrong = |error: oncall_core::Error| several(&oncall.title, error);
    let mut ledger = Ledger::new(span);
    for shift in shifts {
        ledger.observe_shift(shift, &oncall.team, &oncall.weighing.hours, &oncall.holidays).map_err(wrong)?;
    }
    for page in pages {
        ledger.observe_page(page.person(), page.at(), &oncall.team, &oncall.weighing.hours).map_err(wrong)?;
    }
    let mut all = Vec::new();
    for person in oncall.team.people() {
        let Some(served) = ledger.served().get(person.id()) else { continue };
        all.push(pay.owed(person.id().clone(), served).map_err(wrong)?);
    }
    Ok(all)
}
