//! Numbers in files, as text wherever the format can hand over the text.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// The text of a number: a string as it is written, a number as it is written where the format says how.
pub(crate) struct NumberText(pub(crate) String);

/// The key under which `serde_json` hands over a number's own text (feature `arbitrary_precision`).
const JSON_NUMBER: &str = "$serde_json::private::Number";

impl<'de> Deserialize<'de> for NumberText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = NumberText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a number in quotes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<NumberText, E> {
        Ok(NumberText(text.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<NumberText, E> {
        Ok(NumberText(number.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<NumberText, E> {
        Ok(NumberText(number.to_string()))
    }

    /// A format that made a float of the text already, as `serde_json` does by default. The shortest text that reads
    /// back as this float is the text that was written, if that had up to 15 digits; what a longer one was is lost.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<NumberText, E> {
        Ok(NumberText(number.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NumberText, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, text)) if key == JSON_NUMBER => Ok(NumberText(text)),
            _ => Err(de::Error::custom("a map where a number belongs")),
        }
    }
}
