//! `evenkeel oncall load`: what pages do to people, against what people can bear.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use measure_core::Level;
use oncall_core::Shift;
use oncall_core::load::{Concern, GroupLoad, Outcome, PersonLoad, Verdict};
use serde::Serialize;
use timeline_core::{CalendarPeriod, PeriodKind, Span, Tz, parse_zone};

use super::super::paint::Paint;
use super::super::{Answer, argument_level, cut, wrapped};
use super::{PeriodArgs, day, served, told};
use crate::fault::{Fault, Faults};
use crate::oncall::book::{self, OnCall};
use crate::oncall::pages::{self, PageColumns, PageList};
use crate::oncall::study::{self, Load, judged};
use crate::visible::visible;
use crate::words;

/// Pages against the limits that people can bear: incidents a shift, time on call, nights, noise, time to acknowledge.
#[derive(Debug, Args)]
pub(in crate::commands) struct LoadCommand {
    /// The book: a folder with an evenkeel.toml that has a part [oncall]; none with --pages alone.
    book: Option<PathBuf>,
    /// A list of pages (CSV) instead of the book's.
    #[arg(long, value_name = "FILE.csv")]
    pages: Option<PathBuf>,
    /// The column of when a page came.
    #[arg(long, value_name = "COLUMN", default_value = "at", requires = "pages")]
    at: String,
    /// The column of who had it [default: who was on call].
    #[arg(long, value_name = "COLUMN", requires = "pages")]
    person: Option<String>,
    /// The column of its service.
    #[arg(long, value_name = "COLUMN", requires = "pages")]
    service: Option<String>,
    /// The column of its incident [default: each page is one].
    #[arg(long, value_name = "COLUMN", requires = "pages")]
    incident: Option<String>,
    /// The column of when somebody took it.
    #[arg(long, value_name = "COLUMN", requires = "pages")]
    acknowledged: Option<String>,
    /// The column of when it was over.
    #[arg(long, value_name = "COLUMN", requires = "pages")]
    resolved: Option<String>,
    /// The column of its outcome: actionable, noise, self-resolved, duplicate, unknown, or yes (it asked for an action)
    /// and no. All but actionable and unknown are noise.
    #[arg(long, value_name = "COLUMN", requires = "pages")]
    outcome: Option<String>,
    /// How times are written, such as `%d/%m/%Y %H:%M` [default: RFC 3339 or Unix seconds].
    #[arg(long, value_name = "FORM", requires = "pages")]
    time_format: Option<String>,
    /// The zone of times without an offset, and of weeks and nights.
    #[arg(long, value_name = "ZONE", requires = "pages")]
    zone: Option<String>,
    /// What a cell without a value holds, such as `?`.
    #[arg(long, value_name = "TEXT", requires = "pages")]
    missing: Option<String>,
    /// Only the last row of each incident counts: for audit logs.
    #[arg(long, requires = "incident")]
    last_row: bool,
    /// Leave out, and count, rows without a time.
    #[arg(long, requires = "pages")]
    skip_incomplete: bool,
    #[command(flatten)]
    period: PeriodArgs,
    /// The level of intervals and bounds.
    #[arg(long, value_name = "LEVEL", default_value = "95%")]
    level: String,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    file: String,
    zone: &'a str,
    #[serde(flatten)]
    load: &'a Load,
}

impl LoadCommand {
    pub(in crate::commands) fn run(&self) -> Result<Answer, Faults> {
        let mut faults = Faults::default();
        let level = argument_level("--level", &self.level).map_err(|fault| faults.push(fault));
        let zone = self.zone.as_deref().map(parse_zone).transpose();
        let zone = zone.map_err(|error| faults.push(Fault::of("--zone", error)));
        // With a list of its own and no book, the list is all there is.
        let alone = self.pages.is_some() && self.book.is_none();
        let folder = self.book.as_deref().unwrap_or(Path::new("."));
        let oncall = if alone { Some(None) } else { faults.take(book::load(folder)).map(Some) };
        let (Ok(level), Ok(zone), Some(oncall)) = (level, zone, oncall) else { return Err(faults) };
        let (load, file, zone, title) = match &oncall {
            None => {
                let file = self.pages.clone().unwrap_or_default();
                let columns = self.columns(zone.unwrap_or(Tz::UTC));
                let title = file.display().to_string();
                (study::of_list(&file, &columns, level)?, file, columns.zone, title)
            }
            Some(oncall) => {
                let (file, columns) = match (&self.pages, &oncall.pages) {
                    (Some(file), _) => (file.clone(), self.columns(zone.unwrap_or(oncall.zone))),
                    (None, Some((file, columns))) => (file.clone(), columns.clone()),
                    (None, None) => {
                        let fault = Fault::of(&oncall.title, "names no pages");
                        return Err(fault.help("name a list of them: `[oncall.pages]`, or `--pages FILE`").into());
                    }
                };
                let list = pages::read(&file, &columns)?;
                let span = until_now(oncall, &self.period, &list)?;
                let shifts = served(oncall, span)?;
                let shifts = cut_to(&shifts, span);
                let load = study::of_book(oncall, &shifts, span, (&file, &list), level)?;
                (load, file, oncall.zone, oncall.title.clone())
            }
        };
        let text = text(&load, &title, zone, level);
        let file = file.display().to_string();
        Answer::new(text, &Document { schema: "evenkeel.oncall-load/1", file, zone: zone.name(), load: &load })
    }

    fn columns(&self, zone: Tz) -> PageColumns {
        PageColumns {
            at: self.at.clone(),
            person: self.person.clone(),
            service: self.service.clone(),
            incident: self.incident.clone(),
            acknowledged: self.acknowledged.clone(),
            resolved: self.resolved.clone(),
            outcome: self.outcome.clone(),
            time_format: self.time_format.clone(),
            zone,
            missing: self.missing.clone(),
            last_row: self.last_row,
            skip_incomplete: self.skip_incomplete,
        }
    }
}

/// What is served of the shifts in `span`.
fn cut_to(shifts: &[Shift], span: Span) -> Vec<Shift> {
    let part = |shift: &Shift| Some(Shift { span: shift.span.intersect(span)?, ..shift.clone() });
    shifts.iter().filter_map(part).collect()
}

/// The period as far as anything is known of it: unless said otherwise, to the end of the day of the last page.
pub(super) fn until_now(oncall: &OnCall, period: &PeriodArgs, list: &PageList) -> Result<Span, Faults> {
    let asked = period.period(oncall)?;
    if period.until.is_some() {
        return Ok(asked);
    }
    let last = list.pages.iter().map(|page| page.at).filter(|at| asked.contains(*at)).max();
    let Some(last) = last else { return Ok(asked) };
    let day = CalendarPeriod::containing(PeriodKind::Day, oncall.zone, last);
    let end: DateTime<Utc> = day.map_or(last, |day| day.span().end());
    Ok(Span::new(asked.start(), end.min(asked.end())).unwrap_or(asked))
}

fn text(load: &Load, title: &str, zone: Tz, level: Level) -> String {
    let report = &load.report;
    let (from, until) = (day(report.span.start(), zone), day(report.span.end(), zone));
    let mut text = format!("{}\n", visible(title).bold());
    let pages = words::counted(report.team.pages.pages, "pages");
    let incidents = words::counted(report.team.pages.incidents, "incidents");
    let _ = writeln!(text, "{from} to {until}, {}: {pages} of {incidents}\n", zone.name());
    text.push_str(&warnings(load, zone));
    text.push_str(&said("incidents in 12 h", &report.team_incidents.verdict, "weeks"));
    text.push_str(&said("noise", &report.team.pages.noise.verdict, "pages"));
    if load.acknowledged {
        let share = load.percent_acknowledged;
        text.push_str(&said(
            &format!("{share} % acked, min."),
            &report.team.pages.acknowledgement.verdict,
            "incidents",
        ));
        text.push_str(&quantiles(&report.team, share));
    }
    text.push_str(&outcomes(&report.team));
    text.push_str(&weekly(&report.team));
    if !load.without_rota {
        text.push_str(&people(&report.people));
    }
    text.push_str(&services(load));
    text.push_str(&owed(load));
    text.push_str(&left_out(load, level));
    text
}

/// Who is warned of, and why.
fn warnings(load: &Load, zone: Tz) -> String {
    if load.without_rota {
        return String::new();
    }
    let mut text = String::new();
    for person in &load.report.people {
        let head = match person.burnout.concern {
            Concern::Warning => "WARNING".red().bold(),
            Concern::Watch => "watch".yellow(),
            Concern::None => continue,
        };
        let _ = writeln!(text, "{head} {}", visible(person.person.as_str()));
        for signal in &person.burnout.signals {
            let line = wrapped("    ", &visible(&told(&signal.to_string(), zone)));
            let _ = writeln!(text, "  - {}", line.trim_start());
        }
    }
    if text.is_empty() { "No signs of overload.\n\n".green() } else { text + "\n" }
}

fn said(what: &str, verdict: &Verdict, unit: &str) -> String {
    let words = wrapped(&" ".repeat(20), &judged(verdict, unit));
    let words = words.trim_start();
    let words = if verdict.exceeds() { words.red() } else { words.to_owned() };
    format!("{what:<20}{words}\n")
}

fn quantiles(team: &GroupLoad, share: u32) -> String {
    let acknowledgement = &team.pages.acknowledgement;
    let one = |quantile: &Result<measure_core::survival::QuantileEstimate, _>| {
        let value = quantile.as_ref().ok().and_then(|quantile| quantile.value)?;
        Some(words::seconds(value * 60.0))
    };
    match (one(&acknowledgement.median), one(&acknowledgement.quantile)) {
        (Some(half), Some(most)) => format!("{:<20}half within {half}, {share} of 100 within {most}\n", ""),
        (Some(half), None) => format!("{:<20}half within {half}\n", ""),
        _ => String::new(),
    }
}

fn outcomes(team: &GroupLoad) -> String {
    let parts = Outcome::ALL.into_iter().zip(team.pages.by_outcome).filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(outcome, count)| format!("{} {}", words::grouped(count), outcome.name())).collect();
    if parts.is_empty() {
        return String::new();
    }
    let text = format!("{:<20}{}\n", "outcomes", parts.join(", "));
    if team.pages.noise.share.trials() == 0 {
        return text;
    }
    // Without an outcome there is nothing to explain.
    let noise =
        "Noise: pages that asked for no action (noise, self-resolved, duplicate), of those whose outcome is known.";
    text + &wrapped(&" ".repeat(20), noise).dimmed() + "\n"
}

/// Incidents by week as bars, and whether they rise.
fn weekly(team: &GroupLoad) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = team.weekly_incidents.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    let skipped = team.weekly_incidents.len().saturating_sub(52);
    let bars: String = team
        .weekly_incidents
        .iter()
        .skip(skipped)
        .map(|count| {
            let place = count.saturating_mul(8).div_ceil(most.max(1));
            usize::try_from(place).ok().and_then(|place| BARS.get(place)).copied().unwrap_or(' ')
        })
        .collect();
    let trend = match &team.trend {
        Ok(trend) => match trend.direction {
            measure_core::trend::Direction::Rising => "rising".to_owned(),
            measure_core::trend::Direction::Falling => "falling".to_owned(),
            measure_core::trend::Direction::NotFound => "no trend found".to_owned(),
        },
        Err(reason) => reason.to_string(),
    };
    let which = if skipped > 0 { "last 52 weeks" } else { "incidents by week" };
    let text = format!("{which:<20}{bars}\n");
    text + &format!("{}\n", wrapped(&" ".repeat(20), &format!("at most {} in a week; {trend}", words::grouped(most))))
}

fn people(people: &[PersonLoad]) -> String {
    let head = format!(
        "\n{:<12}{:>9}{:>9}{:>7}{:>11}{:>10}{:>9}{:>8}",
        "", "on call", "of limit", "pages", "incidents", "off duty", "nights", "awake"
    );
    let mut text = head.dimmed() + "\n";
    for person in people {
        let hours = words::length(chrono::TimeDelta::minutes(i64::try_from(person.time.minutes).unwrap_or(0)));
        let share = person.time.presence;
        #[expect(clippy::cast_precision_loss, reason = "minutes of a period are far below 2^53")]
        let bearable = share.share() * share.of_minutes() as f64 * f64::from(person.time.percent) / 100.0;
        #[expect(clippy::cast_precision_loss, reason = "minutes of a period are far below 2^53")]
        let part = if bearable > 0.0 { words::percent(person.time.minutes as f64 / bearable) } else { "-".to_owned() };
        let part = format!("{part:>9}");
        let part = if person.time.exceeds { part.red() } else { part };
        let awake = words::length(chrono::TimeDelta::minutes(i64::try_from(person.sleep.minutes_awake).unwrap_or(0)));
        let _ = writeln!(
            text,
            "{:<12}{hours:>9}{part}{:>7}{:>11}{:>10}{:>9}{awake:>8}",
            cut(person.person.as_str(), 11),
            person.pages.pages,
            person.pages.incidents,
            person.off_duty,
            person.sleep.nights.len(),
        );
    }
    let note = "Of limit: the time on call beside a quarter of the time that the person was there. Nights: those with a \
                page, by the clocks where the person lives.";
    text.push_str(&(wrapped("", note).dimmed() + "\n"));
    let under = people.iter().filter_map(|person| Some((person, person.underload.as_ref()?)));
    for (person, underload) in under {
        let line = format!("{} was not on call in {}", person.person, underload.quarters.join(", "));
        let _ = writeln!(text, "{}", wrapped("", &visible(&line)));
    }
    text
}

/// The services with the most pages.
fn services(load: &Load) -> String {
    const SHOWN: usize = 8;
    let mut services: Vec<_> = load.report.services.iter().collect();
    if services.len() < 2 {
        return String::new();
    }
    services.sort_by_key(|(name, group)| (std::cmp::Reverse(group.pages.pages), (*name).clone()));
    let mut text = format!("\n{:<24}{:>8}{:>11}{:>8}", "", "pages", "incidents", "noise").dimmed() + "\n";
    for (name, group) in services.iter().take(SHOWN) {
        let noise = group.pages.noise.share;
        let share = if noise.trials() > 0 { noise_share(noise.successes(), noise.trials()) } else { "-".to_owned() };
        let (pages, incidents) = (words::grouped(group.pages.pages), words::grouped(group.pages.incidents));
        let _ = writeln!(text, "{:<24}{pages:>8}{incidents:>11}{share:>8}", cut(name, 23));
    }
    if services.len() > SHOWN {
        let _ = writeln!(text, "and {} services more", services.len().saturating_sub(SHOWN));
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "counts of pages are far below 2^53")]
fn noise_share(part: u64, whole: u64) -> String {
    words::percent(part as f64 / whole as f64)
}

fn owed(load: &Load) -> String {
    if load.owed.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{:<12}{:>12}{:>12}", "owed", "minutes", "minutes off").dimmed() + "\n";
    for owed in &load.owed {
        let (minutes, off) = (words::grouped(owed.minutes), words::grouped(owed.minutes_off));
        let _ = writeln!(text, "{:<12}{minutes:>12}{off:>12}", cut(owed.person.as_str(), 11));
    }
    text
}

fn left_out(load: &Load, level: Level) -> String {
    let mut notes = vec![format!("bounds at {} %", (level.get() * 100_000.0).round() / 1_000.0)];
    let mut say = |count: u64, what: &str, unit: &str| {
        if count > 0 {
            notes.push(format!("{} {what}", words::counted(count, unit)));
        }
    };
    say(load.report.outside, "outside of the time looked at", "shifts and pages");
    say(load.unattended, "while nobody was on call", "pages");
    say(load.incomplete, "without a time left out", "rows");
    say(load.repeated, "told again later left out", "rows");
    if load.without_rota {
        notes.push("without a rota nothing is said of people's time".to_owned());
    }
    format!("\n{}\n", wrapped("", &notes.join("; ")).dimmed())
}
