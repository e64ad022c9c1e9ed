//! Burden in whole numbers: points, shares of a period, and their quotient.

use core::cmp::Ordering;
use core::fmt;

use timeline_core::Span;

use crate::error::Error;
use crate::person::Availability;
use crate::team::Person;

/// Points of burden, a whole number within 10^15 either way: hundredths of a weighted minute, so that 40 % of a
/// minute of weight 1 is 40. Negative for what somebody owes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "i64", into = "i64"))]
pub struct Points(i64);

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);
    /// The most there can be.
    pub const MOST: Self = Self(1_000_000_000_000_000);
    /// The points of an hour of weight 1.
    pub const HOUR: Self = Self(6_000);

    /// # Errors
    /// [`Error::PointsOutOfRange`] unless `points` is within [`Points::MOST`] either way.
    pub fn new(points: i64) -> Result<Self, Error> {
        Self::narrowed(points.into())
    }

    /// # Errors
    /// [`Error::PointsOutOfRange`] unless `points` is within [`Points::MOST`] either way.
    pub(crate) fn narrowed(points: i128) -> Result<Self, Error> {
        match i64::try_from(points) {
            Ok(given) if given.unsigned_abs() <= Self::MOST.0.unsigned_abs() => Ok(Self(given)),
            _ => Err(Error::PointsOutOfRange { given: points, most: Self::MOST.0 }),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum of both.
    ///
    /// # Errors
    /// [`Error::PointsOutOfRange`] beyond [`Points::MOST`].
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        Self::narrowed(i128::from(self.0).saturating_add(other.0.into()))
    }

    /// As hours of weight 1, for people to read.
    #[must_use]
    pub fn hours(self) -> f64 {
        self.float() / Self::HOUR.float()
    }

    /// The number as a float, exactly.
    #[expect(clippy::cast_precision_loss, reason = "within 10^15, and floats are exact to 2^53")]
    pub(crate) const fn float(self) -> f64 {
        self.0 as f64
    }
}

impl TryFrom<i64> for Points {
    type Error = Error;

    fn try_from(points: i64) -> Result<Self, Error> {
        Self::new(points)
    }
}

impl From<Points> for i64 {
    fn from(points: Points) -> Self {
        points.0
    }
}

impl fmt::Display for Points {
    /// As hours of weight 1, `12.5 h`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hours().fmt(f)?;
        f.write_str(" h")
    }
}

/// How much of a period's full load a person is there for: the availability times the share of the period in which the
/// person belonged to the rotation and was not on leave. Exact, as a fraction; 0 for who was not there at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawPresence", into = "RawPresence")
)]
pub struct Presence {
    availability: Availability,
    // INVARIANT: minutes <= of, 1 <= of <= MOST_MINUTES.
    minutes: u64,
    of: u64,
}

/// The longest period, in minutes: a thousand years.
const MOST_MINUTES: u64 = 526_000_000;

impl Presence {
    /// # Errors
    /// [`Error::PeriodOutOfRange`] unless the period is of a minute to a thousand years; [`Error::PresenceOutOfRange`]
    /// for more minutes there than the period has.
    pub const fn new(availability: Availability, minutes: u64, of: u64) -> Result<Self, Error> {
        if of == 0 || of > MOST_MINUTES {
            return Err(Error::PeriodOutOfRange { minutes: of });
        }
        if minutes > of {
            return Err(Error::PresenceOutOfRange { minutes, of });
        }
        Ok(Self { availability, minutes, of })
    }

    /// Of `person` in `period`.
    ///
    /// # Errors
    /// [`Error::PeriodOutOfRange`] unless the period is of a minute to a thousand years.
    pub fn of(person: &Person, period: Span) -> Result<Self, Error> {
        let there = person.membership().clip(period).map_or(0, |member| {
            person.away().complement_within(member).iter().map(whole_minutes).fold(0, u64::saturating_add)
        });
        Self::new(person.availability(), there, whole_minutes(period))
    }

    /// The availability while there.
    #[must_use]
    pub const fn availability(self) -> Availability {
        self.availability
    }

    /// Minutes of the period in which the person belonged to the rotation and was not on leave.
    #[must_use]
    pub const fn minutes(self) -> u64 {
        self.minutes
    }

    /// Minutes of the period.
    #[must_use]
    pub const fn of_minutes(self) -> u64 {
        self.of
    }

    /// Whether the person was not there at all.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.minutes == 0
    }

    /// In [0, 1].
    #[must_use]
    pub fn share(self) -> f64 {
        quotient(self.parts(), self.whole())
    }

    /// The numerator: per cent times minutes there, at most [`whole`](Self::whole).
    pub(crate) fn parts(self) -> i128 {
        i128::from(self.availability.percent()).saturating_mul(self.minutes.into())
    }

    /// The denominator, the same for everybody in a period; above 0.
    pub(crate) fn whole(self) -> i128 {
        i128::from(self.of).saturating_mul(100)
    }
}

/// The minutes of a span: from the minute it begins in to the minute it ends in. So the parts of a span have the
/// minutes of the whole, wherever it is cut, and a span of whole minutes has its own.
pub(crate) fn whole_minutes(span: Span) -> u64 {
    let minute = |t: chrono::DateTime<chrono::Utc>| t.timestamp().div_euclid(60);
    u64::try_from(minute(span.end()).saturating_sub(minute(span.start()))).unwrap_or(0)
}

/// Points for each full load: an exact fraction, so that part time and a quarter begun late compare with the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Burden {
    // INVARIANT: in lowest terms, the denominator above 0.
    numerator: i128,
    denominator: i128,
}

impl Burden {
    /// None.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// So many points of somebody there all the time.
    #[must_use]
    pub fn of_full_time(points: Points) -> Self {
        Self { numerator: points.get().into(), denominator: 1 }
    }

    /// So many points of somebody there so much; `None` for who was not there.
    #[must_use]
    pub fn of(points: Points, presence: Presence) -> Option<Self> {
        Self::fraction(i128::from(points.get()).saturating_mul(presence.whole()), presence.parts())
    }

    /// `numerator / denominator`, `None` unless the denominator is above 0.
    #[must_use]
    pub fn fraction(numerator: i128, denominator: i128) -> Option<Self> {
        let common = common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let common = i128::try_from(common).ok().filter(|_| denominator > 0)?;
        Some(Self { numerator: numerator.checked_div(common)?, denominator: denominator.checked_div(common)? })
    }

    /// The numerator, in points, and the denominator, in lowest terms.
    #[must_use]
    pub const fn parts(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// This less the other, exactly; `None` where it does not fit 128 bits, which no two people's burdens do.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::fraction(left.checked_sub(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// In points, rounded to a float.
    #[must_use]
    pub fn points(self) -> f64 {
        quotient(self.numerator, self.denominator)
    }

    /// As hours of weight 1, for people to read.
    #[must_use]
    pub fn hours(self) -> f64 {
        self.points() / Points::HOUR.float()
    }
}

impl Ord for Burden {
    /// Exact for any two fractions, by their continued fractions: products might not fit.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = ((self.numerator, self.denominator), (other.numerator, other.denominator));
        let mut turned = false;
        loop {
            let whole = |(n, d): (i128, i128)| (n.div_euclid(d), n.rem_euclid(d));
            let ((whole_left, rest_left), (whole_right, rest_right)) = (whole(left), whole(right));
            let order = match (whole_left.cmp(&whole_right), rest_left, rest_right) {
                (Ordering::Equal, 0, 0) => return Ordering::Equal,
                (Ordering::Equal, 0, _) => Ordering::Less,
                (Ordering::Equal, _, 0) => Ordering::Greater,
                (Ordering::Equal, ..) => {
                    // The rests are proper fractions: the larger has the smaller reciprocal.
                    (left, right) = ((left.1, rest_left), (right.1, rest_right));
                    turned = !turned;
                    continue;
                }
                (order, ..) => order,
            };
            return if turned { order.reverse() } else { order };
        }
    }
}

impl PartialOrd for Burden {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Burden {
    /// As hours of weight 1, `12.5 h`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hours().fmt(f)?;
        f.write_str(" h")
    }
}

/// The greatest common divisor, at least 1.
pub(crate) fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a.max(1)
}

/// The quotient as a float, within two roundings.
#[expect(clippy::cast_precision_loss, reason = "a float for people to read; what is exact stays a fraction")]
pub(crate) fn quotient(numerator: i128, denominator: i128) -> f64 {
    numerator as f64 / denominator as f64
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPresence {
    availability: Availability,
    minutes: u64,
    of: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawPresence> for Presence {
    type Error = Error;

    fn try_from(raw: RawPresence) -> Result<Self, Error> {
        Self::new(raw.availability, raw.minutes, raw.of)
    }
}

#[cfg(feature = "serde")]
impl From<Presence> for RawPresence {
    fn from(presence: Presence) -> Self {
        Self { availability: presence.availability, minutes: presence.minutes, of: presence.of }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test fails by panicking")]
mod tests {
    use super::*;
    use crate::person::PersonId;
    use crate::team::Membership;

    fn span(start: &str, end: &str) -> Span {
        Span::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    #[test]
    fn points_stay_within_their_bound() {
        assert!(Points::new(Points::MOST.get()).is_ok() && Points::new(-Points::MOST.get()).is_ok());
        assert!(Points::new(i64::MIN).is_err());
        let fault = Points::MOST.plus(Points(1)).unwrap_err();
        assert_eq!(fault.to_string(), "burden of 1000000000000001 points is beyond 1000000000000000 either way");
    }

    #[test]
    fn who_joined_late_half_time_with_leave_was_there_so_much() {
        let week = span("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
        let member = Membership::new(Some("2026-03-04T00:00:00Z".parse().unwrap()), None).unwrap();
        let ada = Person::new(PersonId::new("ada").unwrap())
            .with_membership(member)
            .with_availability(Availability::from_percent(50).unwrap())
            .with_leave(span("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"), None)
            .with_leave(span("2026-03-04T12:00:00Z", "2026-03-05T00:00:00Z"), None);
        let presence = Presence::of(&ada, week).unwrap();
        assert_eq!((presence.minutes(), presence.of_minutes()), (4 * 1440, 7 * 1440));
        let burden = Burden::of(Points(200), presence).unwrap();
        assert_eq!(burden.parts(), (700, 1));
        let before = span("2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z");
        assert!(Presence::of(&ada, before).unwrap().is_none());
        assert_eq!(Burden::of(Points(200), Presence::of(&ada, before).unwrap()), None);
    }

    #[test]
    fn a_period_has_at_least_a_minute() {
        let blink = span("2026-03-02T00:00:00Z", "2026-03-02T00:00:59Z");
        let ada = Person::new(PersonId::new("ada").unwrap());
        assert_eq!(Presence::of(&ada, blink), Err(Error::PeriodOutOfRange { minutes: 0 }));
    }

    #[test]
    fn fractions_compare_exactly_where_floats_do_not() {
        let third = Burden::fraction(10_i128.pow(30) + 1, 3 * 10_i128.pow(30)).unwrap();
        let less = Burden::fraction(1, 3).unwrap();
        assert!(third > less && (third.points() - less.points()).abs() < 1e-15);
        let below = Burden::fraction(-1, 3).unwrap();
        assert!(below < Burden::ZERO && Burden::fraction(-2, 3).unwrap() < below);
        assert_eq!(Burden::fraction(4, 6), Burden::fraction(2, 3));
        assert_eq!(Burden::fraction(1, 0), None);
        // Against products, on all small fractions.
        for (a, b, c, d) in
            (-6..7).flat_map(|a| (1..6).flat_map(move |b| (-6..7).flat_map(move |c| (1..6).map(move |d| (a, b, c, d)))))
        {
            let (left, right) = (Burden::fraction(a, b).unwrap(), Burden::fraction(c, d).unwrap());
            assert_eq!(left.cmp(&right), (a * d).cmp(&(c * b)), "{a}/{b} {c}/{d}");
            assert_eq!(left.less(right), Burden::fraction(a * d - c * b, b * d));
        }
    }
}
