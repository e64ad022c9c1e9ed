//! What a burn-down shows, in one sentence: its title.

use chrono::{DateTime, Utc};

use super::words::{self, Clock};
use crate::review::report::BurnDownPoint;

/// The largest fall within a short time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fall {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    /// Share of the allowance.
    pub(super) by: f64,
}

/// The sentence and the fall it speaks of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) sentence: String,
    pub(super) fall: Option<Fall>,
}

/// A fall is worth naming from a twentieth of the budget on.
const NOTABLE: f64 = 0.05;

/// What happened to the budget; `points` ascend in time and are finite.
pub(super) fn finding(points: &[BurnDownPoint], clock: &Clock) -> Finding {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Finding { sentence: "No budget to show: not enough data".to_owned(), fall: None };
    };
    let lowest = points.iter().map(|point| point.remaining).fold(f64::INFINITY, f64::min);
    let decline = first.remaining.max(1.0) - lowest;
    let length = last.at.signed_duration_since(first.at);
    let sudden = |fall: &Fall| fall.to.signed_duration_since(fall.from).checked_mul(4).is_none_or(|long| long < length);
    let fall = largest_fall(points).filter(|fall| fall.by >= NOTABLE && fall.by >= decline * 0.25 && sudden(fall));
    let left = words::percent(last.remaining);
    let sentence = if last.remaining < 0.0 {
        let over = words::over(last.remaining);
        match ran_out(points) {
            Some(at) => format!("Budget ran out on {} and is overspent by {over}", clock.long(at)),
            None => format!("Budget overspent by {over} all the time"),
        }
    } else if lowest < 0.0 {
        format!("Budget was overspent for a while; {left} left again")
    } else if let Some(fall) = fall {
        format!("Budget fell by {} {}", words::points(fall.by), when(&fall, clock))
    } else if decline < 0.005 {
        "Budget hardly touched".to_owned()
    } else {
        format!("No sudden fall: {left} left")
    };
    Finding { sentence, fall }
}

/// When the line last went below zero.
pub(super) fn ran_out(points: &[BurnDownPoint]) -> Option<DateTime<Utc>> {
    points.windows(2).rev().find_map(|pair| match pair {
        [before, after] if before.remaining >= 0.0 && after.remaining < 0.0 => Some(after.at),
        _ => None,
    })
}

fn when(fall: &Fall, clock: &Clock) -> String {
    if fall.to.signed_duration_since(fall.from).num_hours() < 1 {
        format!("on {}", clock.long(fall.from))
    } else {
        format!("between {} and {}", clock.long(fall.from), clock.beside(fall.to, fall.from))
    }
}

/// The largest fall within a 24th of the time shown (an hour of a day), from where it begins to where it ends.
fn largest_fall(points: &[BurnDownPoint]) -> Option<Fall> {
    let seed = steepest(points)?;
    let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| to.signed_duration_since(from).as_seconds_f64().max(1.0);
    // The line falls wherever it loses budget at half the rate of the seed at least.
    let enough = seed.by / seconds(seed.from, seed.to) / 2.0;
    let steps: Vec<(&BurnDownPoint, &BurnDownPoint, bool)> = points
        .iter()
        .zip(points.iter().skip(1))
        .map(|(a, b)| (a, b, (a.remaining - b.remaining) / seconds(a.at, b.at) >= enough))
        .collect();
    let within =
        |step: &&(&BurnDownPoint, &BurnDownPoint, bool)| step.2 && step.0.at >= seed.from && step.1.at <= seed.to;
    let (first, last) = (steps.iter().find(within)?, steps.iter().rev().find(within)?);
    let before = steps.iter().rev().filter(|step| step.1.at <= first.0.at).take_while(|step| step.2).last();
    let after = steps.iter().filter(|step| step.0.at >= last.1.at).take_while(|step| step.2).last();
    let (from, to) = (before.unwrap_or(first).0, after.unwrap_or(last).1);
    Some(Fall { from: from.at, to: to.at, by: from.remaining - to.remaining })
}

/// The largest fall within a 24th of the time shown.
fn steepest(points: &[BurnDownPoint]) -> Option<Fall> {
    let (first, last) = (points.first()?, points.last()?);
    let within = last.at.signed_duration_since(first.at).checked_div(24)?;
    // The highest points of the last `within`, descending in height: a monotonic queue.
    let mut heights: std::collections::VecDeque<BurnDownPoint> = std::collections::VecDeque::new();
    let mut largest: Option<Fall> = None;
    for point in points {
        while heights.back().is_some_and(|height| height.remaining <= point.remaining) {
            heights.pop_back();
        }
        heights.push_back(*point);
        // One point older than `within` stays: points may be further apart than that.
        while heights.len() > 2
            && heights.front().is_some_and(|height| point.at.signed_duration_since(height.at) > within)
        {
            heights.pop_front();
        }
        let Some(height) = heights.front() else { continue };
        let by = height.remaining - point.remaining;
        if by > largest.map_or(0.0, |fall| fall.by) {
            largest = Some(Fall { from: height.at, to: point.at, by });
        }
    }
    largest
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn minutes(remaining: impl IntoIterator<Item = f64>) -> Vec<BurnDownPoint> {
        let start: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
        let points = remaining.into_iter().zip(0..);
        points.map(|(remaining, minute)| BurnDownPoint { at: start + TimeDelta::minutes(minute), remaining }).collect()
    }

    fn sentence(points: &[BurnDownPoint]) -> String {
        let clock = Clock::new(chrono_tz::UTC, "2026-11-24T12:00:00Z".parse().unwrap());
        finding(points, &clock).sentence.replace('\u{a0}', " ")
    }

    #[test]
    fn a_sudden_fall_is_dated() {
        let line =
            (0..1440).map(|minute| if minute < 927 { 1.0 } else { (1.0 - f64::from(minute - 926) * 0.062).max(0.38) });
        assert_eq!(sentence(&minutes(line)), "Budget fell by 62 points on 24 November 15:26");
    }

    #[test]
    fn what_comes_before_and_after_a_fall_is_not_part_of_it() {
        let line =
            (0..1440).map(|minute| 1.0 - f64::from(minute) / 9000.0 - f64::from((minute - 700).clamp(0, 23)) / 30.0);
        let points = minutes(line);
        let fall = largest_fall(&points).unwrap();
        assert_eq!((fall.from, fall.to), (points[700].at, points[723].at));
    }

    #[test]
    fn a_long_fall_is_told_from_its_beginning_to_its_end() {
        let line = (0..1440).map(|minute| 0.96 - 0.56 * f64::from((minute - 1200).clamp(0, 120)) / 120.0);
        assert_eq!(sentence(&minutes(line)), "Budget fell by 56 points between 24 November 20:00 and 22:00");
    }

    #[test]
    fn running_out_comes_before_any_fall() {
        let line = (0..1440).map(|minute| 1.0 - f64::from(minute) / 960.0);
        assert_eq!(sentence(&minutes(line)), "Budget ran out on 24 November 16:01 and is overspent by 50 %");
    }

    #[test]
    fn even_spending_and_none_are_told_apart() {
        let line = (0..1440).map(|minute| 1.0 - f64::from(minute) / 4000.0);
        assert_eq!(sentence(&minutes(line)), "No sudden fall: 64 % left");
        assert_eq!(sentence(&minutes([1.0; 50])), "Budget hardly touched");
        assert_eq!(sentence(&[]), "No budget to show: not enough data");
        assert_eq!(sentence(&minutes([-0.5; 50])), "Budget overspent by 50 % all the time");
        assert_eq!(sentence(&minutes([1.0, -0.5, 0.2])), "Budget was overspent for a while; 20 % left again");
    }
}
