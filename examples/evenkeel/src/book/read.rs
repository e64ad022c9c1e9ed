//! The book's histories: its sources read, each objective's counts taken from them.

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet};

use super::{Book, Slo};
use crate::fault::{Fault, Faults};
use crate::history::History;
use crate::metrics::live::Server;
use crate::metrics::selector::Selector;
use crate::metrics::{Metrics, Source, instant};

/// Where to read from and up to when.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A live server instead of the book's files.
    pub prometheus: Option<String>,
    /// How long a request to it may take.
    pub patience: TimeDelta,
    /// The instant to judge at; by default that of the last sample, which a live server is asked for up to now.
    pub now: Option<DateTime<Utc>>,
}

/// The histories of all objectives.
#[derive(Debug)]
pub struct Histories {
    /// One an objective, in the book's order.
    pub histories: Vec<History>,
    /// For an objective without series: what there is instead.
    pub absences: Vec<Option<String>>,
    /// The instant to judge at.
    pub now: DateTime<Utc>,
    /// Where `now` comes from, in words.
    pub now_from: String,
}

impl Book {
    /// Reads what the objectives need.
    ///
    /// # Errors
    /// All faults of the sources and of what they hold; a fault when not a single series was found.
    pub fn histories(&self, request: &Request) -> Result<Histories, Faults> {
        let mut wanted: Vec<Selector> = Vec::new();
        for selector in self.slos.iter().flat_map(|slo| slo.indicator.selectors()) {
            if !wanted.iter().any(|known| known.as_str() == selector.as_str()) {
                wanted.push(selector.clone());
            }
        }
        let mut metrics = self.metrics(request, &wanted)?;
        let last = metrics.last_instant().and_then(instant);
        let (now, now_from) = match (request.now, last) {
            (Some(now), _) => (now, "as asked for".to_owned()),
            (None, Some(last)) => (last, "the last sample".to_owned()),
            (None, None) => {
                let place = request.prometheus.clone().unwrap_or_else(|| self.folder.display().to_string());
                let asked: Vec<_> = wanted.iter().take(3).map(Selector::as_str).collect();
                let message = format!("no samples of any objective's series, such as {}", asked.join(" or "));
                return Err(Fault::of(place, message).into());
            }
        };
        metrics.forget_after(now.timestamp_millis());
        if metrics.last_instant().is_none() {
            let message = format!("no samples of any objective's series at or before {now}");
            let help = match last {
                Some(last) => format!("the last of all is at {last}"),
                None => "there are none at any instant".to_owned(),
            };
            return Err(Fault::of("--now", message).help(help).into());
        }
        self.all(&metrics, now, now_from)
    }

    /// The series of all sources that any of `wanted` selects.
    ///
    /// # Errors
    /// All faults of the sources.
    pub fn metrics(&self, request: &Request, wanted: &[Selector]) -> Result<Metrics, Faults> {
        let (mut metrics, mut faults) = (Metrics::default(), Faults::default());
        for source in self.sources(request)? {
            if let Err(wrong) = source.read(wanted, &mut metrics) {
                faults.append(wrong);
            }
        }
        faults.or(metrics)
    }

    fn all(&self, metrics: &Metrics, now: DateTime<Utc>, now_from: String) -> Result<Histories, Faults> {
        let (mut histories, mut absences, mut faults) = (Vec::new(), Vec::new(), Faults::default());
        for slo in &self.slos {
            match slo.indicator.history(metrics, slo.no_data) {
                Ok(history) => {
                    absences.push(history.ticks.is_empty().then(|| slo.indicator.absence(metrics)));
                    histories.push(history);
                }
                Err(wrong) => faults.append(wrong),
            }
        }
        faults.or(Histories { histories, absences, now, now_from })
    }

    fn sources(&self, request: &Request) -> Result<Vec<Source>, Faults> {
        let Some(url) = &request.prometheus else {
            if self.sources.is_empty() {
                let file = self.folder.join(super::FILE);
                let fault = Fault::of(file.display(), "names no `[[metrics]]`");
                return Err(fault.help("name files to read, or a live server with `--prometheus URL`").into());
            }
            return Ok(self.sources.clone());
        };
        let end = request.now.unwrap_or_else(Utc::now);
        let longest = self.slos.iter().map(|slo| slo.window.nominal()).max().unwrap_or(TimeDelta::days(1));
        let reach = self.live.history.unwrap_or(longest).max(longest);
        // Instants are multiples of the step, so that the same question gets the same answer.
        let step = self.live.step.num_seconds().max(1);
        let aligned = end.timestamp().checked_div_euclid(step).unwrap_or(0).saturating_mul(step);
        let end = DateTime::from_timestamp(aligned, 0).unwrap_or(end);
        let start = end.checked_sub_signed(reach).unwrap_or(end);
        Ok(vec![Source::Live(Server {
            url: url.clone(),
            start,
            end,
            step: TimeDelta::seconds(step),
            patience: request.patience,
        })])
    }

    /// Declared maintenance of the service of `slo` within `within`.
    #[must_use]
    pub fn maintenance_of(&self, slo: &Slo, within: Span) -> SpanSet {
        self.maintenance
            .iter()
            .map(|maintenance| maintenance.within(&slo.service, within))
            .fold(SpanSet::new(), |all, some| all.union(&some))
    }
}
