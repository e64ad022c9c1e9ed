//! `timelines.json`: who is on call when, by rotations across daylight saving and short months.

use std::path::Path;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use oncall_core::rotation::{Rotation, ShiftLength};
use oncall_core::{Error, PersonId, Span};
use serde::Deserialize;
use timeline_core::parse_zone;

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "timelines",
    place: "timelines.json",
    about: "shifts of rotations and who is on call around each handoff",
    sections,
};

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// Longer than any shift.
const AROUND: TimeDelta = TimeDelta::days(400);

#[derive(Deserialize)]
struct Case {
    id: String,
    spec: Spec,
    shifts: Vec<(DateTime<Utc>, DateTime<Utc>, String)>,
}

#[derive(Deserialize)]
struct Spec {
    kind: Length,
    length: u32,
    zone: String,
    start_local: NaiveDateTime,
    until_utc: DateTime<Utc>,
    participants: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Length {
    Hourly,
    Daily,
    Weekly,
    Monthly,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let cases: Vec<Case> = input::json(file)?;
    let mut counts = Section::new("number of shifts");
    let mut shifts = Section::new("shifts");
    let mut instants = Section::new("who is on call around each handoff");
    for (index, Case { id, spec, shifts: golden }) in cases.iter().enumerate() {
        let at = |what: String| Fault::at(file, format!("[{index}].spec"), what);
        let rotation = rotation(spec).map_err(|what| at(what.to_string()))?;
        let (Some((start, ..)), Some((_, end, _))) = (golden.first(), golden.last()) else {
            return Err(Fault::at(file, format!("[{index}].shifts"), "there are none".to_owned()));
        };
        // From before the first to after the last, so that no shift is cut where the golden ones begin and end.
        let around = start.checked_sub_signed(AROUND).zip(end.checked_add_signed(AROUND));
        let around = around.ok_or_else(|| at("lies at the ends of time".to_owned()))?;
        let around = Span::new(around.0, around.1).map_err(|what| at(what.to_string()))?;
        let ours: Vec<_> = match rotation.shifts(around) {
            // Until the shift that starts before `until_utc`.
            Ok(ours) => ours
                .take_while(|(span, _)| span.start() < spec.until_utc)
                .map(|(span, person)| (span.start(), span.end(), person.to_string()))
                .collect(),
            Err(error) => {
                shifts.disagree(id, "shifts", error);
                continue;
            }
        };
        counts.equal(id, golden.len(), ours.len());
        for ((number, golden), ours) in golden.iter().enumerate().zip(&ours) {
            shifts.equal(format!("{id} shift {number}"), golden, ours);
        }
        let before = start.checked_sub_signed(SECOND).and_then(|t| on_call(&rotation, t));
        instants.equal(format!("{id} before the start"), None, before);
        for (start, end, person) in golden {
            let around = [Some(*start), start.checked_add_signed(SECOND), end.checked_sub_signed(SECOND)];
            for t in around.into_iter().flatten() {
                instants.equal(format!("{id} at {t}"), Some(person.clone()), on_call(&rotation, t));
            }
        }
    }
    Ok(vec![counts, shifts, instants])
}

fn rotation(spec: &Spec) -> Result<Rotation, Error> {
    let letter = match spec.kind {
        Length::Hourly => 'h',
        Length::Daily => 'd',
        Length::Weekly => 'w',
        Length::Monthly => 'M',
    };
    let length: ShiftLength = format!("{}{letter}", spec.length).parse()?;
    let people: Vec<_> = spec.participants.iter().map(|name| PersonId::new(name)).collect::<Result<_, _>>()?;
    Rotation::builder(parse_zone(&spec.zone)?, length, spec.start_local).people(people).build()
}

/// The name, a fault in words, or nobody.
fn on_call(rotation: &Rotation, t: DateTime<Utc>) -> Option<String> {
    match rotation.turn_at(t) {
        Ok(turn) => turn.and_then(|turn| turn.person).map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    }
}
