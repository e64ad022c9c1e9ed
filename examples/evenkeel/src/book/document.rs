//! TOML read by hand, so that every fault is found at once, with line and path.

use std::ops::Range;
use std::sync::Arc;

use miette::NamedSource;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Faults};

/// The text of a document and the faults found in it so far.
pub struct Document {
    name: String,
    text: Arc<NamedSource<String>>,
    /// The faults.
    pub faults: Faults,
}

impl Document {
    /// A document of that name.
    #[must_use]
    pub fn new(name: &str, text: String) -> Self {
        let text = Arc::new(NamedSource::new(name, text).with_language("TOML"));
        Self { name: name.to_owned(), text, faults: Faults::default() }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Arc<NamedSource<String>> {
        Arc::clone(&self.text)
    }

    /// Notes a fault at `span`.
    pub fn fault(&mut self, path: &str, span: Range<usize>, message: impl std::fmt::Display) {
        self.faults.push(Fault::of(&self.name, message).at_path(path).pointing_at(&self.text, span));
    }

    /// Notes the syntax errors of the parser.
    pub fn syntax(&mut self, errors: &[toml::de::Error]) {
        for error in errors {
            let message = error.message().replace('\n', ", ");
            let fault = Fault::of(&self.name, message);
            self.faults.push(match error.span() {
                Some(span) => fault.pointing_at(&self.text, span),
                None => fault,
            });
        }
    }
}

/// A table whose keys are taken one by one; what is left at the end is unknown.
pub struct Table<'t, 'i> {
    table: &'t DeTable<'i>,
    path: String,
    span: Range<usize>,
    taken: Vec<&'static str>,
}

/// A value with its path.
pub struct Item<'t, 'i> {
    value: &'t Spanned<DeValue<'i>>,
    /// `metrics[1].csv`
    pub path: String,
}

impl<'t, 'i> Table<'t, 'i> {
    /// The root of a document.
    #[must_use]
    pub fn root(table: &'t Spanned<DeTable<'i>>) -> Self {
        Self { table: table.get_ref(), path: String::new(), span: 0..0, taken: Vec::new() }
    }

    /// The value of `key`, if there.
    pub fn take(&mut self, key: &'static str) -> Option<Item<'t, 'i>> {
        self.taken.push(key);
        Some(Item { value: self.table.get(key)?, path: self.path_of(key) })
    }

    /// The value of `key`; its absence is a fault.
    pub fn need(&mut self, key: &'static str, document: &mut Document) -> Option<Item<'t, 'i>> {
        let item = self.take(key);
        if item.is_none() {
            document.fault(&self.path_of(key), self.span.clone(), "is missing");
        }
        item
    }

    /// The text of `key`, if there.
    pub fn text(&mut self, key: &'static str, document: &mut Document) -> Option<String> {
        self.take(key)?.text(document)
    }

    /// Every key with its value, for tables whose keys are names.
    pub fn entries(&self) -> impl Iterator<Item = (String, Item<'t, 'i>)> + '_ {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), Item { value, path: self.path_of(key.get_ref()) }))
    }

    /// Notes each key that nobody took.
    pub fn finish(self, document: &mut Document) {
        for (key, _) in self.table {
            if !self.taken.contains(&key.get_ref().as_ref()) {
                let known = self.taken.join(", ");
                let message = format!("unknown key; known here are {known}");
                document.fault(&self.path_of(key.get_ref()), key.span(), message);
            }
        }
    }

    /// Where the table is.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The table's path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'t, 'i> Item<'t, 'i> {
    /// The text; another type is a fault.
    pub fn text(&self, document: &mut Document) -> Option<String> {
        let text = self.value.get_ref().as_str().map(str::to_owned);
        self.expected(text, "text", document)
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// Where it is in the document.
    #[must_use]
    pub fn place(&self) -> (String, Range<usize>) {
        (self.path.clone(), self.value.span())
    }

    /// The truth value.
    pub fn truth(&self, document: &mut Document) -> Option<bool> {
        self.expected(self.value.get_ref().as_bool(), "true or false", document)
    }

    /// A number as written; `None` for anything else.
    #[must_use]
    pub fn number(&self, document: &Document) -> Option<String> {
        let value = self.value.get_ref();
        let is_number = value.as_integer().is_some() || value.as_float().is_some();
        is_number.then(|| document.text.inner().get(self.value.span()).unwrap_or_default().replace('_', ""))
    }

    /// A length: whole seconds as a number, or text such as `5m`.
    pub fn length(&self, document: &mut Document) -> Option<chrono::TimeDelta> {
        let Some(number) = self.number(document) else {
            let text = self.text(document)?;
            return self.check(crate::words::parse_length(&text), document);
        };
        let length = number.parse().ok().and_then(chrono::TimeDelta::try_seconds);
        self.check(length.ok_or_else(|| format!("length `{number}` is not a whole number of seconds")), document)
    }

    /// A list of texts; one text is a list of one.
    pub fn texts(&self, document: &mut Document) -> Vec<String> {
        if let Some(text) = self.value.get_ref().as_str() {
            return vec![text.to_owned()];
        }
        self.items(document).iter().filter_map(|item| item.text(document)).collect()
    }

    /// A list.
    pub fn items(&self, document: &mut Document) -> Vec<Item<'t, 'i>> {
        let array = self.expected(self.value.get_ref().as_array(), "a list", document);
        let items = array.into_iter().flat_map(|array| array.iter()).enumerate();
        items.map(|(index, value)| Item { value, path: format!("{}[{index}]", self.path) }).collect()
    }

    /// A table.
    pub fn table(&self, document: &mut Document) -> Option<Table<'t, 'i>> {
        let table = self.expected(self.value.get_ref().as_table(), "a table", document)?;
        Some(Table { table, path: self.path.clone(), span: self.value.span(), taken: Vec::new() })
    }

    /// An instant: text or a TOML datetime, with an offset.
    pub fn instant(&self, document: &mut Document) -> Option<chrono::DateTime<chrono::Utc>> {
        let value = self.value.get_ref();
        let text = value.as_str().map(str::to_owned).or_else(|| value.as_datetime().map(ToString::to_string));
        let text = self.expected(text, "an instant", document)?;
        self.check(crate::metrics::csv::instant(&text), document).and_then(crate::metrics::instant)
    }

    /// A date or a time as it is written, be it a text or a TOML datetime.
    pub fn written_time(&self, document: &mut Document) -> Option<String> {
        let value = self.value.get_ref();
        let text = value.as_str().map(str::to_owned).or_else(|| value.as_datetime().map(ToString::to_string));
        self.expected(text, "a date or a time", document)
    }

    /// A whole number from `least` to `most`.
    pub fn whole(&self, least: u32, most: u32, document: &mut Document) -> Option<u32> {
        let number = self.number(document);
        let number = self.expected(number, "a whole number", document)?;
        let whole = number.parse::<u32>().ok().filter(|whole| (least..=most).contains(whole));
        self.check(whole.ok_or_else(|| format!("`{number}` is no whole number from {least} to {most}")), document)
    }

    /// The value as JSON, for what a library reads by itself; dates become texts.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        json(self.value.get_ref())
    }

    /// The good part of a result; the other is a fault at this value.
    pub fn check<T, E: std::fmt::Display>(&self, result: Result<T, E>, document: &mut Document) -> Option<T> {
        result.map_err(|error| document.fault(&self.path, self.value.span(), error)).ok()
    }

    fn expected<T>(&self, value: Option<T>, what: &str, document: &mut Document) -> Option<T> {
        if value.is_none() {
            let found = self.value.get_ref().type_str();
            document.fault(&self.path, self.value.span(), format!("{found} where {what} is expected"));
        }
        value
    }
}

fn json(value: &DeValue<'_>) -> serde_json::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().into(), serde_json::Value::from),
        DeValue::Float(number) => {
            number.as_str().parse::<f64>().map_or(serde_json::Value::Null, serde_json::Value::from)
        }
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            serde_json::Value::Object(entries.collect())
        }
    }
}
