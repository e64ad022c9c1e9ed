//! The subcommands, one file each, and what they share: arguments, answers, exit codes.

mod backtest;
mod canvas;
mod compare;
mod import;
mod incident_review;
mod oncall;
mod paint;
mod picture;
mod policy;
mod recommend;
mod review;
mod rules;
mod status;
mod trend;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use measure_core::Level;
use serde::Serialize;

use crate::book::{Book, Request};
use crate::fault::{Fault, Faults};
use crate::review::report::{RowReport, SloReport, Standing};
use crate::visible::{self, visible};
use crate::words;
use paint::{Paint, for_terminal};

/// Reliability as arithmetic: error budgets, burn rates, alerts, reviews.
///
/// Exits 0 for yes, 1 for no (a gate that refuses), 2 for bad input.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, max_term_width = 80, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    area: Area,
    /// Print JSON instead of text; the schemas are in docs/json.md.
    #[arg(long, global = true, display_order = 900)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Area {
    /// Service level objectives.
    #[command(subcommand, arg_required_else_help = true)]
    Slo(Slo),
    /// On-call: who, plans, fairness, load.
    #[command(subcommand, arg_required_else_help = true)]
    Oncall(oncall::OnCallCommand),
    Review(Box<review::Review>),
    Trend(trend::TrendCommand),
    Compare(Box<compare::Compare>),
}

#[derive(Debug, Subcommand)]
enum Slo {
    Status(status::Status),
    Rules(rules::Rules),
    Policy(policy::PolicyCommand),
    Recommend(recommend::Recommend),
    Backtest(backtest::Backtest),
    Import(import::Import),
}

/// Which book, from where, and when.
#[derive(Debug, Clone, Args)]
struct BookArgs {
    /// The book: a folder with an evenkeel.toml.
    #[arg(default_value = ".")]
    book: PathBuf,
    /// Ask this live Prometheus server instead of reading the book's files.
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
    /// How long a request to the server may take.
    #[arg(long, value_name = "LENGTH", default_value = "30s", requires = "prometheus")]
    timeout: String,
    /// The instant to judge at: RFC 3339 or Unix seconds [default: the last sample].
    #[arg(long, value_name = "INSTANT")]
    now: Option<String>,
}

impl BookArgs {
    /// The book and what to ask, with the faults of the arguments, the book and its files at once.
    fn load(&self) -> Result<(Book, Request), Faults> {
        let mut faults = Faults::default();
        let request = faults.take(self.request());
        // Where a server is asked, the book's files are not read.
        let book =
            faults.take(if self.prometheus.is_some() { Book::load(&self.book) } else { Book::load_all(&self.book) });
        match (book, request) {
            (Some(book), Some(request)) => Ok((book, request)),
            _ => Err(faults),
        }
    }

    fn request(&self) -> Result<Request, Faults> {
        let mut faults = Faults::default();
        let patience =
            words::parse_length(&self.timeout).map_err(|message| faults.push(Fault::of("--timeout", message)));
        let now = self.instant().map_err(|fault| faults.push(fault));
        let server = self.prometheus.as_deref().map(server).transpose().map_err(|fault| faults.push(fault));
        match (patience, now, server) {
            (Ok(patience), Ok(now), Ok(prometheus)) => Ok(Request { prometheus, patience, now }),
            _ => Err(faults),
        }
    }

    /// The instant to judge at, where one is given.
    fn instant(&self) -> Result<Option<DateTime<Utc>>, Fault> {
        self.now.as_deref().map(argument_instant).transpose()
    }
}

/// The address of a server, with its scheme.
fn server(url: &str) -> Result<String, Fault> {
    let schemes = ["http://", "https://"];
    if schemes.iter().any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))) {
        return Ok(url.to_owned());
    }
    let fault = Fault::of("--prometheus", format!("address `{url}` begins with neither `http://` nor `https://`"));
    Err(if url.contains("://") { fault } else { fault.help(format!("write `http://{url}`")) })
}

/// An instant given as an argument.
fn argument_instant(text: &str) -> Result<DateTime<Utc>, Fault> {
    let at = crate::metrics::csv::instant(text).map_err(|message| Fault::of("--now", message))?;
    crate::metrics::instant(at).ok_or_else(|| Fault::of("--now", format!("instant `{text}` is out of range")))
}

/// A level given as an argument: `95%` or `0.95`.
fn argument_level(argument: &str, text: &str) -> Result<Level, Fault> {
    let level = share(text).and_then(|share| Level::new(share).map_err(|error| error.to_string()));
    level.map_err(|message| match text.trim().parse::<f64>() {
        Ok(percent) if percent > 1.0 => Fault::of(argument, message).help(format!("write `{percent}%`")),
        _ => Fault::of(argument, message),
    })
}

/// `95%` or `0.95`.
fn share(text: &str) -> Result<f64, String> {
    // Shifted in the text, so that 99.9 % is the float nearest to 0.999.
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => format!("{}e-2", percent.trim_end()),
        None => text.trim().to_owned(),
    };
    let share = number.parse::<f64>().map_err(|_| format!("`{text}` is not a share, such as `95%`"))?;
    if share.is_finite() { Ok(share) } else { Err(format!("`{text}` is not a share, such as `95%`")) }
}

/// What a command says.
struct Answer {
    /// For people, with colours.
    text: String,
    /// For machines.
    json: String,
    /// Whether the answer is yes.
    yes: bool,
}

impl Answer {
    fn new(text: String, json: &impl Serialize) -> Result<Self, Faults> {
        let json = serde_json::to_string_pretty(json).map_err(|error| Fault::of("--json", error))?;
        Ok(Self { text, json, yes: true })
    }
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let answer = match &cli.area {
        Area::Slo(Slo::Status(status)) => status.run(),
        Area::Slo(Slo::Rules(rules)) => rules.run(),
        Area::Slo(Slo::Policy(policy)) => policy.run(),
        Area::Slo(Slo::Recommend(recommend)) => recommend.run(),
        Area::Slo(Slo::Backtest(backtest)) => backtest.run(),
        Area::Slo(Slo::Import(import)) => import.run(),
        Area::Oncall(command) => command.run(),
        Area::Review(review) => review.run(),
        Area::Trend(trend) => trend.run(),
        Area::Compare(compare) => compare.run(),
    };
    match answer {
        Ok(answer) => {
            let text = if cli.json { visible::json(&answer.json) + "\n" } else { for_terminal(&answer.text) };
            if say(&text) { ExitCode::from(u8::from(!answer.yes)) } else { ExitCode::from(2) }
        }
        Err(faults) => {
            refuse(&faults, cli.json);
            ExitCode::from(2)
        }
    }
}

/// Help, or what is wrong with the arguments; they may hold anything.
fn usage(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    // Help and the version are no faults. What follows `--` is no option.
    if error.use_stderr()
        && std::env::args_os().skip(1).take_while(|given| given != "--").any(|given| given == "--json")
    {
        let given = plain.strip_prefix("error: ").unwrap_or("no command is given");
        let (message, help) = given.split_once("\n\n").unwrap_or((given, ""));
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let fault = Fault::of("arguments", line(message));
        let fault = if line(help).is_empty() { fault } else { fault.help(line(help)) };
        refuse(&fault.into(), true);
        return ExitCode::from(2);
    }
    if plain.chars().any(|c| c != '\n' && visible::steers(c)) {
        let _ = anstream::stderr().lock().write_all(for_terminal(&plain).as_bytes());
        return ExitCode::from(2);
    }
    error.exit()
}

/// Writes an answer to stdout; `false`, with the reason on stderr, when it did not get there.
fn say(text: &str) -> bool {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => true,
        // A reader that went away (`| head`) has what it wanted.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => true,
        Err(error) => {
            let _ = writeln!(anstream::stderr().lock(), "the answer cannot be written to stdout: {error}");
            false
        }
    }
}

/// Prints faults: as a document where one was asked for, and for people.
fn refuse(faults: &Faults, json: bool) {
    if json {
        #[derive(Serialize)]
        struct Refusal<'a> {
            schema: &'static str,
            #[serde(flatten)]
            faults: &'a Faults,
        }
        let refusal = serde_json::to_string_pretty(&Refusal { schema: "evenkeel.faults/1", faults });
        say(&(visible::json(&refusal.unwrap_or_default()) + "\n"));
        return;
    }
    // What faults quote is made visible by themselves.
    let handler = miette::GraphicalReportHandler::new_themed(theme()).with_width(80).with_context_lines(1);
    let mut text = String::new();
    for fault in &faults.faults {
        if handler.render_report(&mut text, fault).is_err() {
            text.push_str(&fault.to_string());
        }
    }
    let _ = writeln!(anstream::stderr().lock(), "{}\n{faults}", text.trim_end());
}

fn theme() -> miette::GraphicalTheme {
    use anstream::stream::IsTerminal;
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || !std::io::stderr().is_terminal();
    if plain { miette::GraphicalTheme::unicode_nocolor() } else { miette::GraphicalTheme::unicode() }
}

/// A standing as a word of seven columns, in its colour.
fn standing(standing: Standing) -> String {
    match standing {
        Standing::Act => format!("{:<7}", "ACT").red().bold(),
        Standing::Watch => format!("{:<7}", "watch").yellow(),
        Standing::Good => format!("{:<7}", "good").green(),
        Standing::Unknown => format!("{:<7}", "unknown").dimmed(),
    }
}

/// The loudest severity that fires, or nothing.
fn loudest(rows: &[RowReport]) -> &'static str {
    let fires = |severity: &&str| rows.iter().any(|row| row.firing && row.severity == **severity);
    ["page", "ticket"].into_iter().find(fires).unwrap_or("")
}

/// Text of at most `width` characters in one line, the last of them showing that some are missing.
fn cut(text: &str, width: usize) -> String {
    let text = visible(text);
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Text in lines of at most 80 columns, each indented.
fn wrapped(indent: &str, text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), indent.to_owned());
    for word in text.split_whitespace() {
        let length = line.chars().count().saturating_add(word.chars().count()).saturating_add(1);
        if length > 80 && line.trim() != "" {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        if line.trim() != "" {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

/// The notes of objectives, each once with the names of those that it is about.
fn notes(slos: &[SloReport]) -> String {
    let notes = together(slos.iter().map(|slo| (slo.name.as_str(), slo.notes.as_slice())));
    let text: String = notes.iter().map(|note| format!("\n{}", wrapped("  ", note).trim_start())).collect();
    if text.is_empty() { text } else { text + "\n" }
}

/// Each note once, behind the names of all that it is about.
fn together<'a>(slos: impl Iterator<Item = (&'a str, &'a [String])>) -> Vec<String> {
    let mut notes: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut count = 0_usize;
    for (name, own) in slos {
        count = count.saturating_add(1);
        for note in own {
            match notes.iter_mut().find(|(known, _)| known == note) {
                Some((_, names)) => names.push(name),
                None => notes.push((note, vec![name])),
            }
        }
    }
    let named = |(note, names): (&str, Vec<&str>)| {
        let names = if names.len() == count && count > 1 { "all".to_owned() } else { names.join(", ") };
        format!("{names}: {note}")
    };
    notes.into_iter().map(named).collect()
}

/// Leaves only the objectives of these names in the book; none named means all.
fn keep_only(book: &mut Book, names: &[String]) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for name in names {
        if !book.slos.iter().any(|slo| slo.name == *name) {
            let known: Vec<_> = book.slos.iter().map(|slo| slo.name.as_str()).collect();
            faults.push(Fault::of("--slo", format!("there is no SLO `{name}`; there are {}", known.join(", "))));
        }
    }
    if !names.is_empty() {
        book.slos.retain(|slo| names.contains(&slo.name));
    }
    faults.or(())
}
