//! Answers of Prometheus's `/api/v1/query_range`, saved or live, read as a stream: of a series that nobody
//! asked for nothing is kept.

use std::borrow::Cow;
use std::fmt;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::selector::{Labels, Selector};
use super::{Metrics, Reading, Sample, Series, in_utc, milliseconds};
use crate::fault::{Fault, Faults, open};
use crate::progress;

/// Reads a saved answer.
///
/// # Errors
/// All faults: of the file, of its JSON (with line and column), of its values (with their path).
pub fn read_file(path: &Path, wanted: &[Selector], metrics: &mut Metrics) -> Result<(), Faults> {
    let name = path.display().to_string();
    let file = open(path).map_err(|fault| fault.help("save an answer of /api/v1/query_range"))?;
    read(&name, BufReader::with_capacity(1 << 16, progress::reading(&name, file)), wanted, metrics)
}

/// Reads an answer of `source` from a stream.
///
/// # Errors
/// As for [`read_file`].
pub fn read(source: &str, stream: impl Read, wanted: &[Selector], metrics: &mut Metrics) -> Result<(), Faults> {
    let mut answer = Answer { source, wanted, metrics, faults: Faults::default(), found: Found::default() };
    let mut deserializer = serde_json::Deserializer::from_reader(stream);
    let parsed = Document(&mut answer).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Err(error) = parsed {
        answer.syntax(&error);
    } else {
        answer.complete();
    }
    answer.faults.or(())
}

struct Answer<'a> {
    source: &'a str,
    wanted: &'a [Selector],
    metrics: &'a mut Metrics,
    faults: Faults,
    found: Found,
}

#[derive(Default)]
struct Found {
    status: Option<String>,
    error: Option<String>,
    result: bool,
    kind: Option<String>,
}

impl Answer<'_> {
    fn fault(&mut self, path: impl fmt::Display, message: impl fmt::Display) {
        self.faults.push(Fault::of(self.source, message).at_path(path));
    }

    fn syntax(&mut self, error: &serde_json::Error) {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = format!("{} (column {})", text.strip_suffix(&place).unwrap_or(&text), error.column());
        let line = u64::try_from(error.line()).unwrap_or(0);
        self.faults.push(
            Fault::of(self.source, message)
                .at_line(line)
                .help("an answer of /api/v1/query_range is expected: {\"status\":\"success\",\"data\":{...}}"),
        );
    }

    fn complete(&mut self) {
        match self.found.status.take().as_deref() {
            Some("success") => {}
            Some(status) => {
                let why = self.found.error.take().unwrap_or_else(|| "no reason given".to_owned());
                self.fault("status", format!("`{status}` is not `success`: {why}"));
                return;
            }
            None => self.fault("status", "is missing"),
        }
        if !self.found.result {
            self.fault("data.result", "is missing");
        }
        if let Some(kind) = self.found.kind.take().filter(|kind| kind != "matrix") {
            self.fault("data.resultType", format!("`{kind}` is not `matrix`, what a range query answers"));
        }
    }
}

/// `{"status": .., "data": {..}}`
struct Document<'a, 'b>(&'a mut Answer<'b>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `status` and `data`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "status" => self.0.found.status = Some(map.next_value()?),
                "error" => self.0.found.error = Some(map.next_value()?),
                "data" => map.next_value_seed(Body(&mut *self.0))?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// `{"resultType": "matrix", "result": [..]}`
struct Body<'a, 'b>(&'a mut Answer<'b>);

impl<'de> DeserializeSeed<'de> for Body<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `resultType` and `result`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "resultType" => self.0.found.kind = Some(map.next_value()?),
                "result" if self.0.found.kind.as_deref().is_none_or(|kind| kind == "matrix") => {
                    self.0.found.result = true;
                    map.next_value_seed(ResultArray(&mut *self.0))?;
                }
                "result" => {
                    self.0.found.result = true;
                    _ = map.next_value::<IgnoredAny>()?;
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// `[{"metric": {..}, "values": [..]}, ..]`
struct ResultArray<'a, 'b>(&'a mut Answer<'b>);

impl<'de> DeserializeSeed<'de> for ResultArray<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ResultArray<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of series")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        while seq.next_element_seed(OneSeries { answer: &mut *self.0, index })?.is_some() {
            index = index.saturating_add(1);
        }
        Ok(())
    }
}

struct OneSeries<'a, 'b> {
    answer: &'a mut Answer<'b>,
    index: usize,
}

impl<'de> DeserializeSeed<'de> for OneSeries<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneSeries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series with `metric` and `values`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let path = format!("data.result[{}]", self.index);
        let (mut labels, mut samples) = (None::<Labels>, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "metric" => labels = Some(map.next_value()?),
                "values" if labels.as_ref().is_some_and(|labels| !self.answer.wants(labels)) => {
                    _ = map.next_value::<IgnoredAny>()?;
                    samples = Some(Vec::new());
                }
                "values" => samples = Some(map.next_value_seed(Values { answer: &mut *self.answer, path: &path })?),
                "histograms" => {
                    _ = map.next_value::<IgnoredAny>()?;
                    let message =
                        "native histograms are not read from saved answers; ask for the classic `_bucket` series";
                    self.answer.fault(format!("{path}.histograms"), message);
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        match (labels, samples) {
            (Some(labels), Some(samples)) if self.answer.wants(&labels) => {
                let source = self.answer.source.to_owned();
                let added = self.answer.metrics.add(Series { labels, reading: Reading::Scraped, source, samples });
                if let Err(fault) = added {
                    self.answer.faults.push(fault);
                }
            }
            (Some(_), Some(_)) => {}
            (None, _) => self.answer.fault(format!("{path}.metric"), "is missing"),
            (_, None) => self.answer.fault(format!("{path}.values"), "is missing"),
        }
        Ok(())
    }
}

impl Answer<'_> {
    fn wants(&self, labels: &Labels) -> bool {
        self.wanted.iter().any(|selector| selector.selects(labels))
    }
}

/// `[[1795532245, "167"], ..]`
struct Values<'a, 'b, 'p> {
    answer: &'a mut Answer<'b>,
    path: &'p str,
}

impl<'de> DeserializeSeed<'de> for Values<'_, '_, '_> {
    type Value = Vec<Sample>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Sample>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Values<'_, '_, '_> {
    type Value = Vec<Sample>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of `[instant, \"value\"]`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Sample>, A::Error> {
        let mut samples: Vec<Sample> = Vec::new();
        let mut index = 0_usize;
        while let Some((at, value)) = seq.next_element::<(f64, Value)>()? {
            match sample(at, &value.0, samples.last()) {
                Ok(sample) => samples.push(sample),
                Err(message) => self.answer.fault(format!("{}.values[{index}]", self.path), message),
            }
            index = index.saturating_add(1);
        }
        Ok(samples)
    }
}

/// A value: text by Prometheus's rule, a number where another tool wrote the file.
struct Value(String);

impl<'de> de::Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value as text, such as \"167\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value(text.to_owned()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                Ok(Value(number.to_string()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
                Ok(Value(number.to_string()))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
                Ok(Value(number.to_string()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

fn sample(at: f64, value: &str, last: Option<&Sample>) -> Result<Sample, String> {
    let at = milliseconds(at).ok_or_else(|| format!("instant `{at}` is not Unix seconds within 1970 to 2199"))?;
    if let Some(last) = last {
        if at == last.at {
            return Err(format!("instant {} appears twice", in_utc(at)));
        }
        if at < last.at {
            return Err(format!("instant {} is before {}, the one above it", in_utc(at), in_utc(last.at)));
        }
    }
    // NaN is Prometheus's own mark of a series that went stale: a scrape without data.
    let number: f64 = value.parse().map_err(|_| format!("value `{value}` is not a number"))?;
    if number.is_infinite() {
        return Err(format!("value `{value}` is not finite"));
    }
    Ok(Sample { at, value: number })
}
