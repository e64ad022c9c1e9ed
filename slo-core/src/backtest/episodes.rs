//! Alerts of several rows as one: the times at which anybody is told.

use chrono::{DateTime, TimeDelta, Utc};
use timeline_core::{Span, SpanSet};

use crate::backtest::{Incident, RaisedAlert};

/// A time without a gap in which at least one row fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Episode {
    /// The row that began it.
    pub(super) row: usize,
    pub(super) from: DateTime<Utc>,
    /// `None` if it goes on when the series ends.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Apart from each other and ascending.
pub(super) struct Episodes(Vec<Episode>);

impl Episodes {
    /// From alerts by the start of firing.
    pub(super) fn new(alerts: impl IntoIterator<Item = RaisedAlert>) -> Self {
        let mut episodes: Vec<Episode> = Vec::new();
        for alert in alerts {
            match episodes.last_mut() {
                Some(last) if last.until.is_none_or(|until| alert.from <= until) => {
                    last.until = last.until.zip(alert.until).map(|(a, b)| a.max(b));
                }
                _ => episodes.push(Episode { row: alert.row, from: alert.from, until: alert.until }),
            }
        }
        Self(episodes)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that tell of `incident`: begun within it or `grace` after its end, or begun since `outset` and still on
    /// when it begins. As positions.
    pub(super) fn matching(
        &self,
        incident: &Incident,
        outset: DateTime<Utc>,
        grace: TimeDelta,
    ) -> std::ops::Range<usize> {
        let start = incident.span.start();
        let until = incident.span.end().checked_add_signed(grace).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let first = self.0.partition_point(|episode| {
            episode.from < outset || episode.from < start && episode.until.is_some_and(|until| until <= start)
        });
        // With a grace of zero an alert at the very sample that ends the incident is told by its events.
        first..self.0.partition_point(|episode| episode.from <= until).max(first)
    }

    /// When something fires, up to `end`.
    pub(super) fn spans(&self, end: DateTime<Utc>) -> SpanSet {
        let span = |episode: &Episode| Span::new(episode.from, episode.until.unwrap_or(end)).ok();
        SpanSet::from_spans(self.0.iter().filter_map(span))
    }

    pub(super) fn get(&self, position: usize) -> Option<Episode> {
        self.0.get(position).copied()
    }

    /// The first instant at or after `at` at which no row fires; `None` if there is none.
    pub(super) fn silent_from(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let position = self.0.partition_point(|episode| episode.until.is_some_and(|until| until <= at));
        match self.get(position) {
            Some(episode) if episode.from <= at => episode.until,
            _ => Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn alert(row: usize, from: i64, until: Option<i64>) -> RaisedAlert {
        RaisedAlert { row, from: at(from), until: until.map(at) }
    }

    #[test]
    fn rows_that_overlap_or_follow_at_once_are_one_episode() {
        let episodes =
            Episodes::new([alert(0, 1, Some(5)), alert(1, 2, Some(9)), alert(0, 9, Some(10)), alert(0, 12, None)]);
        assert_eq!(episodes.len(), 2);
        assert_eq!(episodes.get(0), Some(Episode { row: 0, from: at(1), until: Some(at(10)) }));
        assert_eq!(episodes.silent_from(at(4)), Some(at(10)));
        assert_eq!(episodes.silent_from(at(11)), Some(at(11)));
        assert_eq!(episodes.silent_from(at(13)), None);
    }

    #[test]
    fn an_episode_matches_the_incident_in_which_it_begins_or_whose_outset_it_follows() {
        let episodes = Episodes::new([alert(0, 10, Some(20)), alert(0, 30, Some(40))]);
        let incident = |from, to| Incident { name: String::new(), span: Span::new(at(from), at(to)).unwrap() };
        let since =
            |outset, from, to, grace| episodes.matching(&incident(from, to), at(outset), TimeDelta::seconds(grace));
        let matching = |from, to, grace| since(from, from, to, grace);
        assert_eq!(matching(1, 9, 0), 0..0);
        assert_eq!(matching(1, 10, 0), 0..1);
        assert_eq!(matching(1, 9, 5), 0..1);
        assert_eq!(matching(20, 29, 0), 1..1);
        assert_eq!(matching(0, 100, 0), 0..2);
        // On before the incident: nobody is told of it, unless what went before is part of it.
        assert_eq!(matching(11, 29, 0), 1..1);
        assert_eq!(since(9, 11, 29, 0), 0..1);
        assert_eq!(since(9, 20, 29, 0), 1..1);
    }
}
