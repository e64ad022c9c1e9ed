//! The laws that the documentation states, against naive implementations that look at every minute.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod naive;

use chrono::{DateTime, TimeDelta, Utc};
use naive::{Clock, clocks};
use proptest::prelude::*;
use timeline_core::{
    AnchoredPeriod, CalendarPeriod, CalendarStep, CronWindow, PeriodKind, Resolution, Segment, Span, SpanSet, StepUnit,
    Timeline, Tz, WeeklyWindow, resolution, resolve, wall_clock,
};

/// Minutes of the grid on which sets and timelines are compared.
const GRID: usize = 200;

fn minute(n: usize) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::minutes(n as i64)
}

fn span(start: usize, end: usize) -> Span {
    Span::new(minute(start), minute(end)).unwrap()
}

fn whole_grid() -> Span {
    span(0, GRID)
}

fn grid_span() -> impl Strategy<Value = (usize, usize)> {
    (0..GRID, 1_usize..40).prop_map(|(start, length)| (start, (start + length).min(GRID)))
}

fn grid_spans() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec(grid_span(), 0..14)
}

fn set(spans: &[(usize, usize)]) -> SpanSet {
    spans.iter().map(|(start, end)| span(*start, *end)).collect()
}

fn bits(spans: &[(usize, usize)]) -> Vec<bool> {
    let mut bits = vec![false; GRID];
    for (start, end) in spans {
        bits[*start..*end].fill(true);
    }
    bits
}

/// What a set says of every minute, found through its public face.
fn bits_of(set: &SpanSet) -> Vec<bool> {
    (0..GRID).map(|n| set.contains(minute(n))).collect()
}

fn both(a: &[bool], b: &[bool], f: impl Fn(bool, bool) -> bool) -> Vec<bool> {
    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()
}

fn is_canonical(set: &SpanSet) -> bool {
    set.as_slice().windows(2).all(|pair| pair[0].end() < pair[1].start())
}

/// A timeline over the grid from pieces of (length, value), and what it says of every minute.
fn pieces() -> impl Strategy<Value = (Timeline<u8>, Vec<Option<u8>>)> {
    prop::collection::vec((1_usize..30, prop::option::weighted(0.7, 0_u8..3)), 0..20).prop_map(|pieces| {
        let (mut segments, mut values, mut from) = (Vec::new(), vec![None; GRID], 0);
        for (length, value) in pieces {
            let to = (from + length).min(GRID);
            if let (Some(value), true) = (value, from < to) {
                segments.push(Segment { span: span(from, to), value });
                values[from..to].fill(Some(value));
            }
            from = to;
        }
        segments.reverse();
        (Timeline::from_segments(segments).unwrap(), values)
    })
}

fn values_of(line: &Timeline<u8>) -> Vec<Option<u8>> {
    (0..GRID).map(|n| line.at(minute(n)).copied()).collect()
}

fn clock() -> impl Strategy<Value = &'static Clock> {
    (0..clocks().len()).prop_map(|n| &clocks()[n])
}

/// A minute of the inner days, half of the time within hours of the change.
fn near_change() -> impl Strategy<Value = usize> {
    prop_oneof![0..8 * 1440_usize, 3 * 1440..5 * 1440_usize]
}

fn kind() -> impl Strategy<Value = PeriodKind> {
    prop::sample::select(vec![
        PeriodKind::Day,
        PeriodKind::IsoWeek,
        PeriodKind::Month,
        PeriodKind::Quarter,
        PeriodKind::Year,
    ])
}

fn any_zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec())
}

/// Instants of all the years that there are, with the ends often.
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    prop_oneof![
        Just(min),
        Just(max),
        (0..200_000_i64).prop_map(move |s| min + TimeDelta::seconds(s)),
        (0..200_000_i64).prop_map(move |s| max - TimeDelta::seconds(s)),
        (min.timestamp()..=max.timestamp()).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap()),
        recent_instant(),
    ]
}

/// Instants from 1900 to 2100, where zones have rules.
fn recent_instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-2_208_988_800_i64..4_102_444_800, 0_u32..1_000_000_000)
        .prop_map(|(s, ns)| DateTime::from_timestamp(s, ns).unwrap())
}

fn step() -> impl Strategy<Value = CalendarStep> {
    let unit = prop::sample::select(vec![
        StepUnit::Minute,
        StepUnit::Hour,
        StepUnit::Day,
        StepUnit::Week,
        StepUnit::Month,
        StepUnit::Quarter,
        StepUnit::Year,
    ]);
    (unit, 1_u32..60).prop_map(|(unit, count)| CalendarStep::new(count.try_into().unwrap(), unit))
}

/// Days as bits from Monday, and ranges of minutes: a window as text and as facts for the naive reading.
fn weekly_facts() -> impl Strategy<Value = (u8, Vec<(i64, i64)>)> {
    let one = (0_i64..1440, 1_i64..=1440).prop_map(|(start, length)| vec![(start, start + length)]);
    let two = (0_i64..600, 1_i64..300, 0_i64..300, 1_i64..500)
        .prop_map(|(a, b, c, d)| vec![(a, a + b), (a + b + c, a + b + c + d)]);
    // A range of exactly a day that does not start at midnight has no text.
    let ranges = prop_oneof![3 => one, 1 => two]
        .prop_filter("has a text", |ranges| ranges.iter().all(|(a, b)| b - a < 1440 || *a == 0));
    (1_u8..128, ranges)
}

fn weekly(days: u8, ranges: &[(i64, i64)], zone: Tz) -> WeeklyWindow {
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let days: Vec<_> = (0..7).filter(|d| days >> d & 1 == 1).map(|d| names[d]).collect();
    let time = |m: i64| format!("{:02}:{:02}", m / 60, m % 60);
    let end = |m: i64| if m > 1440 { time(m - 1440) } else { time(m) };
    let ranges: Vec<_> = ranges.iter().map(|(a, b)| format!("{}-{}", time(*a), end(*b))).collect();
    format!("{} {} {zone}", days.join(","), ranges.join(",")).parse().unwrap()
}

const PATTERNS: [&str; 9] = [
    "0 0 * * *",
    "30 2 * * *",
    "*/15 * * * *",
    "0 1-3 * * SUN",
    "17 */2 * * *",
    "59 23 * * *",
    "0 0 L * *",
    "0 12 * * SAT#1",
    "5 0 31 12 *",
];

proptest! {
    #[test]
    fn equal_sets_have_equal_spans(a in grid_spans()) {
        let built = set(&a);
        prop_assert!(is_canonical(&built));
        prop_assert_eq!(bits_of(&built), bits(&a));
        let mut inserted = SpanSet::new();
        a.iter().for_each(|(start, end)| inserted.insert(span(*start, *end)));
        prop_assert_eq!(&inserted, &built);
        let mut reversed = a.clone();
        reversed.reverse();
        prop_assert_eq!(set(&reversed), built);
    }

    #[test]
    fn set_algebra_holds_minute_by_minute(a in grid_spans(), b in grid_spans(), w in grid_span()) {
        let (x, y, within) = (set(&a), set(&b), span(w.0, w.1));
        let (p, q, inside) = (bits(&a), bits(&b), bits(&[w]));
        for (ours, naive) in [
            (x.union(&y), both(&p, &q, |a, b| a || b)),
            (x.intersection(&y), both(&p, &q, |a, b| a && b)),
            (x.difference(&y), both(&p, &q, |a, b| a && !b)),
            (x.complement_within(within), both(&inside, &p, |a, b| a && !b)),
            (x.clip(within), both(&p, &inside, |a, b| a && b)),
        ] {
            prop_assert!(is_canonical(&ours));
            prop_assert_eq!(ours.total(), TimeDelta::minutes(naive.iter().filter(|b| **b).count() as i64));
            prop_assert_eq!(bits_of(&ours), naive);
        }
    }

    #[test]
    fn union_is_a_commutative_monoid_and_distributes(a in grid_spans(), b in grid_spans(), c in grid_spans()) {
        let (x, y, z) = (set(&a), set(&b), set(&c));
        prop_assert_eq!(x.union(&y), y.union(&x));
        prop_assert_eq!(x.union(&y).union(&z), x.union(&y.union(&z)));
        prop_assert_eq!(&x.union(&SpanSet::new()), &x);
        prop_assert_eq!(x.intersection(&y.union(&z)), x.intersection(&y).union(&x.intersection(&z)));
        let all = whole_grid();
        prop_assert_eq!(
            x.union(&y).complement_within(all),
            x.complement_within(all).intersection(&y.complement_within(all))
        );
    }

    #[test]
    fn the_value_at_an_instant_is_that_of_its_segment((line, values) in pieces(), w in grid_span()) {
        prop_assert_eq!(values_of(&line), values.clone());
        let within = span(w.0, w.1);
        let mut clipped = vec![None; GRID];
        for (part, value) in line.segments(within) {
            prop_assert!(within.covers(part));
            (0..GRID).filter(|n| part.contains(minute(*n))).for_each(|n| clipped[n] = Some(*value));
        }
        let naive: Vec<_> = (0..GRID).map(|n| values[n].filter(|_| (w.0..w.1).contains(&n))).collect();
        prop_assert_eq!(clipped, naive);
        let gaps: Vec<_> = (0..GRID).map(|n| values[n].is_none() && (w.0..w.1).contains(&n)).collect();
        prop_assert_eq!(bits_of(&line.gaps(within)), gaps);
        let covered: Vec<_> = values.iter().map(Option::is_some).collect();
        prop_assert_eq!(bits_of(&line.covered()), covered);
    }

    #[test]
    fn the_upper_timeline_wins_where_it_has_a_value((below, low) in pieces(), (above, high) in pieces()) {
        let merged = below.overlay(&above);
        let naive: Vec<_> = low.iter().zip(&high).map(|(low, high)| high.or(*low)).collect();
        prop_assert_eq!(values_of(&merged), naive);
        prop_assert!(Timeline::from_segments(merged.iter().copied()).is_ok_and(|again| again == merged));
    }

    #[test]
    fn merging_neighbours_keeps_every_value_and_leaves_none_to_merge((line, values) in pieces()) {
        let merged = line.merge_adjacent();
        prop_assert_eq!(values_of(&merged), values);
        let segments: Vec<_> = merged.iter().collect();
        prop_assert!(segments.windows(2).all(|p| p[0].value != p[1].value || p[0].span.end() < p[1].span.start()));
    }

    #[test]
    fn segments_are_refused_exactly_when_two_claim_an_instant(spans in grid_spans()) {
        let mut claims = vec![0; GRID];
        spans.iter().for_each(|(a, b)| claims[*a..*b].iter_mut().for_each(|n| *n += 1));
        let line = Timeline::from_segments(spans.iter().map(|(a, b)| Segment { span: span(*a, *b), value: () }));
        prop_assert_eq!(line.is_err(), claims.iter().any(|n| *n > 1));
    }

    #[test]
    fn changes_hold_until_the_next(
        w in grid_span(),
        initial in prop::option::of(0_u8..3),
        changes in prop::collection::btree_map(0..GRID, prop::option::of(0_u8..3), 0..12),
    ) {
        let given = changes.iter().map(|(n, value)| (minute(*n), *value));
        let line = Timeline::from_changes(span(w.0, w.1), initial, given).unwrap();
        let naive: Vec<_> = (0..GRID)
            .map(|n| {
                let value = changes.range(..=n).next_back().map_or(initial, |(_, value)| *value);
                value.filter(|_| (w.0..w.1).contains(&n))
            })
            .collect();
        prop_assert_eq!(values_of(&line), naive);
    }

    #[test]
    fn a_local_time_means_the_first_instant_at_which_the_clock_has_reached_it(clock in clock(), n in near_change()) {
        let wall = clock.wall_near(n);
        prop_assert_eq!(Some(resolve(clock.zone, wall).unwrap()), clock.first_reaching(wall));
        let read: Vec<_> = clock.minutes.iter().filter(|m| m.wall == wall).map(|m| m.at).collect();
        match resolution(clock.zone, wall).unwrap() {
            Resolution::Unique { at } => prop_assert_eq!(read, vec![at]),
            Resolution::Fold { first, second } => prop_assert_eq!(read, vec![first, second]),
            Resolution::Gap { at, reads } => {
                prop_assert!(read.is_empty(), "{:?}", read);
                prop_assert!(reads > wall);
                prop_assert_eq!(wall_clock(clock.zone, at), Ok(reads));
            }
        }
    }

    #[test]
    fn the_instant_of_a_local_time_never_decreases(
        zone in any_zone(), t in recent_instant(), minutes in 0_i64..3_000
    ) {
        let wall = t.naive_utc();
        let later = wall + TimeDelta::minutes(minutes);
        prop_assert!(resolve(zone, wall).unwrap() <= resolve(zone, later).unwrap());
    }

    #[test]
    fn a_clock_reading_resolves_to_no_later_than_the_instant_it_was_read(zone in any_zone(), t in recent_instant()) {
        let again = resolve(zone, wall_clock(zone, t).unwrap()).unwrap();
        prop_assert!(again <= t && t - again <= TimeDelta::hours(24));
    }

    #[test]
    fn weekly_windows_agree_with_the_clock_minute_by_minute(clock in clock(), (days, ranges) in weekly_facts()) {
        let window = weekly(days, &ranges, clock.zone);
        let within = clock.middle();
        let spans = window.spans(within).unwrap();
        for m in clock.minutes.iter().filter(|m| within.contains(m.at)) {
            let naive = naive::in_weekly(m.reached, days, &ranges);
            prop_assert_eq!(spans.contains(m.at), naive, "{} at {} ({})", window, m.at, m.wall);
        }
        for m in clock.minutes.iter().filter(|m| within.contains(m.at)).step_by(97) {
            prop_assert_eq!(window.contains(m.at), Ok(spans.contains(m.at)));
        }
    }

    #[test]
    fn cron_windows_agree_with_the_clock_minute_by_minute(
        clock in clock(), pattern in prop::sample::select(PATTERNS.to_vec()), minutes in 1_usize..2_000
    ) {
        let window = CronWindow::new(pattern, TimeDelta::minutes(minutes as i64), clock.zone).unwrap();
        let within = clock.middle();
        let naive = clock.cron(pattern, minutes);
        let spans = window.spans(within).unwrap();
        for (m, naive) in clock.minutes.iter().zip(naive).filter(|(m, _)| within.contains(m.at)) {
            prop_assert_eq!(spans.contains(m.at), naive, "{} at {} ({})", window, m.at, m.wall);
        }
        let some = within.start() + TimeDelta::minutes(minutes as i64);
        prop_assert_eq!(window.contains(some), Ok(spans.contains(some)));
    }

    #[test]
    fn an_instant_is_in_the_period_that_the_clock_has_reached(clock in clock(), kind in kind(), n in near_change()) {
        let m = clock.minute_near(n);
        let period = CalendarPeriod::containing(kind, clock.zone, m.at).unwrap();
        prop_assert!(period.span().contains(m.at));
        prop_assert_eq!(period.label(), naive::label(kind, m.reached.date()));
    }

    #[test]
    fn periods_tile_time(kind in kind(), zone in any_zone(), t in recent_instant()) {
        let period = CalendarPeriod::containing(kind, zone, t).unwrap();
        prop_assert!(period.span().contains(t));
        let next = period.next().unwrap();
        prop_assert_eq!(next.span().start(), period.span().end());
        prop_assert_eq!(next.previous().unwrap(), period);
        prop_assert_eq!(CalendarPeriod::containing(kind, zone, next.span().start()).unwrap(), next);
        let three = period.span().hull(next.next().unwrap().span());
        let listed: Vec<_> = CalendarPeriod::over(kind, zone, three).unwrap().collect();
        prop_assert_eq!(listed, vec![period, next, next.next().unwrap()]);
    }

    #[test]
    fn anchored_windows_tile_time_from_the_anchor_on(
        zone in any_zone(), anchor in recent_instant(), step in step(), t in recent_instant()
    ) {
        let period = AnchoredPeriod::new(anchor.naive_utc(), zone, step).unwrap();
        let first = resolve(zone, anchor.naive_utc()).unwrap();
        match period.containing(t).unwrap() {
            None => prop_assert!(t < first),
            Some(window) => {
                prop_assert!(first <= t && window.contains(t));
                let k = period.index_at(t).unwrap().unwrap();
                prop_assert_eq!(period.window(k).unwrap(), Some(window));
                if let Some(next) = period.window(k + 1).unwrap() {
                    prop_assert_eq!(next.start(), window.end());
                }
                prop_assert!(period.index_at(window.end()).unwrap() > Some(k));
            }
        }
    }

    #[test]
    fn no_instant_makes_anything_panic_or_lie(
        t in any_instant(), u in any_instant(), zone in any_zone(), kind in kind(), step in step(), by in any::<i64>()
    ) {
        let _ = wall_clock(zone, t);
        let _ = resolution(zone, t.naive_utc());
        if let Ok(period) = CalendarPeriod::containing(kind, zone, t) {
            prop_assert!(period.span().contains(t));
            let _ = (period.next(), period.previous());
        }
        let _ = CalendarPeriod::of_date(kind, zone, t.date_naive());
        if let Ok(period) = AnchoredPeriod::new(t.naive_utc(), zone, step) {
            let found = period.containing(u).ok().flatten();
            prop_assert!(found.is_none_or(|window| window.contains(u)));
            let _ = period.window(by.unsigned_abs());
        }
        let weekly: WeeklyWindow = format!("Fri-Mon 22:00-06:00 {zone}").parse().unwrap();
        let _ = weekly.contains(t);
        let cron = CronWindow::new("0 2 * * SUN", TimeDelta::hours(3), zone).unwrap();
        let _ = cron.contains(t);
        let length = TimeDelta::seconds(by % 1_000_000);
        if let Ok(span) = Span::starting_at(t, length).or_else(|_| Span::ending_at(t, length)) {
            let _ = (span.shift(length), span.length(), span.to_string(), weekly.spans(span), cron.spans(span));
            let _ = CalendarPeriod::over(PeriodKind::Day, zone, span).map(Iterator::count);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,40}", cron in "[0-9A-Za-z*/,\\-#?@ ]{0,24}") {
        let _ = text.parse::<WeeklyWindow>();
        let _ = text.parse::<CalendarStep>();
        let _ = timeline_core::parse_zone(&text);
        let _ = CronWindow::new(&text, TimeDelta::hours(1), Tz::UTC);
        let _ = CronWindow::new(&cron, TimeDelta::hours(1), Tz::UTC);
    }

    #[test]
    fn a_weekly_window_is_read_back_from_its_text((days, ranges) in weekly_facts(), zone in any_zone()) {
        let window = weekly(days, &ranges, zone);
        prop_assert_eq!(window.to_string().parse::<WeeklyWindow>().unwrap(), window);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_round_trip_through_json_gives_an_equal_value(
        a in grid_spans(), (line, _) in pieces(), kind in kind(), zone in any_zone(), t in recent_instant(),
        step in step(), (days, ranges) in weekly_facts(), pattern in prop::sample::select(PATTERNS.to_vec()),
    ) {
        fn again<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
            serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
        }
        let spans = set(&a);
        prop_assert_eq!(&again(&spans), &spans);
        prop_assert_eq!(again(&line), line);
        let period = CalendarPeriod::containing(kind, zone, t).unwrap();
        prop_assert_eq!(again(&period), period);
        prop_assert_eq!(again(&period.span()), period.span());
        let anchored = AnchoredPeriod::new(t.naive_utc(), zone, step).unwrap();
        prop_assert_eq!(again(&anchored), anchored);
        let window = weekly(days, &ranges, zone);
        prop_assert_eq!(again(&window), window);
        let cron = CronWindow::new(pattern, TimeDelta::hours(1), zone).unwrap();
        prop_assert_eq!(again(&cron), cron);
    }
}
