//! The on-call part of a book: the files that `[oncall]` names, read and checked.

mod carries;
pub(crate) mod changes;
mod holidays;
mod layers;
pub(crate) mod moment;
mod rota;
mod rules;
mod team;
mod weighing;

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use oncall_core::burden::{Carries, Points};
use oncall_core::load::{Limits, PayRules};
use oncall_core::plan::{Duty, DutyShape};
use oncall_core::rules::RuleSet;
use oncall_core::schedule::{Compiled, Layer, Schedule, Source};
use oncall_core::{Holidays, Role, Shift, Team};
use timeline_core::{Span, Tz, parse_zone};
use toml::de::DeTable;

pub use weighing::Weighing;

use super::ics;
use super::pages::PageColumns;
use crate::book::FILE;
use crate::book::document::{Document, Item, Table};
use crate::fault::{Fault, Faults, read_text, shown};

/// What `[oncall]` names.
#[derive(Debug, Clone)]
pub struct Files {
    /// The folder of the book.
    pub folder: PathBuf,
    /// What the book is called.
    pub title: String,
    /// The zone of the book.
    pub zone: Tz,
    team: PathBuf,
    rota: PathBuf,
    holidays: Option<PathBuf>,
    plan: Option<PathBuf>,
    layers: Option<PathBuf>,
    accounts: Option<PathBuf>,
    changes: Option<PathBuf>,
    pages: Option<(PathBuf, PageColumns)>,
}

/// The on-call part of a book.
#[derive(Debug)]
pub struct OnCall {
    /// What the book is called.
    pub title: String,
    /// The zone of handoffs.
    pub zone: Tz,
    /// The people.
    pub team: Team,
    /// How duty is cut into turns.
    pub shapes: Vec<DutyShape>,
    /// What is planned.
    pub period: Span,
    /// How burden is counted.
    pub weighing: Weighing,
    /// What a plan keeps.
    pub rules: RuleSet,
    /// In units of what duties are planned; exactly if none.
    pub resolution: Option<Points>,
    /// What was carried over from the period before.
    pub carries: Carries,
    /// Whose holidays are when.
    pub holidays: Holidays,
    /// The published plan, if there is one.
    pub published: Option<Vec<Shift>>,
    /// The layers, the published plan and its changes, as far as there are any.
    pub schedule: Option<Schedule>,
    /// The file of the changes of it.
    changes: Option<PathBuf>,
    /// What is too much.
    pub limits: Limits,
    /// What is given for what, where the rota says so.
    pub pay: Option<PayRules>,
    /// Where the pages are.
    pub pages: Option<(PathBuf, PageColumns)>,
}

impl Files {
    /// Reads the table `[oncall]`.
    pub(crate) fn of(
        folder: &Path,
        title: &str,
        zone: Tz,
        item: &Item<'_, '_>,
        document: &mut Document,
    ) -> Option<Self> {
        let mut table = item.table(document)?;
        let path = |item: Option<Item<'_, '_>>, document: &mut Document| -> Option<PathBuf> {
            Some(shown(&folder.join(item?.text(document)?)))
        };
        let team = table.need("team", document);
        let rota = table.need("rota", document);
        let (team, rota) = (path(team, document), path(rota, document));
        let holidays = path(table.take("holidays"), document);
        let plan = path(table.take("plan"), document);
        let layers = path(table.take("layers"), document);
        let accounts = path(table.take("accounts"), document);
        let changes = path(table.take("changes"), document);
        let pages = table.take("pages").and_then(|item| pages(folder, &item, zone, document));
        table.finish(document);
        let (folder, title) = (folder.to_path_buf(), title.to_owned());
        Some(Self { folder, title, zone, team: team?, rota: rota?, holidays, plan, layers, accounts, changes, pages })
    }

    /// Reads them.
    ///
    /// # Errors
    /// Every fault of every file, at once.
    pub fn read(&self) -> Result<OnCall, Faults> {
        let mut faults = Faults::default();
        let rota = faults.take(toml_file(&self.rota, |root, document| rota::read(root, self.zone, document)));
        let zone = rota.as_ref().map_or(self.zone, |rota| rota.zone);
        // Without a rota nobody knows which years are meant; its faults come first.
        let today = DateTime::<Utc>::UNIX_EPOCH;
        let within =
            rota.as_ref().map(|rota| around(rota.period)).or_else(|| Span::starting_at(today, TimeDelta::days(1)).ok());
        let Some(within) = within else { return Err(faults) };
        let folder = self.team.parent().unwrap_or(Path::new("")).to_path_buf();
        let team =
            faults.take(toml_file(&self.team, |root, document| team::read(&folder, root, zone, within, document)));
        let holidays = match &self.holidays {
            None => Some(Holidays::NONE),
            Some(file) => faults.take(toml_file(file, |root, document| holidays::read(root, zone, document))),
        };
        let published = match (&self.plan, &team) {
            (Some(file), Some(team)) => faults.take(ics::plan(file, team, zone, within)).map(|plan| plan.shifts),
            _ => None,
        };
        let layers = match &self.layers {
            None => Some(layers::Layers::default()),
            Some(file) => faults.take(toml_file(file, |root, document| layers::read(root, zone, document))),
        };
        let schedule = match (layers, &team) {
            (Some(layers), Some(team)) if self.layers.is_some() || published.is_some() => {
                let plan = published.as_deref().unwrap_or_default();
                faults.take(self.schedule(layers, plan, team, zone, within))
            }
            _ => None,
        };
        let carries = match (&self.accounts, &team) {
            (Some(file), Some(team)) => faults.take(carries::read(file, team)).unwrap_or_default(),
            _ => Carries::new(),
        };
        match (rota, team, holidays) {
            (Some(rota), Some(team), Some(holidays)) if faults.is_empty() => Ok(OnCall {
                title: self.title.clone(),
                zone,
                team,
                shapes: rota.shapes,
                period: rota.period,
                weighing: rota.weighing,
                carries,
                rules: rota.rules,
                resolution: rota.resolution,
                holidays,
                published,
                schedule,
                changes: self.changes.clone(),
                limits: rota.limits,
                pay: rota.pay,
                pages: self.pages.clone(),
            }),
            _ => Err(faults),
        }
    }
}

impl Files {
    /// The layers, over them the published shifts, and the changes that came after.
    fn schedule(
        &self,
        layers: layers::Layers,
        published: &[Shift],
        team: &Team,
        zone: Tz,
        within: Span,
    ) -> Result<Schedule, Faults> {
        let of_layers = self.layers.as_ref().or(self.plan.as_ref()).unwrap_or(&self.rota).display().to_string();
        let plan = Role::ALL.into_iter().filter_map(|role| {
            let own: Vec<_> = published.iter().filter(|shift| shift.role == role).cloned().collect();
            (!own.is_empty()).then(|| Layer::new(format!("published plan, {role}"), role, Source::Published(own)))
        });
        let all: Vec<Layer> = layers.layers.into_iter().chain(plan).collect();
        let base = Schedule::from_parts(all.clone(), layers.temporary.clone(), Vec::new(), Vec::new())
            .map_err(|error| several(&of_layers, error))?;
        base.check_people(team).map_err(|error| several(&of_layers, error))?;
        let Some(file) = &self.changes else { return Ok(base) };
        // Changes name shifts by their days: those of the plan, or those that the layers come to.
        let served: Vec<Shift> = if published.is_empty() {
            let compiled = base.compile(within).map_err(|error| several(&of_layers, error))?;
            compiled.shifts(within).map_err(|error| several(&of_layers, error))?.map(|shift| shift.shift()).collect()
        } else {
            published.to_vec()
        };
        let plan = changes::Plan { team, shifts: &served, zone };
        let changes = toml_file(file, |root, document| plan.changes(root, document))?;
        Schedule::from_parts(all, layers.temporary, changes.swaps, changes.overrides)
            .map_err(|error| several(&file.display().to_string(), error))
    }
}

/// The faults of a library, each with its path.
pub(crate) fn several(file: &str, error: oncall_core::Error) -> Faults {
    let mut faults = Faults::default();
    match error {
        oncall_core::Error::Several { faults: all } => {
            for (path, error) in all {
                faults.push(Fault::of(file, error).at_path(path));
            }
        }
        error => faults.push(Fault::of(file, error)),
    }
    faults
}

impl OnCall {
    /// The schedule of the published plan and its changes, for all of `span` and of the period, and until their last
    /// duties are over.
    ///
    /// # Errors
    /// That no plan is published; a change of what nobody serves.
    pub fn compiled(&self, span: Span) -> Result<Compiled, Faults> {
        let Some(schedule) = &self.schedule else {
            let fault = Fault::of(&self.title, "no plan is published, and there are no layers");
            return Err(fault
                .help("make a plan: `evenkeel oncall plan BOOK -o plan.ics`, and name it as `plan` in `[oncall]`")
                .into());
        };
        schedule.compile(self.reach(span)?).map_err(|error| self.of_changes(error))
    }

    /// All shifts as they are served, each whole: the published plan with its changes, and what the layers come to in
    /// `span`, in the period of the rota and until the last duty of either is over. What is before and after `span` is
    /// there too, since rules look at it.
    ///
    /// # Errors
    /// Those of [`compiled`](Self::compiled).
    pub fn served(&self, span: Span) -> Result<Vec<Shift>, Faults> {
        let compiled = self.compiled(span)?;
        let shifts = compiled.shifts(compiled.within()).map_err(|error| several(&self.title, error))?;
        Ok(shifts.map(|shift| shift.shift()).collect())
    }

    /// From the first to the last instant of `span`, of the period, of their duties and of the published plan: a duty
    /// that begins within a period may end after it.
    fn reach(&self, span: Span) -> Result<Span, Faults> {
        let mut hull = span.hull(self.period);
        for shape in &self.shapes {
            for within in [span, self.period] {
                let duties = shape.within(within).map_err(|error| several(&self.title, error))?;
                hull = duties.iter().filter_map(Duty::hull).fold(hull, Span::hull);
            }
        }
        Ok(self.published.iter().flatten().map(|shift| shift.span).fold(hull, Span::hull))
    }

    /// The faults of a schedule: those of changes are in the file of the changes.
    fn of_changes(&self, error: oncall_core::Error) -> Faults {
        let mut faults = several(&self.title, error);
        let Some(file) = &self.changes else { return faults };
        for fault in &mut faults.faults {
            let change = |path: &String| path.starts_with("overrides[") || path.starts_with("swaps[");
            if fault.path.as_ref().is_some_and(change) {
                fault.file = file.display().to_string();
            }
        }
        faults
    }
}

/// The on-call part of the book in `folder`; what else the book names is not looked at.
///
/// # Errors
/// Every fault of the files that `[oncall]` names, or that there is none.
pub fn load(folder: &Path) -> Result<OnCall, Faults> {
    let file = if folder.is_file() { folder.to_path_buf() } else { folder.join(FILE) };
    let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
    let file = shown(&file);
    let text = read_text(&file).map_err(|fault| fault.help(format!("a book is a folder with a `{FILE}`")))?;
    let mut document = Document::new(&file.display().to_string(), text);
    let source = document.text();
    let (table, errors) = DeTable::parse_recoverable(source.inner());
    document.syntax(&errors);
    let mut root = Table::root(&table);
    let title = root.text("title", &mut document).unwrap_or_else(|| "On-call".to_owned());
    let zone = root
        .take("zone")
        .and_then(|item| item.text(&mut document).and_then(|name| item.check(parse_zone(&name), &mut document)))
        .unwrap_or(Tz::UTC);
    let Some(item) = root.take("oncall") else {
        let fault = Fault::of(file.display(), "has no part `[oncall]`");
        document
            .faults
            .push(fault.help("name the files of the team and the rota: `[oncall]`, `team = ...`, `rota = ...`"));
        return Err(document.faults);
    };
    let files = Files::of(&folder, &title, zone, &item, &mut document);
    let mut faults = document.faults;
    let read = files.and_then(|files| faults.take(files.read()));
    match read {
        Some(read) => faults.or(read),
        None => Err(faults),
    }
}

/// The table `pages`: a file and its columns.
fn pages(folder: &Path, item: &Item<'_, '_>, zone: Tz, document: &mut Document) -> Option<(PathBuf, PageColumns)> {
    let mut table = item.table(document)?;
    let file = table.need("file", document).and_then(|item| item.text(document));
    let columns = PageColumns {
        at: table.text("at", document).unwrap_or_else(|| "at".to_owned()),
        person: table.text("person", document),
        service: table.text("service", document),
        incident: table.text("incident", document),
        acknowledged: table.text("acknowledged", document),
        resolved: table.text("resolved", document),
        outcome: table.text("outcome", document),
        time_format: table.text("time_format", document),
        zone,
        missing: table.text("missing", document),
        last_row: table.take("last_row").and_then(|item| item.truth(document)).unwrap_or(false),
        skip_incomplete: table.take("skip_incomplete").and_then(|item| item.truth(document)).unwrap_or(false),
    };
    table.finish(document);
    Some((shown(&folder.join(file?)), columns))
}

/// A TOML file written by hand: every fault with its line and path.
fn toml_file<T>(file: &Path, read: impl FnOnce(&mut Table<'_, '_>, &mut Document) -> Option<T>) -> Result<T, Faults> {
    let text = read_text(file)?;
    let name = file.display().to_string();
    if text.trim().is_empty() {
        return Err(Fault::of(name, "is empty").into());
    }
    let mut document = Document::new(&name, text);
    let source = document.text();
    let (table, errors) = DeTable::parse_recoverable(source.inner());
    document.syntax(&errors);
    let mut root = Table::root(&table);
    let value = read(&mut root, &mut document);
    root.finish(&mut document);
    match value {
        Some(value) => document.faults.or(value),
        None if document.faults.is_empty() => Err(Fault::of(name, "cannot be read").into()),
        None => Err(document.faults),
    }
}

/// The time in which what repeats is looked at: a year to either side of what is planned.
fn around(period: Span) -> Span {
    let year = TimeDelta::days(366);
    let start = period.start().checked_sub_signed(year).unwrap_or(period.start());
    let end = period.end().checked_add_signed(year).unwrap_or(period.end());
    Span::new(start, end).unwrap_or(period)
}
