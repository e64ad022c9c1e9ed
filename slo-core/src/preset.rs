//! The policies that the field uses, exactly as their authors state them.

use chrono::TimeDelta;

use crate::error::Error;
use crate::factor::Factor;
use crate::policy::{Policy, Row, Severity};

impl Policy {
    /// Google's policy for 30 days (SRE Workbook, chapter 5, table 5-8): 2 % in 1 h, 5 % in 6 h as pages,
    /// 10 % in 1 d, 10 % in 3 d as tickets; factors 14.4, 6, 3, 1.
    #[must_use]
    pub fn google_30d() -> Self {
        Self::stated("google_30d", 30, &GOOGLE)
    }

    /// Sloth's built-in policy for 28 days: Google's budget shares, so factors 13.44, 5.6, 2.8, 14/15.
    ///
    /// `DIFFERS:` Sloth keeps the factors as floats; here they are exact.
    #[must_use]
    pub fn sloth_28d() -> Self {
        Self::stated("sloth_28d", 28, &SLOTH)
    }

    /// Pyrra's policy for its reference period of 28 days: factors 14, 7, 2, 1, each with a hold.
    #[must_use]
    pub fn pyrra() -> Self {
        Self::stated("pyrra", 28, &PYRRA)
    }

    /// Pyrra's policy for any period: windows and holds in proportion to 28 days, rounded to the minute.
    ///
    /// `DIFFERS:` where rounding leaves a window of 0 minutes Pyrra renders a rule that can never work
    /// (pyrra #1028); here it is an error.
    ///
    /// # Errors
    /// [`Error::Policy`] for a period so short that windows vanish or meet, [`Error::DurationOutOfRange`] for
    /// one that is not positive.
    pub fn pyrra_for(period: TimeDelta) -> Result<Self, Error> {
        crate::factor::nanoseconds("the period", period)?;
        let rows = PYRRA_DIVISORS.iter().zip(Self::pyrra().rows().to_vec()).map(|((long, short, hold), row)| Row {
            long: minutes(period, *long),
            short: Some(minutes(period, *short)),
            hold: minutes(period, *hold),
            ..row
        });
        Self::new("pyrra", period, rows.collect())
    }

    /// slo-generator's default steps: one window each, 9 in 1 h, 3 in 12 h, 1.5 in 7 d, 1 in 28 d.
    ///
    /// slo-generator states no period; 30 days keeps the 28-day step inside one.
    #[must_use]
    pub fn slo_generator() -> Self {
        Self::stated("slo_generator", 30, &SLO_GENERATOR)
    }

    /// The preset of that name: `google_30d`, `sloth_28d`, `pyrra` or `slo_generator`.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        Self::presets().into_iter().find(|policy| policy.name() == name)
    }

    /// All presets.
    #[must_use]
    pub fn presets() -> [Self; 4] {
        [Self::google_30d(), Self::sloth_28d(), Self::pyrra(), Self::slo_generator()]
    }

    /// A policy from a table below. The tests hold every table against the checks of [`Policy::new`].
    fn stated(name: &str, days: i64, table: &[Stated]) -> Self {
        let rows = table.iter().map(|stated| Row {
            name: stated.name.to_owned(),
            severity: stated.severity,
            factor: Factor::stated(stated.factor.0, stated.factor.1),
            long: TimeDelta::minutes(stated.long),
            short: (stated.short != 0).then(|| TimeDelta::minutes(stated.short)),
            hold: TimeDelta::minutes(stated.hold),
        });
        Self::unchecked(name, TimeDelta::days(days), rows.collect())
    }
}

/// A row as its author states it; lengths in minutes.
struct Stated {
    name: &'static str,
    severity: Severity,
    factor: (u32, u32),
    long: i64,
    short: i64,
    hold: i64,
}

const fn row(name: &'static str, severity: Severity, factor: (u32, u32), long: i64, short: i64, hold: i64) -> Stated {
    Stated { name, severity, factor, long, short, hold }
}

const HOUR: i64 = 60;
const DAY: i64 = 1_440;

const GOOGLE: [Stated; 4] = [
    row("page_quick", Severity::Page, (72, 5), HOUR, 5, 0),
    row("page_slow", Severity::Page, (6, 1), 6 * HOUR, 30, 0),
    row("ticket_quick", Severity::Ticket, (3, 1), DAY, 2 * HOUR, 0),
    row("ticket_slow", Severity::Ticket, (1, 1), 3 * DAY, 6 * HOUR, 0),
];

const SLOTH: [Stated; 4] = [
    row("page_quick", Severity::Page, (336, 25), HOUR, 5, 0),
    row("page_slow", Severity::Page, (28, 5), 6 * HOUR, 30, 0),
    row("ticket_quick", Severity::Ticket, (14, 5), DAY, 2 * HOUR, 0),
    row("ticket_slow", Severity::Ticket, (14, 15), 3 * DAY, 6 * HOUR, 0),
];

const PYRRA: [Stated; 4] = [
    row("critical0", Severity::Page, (14, 1), HOUR, 5, 2),
    row("critical1", Severity::Page, (7, 1), 6 * HOUR, 30, 15),
    row("warning0", Severity::Ticket, (2, 1), DAY, 2 * HOUR, HOUR),
    row("warning1", Severity::Ticket, (1, 1), 4 * DAY, 6 * HOUR, 3 * HOUR),
];

const SLO_GENERATOR: [Stated; 4] = [
    row("burn_1h", Severity::Page, (9, 1), HOUR, 0, 0),
    row("burn_12h", Severity::Page, (3, 1), 12 * HOUR, 0, 0),
    row("burn_7d", Severity::Ticket, (3, 2), 7 * DAY, 0, 0),
    row("burn_28d", Severity::Ticket, (1, 1), 28 * DAY, 0, 0),
];

/// Pyrra's long, short and hold as divisors of the period.
const PYRRA_DIVISORS: [(u32, u32, u32); 4] = [(672, 8_064, 20_160), (112, 1_344, 2_688), (28, 336, 672), (7, 112, 224)];

/// `period / divisor`, to the nearest minute, halves away from zero as Go's `Round` does.
fn minutes(period: TimeDelta, divisor: u32) -> TimeDelta {
    // Go divides whole nanoseconds first and rounds then.
    let part = period.num_nanoseconds().and_then(|n| n.checked_div(i64::from(divisor))).unwrap_or(0);
    let minutes = part.saturating_add(30_000_000_000) / 60_000_000_000;
    TimeDelta::try_minutes(minutes).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_passes_the_checks_of_a_policy() {
        for policy in Policy::presets() {
            let again = Policy::new(policy.name(), policy.period(), policy.rows().to_vec()).unwrap();
            assert_eq!(again, policy);
        }
    }

    #[test]
    fn the_stated_tables_are_their_authors_rules() {
        let month = TimeDelta::days(30);
        let shares: Vec<_> = Policy::google_30d()
            .rows()
            .iter()
            .map(|row| (row.factor.budget_share(month, row.long).unwrap() * 1e6).round())
            .collect();
        assert_eq!(shares, [20_000.0, 50_000.0, 100_000.0, 100_000.0]);
        let sloth = Policy::google_30d().with_period(TimeDelta::days(28)).unwrap();
        assert_eq!(sloth.rows(), Policy::sloth_28d().rows());
        assert_eq!(Policy::pyrra_for(TimeDelta::days(28)).unwrap(), Policy::pyrra());
    }

    #[test]
    fn pyrra_for_30_days_rounds_to_the_minute() {
        let policy = Policy::pyrra_for(TimeDelta::days(30)).unwrap();
        let minutes: Vec<_> = policy
            .rows()
            .iter()
            .map(|row| (row.long.num_minutes(), row.short.unwrap().num_minutes(), row.hold.num_minutes()))
            .collect();
        assert_eq!(minutes, [(64, 5, 2), (386, 32, 16), (1543, 129, 64), (6171, 386, 193)]);
    }

    #[test]
    fn pyrra_for_12_hours_is_refused_instead_of_rendered_dead() {
        let error = Policy::pyrra_for(TimeDelta::hours(12)).unwrap_err();
        assert!(matches!(error, Error::Policy { .. }), "{error}");
    }

    #[test]
    fn presets_scale_to_a_day() {
        let day = Policy::google_30d().scaled_to(TimeDelta::days(1)).unwrap();
        let windows: Vec<_> = day.windows().iter().map(TimeDelta::num_seconds).collect();
        assert_eq!(windows, [10, 60, 120, 240, 720, 2_880, 8_640]);
    }
}
