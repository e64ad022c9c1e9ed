//! slo-core: what a tick costs, for one service and for a million.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::{MONTH_OF_MINUTES, counts, instant};
use chrono::{DateTime, Utc};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use slo_core::{BurnTracker, Counts, Policy, Resolution, TrackerPlan};

fn trackers(number: u64, resolution: Resolution) -> Vec<BurnTracker> {
    let plan = TrackerPlan::new("99.9%".parse().unwrap(), &Policy::google_30d()).unwrap();
    let plan = Arc::new(plan.with_resolution(resolution).unwrap());
    (0..number).map(|_| BurnTracker::with_plan(Arc::clone(&plan))).collect()
}

/// One tick of every tracker: what a service does once a minute for each of its SLOs.
#[inline]
fn tick(trackers: &mut [BurnTracker], now: DateTime<Utc>, counts: &[Counts]) -> u32 {
    let mut firing = 0;
    for (tracker, counts) in trackers.iter_mut().zip(counts) {
        tracker.observe(now, *counts).unwrap();
        firing ^= tracker.evaluate(now).unwrap().firing_bits();
    }
    firing
}

/// A month of one-minute ticks, replayed from the start: the work that the peers are given as well.
fn month(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, services: u64, resolution: Resolution) {
    let mut made = None;
    group.throughput(Throughput::Elements(MONTH_OF_MINUTES * services));
    group.bench_function(BenchmarkId::new(name, services), |bench| {
        let (instants, work) = made.get_or_insert_with(|| {
            let at_tick = |tick| (0..services).map(|service| counts(service, tick)).collect();
            let instants: Vec<_> = (0..MONTH_OF_MINUTES).map(|tick| instant(tick).unwrap()).collect();
            let work: Vec<Vec<_>> = (0..MONTH_OF_MINUTES).map(at_tick).collect();
            (instants, work)
        });
        bench.iter_custom(|replays| {
            let mut spent = Duration::ZERO;
            for _ in 0..replays {
                let mut trackers = trackers(services, resolution);
                let start = Instant::now();
                for (now, counts) in instants.iter().zip(work.iter()) {
                    black_box(tick(&mut trackers, *now, counts));
                }
                spent += start.elapsed();
            }
            spent
        });
    });
}

/// Trackers that live on: one iteration is one tick of all of them.
fn living(group: &mut BenchmarkGroup<'_, WallTime>, services: u64, made_of: u64) {
    // Made when first measured: a million of them take 7 GB.
    let mut made = None;
    let mut minute = 0;
    group.throughput(Throughput::Elements(services));
    group.bench_function(BenchmarkId::new("living", services), |bench| {
        let (trackers, work) = made.get_or_insert_with(|| {
            let work: Vec<Vec<_>> =
                (0..8).map(|tick| (0..made_of).map(|service| counts(service, tick)).collect()).collect();
            (trackers(made_of, Resolution::default()), work)
        });
        bench.iter_custom(|ticks| {
            let instants: Vec<_> = (minute..minute + ticks).map(|tick| instant(tick).unwrap()).collect();
            minute += ticks;
            let start = Instant::now();
            for (now, counts) in instants.iter().zip(work.iter().cycle()) {
                black_box(tick(trackers, *now, counts));
            }
            start.elapsed()
        });
    });
}

fn tracker(criterion: &mut Criterion) {
    let test = std::env::args().any(|argument| argument == "--test");
    let bytes = trackers(1, Resolution::default()).first().unwrap().memory_bytes();
    println!("{{\"work\": \"tracker\", \"bytes\": {bytes}}}");

    let mut group = criterion.benchmark_group("tracker");
    group.sample_size(20).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(4));
    month(&mut group, "month", 1, Resolution::default());
    month(&mut group, "month", 100, Resolution::default());
    month(&mut group, "month_exact", 1, Resolution::Exact { most_samples: 100_000 });
    group.sample_size(10);
    for services in [100, 10_000, 1_000_000] {
        // A smoke test needs no 7 GB.
        living(&mut group, services, if test { 100 } else { services });
    }
    group.finish();
}

criterion_group!(suites, tracker);
criterion_main!(suites);
