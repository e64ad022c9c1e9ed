//! Local time the slow way: read the clock at every minute and remember the furthest that it has been.

use std::fmt;
use std::sync::OnceLock;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use timeline_core::{PeriodKind, Span, Tz};

/// One minute: when, what the clock reads, and the furthest it has read so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minute {
    pub(crate) at: DateTime<Utc>,
    pub(crate) wall: NaiveDateTime,
    pub(crate) reached: NaiveDateTime,
}

/// Some days of a zone, minute by minute, around a change of its clocks.
pub(crate) struct Clock {
    pub(crate) zone: Tz,
    pub(crate) minutes: Vec<Minute>,
}

/// The zones of the tests around the days on which their clocks change.
pub(crate) fn clocks() -> &'static [Clock] {
    static CLOCKS: OnceLock<Vec<Clock>> = OnceLock::new();
    CLOCKS.get_or_init(|| {
        [
            (Tz::America__New_York, (2024, 3, 10)),
            (Tz::America__New_York, (2024, 11, 3)),
            (Tz::Europe__Berlin, (2024, 3, 31)),
            (Tz::Europe__Berlin, (2024, 10, 27)),
            (Tz::Australia__Lord_Howe, (2024, 4, 7)),
            (Tz::Australia__Lord_Howe, (2024, 10, 6)),
            (Tz::Asia__Kolkata, (2024, 2, 29)),
            // The day that was skipped.
            (Tz::Pacific__Apia, (2011, 12, 30)),
            // No midnight, and 23:00 to 24:00 twice.
            (Tz::America__Sao_Paulo, (2018, 11, 4)),
            (Tz::America__Sao_Paulo, (2019, 2, 17)),
            // Back from 00:01 to 23:01 of the day before.
            (Tz::America__St_Johns, (2006, 10, 29)),
            // Nearly a whole day twice, and a day skipped.
            (Tz::Pacific__Kwajalein, (1969, 9, 30)),
            (Tz::Pacific__Kwajalein, (1993, 8, 21)),
            // Two hours at once.
            (Tz::Antarctica__Troll, (2024, 10, 27)),
            // Days around a new year and a week that spans it.
            (Tz::Europe__Berlin, (2026, 12, 31)),
        ]
        .map(|(zone, (y, m, d))| Clock::around(zone, NaiveDate::from_ymd_opt(y, m, d).unwrap()))
        .into()
    })
}

/// The zone and the middle: a failing case needs no list of minutes.
impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} around {}", self.zone, self.middle())
    }
}

impl Clock {
    /// Six days before and after the day.
    fn around(zone: Tz, day: NaiveDate) -> Self {
        let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
        let mut reached = NaiveDateTime::MIN;
        let minutes = (-6 * 1440..6 * 1440)
            .map(|n| {
                let at = noon + TimeDelta::minutes(n);
                let wall = at.with_timezone(&zone).naive_local();
                reached = reached.max(wall);
                Minute { at, wall, reached }
            })
            .collect();
        Self { zone, minutes }
    }

    /// The inner days, so that whatever reaches into them starts within the minutes read.
    pub(crate) fn middle(&self) -> Span {
        let noon = self.minutes[6 * 1440].at;
        Span::new(noon - TimeDelta::minutes(4 * 1440 - 7), noon + TimeDelta::minutes(4 * 1440 + 7)).unwrap()
    }

    /// A minute of the inner days.
    pub(crate) fn minute_near(&self, n: usize) -> Minute {
        self.minutes[2 * 1440 + n % (8 * 1440)]
    }

    /// A local time of the inner days, read by the clock or not.
    pub(crate) fn wall_near(&self, n: usize) -> NaiveDateTime {
        let first = self.minutes[2 * 1440].wall;
        first + TimeDelta::minutes((n % (8 * 1440)) as i64)
    }

    /// The first minute at which the clock has reached a local time.
    pub(crate) fn first_reaching(&self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.minutes.iter().find(|m| m.reached >= wall).map(|m| m.at)
    }

    /// For each minute, whether a window is open that some matching local time opened when the clock first reached it.
    pub(crate) fn cron(&self, pattern: &str, length: usize) -> Vec<bool> {
        let cron: croner::Cron = pattern.parse().unwrap();
        let mut open = vec![false; self.minutes.len()];
        let mut wall = self.minutes[0].wall;
        for (n, m) in self.minutes.iter().enumerate() {
            while wall <= m.reached {
                if cron.is_time_matching(&wall).unwrap() {
                    let end = (n + length).min(open.len());
                    open[n..end].fill(true);
                }
                wall += TimeDelta::minutes(1);
            }
        }
        open
    }
}

/// Whether a local time lies in a weekly window: days as bits from Monday, minutes of ranges that may pass midnight.
pub(crate) fn in_weekly(wall: NaiveDateTime, days: u8, ranges: &[(i64, i64)]) -> bool {
    let minute = i64::from(wall.hour() * 60 + wall.minute());
    let on = |day: u32| days >> (day % 7) & 1 == 1;
    let today = wall.weekday().num_days_from_monday();
    ranges.iter().any(|(start, end)| {
        (on(today) && (*start..*end).contains(&minute)) || (on(today + 6) && (*start..*end).contains(&(minute + 1440)))
    })
}

/// The name of the period that a date belongs to, by chrono's own formatting.
pub(crate) fn label(kind: PeriodKind, date: NaiveDate) -> String {
    match kind {
        PeriodKind::Day => date.format("%Y-%m-%d").to_string(),
        PeriodKind::IsoWeek => date.format("%G-W%V").to_string(),
        PeriodKind::Month => date.format("%Y-%m").to_string(),
        PeriodKind::Quarter => date.format("%Y-Q%q").to_string(),
        PeriodKind::Year => date.format("%Y").to_string(),
    }
}
