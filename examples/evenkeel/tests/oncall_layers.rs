//! Books whose rota is made of layers, sites that follow the sun, temporary schedules and overrides.
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
use common::run;

/// A week of the rota of two by layers, over the night in which the clocks go back.
fn layered() -> Rota {
    let rota = Rota::new();
    rota.write(
        "layers.toml",
        "[[layers]]\nname = \"days\"\nrole = \"primary\"\n[layers.source.rotation]\nzone = \"Europe/Berlin\"\nlength = \"1d\"\n\
         start = 2026-10-24T09:00:00\nparticipants = [\"ada\", { person = \"bob\", until = 2026-12-01T00:00:00Z }]\n\
         [[layers]]\nname = \"nights by the hour\"\nrole = \"primary\"\nrestrictions = [\"Sun 00:00-06:00 Europe/Berlin\"]\n\
         [layers.source.rotation]\nzone = \"Europe/Berlin\"\nlength = \"1h\"\nstart = 2026-10-25T00:00:00\n\
         participants = [\"ada\", \"bob\"]\n",
    );
    let toml = std::fs::read_to_string(rota.path("evenkeel.toml")).unwrap();
    rota.write("evenkeel.toml", &(toml + "layers = \"layers.toml\"\n"));
    rota
}

#[test]
fn layers_say_who_is_on_call_in_the_hour_that_comes_twice() {
    let rota = layered();
    let book = rota.book();
    let who = |at: &str| run(&["oncall", "who", &book, "--at", at, "--why"]);
    let first = who("2026-10-25T00:30:00Z");
    assert!(first.out.starts_with("Sun 25 Oct 2026 02:30 CEST Europe/Berlin"), "{}", first.out);
    assert!(first.out.contains("primary    ada          until Sun 25 Oct 2026 02:00 CET, then bob"), "{}", first.out);
    let second = who("2026-10-25T01:30:00Z");
    assert!(second.out.starts_with("Sun 25 Oct 2026 02:30 CET Europe/Berlin"), "{}", second.out);
    assert!(second.out.contains("primary    bob "), "{}", second.out);
    // The chain names both layers, by the clocks of the rota.
    assert!(second.out.contains(" - layer `days`: ada, turn 0, from Sat 24 Oct 2026 09:00 until"), "{}", second.out);
    assert!(second.out.contains(" - layer `nights by the hour`: bob, turn 3"), "{}", second.out);
    let check = run(&["oncall", "check", &book, "--from", "2026-10-24T09:00", "--until", "2026-10-27T09:00"]);
    assert!(!check.out.contains("Nobody on call\n  primary    Sat"), "{}", check.out);
    assert!(check.out.lines().all(|line| line.chars().count() <= 80), "{}", check.out);
}

#[test]
fn faults_of_layers_come_at_once_each_in_its_place() {
    let rota = layered();
    rota.write(
        "layers.toml",
        "[[layers]]\nname = \"a\"\nrole = \"primary\"\n[layers.source.rotation]\nzone = \"Europe/Berlen\"\nlength = \"1w\"\n\
         start = 2026-10-24T09:00:00\nparticipants = [\"ada\"]\n\
         [[layers]]\nname = \"b\"\nrole = \"primary\"\n[layers.source.rotation]\nzone = \"Europe/Berlin\"\nlength = \"1w\"\n\
         start = 2026-10-24T09:00:00\nparticipants = []\n\
         [[layers]]\nname = \"c\"\nrole = \"primary\"\n[layers.source.rotation]\nzone = \"Europe/Berlin\"\nlength = \"1w\"\n\
         start = 2026-10-24T09:00:00\nparticipants = [\"ada\", \"ada\"]\n",
    );
    let faults = rota.faults(&["oncall", "who", "--at", "2026-10-25"]);
    assert_eq!(faults.len(), 3, "{faults:#?}");
    assert!(faults[0].starts_with("layers.toml:") && faults[0].contains("Europe/Berlen"), "{faults:#?}");
    assert!(faults[1].contains("layers[1]") && faults[1].contains("no people"), "{faults:#?}");
    assert!(faults[2].contains("layers[2]") && faults[2].contains("`ada`"), "{faults:#?}");
    // Somebody whom the team does not have.
    rota.write(
        "layers.toml",
        "[[layers]]\nname = \"a\"\nrole = \"primary\"\n[layers.source.rotation]\nzone = \"Europe/Berlin\"\nlength = \"1w\"\n\
         start = 2026-10-24T09:00:00\nparticipants = [\"ada\", \"zed\"]\n",
    );
    let faults = rota.faults(&["oncall", "who", "--at", "2026-10-25"]);
    assert!(faults.len() == 1 && faults[0].contains("participants[1]") && faults[0].contains("`zed`"), "{faults:#?}");
}

/// Days by turns, under the published plan of nobody.
const DAYS: &str = "[[layers]]\nname = \"days\"\nrole = \"primary\"\n[layers.source.rotation]\nzone = \"Europe/Berlin\"\n\
    length = \"1d\"\nstart = 2026-10-24T09:00:00\nparticipants = [\"ada\", \"bob\"]\n";

#[test]
fn a_temporary_schedule_stands_instead_of_all_layers() {
    let temporary = "[[temporary]]\nname = \"offsite\"\nrole = \"primary\"\nfrom = 2026-10-25T02:30:00\n\
        until = 2026-10-26T12:00:00\n[temporary.source.rotation]\nzone = \"Europe/Berlin\"\nlength = \"12h\"\n\
        start = 2026-10-25T12:00:00\nparticipants = [\"bob\", \"ada\"]\n";
    let rota = Rota::new().with("layers", &format!("{DAYS}{temporary}"));
    // Before, in it before its first handoff, in it, and behind it. Its first 02:30 is the first of two.
    for (at, who) in [
        ("2026-10-25T00:29:59Z", "ada"),
        ("2026-10-25T00:30:00Z", "nobody"),
        ("2026-10-25T12:00", "bob"),
        ("2026-10-26T00:00", "ada"),
        ("2026-10-26T11:59", "ada"),
        ("2026-10-26T12:00", "ada"),
        ("2026-10-27T08:00", "ada"),
        ("2026-10-27T09:00", "bob"),
    ] {
        assert_eq!(rota.primary(at), who, "{at}");
    }
    let why = run(&["oncall", "who", &rota.book(), "--at", "2026-10-25T12:00", "--why"]);
    assert!(why.code == 0 && why.out.contains("temporary schedule `offsite`"), "{}", why.out);
    let check = run(&["oncall", "check", &rota.book(), "--from", "2026-10-24T09:00", "--until", "2026-10-27T09:00"]);
    let gap = "primary    Sun 25 Oct 2026 02:30 CEST to Sun 25 Oct 2026 12:00";
    assert!(check.code == 1 && check.out.contains(gap), "{}{}", check.out, check.err);
}

#[test]
fn a_temporary_schedule_may_take_whole_days_over_a_published_plan() {
    let temporary = "[[temporary]]\nname = \"move\"\nrole = \"primary\"\nfirst = 2026-10-25\nsource.published = [\n\
        { person = \"bob\", role = \"primary\", span = { start = 2026-10-25T00:00:00, end = 2026-10-26T00:00:00 } }]\n";
    let rota = Rota::new().published().with("layers", temporary);
    assert_eq!(rota.primary("2026-10-25T00:00"), "bob");
    assert_eq!(rota.primary("2026-10-25T23:59:59"), "bob");
    assert_ne!(rota.primary("2026-10-24T12:00"), rota.primary("2026-10-27T12:00"), "the plan of two goes on beside it");
}

#[test]
fn faults_of_temporary_schedules_name_their_place() {
    let faults = |text: &str| Rota::new().with("layers", &format!("{DAYS}{text}")).faults(&["oncall", "who"]);
    let head = "[[temporary]]\nname = \"a\"\nrole = \"primary\"\n";
    let ada =
        "{ person = \"ada\", role = \"primary\", span = { start = 2026-10-30T00:00:00, end = 2026-10-31T00:00:00 } }";
    let outside = faults(&format!("{head}first = 2026-10-25\nsource.published = [{ada}]\n"));
    assert!(outside.len() == 1 && outside[0].contains("temporary[0].source.published[0]"), "{outside:#?}");
    assert!(outside[0].contains("reaches outside the temporary schedule"), "{outside:#?}");
    let endless = faults(&format!("{head}from = 2026-10-25T00:00:00\nsource.published = [{ada}]\n"));
    assert!(endless.len() == 1 && endless[0].contains("temporary[0]: needs `first` and `last`"), "{endless:#?}");
    let crooked =
        faults(&format!("{head}span = {{ start = \"soon\", end = 2026-10-25 }}\nsource.published = [{ada}]\n"));
    assert!(crooked.len() == 1 && crooked[0].contains("`soon` is none of a date"), "{crooked:#?}");
    let backwards = faults(&format!("{head}first = 2026-10-25\nlast = 2026-10-24\nsource.published = [{ada}]\n"));
    assert!(backwards.len() == 1 && backwards[0].contains("last day 2026-10-24 is before"), "{backwards:#?}");
    let unknown = faults(&format!("{head}first = 2026-10-30\nsource.published = [{}]\n", ada.replace("ada", "zed")));
    assert!(unknown.len() == 1 && unknown[0].contains("`zed`"), "{unknown:#?}");
}

/// Berlin by day, New York by its day, and nobody in between.
const SUN: &str = "[[layers]]\nname = \"sun\"\nrole = \"primary\"\n[[layers.source.follow-the-sun.sites]]\nname = \"Berlin\"\n\
    hours = [\"Mon-Sun 08:00-20:00 Europe/Berlin\"]\nrotation = { zone = \"Europe/Berlin\", length = \"1w\", \
    start = 2026-10-19T08:00:00, participants = [\"ada\"] }\n[[layers.source.follow-the-sun.sites]]\nname = \"New York\"\n\
    hours = [\"Mon-Sun 14:00-02:00 America/New_York\"]\nrotation = { zone = \"America/New_York\", length = \"1w\", \
    start = 2026-10-19T08:00:00, participants = [{ person = \"bob\", until = 2026-11-02T08:00:00 }] }\n";

#[test]
fn sites_follow_the_sun_and_the_hour_between_them_is_a_hole() {
    let rota = Rota::new().with("layers", SUN);
    // In summer 14:00 in New York is 20:00 in Berlin; in the week between the two changes it is 19:00, where Berlin, listed
    // first, still has it, and 02:00 there is 07:00 in Berlin, an hour before Berlin begins.
    for (at, who) in [
        ("2026-10-24T08:00", "ada"),
        ("2026-10-24T19:59:59", "ada"),
        ("2026-10-24T20:00", "bob"),
        ("2026-10-25T02:30", "bob"),
        ("2026-10-25T06:59:59", "bob"),
        ("2026-10-25T07:00", "nobody"),
        ("2026-10-25T08:00", "ada"),
        ("2026-10-25T19:30", "ada"),
        ("2026-10-25T20:00", "bob"),
        ("2026-10-27T06:59", "bob"),
        // Until the handoff of the 2nd by the clocks of New York, where it is winter by then.
        ("2026-11-02T06:59", "bob"),
        ("2026-11-02T21:00", "nobody"),
    ] {
        assert_eq!(rota.primary(at), who, "{at}");
    }
    let check = run(&["oncall", "check", &rota.book(), "--until", "2026-10-26T00:00"]);
    let gap = "primary    Sun 25 Oct 2026 07:00 to Sun 25 Oct 2026 08:00";
    assert!(check.code == 1 && check.out.contains(gap), "{}{}", check.out, check.err);
    let why = run(&["oncall", "who", &rota.book(), "--at", "2026-10-25T12:00", "--why"]);
    assert!(why.out.contains("Berlin") && why.code == 0, "{}", why.out);
    // The other commands take such a book as well.
    for command in ["fairness", "check", "export"] {
        let file = rota.path("out.ics");
        let mut arguments = vec!["oncall", command];
        let (book, file) = (rota.book(), file.to_str().unwrap().to_owned());
        arguments.push(&book);
        if command == "export" {
            arguments.extend(["-o", &file]);
        }
        let run = run(&arguments);
        assert!(run.code <= 1, "{command} {}", run.err);
    }
}

#[test]
fn faults_of_sites_come_at_once_each_in_its_place() {
    let text =
        SUN.replace("hours = [\"Mon-Sun 08:00-20:00 Europe/Berlin\"]", "hours = []").replace("New York", "Berlin");
    let faults = Rota::new().with("layers", &text).faults(&["oncall", "who"]);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    for part in ["layers[0]", "sites[1].name", "sites[0].hours"] {
        assert!(faults[0].contains(part), "{part} {faults:#?}");
    }
    let unknown = Rota::new().with("layers", &SUN.replace("\"bob\"", "\"zed\"")).faults(&["oncall", "who"]);
    let place = "layers[0].source.follow-the-sun.sites[1].rotation.participants[0].person";
    assert!(unknown.len() == 1 && unknown[0].contains(place) && unknown[0].contains("`zed`"), "{unknown:#?}");
}

#[test]
fn overrides_beyond_any_schedule_are_refused_in_the_file_of_the_changes() {
    let change = |what: &str| {
        let head = "[[overrides]]\nmade_by = \"ada\"\nreason = \"ill\"\n";
        Rota::new().published().with("changes", &format!("{head}{what}\n")).faults(&[
            "oncall",
            "who",
            "--at",
            "2026-10-25",
        ])
    };
    let before = change("first = 2026-09-01\nby = \"bob\"");
    assert_eq!(before.len(), 1, "{before:#?}");
    assert!(before[0].starts_with("changes.toml") && before[0].contains("overrides[0]"), "{before:#?}");
    assert!(before[0].contains("reaches outside the schedule of the primary"), "{before:#?}");
    let role = change("first = 2026-10-25\nrole = \"secondary\"\nby = \"bob\"");
    assert!(role.len() == 1 && role[0].starts_with("changes.toml") && role[0].contains("secondary"), "{role:#?}");
    let nobody = change("first = 2026-10-25\nby = \"zed\"");
    assert!(nobody.len() == 1 && nobody[0].starts_with("changes.toml:5: overrides[0].by: "), "{nobody:#?}");
    // Whoever is not on call that day has nothing to be replaced in.
    let served = Rota::new().published().primary("2026-10-25T12:00");
    let idle = if served == "ada" { "bob" } else { "ada" };
    assert_eq!(change_of(&served).primary("2026-10-25T12:00"), idle);
    let faults = change_of(idle).faults(&["oncall", "who", "--at", "2026-10-25"]);
    assert!(faults.len() == 1 && faults[0].starts_with("changes.toml: overrides[0]"), "{faults:#?}");
}

fn change_of(person: &str) -> Rota {
    let other = if person == "ada" { "bob" } else { "ada" };
    let text = format!(
        "[[overrides]]\nfirst = 2026-10-25\nperson = \"{person}\"\nby = \"{other}\"\nmade_by = \"ada\"\nreason = \"ill\"\n"
    );
    Rota::new().published().with("changes", &text)
}
