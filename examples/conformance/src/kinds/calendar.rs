//! `calendar.json`: calendar-aligned windows counted from an anchor, across daylight saving and short months.

use std::path::Path;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Deserialize;
use timeline_core::{AnchoredPeriod, CalendarStep, Error, parse_zone, wall_clock};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

pub(super) const KIND: Kind = Kind {
    name: "calendar",
    place: "calendar.json",
    about: "calendar windows counted from an anchor in a time zone",
    sections,
};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    start: String,
    tz: String,
    duration: String,
    now_unix: i64,
    k: u64,
    window_start_unix: i64,
    window_end_unix: i64,
    length_s: i64,
    start_offset_s: i64,
}

fn sections(file: &Path) -> Result<Vec<Section>, Fault> {
    let File { cases } = input::json(file)?;
    let mut indices = Section::new("number of the window");
    let mut windows = Section::new("window around the instant");
    let mut offsets = Section::new("offset from UTC at the start");
    for (index, case) in cases.iter().enumerate() {
        let at = |field: &str, what: String| Fault::at(file, format!("cases[{index}].{field}"), what);
        let anchor = NaiveDateTime::parse_from_str(&case.start, "%Y-%m-%d %H:%M:%S")
            .map_err(|what| at("start", format!("`{}`: {what}", case.start)))?;
        let zone = parse_zone(&case.tz).map_err(|what| at("tz", what.to_string()))?;
        let step: CalendarStep = case.duration.parse().map_err(|what: Error| at("duration", what.to_string()))?;
        let period = AnchoredPeriod::new(anchor, zone, step).map_err(|what| at("start", what.to_string()))?;
        let now = instant(case.now_unix).ok_or_else(|| at("now_unix", format!("{} is no instant", case.now_unix)))?;
        let id = format!("case {index} ({step} from {} in {} at {now})", case.start, case.tz);

        indices.equal(&id, Ok(Some(case.k)), period.index_at(now));
        let expected = (case.window_start_unix, case.window_end_unix, case.length_s);
        match period.containing(now) {
            Ok(Some(span)) => {
                let got = (span.start().timestamp(), span.end().timestamp(), span.length().num_seconds());
                windows.equal(&id, expected, got);
                let local = wall_clock(zone, span.start());
                let offset = local.map(|local| local.signed_duration_since(span.start().naive_utc()));
                offsets.equal(&id, Ok(TimeDelta::seconds(case.start_offset_s)), offset);
            }
            other => windows.disagree(&id, format!("{expected:?}"), format!("{other:?}")),
        }
    }
    Ok(vec![indices, windows, offsets])
}

fn instant(unix: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(unix, 0)
}
