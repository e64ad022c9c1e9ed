//! A handoff as a text of 80 columns.

use core::fmt;

use chrono::{DateTime, Utc};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{DueChange, Handoff, Listed, OpenPage, ServicePages, Silence};
use crate::escalation::Phase;

/// Lines of at most 80 columns, instants in UTC.
impl fmt::Display for Handoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person = |person: Option<&crate::person::PersonId>| person.map_or("nobody".to_owned(), ToString::to_string);
        let (from, to) = (person(self.giver()), person(self.taker()));
        line(f, 0, &format!("Handoff of {} from {from} to {to}, {}", self.role, utc(self.at)))?;
        f.write_str("\n")?;
        list(f, "Open pages", self.open_pages(), page_text)?;
        list(f, "Silenced", self.silences(), silence_text)?;
        list(f, "Changes due", self.changes(), |change| change_text(change, self.at))?;
        match self.past_pages() {
            None => line(f, 0, "Pages by service: not given")?,
            Some(past) => {
                let span = format!("Pages from {} to {} by service", utc(past.span().start()), utc(past.span().end()));
                list(f, &span, Some(past.services()), service_text)?;
            }
        }
        if self.notes().is_empty() {
            return line(f, 0, "Notes: none");
        }
        line(f, 0, "Notes:")?;
        self.notes().iter().flat_map(|note| note.lines()).try_for_each(|note| line(f, 2, note))
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    listed: Option<&Listed<T>>,
    text: impl Fn(&T) -> String,
) -> fmt::Result {
    let Some(listed) = listed else { return line(f, 0, &format!("{title}: not given")) };
    if listed.total() == 0 {
        return line(f, 0, &format!("{title}: none"));
    }
    line(f, 0, &format!("{title}: {}", listed.total()))?;
    listed.entries.iter().try_for_each(|entry| line(f, 2, &text(entry)))?;
    if listed.left_out > 0 {
        line(f, 2, &format!("and {} more, less urgent", listed.left_out))?;
    }
    Ok(())
}

fn page_text(page: &OpenPage) -> String {
    let state = match &page.phase {
        Phase::Asking { .. } => {
            let asked: Vec<_> = page.asked.iter().map(|person| person.as_str()).collect();
            format!("asking {}", asked.join(", "))
        }
        Phase::Waiting { until } => format!("waits until {}", utc(*until)),
        Phase::Acknowledged { by, since, .. } => format!("{by} has it since {}", utc(*since)),
        Phase::Snoozed { by, until } => format!("snoozed by {by} until {}", utc(*until)),
        Phase::Exhausted { since } => format!("nobody answered, exhausted since {}", utc(*since)),
    };
    let others = if page.others == 0 { String::new() } else { format!(" and {} others", page.others) };
    let events = if page.events == 1 { String::new() } else { format!(", {} events", page.events) };
    let desk = page.desk.as_ref().map_or(String::new(), |desk| format!(" of {desk}"));
    format!(
        "{} (page {}{desk}, {}): {}{others}; open since {}{events}",
        state,
        page.page,
        page.severity,
        page.key,
        utc(page.opened)
    )
}

fn silence_text(silence: &Silence) -> String {
    let until = silence.end().map_or("without an end".to_owned(), |until| format!("until {}", utc(until)));
    let by = silence.person().map_or(String::new(), |by| format!(", by {by}"));
    format!("{}, {until}{by}", silence.what())
}

fn change_text(change: &DueChange, at: DateTime<Utc>) -> String {
    let (start, end) = (change.when().start(), change.when().end());
    let by = change.person().map_or(String::new(), |by| format!(", by {by}"));
    let running = if start < at { " (under way)" } else { "" };
    format!("{} to {}{running}: {}{by}", utc(start), utc(end), change.what())
}

fn service_text(service: &ServicePages) -> String {
    let outcomes: Vec<_> = service.outcomes().iter().map(|(outcome, number)| format!("{number} {outcome}")).collect();
    let missed = match service.unacknowledged() {
        0 => String::new(),
        number => format!("; {number} never acknowledged"),
    };
    let incidents = if service.incidents() == 1 { "incident" } else { "incidents" };
    let pages = if service.pages() == 1 { "page" } else { "pages" };
    format!(
        "{}: {} {pages} of {} {incidents}: {}{missed}",
        service.service(),
        service.pages(),
        service.incidents(),
        outcomes.join(", ")
    )
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

const COLUMNS: usize = 80;

/// `text` in lines of at most 80 columns, `indent` deep, the second and later ones deeper. A word of more than a line is
/// broken.
fn line(f: &mut fmt::Formatter<'_>, indent: usize, text: &str) -> fmt::Result {
    let deeper = indent.saturating_add(4);
    let mut out = " ".repeat(indent);
    let mut used = indent;
    let mut bare = true;
    for word in text.split_whitespace() {
        let blank = usize::from(!bare);
        if !bare && used.saturating_add(blank).saturating_add(word.width()) > COLUMNS {
            out.push('\n');
            out.push_str(&" ".repeat(deeper));
            (used, bare) = (deeper, true);
        }
        if !bare {
            out.push(' ');
            used = used.saturating_add(1);
        }
        for char in word.chars() {
            let width = char.width().unwrap_or(0);
            if used.saturating_add(width) > COLUMNS {
                out.push('\n');
                out.push_str(&" ".repeat(deeper));
                used = deeper;
            }
            out.push(char);
            used = used.saturating_add(width);
        }
        bare = false;
    }
    writeln!(f, "{}", out.trim_end())
}
