//! A live Prometheus server, asked for the same selectors over a stretch of time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::selector::Selector;
use super::{Metrics, json};
use crate::fault::{Fault, Faults};
use crate::progress;

/// A Prometheus server and what to ask of it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its address, such as `http://127.0.0.1:9090`.
    pub url: String,
    /// The first instant asked for.
    pub start: DateTime<Utc>,
    /// The last instant asked for.
    pub end: DateTime<Utc>,
    /// The distance of the instants: the scrape interval, or a multiple.
    pub step: TimeDelta,
    /// How long a request may take.
    pub patience: TimeDelta,
}

/// Prometheus refuses a range query of more than 11,000 points a series.
const MOST_POINTS: i32 = 11_000;
/// How often a request is tried.
const TRIES: u32 = 3;
/// How long a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const MOST_BYTES: u64 = 1 << 30;

impl Server {
    /// Asks for every selector, in stretches that the server's limit of points allows.
    ///
    /// # Errors
    /// A fault for the first request that fails after three tries: no server, a time-out, an answer that is
    /// not a success (with what the server said), a body that is no answer of Prometheus.
    pub fn read(&self, wanted: &[Selector], metrics: &mut Metrics) -> Result<(), Faults> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(self.patience.to_std().unwrap_or(CONNECT_PATIENCE)))
            .timeout_connect(Some(CONNECT_PATIENCE))
            .http_status_as_error(false)
            .user_agent(concat!("evenkeel/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let mut asked: Vec<&str> = wanted.iter().map(Selector::as_str).collect();
        asked.sort_unstable();
        asked.dedup();
        let stretches = self.stretches();
        let progress = progress::requests(&self.url, asked.len().saturating_mul(stretches.len()));
        for query in asked {
            let mut answers = Metrics::default();
            for (start, end) in &stretches {
                self.ask(&agent, query, *start, *end, &mut answers)?;
                progress.inc(1);
            }
            metrics.absorb(answers);
        }
        Ok(())
    }

    /// `[start, end]` in parts of at most [`MOST_POINTS`] points; a part begins one step after the one before.
    fn stretches(&self) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut stretches = Vec::new();
        let mut start = self.start;
        let length = self.step.checked_mul(MOST_POINTS.saturating_sub(1)).unwrap_or(TimeDelta::MAX);
        while start <= self.end {
            let end = start.checked_add_signed(length).map_or(self.end, |end| end.min(self.end));
            stretches.push((start, end));
            match end.checked_add_signed(self.step) {
                Some(next) if next > start => start = next,
                _ => break,
            }
        }
        stretches
    }

    fn ask(
        &self,
        agent: &ureq::Agent,
        query: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        answers: &mut Metrics,
    ) -> Result<(), Faults> {
        let address = format!("{}/api/v1/query_range", self.url.trim_end_matches('/'));
        let step = format!("{}ms", self.step.num_milliseconds());
        let mut wait = Duration::from_millis(250);
        let mut last = String::new();
        for attempt in 1..=TRIES {
            if attempt > 1 {
                std::thread::sleep(wait);
                wait = wait.saturating_mul(3);
            }
            let answer = agent
                .get(&address)
                .query("query", query)
                .query("start", seconds(start))
                .query("end", seconds(end))
                .query("step", &step)
                // A scrape that failed stays a gap instead of the last value again; Prometheus since 2.39.
                .query("lookback_delta", &step)
                .call();
            match answer {
                Ok(mut answer) if answer.status().is_success() => {
                    let reader = answer.body_mut().with_config().limit(MOST_BYTES).reader();
                    let selector: Vec<Selector> = query.parse().into_iter().collect();
                    return json::read(&address, reader, &selector, answers);
                }
                Ok(mut answer) => {
                    let body = answer.body_mut().with_config().limit(4_096).read_to_string().unwrap_or_default();
                    last = format!("answered {}: {}", answer.status(), said(&body));
                    // The request itself is wrong: trying again changes nothing.
                    if answer.status().is_client_error() {
                        break;
                    }
                }
                Err(error) => last = format!("does not answer: {error}"),
            }
        }
        Err(Fault::of(&self.url, format!("{last}; asked for `{query}`"))
            .help("is it a Prometheus server, and running? `--prometheus URL` names it; without it the book's files are read")
            .into())
    }
}

fn seconds(at: DateTime<Utc>) -> String {
    format!("{}.{:03}", at.timestamp(), at.timestamp_subsec_millis())
}

fn said(body: &str) -> String {
    let body = body.trim();
    if body.is_empty() { "no reason given".to_owned() } else { body.chars().take(300).collect() }
}
