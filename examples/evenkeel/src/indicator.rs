//! From series to counts: what an objective measures, and its history scrape by scrape.

use std::collections::BTreeMap;

use slo_core::Counts;
use slo_core::sli::{ClassicHistogram, Counter, IndicatorKind, NoDataPolicy};

use crate::fault::{Fault, Faults};
use crate::history::{History, Known};
use crate::instants::Instants;
use crate::metrics::selector::{Labels, Selector, series_name};
use crate::metrics::{Metrics, Reading, Series, in_utc, whole_events};

/// What an objective measures, and on which series.
#[derive(Debug, Clone)]
pub enum Indicator {
    /// Good events out of all, both counters.
    Good {
        /// Series of good events.
        good: Selector,
        /// Series of all events.
        total: Selector,
    },
    /// Bad events out of all, both counters.
    Bad {
        /// Series of bad events.
        bad: Selector,
        /// Series of all events.
        total: Selector,
    },
    /// Observations of a classic histogram at or below a threshold, which need not be a bucket's bound.
    Histogram {
        /// The `_bucket` series.
        buckets: Selector,
        /// The threshold, in the unit of the bounds.
        threshold: f64,
        /// Whether observations below the threshold are the bad ones.
        above_is_good: bool,
    },
    /// Each scrape of a gauge is a check of its value.
    Gauge {
        /// The series.
        gauge: Selector,
        /// What makes a check good.
        test: Comparison,
        /// What to compare with.
        threshold: f64,
        /// Whether the value is an instant in Unix seconds, of which the age is compared.
        age: bool,
    },
}

/// An operator of OpenSLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// At most.
    Lte,
    /// Below.
    Lt,
    /// At least.
    Gte,
    /// Above.
    Gt,
}

impl Comparison {
    fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Lte => value <= threshold,
            Self::Lt => value < threshold,
            Self::Gte => value >= threshold,
            Self::Gt => value > threshold,
        }
    }

    /// The operator in PromQL.
    #[must_use]
    pub const fn promql(self) -> &'static str {
        match self {
            Self::Lte => "<=",
            Self::Lt => "<",
            Self::Gte => ">=",
            Self::Gt => ">",
        }
    }
}

impl Indicator {
    /// The selectors of all series it reads.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let (first, second) = match self {
            Self::Good { good, total } => (good, Some(total)),
            Self::Bad { bad, total } => (bad, Some(total)),
            Self::Histogram { buckets, .. } => (buckets, None),
            Self::Gauge { gauge, .. } => (gauge, None),
        };
        std::iter::once(first).chain(second)
    }

    /// What to say when none of its series is there.
    #[must_use]
    pub fn absence(&self, metrics: &Metrics) -> String {
        let selector = match self {
            Self::Good { total, .. } | Self::Bad { total, .. } => total,
            Self::Histogram { buckets, .. } => buckets,
            Self::Gauge { gauge, .. } => gauge,
        };
        format!("no series match `{selector}`; there is {}", metrics.some_names())
    }

    /// The kind that the series' names speak for; a book may say otherwise.
    #[must_use]
    pub fn kind(&self) -> IndicatorKind {
        let named = |selector: &Selector, end| selector.name().is_some_and(|name| name.ends_with(end));
        match self {
            Self::Gauge { age: true, .. } => IndicatorKind::Freshness,
            Self::Histogram { .. } => IndicatorKind::Latency,
            Self::Good { good, .. } if named(good, "_bucket") => IndicatorKind::Latency,
            _ => IndicatorKind::Availability,
        }
    }

    /// What is counted.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        if matches!(self, Self::Gauge { .. }) { "checks" } else { "events" }
    }

    /// The history of the indicator in `metrics`.
    ///
    /// # Errors
    /// Faults of values that cannot be counts, of good events beyond all events, of a histogram that
    /// contradicts itself. No series at all is no fault: the history is empty.
    pub fn history(&self, metrics: &Metrics, no_data: NoDataPolicy) -> Result<History, Faults> {
        let ticks = match self {
            Self::Good { good, total } => ratio(metrics, good, total, true)?,
            Self::Bad { bad, total } => ratio(metrics, bad, total, false)?,
            Self::Histogram { buckets, threshold, above_is_good } => {
                histogram(metrics, buckets, *threshold, *above_is_good)?
            }
            Self::Gauge { gauge, test, threshold, age } => checks(metrics, gauge, *test, *threshold, *age),
        };
        Ok(History::new(ticks, no_data))
    }
}

/// Sums of increases at one instant.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    part: u64,
    total: u64,
    bridges: bool,
}

fn ratio(
    metrics: &Metrics,
    part: &Selector,
    total: &Selector,
    part_is_good: bool,
) -> Result<Vec<(i64, Known)>, Faults> {
    let mut sums: Instants<Sums> = Instants::default();
    let mut faults = Faults::default();
    // Good or bad series may be absent: nobody has failed yet.
    for (selector, is_total) in [(total, true), (part, false)] {
        if let Err(wrong) = add_increases(metrics, selector, &mut sums, is_total) {
            faults.append(wrong);
        }
    }
    let name = if part_is_good { "good" } else { "bad" };
    let mut known = Vec::new();
    for (at, sum) in sums.into_iter() {
        let counts =
            if part_is_good { Counts::new(sum.part, sum.total) } else { Counts::from_bad(sum.part, sum.total) };
        match counts {
            Ok(counts) => known.push((at, Known { counts, doubt: 0, bridges: sum.bridges })),
            Err(error) => faults.push(
                Fault::of(source(metrics, total), format!("at {}: {error}", in_utc(at)))
                    .at_path(part)
                    .help(format!("every {name} event must be among those that `{total}` counts")),
            ),
        }
    }
    faults.or(known)
}

fn add_increases(
    metrics: &Metrics,
    selector: &Selector,
    sums: &mut Instants<Sums>,
    is_total: bool,
) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for series in metrics.select(selector) {
        let new = || Sums { bridges: true, ..Sums::default() };
        sums.fold(increases(series, &mut faults), new, |sum, step| {
            let field = if is_total { &mut sum.total } else { &mut sum.part };
            *field = field.saturating_add(step.increase);
            sum.bridges &= step.bridges || !is_total;
        });
    }
    faults.or(())
}

struct Increase {
    increase: u64,
    bridges: bool,
}

/// What a series counted up to each of its samples. The first sample of a counter has nothing to compare with.
fn increases<'a>(series: &'a Series, faults: &'a mut Faults) -> impl Iterator<Item = (i64, Increase)> + 'a {
    let mut counter = Counter::default();
    let known = series.samples.iter().filter(|sample| !sample.value.is_nan());
    known.filter_map(move |sample| {
        let raw = whole_events(sample.value)
            .map_err(|message| {
                let path = format!("{} at {}", series_name(&series.labels), in_utc(sample.at));
                faults.push(Fault::of(&series.source, message).at_path(path));
            })
            .ok()?;
        Some(match series.reading {
            Reading::Increments => (sample.at, Increase { increase: raw, bridges: false }),
            Reading::Scraped => {
                let first = counter.last().is_none();
                let step = counter.observe(raw);
                (sample.at, Increase { increase: step.increase, bridges: !step.reset && !first })
            }
        })
    })
}

/// A histogram at one instant: bounds and cumulative increases.
#[derive(Default)]
struct Buckets {
    /// By the bits of the bound, which order as the bounds do: they are not negative.
    counts: BTreeMap<u64, u64>,
    bridges: bool,
}

fn histogram(
    metrics: &Metrics,
    selector: &Selector,
    threshold: f64,
    above_is_good: bool,
) -> Result<Vec<(i64, Known)>, Faults> {
    let mut faults = Faults::default();
    let mut instants: Instants<Buckets> = Instants::default();
    for series in metrics.select(selector) {
        let bound = match bound(&series.labels) {
            Ok(bound) => bound,
            Err(message) => {
                faults.push(Fault::of(&series.source, message).at_path(series_name(&series.labels)));
                continue;
            }
        };
        let new = || Buckets { bridges: true, ..Buckets::default() };
        instants.fold(increases(series, &mut faults), new, |buckets, step| {
            let count = buckets.counts.entry(bound.to_bits()).or_default();
            *count = count.saturating_add(step.increase);
            buckets.bridges &= step.bridges;
        });
    }
    let mut known = Vec::new();
    for (at, buckets) in instants.into_iter() {
        let pairs = buckets.counts.iter().map(|(bits, count)| (f64::from_bits(*bits), *count)).collect();
        let below = ClassicHistogram::new(pairs).and_then(|histogram| histogram.below(threshold));
        let counts = below.and_then(|below| {
            let doubt = below.most_good().saturating_sub(below.fewest_good());
            // With the slow ones good, whatever may be fast counts as bad.
            let counts =
                if above_is_good { Counts::from_bad(below.most_good(), below.total())? } else { below.pessimistic() };
            Ok((counts, doubt))
        });
        match counts {
            Ok((counts, doubt)) => known.push((at, Known { counts, doubt, bridges: buckets.bridges })),
            Err(error) => {
                let message = format!("at {}: {error}", in_utc(at));
                faults.push(Fault::of(source(metrics, selector), message).at_path(selector));
            }
        }
    }
    faults.or(known)
}

fn bound(labels: &Labels) -> Result<f64, String> {
    let text = labels.get("le").ok_or("a bucket without a label `le`")?;
    let bound = if text == "+Inf" { Some(f64::INFINITY) } else { text.parse().ok() };
    bound
        .filter(|bound: &f64| !bound.is_nan() && *bound >= 0.0)
        // A bound of -0 would order last.
        .map(f64::abs)
        .ok_or_else(|| format!("bound `le=\"{text}\"` is not a number of at least 0, nor `+Inf`"))
}

fn checks(metrics: &Metrics, selector: &Selector, test: Comparison, threshold: f64, age: bool) -> Vec<(i64, Known)> {
    let mut sums: Instants<(u64, u64)> = Instants::default();
    for series in metrics.select(selector) {
        let known = series.samples.iter().filter(|sample| !sample.value.is_nan());
        sums.fold(known.map(|sample| (sample.at, sample)), Default::default, |(good, total), sample| {
            #[expect(clippy::cast_precision_loss, reason = "an instant in milliseconds is far below 2^53")]
            let seconds = sample.at as f64 / 1_000.0;
            let value = if age { seconds - sample.value } else { sample.value };
            *good = good.saturating_add(u64::from(test.holds(value, threshold)));
            *total = total.saturating_add(1);
        });
    }
    let known = sums.into_iter().filter_map(|(at, (good, total))| {
        Some((at, Known { counts: Counts::new(good, total).ok()?, doubt: 0, bridges: false }))
    });
    known.collect()
}

fn source(metrics: &Metrics, selector: &Selector) -> String {
    metrics.select(selector).next().map_or_else(|| selector.to_string(), |series| series.source.clone())
}
