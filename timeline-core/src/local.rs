//! The one place that decides which instant a local time means.
//!
//! The rule of the family: a local time that the clocks skipped means the first instant after the gap; one that
//! occurs twice means the first. Nothing else in the workspace turns local time into instants.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

use crate::error::Error;

/// What a local time turned out to be, and the instant chosen for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// The local time occurs once.
    Unique {
        /// When.
        at: DateTime<Utc>,
    },
    /// The clocks jumped over the local time.
    Gap {
        /// The first instant after the gap: what the rule chooses.
        at: DateTime<Utc>,
        /// The local time that the clocks showed at that instant.
        reads: NaiveDateTime,
    },
    /// The clocks showed the local time twice.
    Fold {
        /// The first time: what the rule chooses.
        first: DateTime<Utc>,
        /// The second time.
        second: DateTime<Utc>,
    },
}

impl Resolution {
    /// The instant that the rule chooses.
    #[must_use]
    pub const fn instant(self) -> DateTime<Utc> {
        match self {
            Self::Unique { at } | Self::Gap { at, .. } => at,
            Self::Fold { first, .. } => first,
        }
    }
}

/// The instant that `local` means in `zone`, by the rule of this module.
///
/// It never decreases as `local` grows. Zones follow their rules as far as the compiled IANA database knows them
/// (to the year 2099) and keep the last offset after that.
///
/// # Errors
/// [`Error::OutOfRange`] at the ends of time.
pub fn resolve(zone: Tz, local: NaiveDateTime) -> Result<DateTime<Utc>, Error> {
    resolution(zone, local).map(Resolution::instant)
}

/// As [`resolve`], saying what was chosen and from what.
///
/// # Errors
/// [`Error::OutOfRange`] at the ends of time.
pub fn resolution(zone: Tz, local: NaiveDateTime) -> Result<Resolution, Error> {
    const OUT: Error = Error::OutOfRange { what: "a local time" };
    let instant =
        |offset: <Tz as TimeZone>::Offset| local.checked_sub_offset(offset.fix()).map(|utc| utc.and_utc()).ok_or(OUT);
    match zone.offset_from_local_datetime(&local) {
        chrono::MappedLocalTime::Single(offset) => Ok(Resolution::Unique { at: instant(offset)? }),
        chrono::MappedLocalTime::Ambiguous(a, b) => {
            let (a, b) = (instant(a)?, instant(b)?);
            Ok(Resolution::Fold { first: a.min(b), second: a.max(b) })
        }
        chrono::MappedLocalTime::None => {
            // The gap opens where the old offset ends: that instant is the first after the gap as well.
            let (begin, before) = GapInfo::new(&local, &zone).and_then(|gap| gap.begin).ok_or(OUT)?;
            let at = begin.checked_sub_offset(before.fix()).ok_or(OUT)?.and_utc();
            Ok(Resolution::Gap { at, reads: wall_clock(zone, at)? })
        }
    }
}

/// What the clocks of `zone` show at `t`.
///
/// # Errors
/// [`Error::OutOfRange`] at the ends of time.
pub fn wall_clock(zone: Tz, t: DateTime<Utc>) -> Result<NaiveDateTime, Error> {
    let utc = t.naive_utc();
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).ok_or(Error::OutOfRange { what: "a local time" })
}

/// The IANA zone of that name, for example `Europe/Berlin`.
///
/// # Errors
/// [`Error::UnknownZone`] with up to three names that look like it.
pub fn parse_zone(name: &str) -> Result<Tz, Error> {
    name.parse().map_err(|_| Error::UnknownZone { given: name.to_owned(), near: near(name) })
}

/// Zones with the same letters, else zones that have the same place.
fn near(name: &str) -> Vec<&'static str> {
    let plain = |text: &str| text.trim().replace([' ', '-'], "_").to_ascii_lowercase();
    let place = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = plain(name);
    let wanted_place = place(&wanted);
    let same: Vec<_> = TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|zone| plain(zone) == wanted).collect();
    if !same.is_empty() || wanted_place.is_empty() {
        return same;
    }
    let in_place = |zone: &&str| place(&plain(zone)) == wanted_place;
    TZ_VARIANTS.iter().map(|zone| zone.name()).filter(in_place).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn local(y: i32, mo: u32, d: u32, h: u32, mi: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(y, mo, d).unwrap().and_hms_opt(h, mi, 0).unwrap()
    }

    #[test]
    fn a_skipped_time_means_the_first_instant_after_the_gap() {
        let verdict = resolution(Tz::Europe__Berlin, local(2024, 3, 31, 2, 30)).unwrap();
        let at = local(2024, 3, 31, 1, 0).and_utc();
        assert_eq!(verdict, Resolution::Gap { at, reads: local(2024, 3, 31, 3, 0) });
        assert_eq!(resolve(Tz::Europe__Berlin, local(2024, 3, 31, 2, 0)), Ok(at));
        assert_eq!(resolution(Tz::Europe__Berlin, local(2024, 3, 31, 3, 0)), Ok(Resolution::Unique { at }));
    }

    #[test]
    fn a_repeated_time_means_the_first() {
        let verdict = resolution(Tz::Europe__Berlin, local(2024, 10, 27, 2, 30)).unwrap();
        let (first, second) = (local(2024, 10, 27, 0, 30).and_utc(), local(2024, 10, 27, 1, 30).and_utc());
        assert_eq!(verdict, Resolution::Fold { first, second });
        assert_eq!(verdict.instant(), first);
    }

    #[test]
    fn the_ends_of_time_are_errors() {
        let out = Err(Error::OutOfRange { what: "a local time" });
        assert_eq!(wall_clock(Tz::Pacific__Apia, DateTime::<Utc>::MAX_UTC), out);
        assert!(wall_clock(Tz::America__New_York, DateTime::<Utc>::MIN_UTC).is_err());
        assert!(resolve(Tz::Pacific__Apia, NaiveDateTime::MIN).is_err());
        assert!(resolve(Tz::America__New_York, NaiveDateTime::MAX).is_err());
    }

    #[test]
    fn an_unknown_zone_is_named_with_its_neighbours() {
        assert_eq!(parse_zone("Europe/Berlin"), Ok(Tz::Europe__Berlin));
        assert_eq!(
            parse_zone("europe/berlin").unwrap_err().to_string(),
            "time zone `europe/berlin` is not in the IANA database; did you mean `Europe/Berlin`?"
        );
        assert_eq!(
            parse_zone("Asia/Lord Howe").unwrap_err(),
            Error::UnknownZone { given: "Asia/Lord Howe".into(), near: vec!["Australia/Lord_Howe"] }
        );
        assert_eq!(
            parse_zone("Mars/Olympus").unwrap_err().to_string(),
            "time zone `Mars/Olympus` is not in the IANA database"
        );
        assert!(parse_zone("").is_err());
    }
}
