//! A review as it could be: six services that stand differently, over a day that ends on 24 November 2026.

use chrono::{DateTime, TimeDelta, Utc};
use evenkeel::review::report::{
    AlertReport, BandPoint, BudgetReport, BurnDownPoint, Decision, ForecastReport, Incident, Report, RowReport,
    SloReport, Standing,
};

/// The instant of the review.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-24T15:27:00Z".parse().unwrap()
}

/// `minutes` before the review.
pub(crate) fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

/// Six services: overspent, a page firing, a ticket, quiet, without data, good.
pub(crate) fn report() -> Report {
    Report {
        schema: "evenkeel.review/1",
        title: "Shop platform: weekly reliability review".into(),
        zone: "Europe/Berlin".into(),
        from: ago(1440),
        now: now(),
        headline: "2 of 6 objectives need action: checkout has spent its budget, and search runs out tonight at 22:38"
            .into(),
        decisions: vec![
            decision(
                "checkout-availability",
                "Freeze risky changes to checkout until the budget is above 10 % again.",
                "The budget is overspent by 38 %; one outage of 23 min spent 112 % of it.",
                Some("Payments team"),
            ),
            decision(
                "search-latency",
                "Roll search back to the release of Monday or add capacity before the evening.",
                "Slow requests burn at 16 × over 1 h and 18 × over 5 min; a page fires since 14:52.",
                Some("Search team"),
            ),
            decision(
                "catalog-availability",
                "Find what spends the catalogue's budget slowly, this week.",
                "31 % left with 6 days of the month to go, against 21 % if spent evenly.",
                None,
            ),
        ],
        slos: vec![checkout(), search(), catalog(), recommendations(), invoices(), login()],
        incidents: vec![
            incident("checkout", 523, 500, "critical", "Payment gateway refuses all connections"),
            incident("checkout", 190, 182, "minor", "Restart with an old configuration"),
            incident("search", 95, 0, "major", "Index rebuild starves queries"),
            incident("search", 1130, 1115, "minor", "Cache flush"),
            incident("search", 1075, 1050, "minor", "Slow shard"),
        ],
        oncall: None,
        method: vec![
            "Metrics from Prometheus range queries at a step of 15 s, read from the book.".into(),
            "Counters are summed over instances after their increase, with resets taken into account.".into(),
        ],
    }
}

fn decision(slo: &str, action: &str, evidence: &str, owner: Option<&str>) -> Decision {
    Decision { slo: slo.into(), action: action.into(), evidence: evidence.into(), owner: owner.map(Into::into) }
}

fn incident(service: &str, from: i64, to: i64, severity: &str, title: &str) -> Incident {
    Incident { service: service.into(), start: ago(from), end: ago(to), severity: severity.into(), title: title.into() }
}

/// An objective over a rolling day without anything to tell.
pub(crate) fn slo(name: &str, service: &str, title: &str) -> SloReport {
    SloReport {
        name: name.into(),
        service: service.into(),
        title: title.into(),
        description: None,
        owner: None,
        objective: "99.9%".into(),
        kind: "availability".into(),
        method: "Occurrences".into(),
        unit: "events".into(),
        period: "1d rolling".into(),
        period_start: ago(1440),
        period_end: now(),
        standing: Standing::Good,
        summary: String::new(),
        total: 0,
        bad: 0,
        bad_bounds: None,
        budget: None,
        burn_down: vec![],
        rows: vec![],
        alerts: vec![],
        forecast: None,
        forecast_note: None,
        excluded: vec![],
        notes: vec![],
    }
}

/// A line through corners given as minutes before the review and what was left, a point every `step` minutes.
pub(crate) fn line(corners: &[(i64, f64)], step: i64) -> Vec<BurnDownPoint> {
    let mut points = Vec::new();
    for pair in corners.windows(2) {
        let ((from, high), (to, low)) = (pair[0], pair[1]);
        let mut minute = from;
        while minute > to {
            let share = (from - minute) as f64 / (from - to) as f64;
            points.push(BurnDownPoint { at: ago(minute), remaining: high + share * (low - high) });
            minute -= step;
        }
    }
    let last = corners.last().unwrap();
    points.push(BurnDownPoint { at: ago(last.0), remaining: last.1 });
    points
}

fn budget(total: u64, share: f64, bad: u64) -> BudgetReport {
    let allowed = (total as f64 * share).floor() as u64;
    BudgetReport {
        allowed,
        allowed_billionths: (u128::from(total) * (share * 1e9).round() as u128).to_string(),
        consumed: bad,
        remaining: allowed.saturating_sub(bad),
        overspent: bad.saturating_sub(allowed),
        remaining_ratio: 1.0 - bad as f64 / (total as f64 * share),
    }
}

/// The four rows of the workbook, scaled to a day, with long and short burn rates.
pub(crate) fn rows(burns: [(Option<f64>, Option<f64>); 4]) -> Vec<RowReport> {
    let names = ["fast page", "slow page", "fast ticket", "slow ticket"];
    let windows = [(120, 10), (720, 60), (2880, 240), (8640, 720)];
    let factors = [14.4, 6.0, 3.0, 1.0];
    (0..4)
        .map(|i| {
            let (long_burn, short_burn) = burns[i];
            let firing = long_burn.is_some_and(|b| b > factors[i]) && short_burn.is_some_and(|b| b > factors[i]);
            RowReport {
                name: names[i].into(),
                severity: if i < 2 { "page" } else { "ticket" }.into(),
                factor: factors[i],
                long_seconds: windows[i].0,
                long_burn,
                short_seconds: Some(windows[i].1),
                short_burn,
                firing,
                held_back: false,
                reason: match (long_burn, firing) {
                    (None, _) => "not enough data in the long window".into(),
                    (_, true) => "both windows are above the threshold".into(),
                    (_, false) => "not both windows are above the threshold".into(),
                },
            }
        })
        .collect()
}

fn alert(row: &str, severity: &str, pending: i64, firing: Option<i64>, until: Option<i64>) -> AlertReport {
    AlertReport {
        row: row.into(),
        severity: severity.into(),
        pending_from: ago(pending),
        firing_from: firing.map(ago),
        until: until.map(ago),
    }
}

fn checkout() -> SloReport {
    SloReport {
        owner: Some("Payments team".into()),
        description: Some("A shopper who presses “pay” gets an answer that is not a server error.".into()),
        standing: Standing::Act,
        summary: "Overspent by 493 of 1,296 events (38 %); burning at 0.4 × now".into(),
        total: 1_296_004,
        bad: 1789,
        budget: Some(budget(1_296_004, 0.001, 1789)),
        burn_down: line(&[(1440, 1.0), (523, 0.82), (500, -0.3), (191, -0.33), (182, -0.36), (0, -0.38)], 1),
        rows: rows([(Some(0.4), Some(0.38)), (Some(0.9), Some(0.41)), (Some(2.1), Some(0.8)), (Some(1.38), Some(1.1))]),
        alerts: vec![
            alert("fast page", "page", 521, Some(520), Some(489)),
            alert("slow page", "page", 518, Some(512), Some(430)),
            alert("fast ticket", "ticket", 505, Some(490), Some(260)),
            alert("slow ticket", "ticket", 500, Some(455), None),
            alert("fast page", "page", 186, None, Some(181)),
        ],
        forecast: Some(ForecastReport {
            level: 0.8,
            n: 288,
            median: Some(now()),
            earliest: Some(now()),
            latest: Some(now()),
            safe_to_spend: Some(0),
            band: (1..=48)
                .map(|i| {
                    let t = f64::from(i) / 48.0;
                    let back = if i > 30 { 1.12 } else { 0.0 };
                    BandPoint {
                        at: now() + TimeDelta::minutes(i64::from(i) * 30),
                        lower: -0.38 - 0.7 * t + back,
                        median: -0.38 - 0.3 * t + back,
                        upper: -0.38 - 0.1 * t + back,
                    }
                })
                .collect(),
        }),
        forecast_note: Some(
            "from 288 buckets of 5m, as if the time to come were made of blocks of the time past".into(),
        ),
        notes: vec!["12 samples of 5,760 are missing around the restart at 12:17; the policy leaves them out.".into()],
        ..slo("checkout-availability", "checkout", "Checkout answers")
    }
}

fn search() -> SloReport {
    let band = (1..=40)
        .map(|i| {
            let t = f64::from(i) / 40.0;
            BandPoint {
                at: now() + TimeDelta::minutes(i64::from(i) * 12),
                lower: 0.34 - 0.62 * t,
                median: 0.34 - 0.44 * t,
                upper: 0.34 - 0.26 * t,
            }
        })
        .collect();
    SloReport {
        owner: Some("Search team".into()),
        objective: "99.5%".into(),
        kind: "latency".into(),
        standing: Standing::Act,
        summary: "34 % left, burning at 16 ×; a page fires".into(),
        total: 402_911,
        bad: 1329,
        bad_bounds: Some((1270, 1388)),
        budget: Some(budget(402_911, 0.005, 1329)),
        burn_down: line(
            &[(1440, 1.0), (1130, 0.985), (1115, 0.97), (1050, 0.95), (700, 0.94), (95, 0.9), (0, 0.34)],
            1,
        ),
        rows: rows([
            (Some(16.2), Some(18.1)),
            (Some(8.3), Some(16.0)),
            (Some(2.4), Some(6.1)),
            (Some(0.66), Some(2.2)),
        ]),
        alerts: vec![
            alert("fast ticket", "ticket", 1112, None, Some(1095)),
            alert("fast page", "page", 41, Some(35), None),
            alert("slow page", "page", 33, Some(20), None),
        ],
        forecast: Some(ForecastReport {
            level: 0.8,
            n: 288,
            median: Some(now() + TimeDelta::minutes(371)),
            earliest: Some(now() + TimeDelta::minutes(263)),
            latest: Some(now() + TimeDelta::minutes(628)),
            safe_to_spend: Some(212),
            band,
        }),
        excluded: vec![(ago(900), ago(780))],
        notes: vec![
            "The threshold of 300 ms lies between two bounds of the histogram: bad lies between 1,270 and 1,388."
                .into(),
        ],
        ..slo("search-latency", "search", "Search answers within 300 ms")
    }
}

fn catalog() -> SloReport {
    let start: DateTime<Utc> = "2026-10-31T23:00:00Z".parse().unwrap();
    let end: DateTime<Utc> = "2026-11-30T23:00:00Z".parse().unwrap();
    let minutes = (now() - start).num_minutes();
    let wobble = |point: &mut BurnDownPoint| {
        let day = (point.at - start).num_minutes() as f64 / 1440.0;
        point.remaining -= 0.012 * (day * std::f64::consts::TAU).sin();
    };
    let mut burn_down = line(&[(minutes, 1.0), (20_000, 0.72), (9000, 0.5), (0, 0.31)], 15);
    burn_down.iter_mut().skip(1).for_each(wobble);
    SloReport {
        owner: Some("Shop front".into()),
        method: "Timeslices".into(),
        unit: "slices".into(),
        period: "month in Europe/Berlin".into(),
        period_start: start,
        period_end: end,
        standing: Standing::Watch,
        summary: "31 % left with 6 days to go, burning at 1.1 ×; a ticket fires".into(),
        total: 34_172,
        bad: 30,
        budget: Some(budget(43_200, 0.001, 30)),
        burn_down,
        rows: rows([(Some(0.9), Some(0.0)), (Some(1.2), Some(1.0)), (Some(1.15), Some(1.3)), (Some(1.1), Some(1.2))]),
        alerts: vec![
            alert("slow ticket", "ticket", 9100, Some(8600), Some(6100)),
            alert("slow ticket", "ticket", 2000, Some(1500), None),
        ],
        forecast: Some(ForecastReport {
            level: 0.8,
            n: 24,
            median: None,
            earliest: Some("2026-11-30T05:00:00Z".parse().unwrap()),
            latest: None,
            safe_to_spend: Some(4),
            band: (1..=12)
                .map(|i| {
                    let t = f64::from(i) / 12.0;
                    BandPoint {
                        at: now() + TimeDelta::minutes(i64::from(i) * 756),
                        lower: 0.31 - 0.33 * t,
                        median: 0.31 - 0.22 * t,
                        upper: 0.31 - 0.12 * t,
                    }
                })
                .collect(),
        }),
        excluded: vec![("2026-11-08T01:00:00Z".parse().unwrap(), "2026-11-08T05:00:00Z".parse().unwrap())],
        ..slo("catalog-availability", "catalog", "Catalogue pages load")
    }
}

fn invoices() -> SloReport {
    SloReport {
        objective: "99%".into(),
        kind: "correctness".into(),
        standing: Standing::Good,
        summary: "1 of 2 events left (58 %); 10 requests an hour are too few to notice a burn of 2 ×".into(),
        total: 239,
        bad: 1,
        budget: Some(budget(239, 0.01, 1)),
        burn_down: line(&[(1440, 1.0), (402, 1.0), (401, 0.58), (0, 0.58)], 5),
        rows: rows([(Some(0.0), None), (Some(0.0), Some(0.0)), (Some(0.8), Some(0.0)), (Some(0.42), Some(0.83))]),
        forecast_note: Some("No forecast: not enough data (n = 1 bad event, 12 needed).".into()),
        notes: vec!["Low traffic: an error rate below 8 % cannot be told from chance within a day; send synthetic requests or use a longer window.".into()],
        ..slo("invoices-correctness", "invoices", "Invoices are correct")
    }
}

fn recommendations() -> SloReport {
    SloReport {
        standing: Standing::Unknown,
        kind: "freshness".into(),
        unit: "time".into(),
        summary: "No data: the metric `recommendations_age_seconds` has no sample in the period".into(),
        rows: rows([(None, None); 4]),
        notes: vec!["Nothing was scraped since 22 November 09:10.".into()],
        ..slo("recommendations-freshness", "recommendations", "Recommendations are fresh")
    }
}

fn login() -> SloReport {
    SloReport {
        owner: Some("Identity".into()),
        summary: "1,671 of 1,822 events left (92 %), burning at 0.1 ×".into(),
        total: 1_822_430,
        bad: 151,
        budget: Some(budget(1_822_430, 0.001, 151)),
        burn_down: line(&[(1440, 1.0), (1000, 0.98), (300, 0.94), (0, 0.917)], 1),
        rows: rows([
            (Some(0.08), Some(0.1)),
            (Some(0.09), Some(0.08)),
            (Some(0.1), Some(0.07)),
            (Some(0.08), Some(0.1)),
        ]),
        forecast: Some(ForecastReport {
            level: 0.8,
            n: 288,
            median: None,
            earliest: None,
            latest: None,
            safe_to_spend: Some(1668),
            band: vec![],
        }),
        ..slo("login-availability", "login", "People can log in")
    }
}
