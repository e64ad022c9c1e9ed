//! Lengths of time as whole seconds in files, with a fraction where there is one.

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// The shape in a file: seconds and nanoseconds, so that nothing is lost.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged, expecting = "a length of time is whole seconds, or `{seconds, nanoseconds}`")]
enum Length {
    Whole(i64),
    Fine { seconds: i64, nanoseconds: u32 },
}

impl From<TimeDelta> for Length {
    fn from(length: TimeDelta) -> Self {
        let whole = length.num_seconds();
        match TimeDelta::try_seconds(whole) {
            Some(exact) if exact == length => Self::Whole(whole),
            _ => {
                // chrono keeps the fraction's sign with the length; store floor and a positive rest.
                let floor = if length < TimeDelta::zero() { whole.saturating_sub(1) } else { whole };
                let rest = TimeDelta::try_seconds(floor)
                    .and_then(|floor| length.checked_sub(&floor))
                    .and_then(|rest| rest.num_nanoseconds())
                    .and_then(|rest| u32::try_from(rest).ok());
                Self::Fine { seconds: floor, nanoseconds: rest.unwrap_or(0) }
            }
        }
    }
}

impl Length {
    fn read(self) -> Option<TimeDelta> {
        match self {
            Self::Whole(seconds) => TimeDelta::try_seconds(seconds),
            Self::Fine { seconds, nanoseconds } => TimeDelta::new(seconds, nanoseconds),
        }
    }
}

pub(crate) fn serialize<S: Serializer>(length: &TimeDelta, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Length::from(*length), serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    Length::deserialize(deserializer)?.read().ok_or_else(|| D::Error::custom("a length of time out of range"))
}

/// The same for a length that may be absent.
pub(crate) mod option {
    use super::{Length, TimeDelta};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(length: &Option<TimeDelta>, serializer: S) -> Result<S::Ok, S::Error> {
        length.map(Length::from).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeDelta>, D::Error> {
        Option::<Length>::deserialize(deserializer)?
            .map(|length| length.read().ok_or_else(|| D::Error::custom("a length of time out of range")))
            .transpose()
    }
}
