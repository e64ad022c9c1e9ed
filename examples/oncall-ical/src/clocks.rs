//! Zones: those of the IANA database, and those that a calendar defines itself by a `VTIMEZONE`, as Outlook does with
//! names that only Windows knows.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use timeline_core::{Resolution, Tz, resolution, resolve, wall_clock};

use super::fault::Fault;
use super::lines::Component;
use super::repeat;
use super::time::{self, When};

/// Whose clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Of the IANA database.
    Known(Tz),
    /// Of the calendar itself.
    Own(Arc<Clocks>),
}

impl Zone {
    /// What the clocks show.
    ///
    /// # Errors
    /// A time beyond the calendar.
    pub(crate) fn local(&self, at: DateTime<Utc>) -> Result<NaiveDateTime, String> {
        match self {
            Self::Known(zone) => wall_clock(*zone, at).map_err(|error| error.to_string()),
            Self::Own(clocks) => {
                let offset = TimeDelta::seconds(clocks.offset_at(at).into());
                at.naive_utc().checked_add_signed(offset).ok_or_else(|| beyond(at.naive_utc()))
            }
        }
    }

    /// The instant at which a day begins.
    ///
    /// # Errors
    /// A time beyond the calendar.
    pub(crate) fn midnight(&self, date: NaiveDate) -> Result<DateTime<Utc>, String> {
        let local = date.and_time(chrono::NaiveTime::MIN);
        match self {
            Self::Known(zone) => resolve(*zone, local).map_err(|error| error.to_string()),
            Self::Own(_) => self.instant(local),
        }
    }

    /// The instant of a local date and time; the first where it occurs twice.
    ///
    /// DIFFERS: from the family's rule where the clocks skip `local`. A calendar of somebody else means what RFC 5545
    /// (3.3.5) says it means: the offset before the gap, so that 02:30 is 03:30 and not 03:00.
    ///
    /// # Errors
    /// A time beyond the calendar, or beyond the years in which a calendar's own clocks are worked out.
    pub(crate) fn instant(&self, local: NaiveDateTime) -> Result<DateTime<Utc>, String> {
        match self {
            Self::Known(zone) => of_known(*zone, local),
            Self::Own(clocks) => clocks.instant(local),
        }
    }
}

fn beyond(local: NaiveDateTime) -> String {
    format!("local time `{local}` is beyond the calendar")
}

fn of_known(zone: Tz, local: NaiveDateTime) -> Result<DateTime<Utc>, String> {
    match resolution(zone, local).map_err(|error| error.to_string())? {
        Resolution::Gap { at, .. } => {
            let second = TimeDelta::seconds(1);
            let before = at.checked_sub_signed(second).and_then(|before| wall_clock(zone, before).ok());
            let opens = before.and_then(|before| before.checked_add_signed(second)).ok_or_else(|| beyond(local))?;
            at.checked_add_signed(local.signed_duration_since(opens)).ok_or_else(|| beyond(local))
        }
        known => Ok(known.instant()),
    }
}

/// The clocks of a `VTIMEZONE`: every change that its rules come to in [`Clocks::YEARS`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Clocks {
    name: String,
    /// Offset from UTC before the first change, in seconds.
    first: i32,
    /// By instant; each with the offset from it on.
    changes: Vec<(DateTime<Utc>, i32)>,
}

impl Clocks {
    /// From the first of these years to the last the rules are followed.
    const YEARS: (i32, i32) = (1900, 2199);

    /// Reads a `VTIMEZONE`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn of(name: &str, zone: &Component) -> Result<Self, Vec<Fault>> {
        let (mut faults, mut onsets, mut earliest) = (Vec::new(), Vec::new(), None);
        let place = |property: &str| format!("{property} of zone {name}");
        let parts = || zone.parts.iter().filter(|part| matches!(part.name.as_str(), "STANDARD" | "DAYLIGHT"));
        if parts().next().is_none() {
            let message = "has neither STANDARD nor DAYLIGHT: nobody knows what its clocks show";
            faults.push(Fault::of(message).at_line(zone.line).at_path(place("VTIMEZONE")));
        }
        for part in parts() {
            match changes(part) {
                Ok((from, found)) => {
                    for (face, to) in found {
                        let at = face.checked_sub_signed(TimeDelta::seconds(from.into())).map(|at| at.and_utc());
                        let Some(at) = at else { continue };
                        if earliest.is_none_or(|(known, _)| at < known) {
                            earliest = Some((at, from));
                        }
                        onsets.push((at, to));
                    }
                }
                Err((line, property, message)) => {
                    faults.push(Fault::of(message).at_line(line).at_path(place(property)));
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        onsets.sort_by_key(|(at, _)| *at);
        // Of changes at one instant the last counts.
        onsets.reverse();
        onsets.dedup_by_key(|(at, _)| *at);
        onsets.reverse();
        let first = earliest.map_or(0, |(_, from)| from);
        Ok(Self { name: name.to_owned(), first, changes: onsets })
    }

    fn offset_at(&self, at: DateTime<Utc>) -> i32 {
        let behind = self.changes.partition_point(|(change, _)| *change <= at);
        behind.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.first, |(_, offset)| *offset)
    }

    fn instant(&self, local: NaiveDateTime) -> Result<DateTime<Utc>, String> {
        let (from, to) = Self::YEARS;
        if !(from..=to).contains(&chrono::Datelike::year(&local)) {
            return Err(format!(
                "local time `{local}` is not from {from} to {to}, in which zone {} is known",
                self.name
            ));
        }
        let less = |offset: i32| {
            local
                .checked_sub_signed(TimeDelta::seconds(offset.into()))
                .map(|at| at.and_utc())
                .ok_or_else(|| beyond(local))
        };
        // No offset is as long as two days, and so none of the changes before matters.
        let early = less(2 * 86_400)?;
        let mut next = self.changes.partition_point(|(change, _)| *change <= early);
        let mut offset = self.offset_at(early);
        loop {
            let at = less(offset)?;
            match self.changes.get(next) {
                // Before the next change, and not skipped by the one before, which the round before would have seen.
                Some((change, to)) if at >= *change => {
                    // The clocks show `local` neither before the change nor after it: they skip it.
                    if less(*to)? < *change {
                        return Ok(at);
                    }
                    offset = *to;
                    next = next.saturating_add(1);
                }
                _ => return Ok(at),
            }
        }
    }
}

type Wrong = (u64, &'static str, String);

/// The offset before, and the local times (by that offset) at which one part of a zone begins, with the offset then.
fn changes(part: &Component) -> Result<(i32, Vec<(NaiveDateTime, i32)>), Wrong> {
    let need = |name: &'static str| part.find(name).ok_or_else(|| (part.line, name, "is missing".to_owned()));
    let offset = |name: &'static str| {
        let (line, property) = need(name)?;
        let value = property.value().trim();
        let message = || format!("offset `{value}` is none, such as `+0100`; it is less than a day");
        seconds(value).ok_or_else(|| (*line, name, message()))
    };
    let (from, to) = (offset("TZOFFSETFROM")?, offset("TZOFFSETTO")?);
    let local = |line: u64, name: &'static str, when: When| match when {
        When::Local(local, None) => Ok(local),
        // Written by some against the standard; what is meant is clear.
        When::Date(date) => Ok(date.and_time(chrono::NaiveTime::MIN)),
        _ => Err((line, name, "is not a local time without a zone of its own".to_owned())),
    };
    let (line, start) = need("DTSTART")?;
    let when = time::when(start, &|_| None).map_err(|message| (*line, "DTSTART", message))?;
    let start = local(*line, "DTSTART", when)?;
    let mut faces = vec![start];
    let (first, last) = Clocks::YEARS;
    let edge = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN);
    let years = (edge(first.saturating_sub(1)), edge(last.saturating_add(2)));
    for (line, rule) in part.all("RRULE") {
        let until = |at: DateTime<Utc>| {
            let face = at.naive_utc().checked_add_signed(TimeDelta::seconds(from.into()));
            face.ok_or_else(|| beyond(at.naive_utc()))
        };
        let found = repeat::faces(start, rule.value().trim(), &until, years);
        faces.extend(found.map_err(|message| (*line, "RRULE", message))?);
    }
    for (line, list) in part.all("RDATE") {
        for when in time::list(list, &|_| None).map_err(|message| (*line, "RDATE", message))? {
            faces.push(local(*line, "RDATE", when)?);
        }
    }
    Ok((from, faces.into_iter().map(|face| (face, to)).collect()))
}

/// `+0100`, `-033015`: seconds east of UTC, less than a day.
fn seconds(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at.saturating_add(2)).map_or(Some(0), |two| two.parse::<i32>().ok());
    let (hours, minutes, rest) = (part(0)?, part(2)?, part(4)?);
    if hours > 23 || minutes > 59 || rest > 59 {
        return None;
    }
    let size = hours.saturating_mul(3_600).saturating_add(minutes.saturating_mul(60)).saturating_add(rest);
    Some(size.saturating_mul(sign))
}

#[cfg(test)]
mod tests {
    use super::super::lines::components;
    use super::*;

    /// As Outlook writes it.
    const EUROPE: &str = "BEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\n\
        TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
        BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";

    fn read(zone: &str) -> Result<Zone, Vec<String>> {
        let components = components(&format!("BEGIN:VCALENDAR\n{zone}END:VCALENDAR\n")).unwrap();
        let clocks = Clocks::of("X", &components[0]);
        clocks.map(|clocks| Zone::Own(Arc::new(clocks))).map_err(|faults| faults.iter().map(Fault::to_string).collect())
    }

    #[test]
    fn the_rules_of_a_file_are_followed_as_those_of_the_database_are() {
        let (own, known) = (read(EUROPE).unwrap(), Zone::Known(Tz::Europe__Berlin));
        // Every half hour around the changes of three years, those that are skipped and those that come twice as well.
        for first in ["2025-03-29", "2025-10-25", "2026-03-28", "2026-10-24", "2027-03-27", "2027-10-30", "2026-07-01"]
        {
            let midnight: NaiveDateTime = format!("{first}T00:00:00").parse().unwrap();
            for step in 0..96 {
                let local = midnight + TimeDelta::minutes(30 * step);
                let at = own.instant(local).unwrap();
                assert_eq!(at, known.instant(local).unwrap(), "{local}");
                assert_eq!(own.local(at), known.local(at), "{at}");
                let at = at + TimeDelta::minutes(59);
                assert_eq!(own.local(at), known.local(at), "{at}");
            }
        }
    }

    #[test]
    fn changes_may_be_listed_and_clocks_may_never_change() {
        let listed = read(
            "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:DAYLIGHT\nDTSTART:20260329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
             RDATE:20270328T020000\nEND:DAYLIGHT\nBEGIN:STANDARD\nDTSTART:20261025T030000\nTZOFFSETFROM:+0200\n\
             TZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n",
        );
        let listed = listed.unwrap();
        let at = |local: &str| listed.instant(local.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(at("2020-07-01T12:00:00"), "2020-07-01T11:00:00+00:00");
        assert_eq!(at("2026-07-01T12:00:00"), "2026-07-01T10:00:00+00:00");
        assert_eq!(at("2026-12-01T12:00:00"), "2026-12-01T11:00:00+00:00");
        assert_eq!(at("2027-07-01T12:00:00"), "2027-07-01T10:00:00+00:00");
        let fixed = read(
            "BEGIN:VTIMEZONE\nTZID:India Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0530\n\
             TZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE\n",
        );
        let at = fixed.unwrap().instant("2026-12-01T12:00:00".parse().unwrap()).unwrap();
        assert_eq!(at.to_rfc3339(), "2026-12-01T06:30:00+00:00");
    }

    #[test]
    fn a_rule_that_ends_gives_way_to_the_next() {
        // The United States before and since 2007, as Apple writes them.
        let zone = read(
            "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:DAYLIGHT\nDTSTART:19870405T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
             RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\nEND:DAYLIGHT\n\
             BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
             RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nEND:DAYLIGHT\n\
             BEGIN:STANDARD\nDTSTART:19671029T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
             RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z\nEND:STANDARD\n\
             BEGIN:STANDARD\nDTSTART:20071104T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
             RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nEND:STANDARD\nEND:VTIMEZONE\n",
        );
        let (own, known) = (zone.unwrap(), Zone::Known(Tz::America__New_York));
        for day in ["2006-03-20", "2006-04-10", "2007-03-20", "2006-11-01", "2007-11-01", "2026-03-20", "2026-11-02"] {
            let noon = format!("{day}T12:00:00").parse().unwrap();
            assert_eq!(own.instant(noon), known.instant(noon), "{day}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_zone_is_said_in_its_place() {
        let one = |part: &str| {
            read(&format!("BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\n{part}END:STANDARD\nEND:VTIMEZONE\n")).unwrap_err()
        };
        assert_eq!(one("DTSTART:20260101T000000\nTZOFFSETTO:+0100\n"), ["line 4: TZOFFSETFROM of zone X: is missing"]);
        let wild = one("DTSTART:20260101T000000\nTZOFFSETFROM:+2500\nTZOFFSETTO:+0100\n");
        assert!(wild[0].starts_with("line 6: TZOFFSETFROM of zone X: offset `+2500` is none"), "{wild:?}");
        let often = one("DTSTART:20260101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRRULE:FREQ=HOURLY\n");
        assert!(often[0].contains("more than daily"), "{often:?}");
        let many = one("DTSTART:20260101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRRULE:FREQ=DAILY\n");
        assert!(many[0].contains("more than 10000 times"), "{many:?}");
        let empty = read("BEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\n").unwrap_err();
        assert!(empty[0].starts_with("line 2: VTIMEZONE of zone X: has neither"), "{empty:?}");
    }

    #[test]
    fn years_that_are_not_worked_out_are_refused() {
        let fault = read(EUROPE).unwrap().instant("2200-01-01T00:00:00".parse().unwrap()).unwrap_err();
        assert!(fault.contains("from 1900 to 2199"), "{fault}");
    }
}
