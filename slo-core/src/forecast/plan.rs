//! What is forecast: which budget, over which buckets.

use chrono::TimeDelta;
use measure_core::Level;

use crate::error::{Error, in_words};
use crate::objective::Objective;

/// Where the budget's period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Position {
    /// The period is always the last so many buckets; the horizon is one period.
    Rolling,
    /// The period began so many buckets ago, the last ones of the history; the horizon is what is left of it.
    Aligned {
        /// Buckets since the period began; below the period.
        elapsed: usize,
    },
}

/// What is forecast: the budget of an objective over a period of equally long buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub(super) objective: Objective,
    // INVARIANT: bucket x period fits a TimeDelta, so every instant of the horizon does.
    bucket: TimeDelta,
    pub(super) period: usize,
    pub(super) position: Position,
    pub(super) level: Level,
    /// So many of the last buckets stand for what is to come; all for `None`.
    pub(super) recent: Option<usize>,
}

impl Plan {
    /// The most buckets a period may have: a year of minutes.
    pub const MOST_BUCKETS: usize = 527_040;

    /// The budget of `objective` over `period` buckets of the length `bucket`, with intervals of 80 %.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] for a bucket or a period that is not positive or does not fit 292 years;
    /// [`Error::NumberOutOfRange`] for a period of no buckets or more than [`Plan::MOST_BUCKETS`], or
    /// more than elapsed in it.
    pub fn new(objective: Objective, bucket: TimeDelta, period: usize, position: Position) -> Result<Self, Error> {
        let number =
            |what, given: usize, bound: String| Err(Error::NumberOutOfRange { what, given: given.to_string(), bound });
        if !(1..=Self::MOST_BUCKETS).contains(&period) {
            return number("period", period, format!("1 and {} buckets", Self::MOST_BUCKETS));
        }
        if let Position::Aligned { elapsed } = position
            && elapsed >= period
        {
            return number("elapsed buckets", elapsed, format!("0 and {period}, {period} excluded"));
        }
        let whole = bucket
            .num_nanoseconds()
            .filter(|bucket| *bucket > 0)
            .and_then(|bucket| bucket.checked_mul(i64::try_from(period).ok()?));
        if whole.is_none() {
            let bound = format!("292 years, in {period} buckets");
            return Err(Error::DurationOutOfRange { what: "the bucket", given: in_words(bucket), bound });
        }
        Ok(Self { objective, bucket, period, position, level: Level::P80, recent: None })
    }

    /// The same with intervals of another level.
    #[must_use]
    pub const fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// The same at the current rate: only the last `buckets` of the history stand for what is to come. What came
    /// before them still counts in the budget.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] for no buckets.
    pub fn at_rate_of_last(self, buckets: usize) -> Result<Self, Error> {
        if buckets == 0 {
            let (given, bound) = (buckets.to_string(), "1 and above".to_owned());
            return Err(Error::NumberOutOfRange { what: "number of recent buckets", given, bound });
        }
        Ok(Self { recent: Some(buckets), ..self })
    }

    /// Buckets until the horizon.
    #[must_use]
    pub const fn horizon(&self) -> usize {
        match self.position {
            Position::Rolling => self.period,
            Position::Aligned { elapsed } => self.period.saturating_sub(elapsed),
        }
    }

    /// Buckets of the history that belong to the current period.
    pub(super) const fn current(&self) -> usize {
        match self.position {
            Position::Rolling => self.period,
            Position::Aligned { elapsed } => elapsed,
        }
    }

    /// Buckets without which the current budget is not known: those since an aligned period began. A rolling one may
    /// be older than the history.
    pub(super) const fn needed(&self) -> usize {
        match self.position {
            Position::Rolling => 0,
            Position::Aligned { elapsed } => elapsed,
        }
    }

    /// So many buckets as a length.
    pub(super) fn length(&self, buckets: usize) -> TimeDelta {
        let nanoseconds = self.bucket.num_nanoseconds().zip(i64::try_from(buckets).ok());
        // Within the horizon it fits, by the constructor.
        let length = nanoseconds.and_then(|(bucket, buckets)| bucket.checked_mul(buckets));
        length.map_or(TimeDelta::MAX, TimeDelta::nanoseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_out_of_range_are_refused() {
        let objective = "99%".parse().unwrap();
        let new = |bucket, period, position| Plan::new(objective, bucket, period, position);
        assert!(new(TimeDelta::days(1), 0, Position::Rolling).is_err());
        assert!(new(TimeDelta::zero(), 1, Position::Rolling).is_err());
        assert!(new(TimeDelta::days(1), usize::MAX, Position::Rolling).is_err());
        assert!(new(TimeDelta::days(1), 28, Position::Aligned { elapsed: 28 }).is_err());
        let error = new(TimeDelta::seconds(1), 9_000_000_000, Position::Aligned { elapsed: 0 }).unwrap_err();
        assert_eq!(error.to_string(), "period 9000000000 is not within 1 and 527040 buckets");
        let most = new(TimeDelta::minutes(1), Plan::MOST_BUCKETS, Position::Rolling).unwrap();
        assert!(most.at_rate_of_last(0).is_err());
    }
}
