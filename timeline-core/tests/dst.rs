//! The rule for local time, zone by zone: what happens on the days when the clocks change.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use timeline_core::{
    AnchoredPeriod, CalendarPeriod, CronWindow, Error, PeriodKind, Resolution, Span, Tz, WeeklyWindow, resolution,
};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span::new(utc(start), utc(end)).unwrap()
}

fn day(zone: Tz, date: &str) -> Result<CalendarPeriod, Error> {
    CalendarPeriod::of_date(PeriodKind::Day, zone, date.parse::<NaiveDate>().unwrap())
}

fn minutes(length: TimeDelta) -> i64 {
    length.num_minutes()
}

/// The hours of one weekly window that begin on the local day.
fn weekly(text: &str, date: &str) -> Vec<Span> {
    let window: WeeklyWindow = text.parse().unwrap();
    let period = day(window.zone(), date).unwrap();
    let two_days = period.span().hull(period.next().unwrap().span());
    let begins = |s: &Span| period.span().contains(s.start());
    window.spans(two_days).unwrap().iter().filter(begins).collect()
}

#[test]
fn new_york_loses_two_to_three_in_march() {
    let zone = Tz::America__New_York;
    let at = utc("2024-03-10T07:00:00Z");
    let gap = Resolution::Gap { at, reads: local("2024-03-10 03:00") };
    assert_eq!(resolution(zone, local("2024-03-10 02:00")), Ok(gap));
    assert_eq!(resolution(zone, local("2024-03-10 02:59")), Ok(gap));
    assert_eq!(minutes(day(zone, "2024-03-10").unwrap().span().length()), 23 * 60);
    assert_eq!(
        weekly("Sun 02:30-04:00 America/New_York", "2024-03-10"),
        [span("2024-03-10T07:00:00Z", "2024-03-10T08:00:00Z")]
    );
}

#[test]
fn new_york_has_one_to_two_twice_in_november() {
    let zone = Tz::America__New_York;
    let fold = Resolution::Fold { first: utc("2024-11-03T05:30:00Z"), second: utc("2024-11-03T06:30:00Z") };
    assert_eq!(resolution(zone, local("2024-11-03 01:30")), Ok(fold));
    assert_eq!(minutes(day(zone, "2024-11-03").unwrap().span().length()), 25 * 60);
    // From the first 01:30 up to 03:00: half an hour, the repeated hour, and an hour.
    assert_eq!(
        weekly("Sun 01:30-03:00 America/New_York", "2024-11-03"),
        [span("2024-11-03T05:30:00Z", "2024-11-03T08:00:00Z")]
    );
}

#[test]
fn berlin_months_and_weeks_are_an_hour_off_when_the_clocks_change() {
    let month = |text: &str| {
        let date: NaiveDate = text.parse().unwrap();
        CalendarPeriod::of_date(PeriodKind::Month, Tz::Europe__Berlin, date).unwrap().span().length()
    };
    assert_eq!(minutes(month("2024-03-15")), (31 * 24 - 1) * 60);
    assert_eq!(minutes(month("2024-10-15")), (31 * 24 + 1) * 60);
    let t = utc("2024-03-31T12:00:00Z");
    let week = CalendarPeriod::containing(PeriodKind::IsoWeek, Tz::Europe__Berlin, t).unwrap();
    assert_eq!((week.label().as_str(), minutes(week.span().length())), ("2024-W13", (7 * 24 - 1) * 60));
}

#[test]
fn berlin_windows_counted_from_a_skipped_time_keep_their_local_start() {
    let daily = AnchoredPeriod::new(local("2024-03-30 02:30"), Tz::Europe__Berlin, "1d".parse().unwrap()).unwrap();
    let starts: Vec<_> = (0..3).map(|k| daily.window(k).unwrap().unwrap().start()).collect();
    assert_eq!(starts, [utc("2024-03-30T01:30:00Z"), utc("2024-03-31T01:00:00Z"), utc("2024-04-01T00:30:00Z")]);
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    let zone = Tz::Australia__Lord_Howe;
    let gap = Resolution::Gap { at: utc("2024-10-05T15:30:00Z"), reads: local("2024-10-06 02:30") };
    assert_eq!(resolution(zone, local("2024-10-06 02:15")), Ok(gap));
    let fold = Resolution::Fold { first: utc("2024-04-06T14:45:00Z"), second: utc("2024-04-06T15:15:00Z") };
    assert_eq!(resolution(zone, local("2024-04-07 01:45")), Ok(fold));
    assert_eq!(minutes(day(zone, "2024-10-06").unwrap().span().length()), 23 * 60 + 30);
    assert_eq!(minutes(day(zone, "2024-04-07").unwrap().span().length()), 24 * 60 + 30);
}

#[test]
fn kolkata_never_changes_and_is_half_an_hour_off_the_hour() {
    let zone = Tz::Asia__Kolkata;
    let at = utc("2024-03-30T18:30:00Z");
    assert_eq!(resolution(zone, local("2024-03-31 00:00")), Ok(Resolution::Unique { at }));
    let year = CalendarPeriod::containing(PeriodKind::Year, zone, at).unwrap();
    assert_eq!(year.span(), span("2023-12-31T18:30:00Z", "2024-12-31T18:30:00Z"));
    assert_eq!(
        weekly("Mon-Fri 09:00-17:00 Asia/Kolkata", "2024-04-01"),
        [span("2024-04-01T03:30:00Z", "2024-04-01T11:30:00Z")]
    );
}

#[test]
fn samoa_had_no_30_december_2011() {
    let zone = Tz::Pacific__Apia;
    let after = utc("2011-12-30T10:00:00Z");
    let gap = Resolution::Gap { at: after, reads: local("2011-12-31 00:00") };
    for skipped in ["2011-12-30 00:00", "2011-12-30 12:00", "2011-12-30 23:59"] {
        assert_eq!(resolution(zone, local(skipped)), Ok(gap));
    }
    assert_eq!(resolution(zone, local("2011-12-31 00:00")), Ok(Resolution::Unique { at: after }));
    assert!(matches!(day(zone, "2011-12-30"), Err(Error::NoSuchDay { .. })));
    let december = CalendarPeriod::containing(PeriodKind::Month, zone, after).unwrap();
    let labels: Vec<_> = CalendarPeriod::over(PeriodKind::Day, zone, december.span()).unwrap().collect();
    assert_eq!(labels.len(), 30);
    assert_eq!(minutes(december.span().length()), 30 * 24 * 60);
    // A daily window of the missing day is none; a night that begins before it ends when its morning would have come.
    let week = span("2011-12-27T00:00:00Z", "2012-01-02T00:00:00Z");
    let friday: WeeklyWindow = "Fri 09:00-17:00 Pacific/Apia".parse().unwrap();
    assert!(friday.spans(week).unwrap().is_empty());
    let night: WeeklyWindow = "Thu 22:00-06:00 Pacific/Apia".parse().unwrap();
    assert_eq!(night.spans(week).unwrap(), span("2011-12-30T08:00:00Z", "2011-12-30T10:00:00Z").into());
    // A start that the clocks skipped happens right after the gap, beside the one of the next day.
    let noon = CronWindow::new("0 12 * * *", TimeDelta::hours(1), zone).unwrap();
    assert_eq!(
        noon.spans(span("2011-12-30T09:00:00Z", "2011-12-31T00:00:00Z")).unwrap().as_slice(),
        [span("2011-12-30T10:00:00Z", "2011-12-30T11:00:00Z"), span("2011-12-30T22:00:00Z", "2011-12-30T23:00:00Z"),]
    );
}

#[test]
fn sao_paulo_had_a_day_without_midnight_and_one_with_an_hour_twice() {
    let zone = Tz::America__Sao_Paulo;
    let start = utc("2018-11-04T03:00:00Z");
    let gap = Resolution::Gap { at: start, reads: local("2018-11-04 01:00") };
    assert_eq!(resolution(zone, local("2018-11-04 00:00")), Ok(gap));
    let sunday = day(zone, "2018-11-04").unwrap().span();
    assert_eq!((sunday.start(), minutes(sunday.length())), (start, 23 * 60));
    // Clocks went back from midnight to 23:00: Saturday has 25 hours, and Sunday's midnight comes once.
    let saturday = day(zone, "2019-02-16").unwrap().span();
    assert_eq!(minutes(saturday.length()), 25 * 60);
    let midnight = Resolution::Unique { at: saturday.end() };
    assert_eq!(resolution(zone, local("2019-02-17 00:00")), Ok(midnight));
    assert_eq!(
        weekly("Sat 23:00-24:00 America/Sao_Paulo", "2019-02-16"),
        [span("2019-02-17T01:00:00Z", "2019-02-17T03:00:00Z")]
    );
}

#[test]
fn kwajalein_lived_a_day_nearly_twice() {
    // At the end of 30 September 1969 the clocks went from +11 to -12: that day began again at 01:00.
    let zone = Tz::Pacific__Kwajalein;
    let first = utc("1969-09-30T01:00:00Z");
    let Ok(Resolution::Fold { first: chosen, second }) = resolution(zone, local("1969-09-30 12:00")) else {
        panic!("no fold on the day that came twice")
    };
    assert_eq!((chosen, minutes(second - chosen)), (first, 23 * 60));
    assert_eq!(minutes(day(zone, "1969-09-30").unwrap().span().length()), 47 * 60);
}

#[test]
fn croner_has_another_rule_for_patterns_with_wildcards() {
    // The reason why CronWindow asks croner for local times only: the same pattern, both ways.
    let starts = |pattern: &str, within: Span| -> (Vec<_>, Vec<_>) {
        let croner: croner::Cron = pattern.parse().unwrap();
        let from = within.start().with_timezone(&Tz::Europe__Berlin);
        let theirs = croner.iter_from(from, croner::Direction::Forward).map(|t| t.to_utc());
        let ours = CronWindow::new(pattern, TimeDelta::minutes(1), Tz::Europe__Berlin).unwrap();
        (
            theirs.take_while(|t| within.contains(*t)).collect(),
            ours.spans(within).unwrap().iter().map(Span::start).collect(),
        )
    };
    // The repeated hour: croner twice, we once.
    let (theirs, ours) = starts("*/30 * * * *", span("2024-10-27T00:00:00Z", "2024-10-27T02:00:00Z"));
    assert_eq!(
        theirs.iter().map(|t| t.format("%H:%M").to_string()).collect::<Vec<_>>(),
        ["00:00", "00:30", "01:00", "01:30"]
    );
    assert_eq!(ours, theirs.get(..2).unwrap());
    // The skipped hour: croner never, we right after it.
    let (theirs, ours) = starts("30 * * * *", span("2024-03-31T00:00:00Z", "2024-03-31T02:00:00Z"));
    assert_eq!(theirs, [utc("2024-03-31T00:30:00Z"), utc("2024-03-31T01:30:00Z")]);
    assert_eq!(ours, [utc("2024-03-31T00:30:00Z"), utc("2024-03-31T01:00:00Z"), utc("2024-03-31T01:30:00Z")]);
    // A fixed time of day: both the same.
    for within in
        [span("2024-10-27T00:00:00Z", "2024-10-27T02:00:00Z"), span("2024-03-31T00:00:00Z", "2024-03-31T02:00:00Z")]
    {
        let (theirs, ours) = starts("30 2 * * *", within);
        assert_eq!(ours, theirs);
    }
}

#[test]
fn rules_are_known_to_the_year_2099_and_the_last_offset_stays() {
    let july = |year: &str| resolution(Tz::Europe__Berlin, local(&format!("{year}-07-01 00:00"))).unwrap().instant();
    assert_eq!(july("2099"), utc("2099-06-30T22:00:00Z"));
    assert_eq!(july("2101"), utc("2101-06-30T23:00:00Z"));
}
