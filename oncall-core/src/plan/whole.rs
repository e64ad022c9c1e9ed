//! Numbers of 128 bits in documents: a number where 64 bits hold it, else its digits, since JSON readers disagree on
//! larger ones.

use core::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(*value) {
        Ok(small) => serializer.serialize_i64(small),
        Err(_) => serializer.collect_str(value),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
    struct Whole;

    impl Visitor<'_> for Whole {
        type Value = i128;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number, or its digits")
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<i128, E> {
            Ok(value.into())
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<i128, E> {
            Ok(value.into())
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<i128, E> {
            value.parse().map_err(|_| E::custom(format_args!("`{value}` is not a whole number")))
        }
    }

    deserializer.deserialize_any(Whole)
}
