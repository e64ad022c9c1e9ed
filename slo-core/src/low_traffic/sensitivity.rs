//! What a service of so many requests can notice at all, and what to do when that is too little.

use chrono::TimeDelta;
use measure_core::{Level, Method, Proportion};

use super::gate::{Gate, least, tail};
use crate::burn::{delta, seconds};
use crate::error::Error;
use crate::objective::Objective;
use crate::policy::Row;
use crate::sli::Counts;

/// An error ratio, and how surely a row notices it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Noticed {
    /// The probability of firing once the long window holds nothing but this error ratio.
    pub power: Level,
    /// The true error ratio, in `(0, 1]`.
    pub error_ratio: f64,
}

/// Which error ratios a row with a gate notices at a given traffic.
///
/// ```
/// use chrono::TimeDelta;
/// use slo_core::{Policy, low_traffic::{Gate, Remedy, Sensitivity}};
/// let policy = Policy::google_30d();
/// let (objective, page) = ("99.9%".parse()?, &policy.rows()[0]);
/// // One request an hour: not even a full outage can be told from chance within the hour.
/// let quiet = Sensitivity::of(page, Gate::default(), objective, 1.0)?;
/// assert_eq!(quiet.noticed(), None);
/// // To notice four times in five that half of all requests fail, any one of these will do.
/// let remedies = quiet.remedies(0.5, measure_core::Level::P80, policy.period()).unwrap();
/// assert_eq!(remedies, [
///     Remedy::LongerWindow { window: TimeDelta::hours(5) },
///     Remedy::SyntheticRequests { per_hour: 4 },
///     Remedy::CombineServices { count: 5 },
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    row: Row,
    gate: Gate,
    objective: Objective,
    requests_per_hour: f64,
    requests: u64,
    bad_needed: Option<u64>,
    noticed: Option<[Noticed; 3]>,
}

impl Sensitivity {
    /// The sensitivity of `row` with `gate` at a steady `requests_per_hour`.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] unless the traffic is above 0 and at most 1e15 requests an hour and in the
    /// window.
    pub fn of(row: &Row, gate: Gate, objective: Objective, requests_per_hour: f64) -> Result<Self, Error> {
        const MOST: f64 = 1e15;
        let hours = seconds(row.long).unwrap_or(0.0) / 3_600.0;
        let expected = requests_per_hour * hours;
        if !(requests_per_hour > 0.0 && requests_per_hour <= MOST && expected <= MOST) {
            let (given, bound) = (requests_per_hour.to_string(), "0 and 1e15, 0 excluded".to_owned());
            return Err(Error::NumberOutOfRange { what: "number of requests an hour", given, bound });
        }
        let requests = floor(expected);
        let bad_needed = gate.bad_needed(row.factor, objective, requests);
        let noticed = bad_needed.and_then(|bad| noticed(bad, requests));
        Ok(Self { row: row.clone(), gate, objective, requests_per_hour, requests, bad_needed, noticed })
    }

    /// Requests in the long window, rounded down.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// How many bad ones among them fire the row; `None` when not even all of them do.
    #[must_use]
    pub const fn bad_needed(&self) -> Option<u64> {
        self.bad_needed
    }

    /// The error ratios noticed with a power of 50, 80 and 95 %; `None` when not even a full outage fires the row.
    #[must_use]
    pub const fn noticed(&self) -> Option<[Noticed; 3]> {
        self.noticed
    }

    /// The probability that the row fires once its long window holds `error_ratio`, in `[0, 1]`; 0 for a ratio
    /// outside `[0, 1]`.
    #[must_use]
    pub fn power(&self, error_ratio: f64) -> f64 {
        self.bad_needed.map_or(0.0, |bad| tail(bad, self.requests, error_ratio))
    }

    /// What would make the row notice `error_ratio` with at least `power`, for a budget over `period`; any one of
    /// them suffices. Empty when it does already; `None` when nothing can, since the ratio is not above the row's
    /// threshold (or so little that thousands of bad events would be needed).
    ///
    /// Synthetic requests and the services combined must fail as the real ones do, or they hide the errors instead
    /// of showing them. A longer window is named only while it is below `period`; its factor is kept.
    #[must_use]
    pub fn remedies(&self, error_ratio: f64, power: Level, period: TimeDelta) -> Option<Vec<Remedy>> {
        if self.power(error_ratio) >= power.get() {
            return Some(Vec::new());
        }
        let wanted = Wanted { row: &self.row, gate: self.gate, objective: self.objective, error_ratio, power };
        wanted.requests(self.requests)?;
        let (per_hour, hours) = (self.requests_per_hour, seconds(self.row.long)? / 3_600.0);
        let minutes = wanted.least_that_does(self.requests, |minutes| floor(per_hour * float(minutes) / 60.0));
        let window = minutes.and_then(|minutes| delta(float(minutes) * 60.0)).filter(|window| *window < period);
        let synthetic = wanted.least_that_does(self.requests, |more| floor((per_hour + float(more)) * hours));
        let services = wanted.least_that_does(self.requests, |count| floor(per_hour * float(count) * hours));
        let remedies = [
            window.map(|window| Remedy::LongerWindow { window }),
            synthetic.map(|per_hour| Remedy::SyntheticRequests { per_hour }),
            services.map(|count| Remedy::CombineServices { count }),
        ];
        Some(remedies.into_iter().flatten().collect())
    }
}

/// What makes a quiet service noticeable.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Remedy {
    /// Look back further.
    LongerWindow {
        /// The long window needed, in whole minutes.
        #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
        window: TimeDelta,
    },
    /// Send requests of one's own, beside the real ones.
    SyntheticRequests {
        /// How many more an hour; at least 1.
        per_hour: u64,
    },
    /// Watch several services of the same traffic as one.
    CombineServices {
        /// How many in all; at least 2.
        count: u64,
    },
}

/// The fewest requests in the long window of `row` with which it notices `error_ratio` with at least `power`;
/// `None` when the ratio is not in `(threshold, 1]` or would need more than 4,096 bad events.
///
/// With more requests the power may drop below again, where one more bad event is needed.
#[must_use]
pub fn requests_needed(row: &Row, gate: Gate, objective: Objective, error_ratio: f64, power: Level) -> Option<u64> {
    Wanted { row, gate, objective, error_ratio, power }.requests(1)
}

/// What is to be noticed, and how surely.
struct Wanted<'a> {
    row: &'a Row,
    gate: Gate,
    objective: Objective,
    error_ratio: f64,
    power: Level,
}

impl Wanted<'_> {
    /// The fewest requests, from `least_requests` on, that do.
    fn requests(&self, least_requests: u64) -> Option<u64> {
        const MOST_BAD: u64 = 4_096;
        let threshold = self.row.threshold(self.objective);
        if !(self.error_ratio > threshold.error_ratio() && self.error_ratio <= 1.0) {
            return None;
        }
        // Power rises with the requests while the bad events needed stay the same, and drops where they grow by
        // one: look at the top of each tooth, then within the first tooth that is high enough.
        let first = self.gate.bad_needed(self.row.factor, self.objective, least_requests).unwrap_or(1);
        for bad in first..=MOST_BAD {
            let too_many = |total: u64| {
                let exceeded = Counts::from_bad(bad, total).is_ok_and(|counts| threshold.is_exceeded(counts));
                total >= bad && !(exceeded && self.gate.tail(bad, total, self.objective) <= self.gate.alpha())
            };
            let last = least(u64::MAX / 2, too_many).and_then(|first| first.checked_sub(1));
            let does = |total: u64| total >= least_requests.max(bad) && self.holds(bad, total);
            if let Some(requests) = last.and_then(|last| least(last, does)) {
                return Some(requests);
            }
        }
        None
    }

    /// The least number for which the requests that it makes, which grow with it, do; `None` when it is beyond
    /// 10^12.
    fn least_that_does(&self, present: u64, requests_of: impl Fn(u64) -> u64) -> Option<u64> {
        const MOST: u64 = 1_000_000_000_000;
        let mut wanted = self.requests(present.saturating_add(1))?;
        loop {
            let number = least(MOST, |number| requests_of(number) >= wanted)?;
            // The number may overshoot into the next tooth.
            let requests = requests_of(number);
            let bad = self.gate.bad_needed(self.row.factor, self.objective, requests)?;
            if self.holds(bad, requests) {
                return Some(number);
            }
            wanted = self.requests(requests.saturating_add(1))?;
        }
    }

    /// Whether `bad` of `total` come with the power wanted.
    fn holds(&self, bad: u64, total: u64) -> bool {
        tail(bad, total, self.error_ratio) >= self.power.get()
    }
}

/// The ratios at which `bad` of `requests` come with the three powers: the point where the tail equals the power is
/// the lower Clopper-Pearson bound.
fn noticed(bad: u64, requests: u64) -> Option<[Noticed; 3]> {
    let proportion = Proportion::new(bad, requests).ok()?;
    let at = |power: f64| {
        let (power, beside) = (Level::new(power).ok()?, Level::new(1.0 - power).ok()?);
        Some(Noticed { power, error_ratio: proportion.lower_bound(Method::ClopperPearson, beside)? })
    };
    Some([at(0.5)?, at(0.8)?, at(0.95)?])
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative; saturates")]
const fn floor(requests: f64) -> u64 {
    requests as u64
}

#[expect(clippy::cast_precision_loss, reason = "traffic is a float; the cast is within one part in 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn page() -> Row {
        Policy::google_30d().rows()[0].clone()
    }

    fn objective() -> Objective {
        "99.9%".parse().unwrap()
    }

    fn of(per_hour: f64) -> Sensitivity {
        Sensitivity::of(&page(), Gate::default(), objective(), per_hour).unwrap()
    }

    #[test]
    fn more_traffic_notices_smaller_ratios() {
        let ratios = [10.0, 100.0, 1_000.0, 100_000.0].map(|per_hour| of(per_hour).noticed().unwrap()[1].error_ratio);
        assert!(ratios.is_sorted_by(|a, b| a > b), "{ratios:?}");
        // Much traffic: 14.4 times 0.1 %; ten requests: two bad ones.
        assert!((ratios[3] / 0.0144 - 1.0).abs() < 0.05 && (ratios[0] - 0.271).abs() < 0.001, "{ratios:?}");
    }

    #[test]
    fn the_power_at_a_noticed_ratio_is_the_one_stated() {
        for per_hour in [2.0, 37.0, 900.0] {
            let sensitivity = of(per_hour);
            for noticed in sensitivity.noticed().unwrap() {
                assert!((sensitivity.power(noticed.error_ratio) - noticed.power.get()).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_requests_needed_suffice_and_one_fewer_do_not() {
        for ratio in [0.02, 0.03, 0.1, 0.5, 1.0] {
            let needed = requests_needed(&page(), Gate::default(), objective(), ratio, Level::P80).unwrap();
            let power = |requests| {
                let bad = Gate::default().bad_needed(page().factor, objective(), requests);
                bad.map_or(0.0, |bad| tail(bad, requests, ratio))
            };
            assert!(power(needed) >= 0.8 && power(needed - 1) < 0.8, "{ratio}: {needed}");
        }
        assert_eq!(requests_needed(&page(), Gate::default(), objective(), 0.0144, Level::P80), None);
        assert_eq!(requests_needed(&page(), Gate::default(), objective(), f64::NAN, Level::P80), None);
    }

    #[test]
    fn odd_traffic_is_refused() {
        for per_hour in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Sensitivity::of(&page(), Gate::default(), objective(), per_hour).is_err());
        }
    }

    #[test]
    fn what_is_noticed_already_needs_no_remedy() {
        assert_eq!(of(1_000.0).remedies(0.05, Level::P80, TimeDelta::days(30)), Some(vec![]));
        assert_eq!(of(1_000.0).remedies(0.01, Level::P80, TimeDelta::days(30)), None);
    }
}
