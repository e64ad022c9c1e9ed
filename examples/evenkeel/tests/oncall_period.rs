//! Duties that do not fit the period of the rota: the last ends after it, the first comes after others.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::rota::Rota;
use common::{json, run};

const WITHOUT: &str = "without_rules = [\"one-week-in-4\", \"rest-of-11-hours\", \"quarter-of-time\"]\n";

/// Four weeks of three people, handed over at nine; the last ends nine hours after the period.
fn weeks() -> Rota {
    let rota = Rota::new();
    rota.write("team.toml", "[[people]]\nname = \"ada\"\n[[people]]\nname = \"bob\"\n[[people]]\nname = \"cyd\"\n");
    rota.write(
        "rota.toml",
        &format!(
            "{WITHOUT}[period]\nfirst = 2026-10-05\nlast = 2026-11-01\n[[duties]]\nevery = \"1w\"\n\
             from = 2026-10-05T09:00:00\nroles = [\"primary\"]\n"
        ),
    );
    rota
}

/// The person whose week begins at nine, by the clocks of the rota, that day.
fn holder(rota: &Rota, day: &str) -> String {
    rota.primary(&format!("{day}T12:00"))
}

#[test]
fn the_last_duty_is_whole_though_it_ends_after_the_period() {
    let rota = weeks().published();
    let book = rota.book();
    let check = json(&["oncall", "check", &book], 0);
    assert_eq!((check["seats"].as_u64(), check["shifts"].as_u64()), (Some(4), Some(4)));
    assert_eq!(check["gaps"].as_array().unwrap().len(), 0);
    // As it was published, and under the same UID.
    let out = rota.path("out.ics");
    assert_eq!(run(&["oncall", "export", &book, "-o", out.to_str().unwrap()]).code, 0);
    assert_eq!(std::fs::read_to_string(out).unwrap(), std::fs::read_to_string(rota.path("plan.ics")).unwrap());
    // It can be given away, and is kept when somebody else falls ill.
    let last = holder(&rota, "2026-10-26");
    let swap = json(&["oncall", "swap", &last, &book, "--shift", "2026-10-26", "--now", "2026-10-01"], 0);
    assert_eq!(swap["shift"]["span"]["end"], "2026-11-02T08:00:00Z");
    let ill = holder(&rota, "2026-10-19");
    let replan = json(&["oncall", "swap", &ill, &book, "--ill-from", "2026-10-20"], 0);
    assert_eq!(replan["changes"].as_array().unwrap().len(), 1, "{}", replan["changes"]);
    let end = replan["shifts"].as_array().unwrap().last().unwrap();
    assert_eq!((end["person"].as_str(), end["span"]["end"].as_str()), (Some(&*last), Some("2026-11-02T08:00:00Z")));
    // The accounts are those of the period.
    let fairness = json(&["oncall", "fairness", &book], 0);
    let minutes = fairness["accounts"].as_array().unwrap().iter().flat_map(|account| {
        account["served"]["minutes"].as_array().unwrap().iter().map(|part| part["minutes"].as_u64().unwrap())
    });
    assert_eq!(minutes.sum::<u64>(), (4 * 7 * 24 + 1 - 9) * 60);
}

#[test]
fn what_was_served_before_the_period_counts_for_its_rules() {
    let rota = weeks().published();
    let rules = std::fs::read_to_string(rota.path("rota.toml")).unwrap();
    rota.write("rota.toml", &format!("{rules}[[rules]]\nname = \"b2b\"\nrule = \"no-back-to-back\"\n"));
    // Whoever has the second week has the first, too.
    let (first, second) = (holder(&rota, "2026-10-05"), holder(&rota, "2026-10-12"));
    let plan = std::fs::read_to_string(rota.path("plan.ics")).unwrap();
    let (before, after) = plan.split_at(plan.find("DTSTART;TZID=Europe/Berlin:20261012T090000").unwrap());
    rota.write("plan.ics", &format!("{before}{}", after.replacen(&second, &first, 3)));
    let book = rota.book();
    let whole = json(&["oncall", "check", &book], 1);
    let from = json(&["oncall", "check", &book, "--from", "2026-10-12T09:00"], 1);
    let file = rota.path("plan.ics");
    let read = json(&["oncall", "check", &book, "--from", "2026-10-12T09:00", "--plan", file.to_str().unwrap()], 1);
    for document in [&whole, &from, &read] {
        assert_eq!(document["violations"][0]["rule"], "b2b", "{document}");
    }
    assert_eq!(from, read);
    assert_eq!((from["seats"].as_u64(), from["shifts"].as_u64()), (Some(3), Some(3)));
}

#[test]
fn two_at_once_in_one_role_are_refused_with_both_named() {
    let rota = weeks();
    let toml = std::fs::read_to_string(rota.path("rota.toml")).unwrap();
    let twice = "[[duties]]\nevery = \"1w\"\nfrom = 2026-10-08T09:00:00\nroles = [\"primary\"]\nsite = \"B\"\n";
    rota.write("rota.toml", &format!("{toml}{twice}"));
    assert_eq!(
        rota.faults(&["oncall", "plan"]),
        [
            "rota.toml:9: duties[1]: asks for a primary from Thu 8 Oct 2026 09:00 to Mon 12 Oct 2026 09:00 while duties[0] asks \
          for one too, and only one person at a time has a role: keep them apart by `hours` or `roles`, or give each site \
          a book of its own"
        ]
    );
    // Days and nights are apart.
    let hours = |hours: &str| format!("hours = \"Mon-Sun {hours} Europe/Berlin\"\n");
    let nights = twice.replace("site = \"B\"\n", &hours("20:00-08:00"));
    rota.write("rota.toml", &format!("{toml}{}{nights}", hours("08:00-20:00")));
    assert_eq!(run(&["oncall", "plan", &rota.book()]).code, 0);
}

/// Days and nights of four weeks, each one duty of seven turns, of four people.
fn days_and_nights() -> Rota {
    let rota = Rota::new();
    let people: String = ["ada", "bob", "cyd", "dan"].map(|name| format!("[[people]]\nname = \"{name}\"\n")).concat();
    rota.write("team.toml", &people);
    let duties: String = ["20:00-08:00", "08:00-20:00"]
        .map(|hours| {
            format!(
                "[[duties]]\nevery = \"1w\"\nfrom = 2026-10-05T08:00:00\nroles = [\"primary\"]\n\
                 hours = \"Mon-Sun {hours} Europe/Berlin\"\n"
            )
        })
        .concat();
    rota.write(
        "rota.toml",
        &format!("{WITHOUT}[period]\nfrom = 2026-10-05T08:00:00\nuntil = 2026-11-02T08:00:00\n{duties}"),
    );
    // Ada has all of the first week, the others theirs.
    let mut plan = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n".to_owned();
    let first = chrono::NaiveDate::from_ymd_opt(2026, 10, 5).unwrap();
    for (day, date) in first.iter_days().take(28).enumerate() {
        let next = date.succ_opt().unwrap();
        let person = ["ada", "bob", "cyd", "dan"][day / 7];
        for (from, to) in [
            (date.format("%Y%m%dT080000"), date.format("%Y%m%dT200000")),
            (date.format("%Y%m%dT200000"), next.format("%Y%m%dT080000")),
        ] {
            plan += &format!(
                "BEGIN:VEVENT\r\nUID:{from}\r\nDTSTART;TZID=Europe/Berlin:{from}\r\nDTEND;TZID=Europe/Berlin:{to}\r\n\
                 SUMMARY:{person} on call (primary)\r\nCATEGORIES:primary\r\nEND:VEVENT\r\n"
            );
        }
    }
    rota.write("plan.ics", &(plan + "END:VCALENDAR\r\n"));
    let toml = std::fs::read_to_string(rota.path("evenkeel.toml")).unwrap();
    rota.write("evenkeel.toml", &(toml + "plan = \"plan.ics\"\n"));
    rota
}

#[test]
fn a_duty_of_several_turns_is_named_by_any_of_them() {
    let rota = days_and_nights();
    let book = rota.book();
    let swap = |when: &str, code| json(&["oncall", "swap", "ada", &book, "--shift", when, "--now", "2026-10-01"], code);
    // Both have a turn that day: a time says which.
    for day in ["2026-10-05", "2026-10-07"] {
        let both = swap(day, 2)["faults"][0]["message"].as_str().unwrap().to_owned();
        assert_eq!(
            both,
            format!(
                "`ada` has 2 duties then: name one by a time, `{day}T08:00` as primary, or `{day}T20:00` as primary"
            )
        );
    }
    let night = swap("2026-10-07T23:00", 0);
    assert_eq!(night["shift"]["span"]["start"], "2026-10-05T18:00:00Z");
    let first = night["suggestions"][0]["words"].as_str().unwrap();
    assert!(first.contains("takes week of 2026-10-05 primary (20:00 to 08:00) for week of "), "{first}");
    let of_nights = night["suggestions"].as_array().unwrap().iter().map(|told| told["words"].as_str().unwrap());
    let words: std::collections::BTreeSet<_> = of_nights.clone().collect();
    assert_eq!(words.len(), of_nights.count(), "two suggestions read the same");
    let day = swap("2026-10-07T12:00", 0);
    assert_eq!(day["shift"]["span"]["start"], "2026-10-05T06:00:00Z");
    let none = swap("2026-10-14T12:00", 2)["faults"][0]["message"].as_str().unwrap().to_owned();
    assert!(none.starts_with("`ada` has no duty at Wed 14 Oct 2026 12:00; there are those from "), "{none}");
}

#[test]
fn fairness_is_numbers_or_null_with_the_reason() {
    let rota = weeks().published();
    let of = |rota: &Rota| json(&["oncall", "fairness", &rota.book()], 0)["fairness"]["overall"].clone();
    let overall = of(&rota);
    assert!(overall["actual"]["jain"].is_f64() && overall["actual"]["gini"].is_number(), "{overall}");
    assert!(overall["unmeasured"].is_null() && overall["actual"]["unmeasured"].is_null());
    // Cyd is owed more than could be served.
    let rota = rota.with("accounts", "person,hours\ncyd,-5000\n");
    let owed = of(&rota);
    assert!(owed["actual"]["jain"].is_null(), "{owed}");
    assert!(owed["actual"]["unmeasured"].as_str().unwrap().contains("the burden of `cyd` is below 0"), "{owed}");
}
