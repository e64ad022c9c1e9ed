//! measure-core: tests, shifts, intervals and curves at the sizes of a review, and at a million rows.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::time::Duration;

use benches::skewed;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use measure_core::bootstrap::{Bootstrap, Statistic};
use measure_core::calibration::{AucInterval, Forecasts};
use measure_core::compare::{hodges_lehmann, mann_whitney, mann_whitney_exact, mann_whitney_normal};
use measure_core::survival::Durations;
use measure_core::trend::{mann_kendall, theil_sen};
use measure_core::{Alternative, Level, Probability, Sample, Seed, Series, Test};

const BOTH: Alternative = Alternative::TwoSided;

/// What `benches/run` holds against the peers.
fn say(work: &str, check: &[f64]) {
    println!("{{\"work\": \"{work}\", \"check\": {check:?}}}");
}

fn two_samples(criterion: &mut Criterion) {
    let pair = |n| (skewed(1, n, 0.25), skewed(2, n, 0.0));
    let sample = |values: &Vec<f64>| Sample::new(values.clone()).unwrap();
    let samples = |(x, y): &(Vec<f64>, Vec<f64>)| (sample(x), sample(y));
    // A sample takes its vector over, so that copying the vector is no part of the work.
    let owned = |(x, y): (Vec<f64>, Vec<f64>)| (Sample::new(x).unwrap(), Sample::new(y).unwrap());
    let says = |work: &str, test: Test| say(work, &[test.statistic(), test.p_value().get()]);

    let mut group = criterion.benchmark_group("measure");
    let few = pair(60);
    let (x, y) = samples(&few);
    says("mann_whitney_normal/60", mann_whitney_normal(&x, &y, BOTH).unwrap());
    says("mann_whitney_exact/60", mann_whitney_exact(&x, &y, BOTH).unwrap());
    group.bench_function("mann_whitney/60", |bench| {
        let work = |vectors| {
            let (x, y) = owned(vectors);
            mann_whitney(&x, &y, BOTH).unwrap()
        };
        bench.iter_batched(|| few.clone(), work, BatchSize::SmallInput);
    });
    group.bench_function("mann_whitney_normal/60", |bench| {
        let work = |vectors| {
            let (x, y) = owned(vectors);
            mann_whitney_normal(&x, &y, BOTH).unwrap()
        };
        bench.iter_batched(|| few.clone(), work, BatchSize::SmallInput);
    });
    group.bench_function("mann_whitney_exact/60", |bench| {
        let work = |vectors| {
            let (x, y) = owned(vectors);
            mann_whitney_exact(&x, &y, BOTH).unwrap()
        };
        bench.iter_batched(|| few.clone(), work, BatchSize::SmallInput);
    });

    let many = pair(10_000);
    let (x, y) = samples(&many);
    says("mann_whitney_normal/10000", mann_whitney(&x, &y, BOTH).unwrap());
    group.bench_function("mann_whitney/10000", |bench| {
        let work = |vectors| {
            let (x, y) = owned(vectors);
            mann_whitney(&x, &y, BOTH).unwrap()
        };
        bench.iter_batched(|| many.clone(), work, BatchSize::SmallInput);
    });

    for n in [1_000, 10_000] {
        let vectors = pair(n);
        let (x, y) = samples(&vectors);
        say(&format!("hodges_lehmann/{n}"), &[hodges_lehmann(&x, &y, Level::P95).unwrap().value()]);
        group.bench_function(format!("hodges_lehmann/{n}"), |bench| {
            bench.iter(|| {
                let (x, y) = samples(black_box(&vectors));
                hodges_lehmann(&x, &y, Level::P95).unwrap()
            });
        });
    }
    group.finish();
}

fn one_sample(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("measure");
    let minutes = skewed(3, 697, 0.0);
    let bootstrap = Bootstrap::new(9_999, Seed::new(1)).unwrap();
    group.bench_function("bca_median/697", |bench| {
        bench.iter(|| {
            let sample = Sample::new(black_box(&minutes).clone()).unwrap();
            bootstrap.of(&sample, Statistic::Median, Level::P95).unwrap()
        });
    });

    let forecasts: Vec<_> = std::iter::zip(skewed(4, 100_000, 0.0), skewed(5, 100_000, 0.0))
        .map(|(x, z)| (x / (1.0 + x), z / (1.0 + z)))
        .map(|(p, u)| (Probability::new(p).unwrap(), u < p))
        .collect();
    let auc = |rows: &[(Probability, bool)]| {
        Forecasts::new(rows.iter().copied()).auc(AucInterval::Logit, Level::P95).unwrap()
    };
    say("auc/100000", &[auc(&forecasts).value()]);
    group.bench_function("auc/100000", |bench| bench.iter(|| auc(black_box(&forecasts))));
    group.finish();
}

fn series(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("measure");
    let values = skewed(8, 1_000, 0.0);
    let series = Series::new(values).unwrap();
    let test = mann_kendall(&series, BOTH).unwrap();
    say("mann_kendall/1000", &[test.test.statistic(), test.variance, test.test.p_value().get()]);
    let line = theil_sen(&series, Level::P95).unwrap();
    let interval = line.slope.interval();
    say("theil_sen/1000", &[line.slope.value(), interval.lower(), interval.upper()]);
    group.bench_function("mann_kendall/1000", |bench| bench.iter(|| mann_kendall(black_box(&series), BOTH).unwrap()));
    group.bench_function("theil_sen/1000", |bench| {
        bench.iter(|| theil_sen(black_box(&series), Level::P95).unwrap());
    });
    group.finish();
}

fn survival(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("measure");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    let rows: Vec<_> = std::iter::zip(skewed(6, 1_000_000, 0.0), skewed(7, 1_000_000, 0.0))
        .map(|(duration, limit)| (duration.min(limit), duration <= limit))
        .collect();
    let curve = Durations::new(rows.iter().copied()).unwrap().kaplan_meier().unwrap();
    let median = curve.median(Level::P95).value.unwrap();
    say("kaplan_meier/1000000", &[median]);
    group.bench_function("kaplan_meier/1000000", |bench| {
        bench.iter_batched(
            || (),
            |()| {
                let curve = Durations::new(black_box(&rows).iter().copied()).unwrap().kaplan_meier().unwrap();
                curve.band(Level::P95)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(suites, two_samples, one_sample, series, survival);
criterion_main!(suites);
