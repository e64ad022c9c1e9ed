//! Interrupted sleep: pages in the local night, and the time until sleep again.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use timeline_core::{Span, SpanSet, Tz, wall_clock};

use crate::burden::whole_minutes;
use crate::error::Error;
use crate::hours::Hours;
use crate::load::page::Page;

/// A stretch awake in the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Interruption {
    /// From the first page until sleep again, or until the night was over.
    pub span: Span,
    /// The local date of the evening on which the night began.
    pub evening: NaiveDate,
    /// The pages that came in it.
    pub pages: u64,
}

/// A person's nights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Sleep {
    /// The stretches awake, in order.
    pub interruptions: Vec<Interruption>,
    /// The nights with one at least, by the local dates of their evenings.
    pub nights: BTreeSet<NaiveDate>,
    /// The pages that came in nights.
    pub night_pages: u64,
    /// Minutes awake in them.
    pub minutes_awake: u64,
}

/// The nights of a place around a span, whole even at its ends.
pub(crate) fn nights_around(hours: &Hours, zone: Tz, span: Span) -> Result<SpanSet, Error> {
    let around =
        Span::ending_at(span.start(), TimeDelta::days(2))?.hull(Span::starting_at(span.end(), TimeDelta::days(2))?);
    hours.nights(zone, around)
}

impl Sleep {
    /// Of the pages of one person, in order of time: a page in the night is a new interruption unless the person is
    /// still awake from the last, which is until `back_to_sleep` after it was resolved (or acknowledged, or came).
    pub(crate) fn of(pages: &[&Page], nights: &SpanSet, zone: Tz, back_to_sleep: TimeDelta) -> Result<Self, Error> {
        let mut sleep = Self::default();
        for page in pages {
            let Some(night) = nights.span_at(page.at()) else { continue };
            sleep.night_pages = sleep.night_pages.saturating_add(1);
            let over = page.resolved().or(page.acknowledged()).unwrap_or(page.at());
            let asleep = over.checked_add_signed(back_to_sleep).unwrap_or(night.end());
            // At least an instant awake, so that there is a span.
            let asleep =
                asleep.max(page.at().checked_add_signed(TimeDelta::minutes(1)).unwrap_or(asleep)).min(night.end());
            let Ok(awake) = Span::new(page.at(), asleep) else { continue };
            match sleep.interruptions.last_mut() {
                Some(last) if last.span.end() > page.at() => {
                    last.span = last.span.hull(awake);
                    last.pages = last.pages.saturating_add(1);
                }
                _ => {
                    let evening = wall_clock(zone, night.start())?.date();
                    sleep.nights.insert(evening);
                    sleep.interruptions.push(Interruption { span: awake, evening, pages: 1 });
                }
            }
        }
        let minutes = sleep.interruptions.iter().map(|interruption| whole_minutes(interruption.span));
        sleep.minutes_awake = minutes.fold(0, u64::saturating_add);
        Ok(sleep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::PersonId;
    use chrono::{DateTime, Utc};

    fn t(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn sleep(pages: &[(&str, Option<&str>)]) -> Sleep {
        let ada = PersonId::new("ada").unwrap();
        let page = |(at, over): &(&str, Option<&str>)| {
            let page = Page::new(t(at), "shop", ada.clone(), "x").unwrap();
            over.map_or(Ok(page.clone()), |over| page.resolved_at(t(over))).unwrap()
        };
        let pages: Vec<Page> = pages.iter().map(page).collect();
        let span = Span::new(t("2026-03-01T00:00:00Z"), t("2026-03-10T00:00:00Z")).unwrap();
        let nights = nights_around(&Hours::default(), Tz::UTC, span).unwrap();
        Sleep::of(&pages.iter().collect::<Vec<_>>(), &nights, Tz::UTC, TimeDelta::minutes(30)).unwrap()
    }

    #[test]
    fn who_is_still_awake_is_not_interrupted_again() {
        let slept = sleep(&[
            ("2026-03-02T01:00:00Z", Some("2026-03-02T01:20:00Z")),
            ("2026-03-02T01:49:00Z", None),
            ("2026-03-02T02:19:00Z", None),
            ("2026-03-02T12:00:00Z", None),
            ("2026-03-02T23:00:00Z", None),
        ]);
        // Awake 01:00 to 02:19, asleep as the next page comes: awake 30 minutes more, and in the night after.
        assert_eq!(
            slept.interruptions.iter().map(|i| (whole_minutes(i.span), i.pages)).collect::<Vec<_>>(),
            [(79, 2), (30, 1), (30, 1)]
        );
        assert_eq!((slept.nights.len(), slept.night_pages, slept.minutes_awake), (2, 4, 139));
    }

    #[test]
    fn a_page_takes_a_minute_at_least() {
        let ada = PersonId::new("ada").unwrap();
        let pages = ["01:00:00", "01:00:30", "01:01:00"]
            .map(|at| Page::new(t(&format!("2026-03-02T{at}Z")), "shop", ada.clone(), at).unwrap());
        let span = Span::new(t("2026-03-01T00:00:00Z"), t("2026-03-10T00:00:00Z")).unwrap();
        let nights = nights_around(&Hours::default(), Tz::UTC, span).unwrap();
        let slept = Sleep::of(&pages.each_ref(), &nights, Tz::UTC, TimeDelta::zero()).unwrap();
        // The second keeps awake until half past, and the third comes before.
        assert_eq!((slept.interruptions.len(), slept.interruptions[0].pages, slept.minutes_awake), (1, 3, 2));
    }

    #[test]
    fn the_night_ends_in_the_morning_whatever_comes_after() {
        let slept = sleep(&[("2026-03-02T06:50:00Z", Some("2026-03-02T15:00:00Z")), ("2026-03-02T22:00:00Z", None)]);
        assert_eq!(slept.interruptions.iter().map(|i| whole_minutes(i.span)).collect::<Vec<_>>(), [10, 30]);
        let evenings: Vec<String> = slept.nights.iter().map(ToString::to_string).collect();
        assert_eq!(evenings, ["2026-03-01", "2026-03-02"]);
    }
}
