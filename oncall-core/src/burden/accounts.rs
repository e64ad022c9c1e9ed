//! What everybody bore in a period for what they could bear, and what of it the next period remembers.

use std::collections::BTreeMap;

use timeline_core::Span;

use crate::burden::ledger::Served;
use crate::burden::points::{Burden, Points, Presence, whole_minutes};
use crate::burden::weights::{Category, Weights};
use crate::error::Error;
use crate::person::PersonId;

/// How much of what is above or below the mean the next period remembers, in per cent: half by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "u32", into = "u32"))]
pub struct Decay(u8);

impl Decay {
    /// Half: debts fade within a year.
    pub const HALF: Self = Self(50);

    /// # Errors
    /// [`Error::DecayOutOfRange`] beyond 100 %. With 0 every period begins anew; with 100 debts never fade.
    pub fn from_percent(percent: u32) -> Result<Self, Error> {
        match u8::try_from(percent) {
            Ok(small @ 0..=100) => Ok(Self(small)),
            _ => Err(Error::DecayOutOfRange { percent }),
        }
    }

    /// In per cent, at most 100.
    #[must_use]
    pub const fn percent(self) -> u32 {
        self.0 as u32
    }
}

impl Default for Decay {
    fn default() -> Self {
        Self::HALF
    }
}

impl TryFrom<u32> for Decay {
    type Error = Error;

    fn try_from(percent: u32) -> Result<Self, Error> {
        Self::from_percent(percent)
    }
}

impl From<Decay> for u32 {
    fn from(decay: Decay) -> Self {
        decay.percent()
    }
}

/// What is carried into a period: above 0 for who bore more than an even share, below for who owes. Who is not there
/// stands at 0, which is the mean: so does somebody who joins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Carries(BTreeMap<PersonId, Points>);

impl Carries {
    /// Nothing carried: everybody at the mean.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// What this person carries.
    #[must_use]
    pub fn of(&self, person: &PersonId) -> Points {
        self.0.get(person).copied().unwrap_or_default()
    }

    /// The same with this person carrying so much.
    #[must_use]
    pub fn with(mut self, person: PersonId, points: Points) -> Self {
        self.0.insert(person, points);
        self
    }

    /// Everybody, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&PersonId, Points)> {
        self.0.iter().map(|(person, points)| (person, *points))
    }
}

impl FromIterator<(PersonId, Points)> for Carries {
    fn from_iter<I: IntoIterator<Item = (PersonId, Points)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// What an account is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Row {
    /// Whose.
    pub person: PersonId,
    /// How much of the period the person was there.
    pub presence: Presence,
    /// What was carried in.
    #[cfg_attr(feature = "serde", serde(default))]
    pub opening: Points,
    /// What was served.
    #[cfg_attr(feature = "serde", serde(default))]
    pub served: Served,
}

/// One person's account of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Account {
    /// Whose.
    pub person: PersonId,
    /// How much of the period the person was there, `a_p`.
    pub presence: Presence,
    /// What was carried in, `c_p`.
    pub opening: Points,
    /// What was served.
    pub served: Served,
    /// What that weighs, by category, in the order of [`Category::ALL`].
    pub loads: [Points; 6],
    /// All of that, `L_p`.
    pub load: Points,
    /// `(c_p + L_p) / a_p`; `None` for who was not there at all, whose load, if any, counts in what is carried over.
    pub burden: Option<Burden>,
    /// What is carried over to the next period.
    pub closing: Points,
}

impl Account {
    /// What was served in a category, weighed.
    #[must_use]
    pub fn load_of(&self, category: Category) -> Points {
        Category::ALL.into_iter().zip(self.loads).find(|(known, _)| *known == category).map_or(Points::ZERO, |(_, p)| p)
    }

    /// `c_p + L_p`, within twice [`Points::MOST`].
    pub(crate) fn total(&self) -> i128 {
        i128::from(self.opening.get()).saturating_add(self.load.get().into())
    }
}

/// The accounts of everybody at the end of a period.
///
/// What is carried over is `c' = decay x (b_p - mean) x a_p` with the mean burden of a full load,
/// `mean = sum (c + L) / sum a`. In points that is `decay x ((c_p + L_p) - mean x a_p)`, whose sum over everybody is
/// exactly 0: each is rounded down to a whole point, and the points missing go one each to those who lost most by it,
/// the first by name among equals. So nobody is a whole point off, and no debt is made or lost.
///
/// The mean is weighted by availability: for people of full time it is the plain mean, and with part time the sum stays
/// 0. Who leaves takes their carry along.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawAccounts", into = "RawAccounts")
)]
pub struct Accounts {
    period: Span,
    weights: Weights,
    decay: Decay,
    // INVARIANT: each person once, all of one period; everything else follows from what they were made from.
    accounts: Vec<Account>,
    mean: Option<Burden>,
}

impl Accounts {
    /// Accounts from what was served; [`Ledger::close`](crate::burden::Ledger::close) makes the rows.
    ///
    /// # Errors
    /// [`Error::PersonTwice`]; [`Error::PresenceOfOtherPeriod`] when a row is of a period of another length;
    /// [`Error::PointsOutOfRange`] when a burden is beyond [`Points::MOST`]; [`Error::Several`] for several of these.
    pub fn new(period: Span, weights: Weights, decay: Decay, rows: Vec<Row>) -> Result<Self, Error> {
        let mut places = BTreeMap::new();
        let (mut accounts, mut faults) = (Vec::with_capacity(rows.len()), Vec::new());
        let minutes = whole_minutes(period);
        for (place, row) in rows.into_iter().enumerate() {
            let mut fault = |error| faults.push((format!("rows[{place}]"), error));
            if let Some(first) = places.insert(row.person.clone(), place) {
                fault(Error::PersonTwice { person: row.person.clone(), first, second: place });
            }
            if row.presence.of_minutes() != minutes {
                fault(Error::PresenceOfOtherPeriod { minutes: row.presence.of_minutes(), period: minutes });
            }
            match open(row, &weights) {
                Ok(account) => accounts.push(account),
                Err(error) => fault(error),
            }
        }
        if !faults.is_empty() {
            return Err(Error::Several { faults });
        }
        let mean = mean(&accounts);
        let closing = closing(&accounts, decay);
        for (account, points) in accounts.iter_mut().zip(closing) {
            account.closing = Points::narrowed(points)?;
        }
        Ok(Self { period, weights, decay, accounts, mean })
    }

    /// The period.
    #[must_use]
    pub const fn period(&self) -> Span {
        self.period
    }

    /// What weighed how much.
    #[must_use]
    pub const fn weights(&self) -> &Weights {
        &self.weights
    }

    /// How much is remembered.
    #[must_use]
    pub const fn decay(&self) -> Decay {
        self.decay
    }

    /// Everybody, in the order of the team.
    #[must_use]
    pub fn all(&self) -> &[Account] {
        &self.accounts
    }

    /// This person's account.
    #[must_use]
    pub fn get(&self, person: &PersonId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.person == *person)
    }

    /// The mean burden of a full load, `sum (c + L) / sum a`; `None` when nobody was there.
    #[must_use]
    pub const fn mean(&self) -> Option<Burden> {
        self.mean
    }

    /// What is carried over to the next period. Sums to 0.
    #[must_use]
    pub fn carries(&self) -> Carries {
        self.accounts.iter().map(|account| (account.person.clone(), account.closing)).collect()
    }
}

fn open(row: Row, weights: &Weights) -> Result<Account, Error> {
    let mut loads = [Points::ZERO; 6];
    let mut load = Points::ZERO;
    for (category, place) in Category::ALL.into_iter().zip(&mut loads) {
        *place = row.served.load(category, weights)?;
        load = load.plus(*place)?;
    }
    let burden = Burden::of(row.opening.plus(load)?, row.presence);
    let Row { person, presence, opening, served } = row;
    Ok(Account { person, presence, opening, served, loads, load, burden, closing: Points::ZERO })
}

/// The sums of `c + L` and of `a` (in its parts) over everybody.
fn sums(accounts: &[Account]) -> (i128, i128) {
    accounts.iter().fold((0, 0), |(total, parts): (i128, i128), account| {
        (total.saturating_add(account.total()), parts.saturating_add(account.presence.parts()))
    })
}

fn mean(accounts: &[Account]) -> Option<Burden> {
    let (total, parts) = sums(accounts);
    let whole = accounts.first()?.presence.whole();
    Burden::fraction(total.saturating_mul(whole), parts)
}

/// `decay x (total_p - sum x parts_p / parts)` in whole points, by largest remainder. When nobody was there there is no
/// mean to measure from, and what was carried fades as it is.
#[expect(clippy::arithmetic_side_effects, reason = "for 10^6 people: totals within 2 x 10^21, parts within 10^17")]
fn closing(accounts: &[Account], decay: Decay) -> Vec<i128> {
    let (total, parts) = sums(accounts);
    let has_mean = parts > 0;
    let (share_total, parts) = if has_mean { (total, parts) } else { (0, 1) };
    let divisor = 100 * parts;
    let exact: Vec<i128> = accounts
        .iter()
        .map(|account| i128::from(decay.percent()) * (account.total() * parts - share_total * account.presence.parts()))
        .collect();
    let mut rounded: Vec<i128> = exact.iter().map(|part| part.div_euclid(divisor)).collect();
    let mut order: Vec<(i128, &PersonId, usize)> = exact
        .iter()
        .zip(accounts)
        .enumerate()
        .map(|(place, (part, account))| (-part.rem_euclid(divisor), &account.person, place))
        .collect();
    order.sort_unstable();
    // What is exact sums to 0 where there is a mean, else to the carries' own fading.
    let goal = if has_mean { 0 } else { (2 * i128::from(decay.percent()) * total + 100).div_euclid(200) };
    let missing = usize::try_from(goal - rounded.iter().sum::<i128>()).unwrap_or(0);
    for (.., place) in order.into_iter().take(missing) {
        if let Some(points) = rounded.get_mut(place) {
            *points += 1;
        }
    }
    rounded
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccounts {
    period: Span,
    #[serde(default)]
    weights: Weights,
    #[serde(default)]
    decay: Decay,
    rows: Vec<Row>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawAccounts> for Accounts {
    type Error = Error;

    fn try_from(raw: RawAccounts) -> Result<Self, Error> {
        Self::new(raw.period, raw.weights, raw.decay, raw.rows)
    }
}

#[cfg(feature = "serde")]
impl From<Accounts> for RawAccounts {
    fn from(accounts: Accounts) -> Self {
        let row = |Account { person, presence, opening, served, .. }| Row { person, presence, opening, served };
        let rows = accounts.accounts.into_iter().map(row).collect();
        Self { period: accounts.period, weights: accounts.weights, decay: accounts.decay, rows }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test fails by panicking")]
mod tests {
    use super::*;
    use crate::hours::TimeCategory;
    use crate::person::{Availability, Role};

    const HOURS: u64 = 13 * 7 * 24;

    fn quarter() -> Span {
        Span::starting_at("2026-01-05T00:00:00Z".parse().unwrap(), chrono::TimeDelta::hours(13 * 7 * 24)).unwrap()
    }

    /// Of so many per cent, there for so many hours, with so much carried in and so many weekday hours served.
    fn row(name: &str, percent: u32, there: u64, opening: i64, hours: u64) -> Row {
        let availability = Availability::from_percent(percent).unwrap();
        Row {
            person: PersonId::new(name).unwrap(),
            presence: Presence::new(availability, there * 60, HOURS * 60).unwrap(),
            opening: Points::new(opening).unwrap(),
            served: Served::default().with_minutes(Role::Primary, TimeCategory::Weekday, hours * 60).unwrap(),
        }
    }

    fn close(rows: Vec<Row>) -> Accounts {
        Accounts::new(quarter(), Weights::default(), Decay::HALF, rows).unwrap()
    }

    fn carries(accounts: &Accounts) -> Vec<i64> {
        accounts.all().iter().map(|account| account.closing.get()).collect()
    }

    #[test]
    fn half_of_what_is_above_the_mean_is_remembered() {
        // 30, 20 and 10 hours: 10 more than the mean, and 10 less.
        let accounts =
            close(vec![row("a", 100, HOURS, 0, 30), row("b", 100, HOURS, 0, 20), row("c", 100, HOURS, 0, 10)]);
        assert_eq!(accounts.mean().unwrap().hours(), 20.0);
        assert_eq!(carries(&accounts), [30_000, 0, -30_000]);
        assert_eq!(accounts.carries().of(&PersonId::new("c").unwrap()).to_string(), "-5 h");
        assert_eq!(accounts.carries().of(&PersonId::new("new").unwrap()), Points::ZERO);
    }

    #[test]
    fn half_the_time_with_half_the_load_is_even() {
        let accounts =
            close(vec![row("a", 100, HOURS, 0, 40), row("b", 50, HOURS, 0, 20), row("c", 100, HOURS / 2, 0, 20)]);
        assert!(accounts.all().iter().all(|account| account.burden == accounts.mean()));
        assert_eq!(carries(&accounts), [0, 0, 0]);
    }

    #[test]
    fn who_was_not_there_keeps_half_of_what_was_owed() {
        let accounts =
            close(vec![row("a", 100, HOURS, 0, 10), row("b", 100, HOURS, 0, 10), row("away", 100, 0, 6_000, 0)]);
        assert_eq!(accounts.all()[2].burden, None);
        // The mean of those there is of the whole sum, so that all sums to 0: (20 h + 1 h) / 2.
        assert_eq!(carries(&accounts), [-1_500, -1_500, 3_000]);
        let nobody = close(vec![row("a", 100, 0, 7, 0), row("b", 100, 0, -2, 0)]);
        assert_eq!((nobody.mean(), carries(&nobody)), (None, vec![4, -1]));
        assert_eq!(close(vec![]).mean(), None);
    }

    #[test]
    fn points_that_do_not_divide_go_to_those_who_lost_most() {
        let accounts = close(vec![row("b", 100, HOURS, 1, 0), row("a", 100, HOURS, 0, 0), row("c", 100, HOURS, 0, 0)]);
        // 1/3, -1/6 and -1/6: rounded down 0, -1, -1; the points missing go to a and c (5/6 each), not to b (1/3).
        assert_eq!(carries(&accounts), [0, 0, 0]);
        let accounts = close(vec![row("b", 100, HOURS, 2, 0), row("a", 100, HOURS, 0, 0), row("c", 100, HOURS, 0, 0)]);
        // 2/3, -1/3 and -1/3: two points for three equals, by name.
        assert_eq!(carries(&accounts), [1, 0, -1].map(|x: i64| x).to_vec());
    }

    #[test]
    fn faults_name_their_row() {
        let mut other = row("b", 100, 1, 0, 0);
        other.presence = Presence::new(Availability::FULL, 1, 2).unwrap();
        let rows = vec![row("a", 100, HOURS, 0, 1), row("a", 100, HOURS, 0, 1), other];
        let fault = Accounts::new(quarter(), Weights::default(), Decay::HALF, rows).unwrap_err().to_string();
        assert!(fault.starts_with("rows[1]: person `a` is there twice") && fault.contains("rows[2]: "), "{fault}");
        assert_eq!(Decay::from_percent(101), Err(Error::DecayOutOfRange { percent: 101 }));
    }
}
