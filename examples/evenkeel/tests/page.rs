//! The page as its reader gets it. `tests/browser/check` looks at the same pages in a real browser.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod sample;

use std::path::Path;

use chrono::TimeDelta;
use evenkeel::page::{Error, render};
use evenkeel::review::report::{AlertReport, BurnDownPoint, ForecastReport, Incident, Report, Standing};

/// Where the pages are left for the browser: `target/tmp/page-NAME.html`.
fn keep(name: &str, report: &Report) -> String {
    let page = render(report).unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}.html"));
    std::fs::write(&path, &page).unwrap();
    println!("{} kB in {}", page.len() / 1000, path.display());
    page
}

fn occurrences(page: &str, part: &str) -> usize {
    page.matches(part).count()
}

/// The page without its stylesheet, non-breaking spaces made plain.
fn words(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    format!("{head}{body}").replace(['\u{a0}'], " ")
}

#[test]
fn the_sample_answers_first_and_shows_the_worst_first() {
    let page = words(&keep("sample", &sample::report()));
    let order = [
        "<h1",
        "Decisions</h2>",
        "worst first</h2>",
        "Each objective</h2>",
        "Checkout answers</bdi></h3>",
        "People can log in</bdi></h3>",
        "Method</h2>",
    ];
    let places: Vec<usize> = order.iter().map(|part| page.find(part).unwrap_or_else(|| panic!("no {part}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("Budget ran out on 24 November 08:01 and is overspent by 38 %"));
    assert!(page.contains("Budget fell by 56 points between 24 November 14:52 and 16:27"));
    assert!(page.contains("No budget to show: not enough data"));
    assert!(page.contains("No burn rate: not enough data"));
    assert!(page.contains("fast page fires") || page.contains("2 of 4 rows fire"));
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing() {
    let page = render(&sample::report()).unwrap();
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    for banned in
        ["<script", "<link", "<img", "@import", "src=", "http:", "https:", "javascript:", " onload", "@font-face"]
    {
        assert!(!page.contains(banned), "{banned}");
    }
    // The one address is a hatch pattern of the page itself.
    assert_eq!(occurrences(&page, "url("), occurrences(&page, "url(#hatch)"));
}

#[test]
fn each_drawing_says_what_it_shows_and_has_a_table() {
    let page = words(&render(&sample::report()).unwrap());
    let drawings = occurrences(&page, r#"role="img""#);
    assert!(drawings > 20);
    assert_eq!(occurrences(&page, "<desc id="), drawings);
    assert!(occurrences(&page, r#"<details class="table">"#) >= 12);
    for id in page.split("aria-labelledby=\"").skip(1).flat_map(|rest| rest.split('"').next().unwrap().split(' ')) {
        assert_eq!(occurrences(&page, &format!("id=\"{id}\"")), 1, "{id}");
    }
}

#[test]
fn text_from_outside_stays_text() {
    let nasty = [
        "<script>alert(1)</script>".to_owned(),
        "]]></style></svg><img src=x onerror=alert(1)>".to_owned(),
        "\" onmouseover=\"alert(1)".to_owned(),
        "שירות התשלומים בקופה הראשית".to_owned(),
        "🧑‍🚀🏳️‍🌈🔥 emoji 服务可用性".to_owned(),
        "very-long-name-".repeat(20),
        "WWWW".repeat(75),
        "left \u{202e}right\u{202c} \u{0}\u{7}".to_owned(),
        "{{ title }} {% include %}".to_owned(),
    ];
    let mut report = sample::report();
    let template = report.slos[1].clone();
    report.slos = nasty
        .iter()
        .map(|text| {
            let mut slo = template.clone();
            for field in [
                &mut slo.name,
                &mut slo.service,
                &mut slo.title,
                &mut slo.summary,
                &mut slo.objective,
                &mut slo.kind,
                &mut slo.period,
            ] {
                field.clone_from(text);
            }
            slo.description = Some(text.clone());
            slo.owner = Some(text.clone());
            slo.notes = vec![text.clone()];
            slo.forecast_note = Some(text.clone());
            slo.rows
                .iter_mut()
                .for_each(|row| (row.name, row.severity, row.reason) = (text.clone(), text.clone(), text.clone()));
            slo.alerts.iter_mut().for_each(|alert| (alert.row, alert.severity) = (text.clone(), text.clone()));
            slo
        })
        .collect();
    report.incidents = nasty
        .iter()
        .zip(0..)
        .map(|(text, i)| Incident {
            service: text.clone(),
            start: sample::ago(700 - 60 * i),
            end: sample::ago(690 - 60 * i),
            severity: text.clone(),
            title: text.clone(),
        })
        .collect();
    report.decisions.iter_mut().zip(&nasty).for_each(|(decision, text)| {
        (decision.slo, decision.action, decision.evidence, decision.owner) =
            (text.clone(), text.clone(), text.clone(), Some(text.clone()));
    });
    report.title = nasty[1].clone();
    report.headline = nasty[0].clone();
    report.method = nasty.to_vec();
    let page = keep("untrusted", &report);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("onmouseover=\""));
    assert_eq!((occurrences(&page, "</style>"), occurrences(&page, "<style>")), (1, 1));
    assert_eq!(occurrences(&page, "<svg"), occurrences(&page, "</svg>"));
    // The page's own marks of direction are isolates only.
    assert!(!page.contains(['\u{202e}', '\u{202c}', '\u{0}', '\u{7}']));
    assert_eq!(occurrences(&page, "\u{2068}"), occurrences(&page, "\u{2069}"));
    assert!(page.contains("שירות התשלומים") && page.contains("服务可用性"));
}

#[test]
fn no_objective_one_and_two_hundred_all_make_a_page() {
    let mut none = sample::report();
    none.slos.clear();
    none.decisions.clear();
    none.incidents.clear();
    none.headline = "The book holds no objective yet".into();
    let page = words(&keep("none", &none));
    assert!(page.contains("The book holds no objective.") && page.contains("Nothing to decide now."));

    let mut one = sample::report();
    one.slos.truncate(1);
    keep("one", &one);

    let mut many = sample::report();
    let six = many.slos.clone();
    many.slos = (0..200).map(|i| six[i % 6].clone()).collect();
    let page = keep("many", &many);
    assert_eq!(occurrences(&page, "<article"), 200);
    assert!(page.len() < 200 * 30_000, "{}", page.len());
}

#[test]
fn ten_services_with_a_point_a_minute_stay_below_300_kb() {
    let mut report = sample::report();
    let six = report.slos.clone();
    report.slos = (0..10).map(|i| six[i % 3].clone()).collect();
    // Hard for thinning: up and down at every point.
    for slo in &mut report.slos {
        let length = slo.burn_down.len() as f64;
        for (i, point) in slo.burn_down.iter_mut().enumerate() {
            point.remaining += ((i * 7919) % 97) as f64 / 97.0 * 0.01 * (1.0 - i as f64 / length);
        }
    }
    let page = keep("ten", &report);
    assert!(page.len() < 300_000, "{}", page.len());
}

#[test]
fn states_without_enough_data_are_said_in_words() {
    let mut report = sample::report();
    report.slos.truncate(2);
    report.slos[0].burn_down.clear();
    report.slos[0].rows.clear();
    report.slos[1].forecast = Some(ForecastReport {
        level: 0.8,
        n: 40,
        median: None,
        earliest: None,
        latest: None,
        safe_to_spend: None,
        band: vec![],
    });
    report.slos[1].budget.as_mut().unwrap().allowed = 0;
    let page = words(&keep("sparse", &report));
    assert!(page.contains("Error budget left, in % of less than 1 event ·") && !page.contains("of 0 events"));
    assert!(page.contains("No budget to show: not enough data"));
    assert!(page.contains(
        "At the current rate the budget does not end within the horizon (80 % interval, n = 40 buckets of history)."
    ));
    assert!(page.contains("not in sight"));
    assert!(page.contains("no alert policy") && page.contains("No alert policy"));
    assert!(!page.contains("NaN") && !page.contains("inf "));
}

#[test]
fn numbers_that_are_none_do_not_reach_the_drawing() {
    let mut report = sample::report();
    for (i, slo) in report.slos.iter_mut().enumerate() {
        let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300, 1e300, 0.0][i % 6];
        slo.burn_down.push(BurnDownPoint { at: sample::now() - TimeDelta::minutes(7), remaining: strange });
        slo.rows.iter_mut().for_each(|row| (row.long_burn, row.short_burn) = (Some(strange), Some(-strange)));
        if let Some(budget) = &mut slo.budget {
            budget.remaining_ratio = strange;
        }
    }
    let page = words(&keep("strange", &report));
    for attribute in ["d=\"", "x=\"", "y=\"", "width=\"", "height=\""] {
        for value in page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(!value.contains("NaN") && !value.contains("inf"), "{attribute}{value}");
        }
    }
}

#[test]
fn a_review_of_one_instant_makes_a_page() {
    let mut report = sample::report();
    report.from = report.now;
    for slo in &mut report.slos {
        (slo.period_start, slo.period_end) = (report.now, report.now);
        slo.burn_down = vec![BurnDownPoint { at: report.now, remaining: 1.0 }];
    }
    keep("instant", &report);
}

#[test]
fn a_spent_budget_says_when_it_is_back() {
    let page = words(&render(&sample::report()).unwrap());
    let back = "The budget is spent; back above 0 about 25 November 07:57, if the current rate goes on (80 % interval, \
                n = 288 buckets of history).";
    assert!(page.contains(back));
    // The first part is that of the spent objective, and not folded: its band is seen without a click.
    let first = page.split("<article").nth(1).unwrap();
    assert!(
        first.contains("Checkout answers") && first.contains(r#"class="band""#) && !first.contains(r#"class="fold""#)
    );

    let mut report = sample::report();
    report.slos.truncate(1);
    let slo = &mut report.slos[0];
    slo.forecast.as_mut().unwrap().band.truncate(20);
    let page = words(&render(&report).unwrap());
    assert!(page.contains("not back above 0 by 25 November 02:27 if the current rate goes on"));
    report.slos[0].period_end = sample::now() + TimeDelta::days(6);
    let page = words(&render(&report).unwrap());
    assert!(page.contains("the next period, with a new one, begins on 30 November 16:27."));
}

#[test]
fn what_came_before_a_rolling_period_is_not_shown() {
    let mut report = sample::report();
    report.from = sample::ago(5 * 1440);
    let slo = &mut report.slos[1];
    slo.burn_down = sample::line(&[(5 * 1440, 1.0), (4000, 1.0), (3990, 0.1), (1500, 0.1), (1400, 1.0), (0, 0.9)], 5);
    slo.alerts.push(AlertReport {
        row: "fast page".into(),
        severity: "page".into(),
        pending_from: sample::ago(3995),
        firing_from: Some(sample::ago(3990)),
        until: Some(sample::ago(3900)),
    });
    let page = words(&render(&report).unwrap());
    let part = page.split("<article").nth(2).unwrap();
    // 3,990 minutes before the review, in the chart's title, its table, or on the axis of alerts.
    assert!(part.contains("Search answers") && !part.contains("21 Nov") && !part.contains("22 Nov"), "{part}");
    assert!(part.contains("n = 3 and 1 earlier"));
}

#[test]
fn a_row_that_the_gate_holds_back_is_not_drawn_as_over() {
    let mut report = sample::report();
    report.slos.truncate(1);
    let slo = &mut report.slos[0];
    for row in &mut slo.rows {
        (row.long_burn, row.short_burn, row.firing, row.held_back) = (Some(40.0), Some(90.0), false, true);
    }
    let page = words(&keep("held", &report));
    assert!(page.contains("Nothing fires; 4 rows are held back: too few events"));
    assert_eq!(occurrences(&page, r#"class="row held""#), 4);
    assert!(!page.contains(r#"class="window over""#) && page.contains("<td>held back: too few events</td>"));
    report.slos[0].rows[1..].iter_mut().for_each(|row| row.held_back = false);
    assert!(words(&render(&report).unwrap()).contains("Nothing fires; fast page is held back: too few events"));
}

#[test]
fn an_unknown_zone_is_refused_by_name() {
    let mut report = sample::report();
    report.zone = "Europe/Atlantis".into();
    let error = render(&report).unwrap_err();
    assert!(matches!(error, Error::UnknownZone { .. }));
    assert_eq!(error.to_string(), "time zone `Europe/Atlantis` is not in the IANA database");
}

#[test]
fn good_objectives_are_folded_and_others_are_not() {
    let page = render(&sample::report()).unwrap();
    let good = sample::report().slos.iter().filter(|slo| slo.standing == Standing::Good).count();
    assert_eq!(occurrences(&page, r#"<details class="fold">"#), good);
    assert!(page.contains("::details-content{display:block;content-visibility:visible"));
}
