//! Whatever a rotation is made from: its turns follow one another without overlap, each instant finds its own, the gaps
//! are where nobody has a turn, and JSON gives the rotation back.
#![no_main]

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::{arbitrary, fuzz_target};
use oncall_core::rotation::{Rotation, ShiftLength};
use oncall_core::{Membership, PersonId, Role, Span, SpanSet, Tz};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input<'a> {
    zone: u16,
    /// Seconds after 1970, and how many minutes later the look begins.
    start: i64,
    look: i32,
    unit: u8,
    count: u16,
    /// Minutes after the start.
    people: Vec<(Option<i32>, Option<i32>)>,
    first: Option<u8>,
    roles: [Option<i32>; 3],
    json: &'a str,
}

/// More turns than this need not be looked at.
const TURNS: usize = 200;

fuzz_target!(|input: Input| {
    if let Ok(rotation) = serde_json::from_str::<Rotation>(input.json) {
        check(&rotation, input.look);
    }
    if let Some(rotation) = built(&input) {
        check(&rotation, input.look);
    }
});

fn built(input: &Input) -> Option<Rotation> {
    let zones = chrono_tz::TZ_VARIANTS;
    let zone: Tz = zones[usize::from(input.zone) % zones.len()];
    let letter = ["m", "h", "d", "w", "M", "Q", "Y"][usize::from(input.unit) % 7];
    let length: ShiftLength = format!("{}{letter}", input.count).parse().ok()?;
    // Some hundred years around now, or anywhere.
    let seconds = if input.start % 2 == 0 { input.start } else { input.start % 4_000_000_000 };
    let start = DateTime::from_timestamp(seconds, 0)?;
    let mut builder = Rotation::builder(zone, length, start.naive_utc());
    let name = |place: usize| PersonId::new(&format!("p{place}")).expect("a name");
    for (place, (from, until)) in input.people.iter().enumerate() {
        let at = |minutes: Option<i32>| minutes.and_then(|m| start.checked_add_signed(TimeDelta::minutes(m.into())));
        builder = builder.member(name(place / 2), Membership::new(at(*from), at(*until)).ok()?);
    }
    if let Some(first) = input.first {
        builder = builder.first(name(first.into()));
    }
    for (role, offset) in Role::ALL.into_iter().zip(input.roles) {
        if let Some(offset) = offset {
            builder = builder.role(role, offset);
        }
    }
    builder.build().ok()
}

fn check(rotation: &Rotation, look: i32) {
    let json = serde_json::to_string(rotation).expect("a rotation writes");
    assert_eq!(serde_json::from_str::<Rotation>(&json).as_ref().ok(), Some(rotation), "{json}");

    let Some(from) = rotation.start().and_utc().checked_add_signed(TimeDelta::minutes(look.into())) else { return };
    let Ok(within) = Span::starting_at(from, TimeDelta::days(3_000)) else { return };
    let roles: Vec<_> = rotation.roles().iter().map(|known| known.role).collect();
    let mut starts = Vec::new();
    for role in &roles {
        let Ok(turns) = rotation.turns_as(*role, within) else { return };
        let turns: Vec<_> = turns.take(TURNS).collect();
        let Some((first, last)) = turns.first().zip(turns.last()) else { continue };
        // Cut to what was looked at.
        let looked = Span::new(within.start(), last.span.end()).expect("turns are in order");
        let mut gaps = SpanSet::new();
        if let Ok(before) = Span::new(within.start(), first.span.start()) {
            assert_eq!(first.index, 0, "a rotation begins once: {json}");
            gaps.insert(before);
        }
        for pair in turns.windows(2) {
            assert_eq!(pair[0].span.end(), pair[1].span.start(), "{json}");
            // A shift that somebody leaves in the middle is two turns, of two people.
            let passed = pair[0].index == pair[1].index && pair[0].person != pair[1].person;
            assert!(passed || pair[0].index < pair[1].index, "{json}");
        }
        for turn in &turns {
            if turn.person.is_none() {
                gaps.insert(turn.span);
            }
            for t in [turn.span.start(), turn.span.end() - TimeDelta::nanoseconds(1)] {
                if let Ok(found) = rotation.turn_as(*role, t) {
                    let found = found.expect("a turn holds it");
                    assert_eq!((found.index, found.person), (turn.index, turn.person), "{role} at {t}: {json}");
                    assert!(found.span.covers(turn.span), "{json}");
                }
            }
        }
        assert_eq!(rotation.gaps_as(*role, looked).expect("it was looked at"), gaps, "{role}: {json}");
        starts.extend(turns.iter().map(|turn| turn.span.start()));
    }
    for t in starts {
        let turns = roles.iter().filter_map(|role| rotation.turn_as(*role, t).ok().flatten()?.person);
        let people: Vec<&PersonId> = turns.collect();
        for (place, one) in people.iter().enumerate() {
            assert!(!people[..place].contains(one), "one person has two roles at {t}: {json}");
        }
    }
}
