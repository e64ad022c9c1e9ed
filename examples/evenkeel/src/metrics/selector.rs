//! Prometheus series selectors: `http_requests_total{service="checkout",code!~"5.."}`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use regex::Regex;

/// The labels of a series, its name under `__name__`.
pub type Labels = BTreeMap<String, String>;

/// The label that holds a series' name.
pub const NAME: &str = "__name__";

/// A series selector with the semantics of Prometheus: an absent label is the empty one, and a pattern must
/// match the whole value.
///
/// Written by hand: the crate for it (`promql-parser`) brings a parser generator for the whole language.
#[derive(Debug, Clone)]
pub struct Selector {
    text: String,
    matchers: Vec<Matcher>,
}

#[derive(Debug, Clone)]
struct Matcher {
    label: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Is(String),
    IsNot(String),
    Matches(Regex),
    MatchesNot(Regex),
}

impl Selector {
    /// Whether a series with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| {
            let value = labels.get(&matcher.label).map_or("", String::as_str);
            match &matcher.test {
                Test::Is(wanted) => value == wanted,
                Test::IsNot(unwanted) => value != unwanted,
                Test::Matches(pattern) => pattern.is_match(value),
                Test::MatchesNot(pattern) => !pattern.is_match(value),
            }
        })
    }

    /// The selector as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The series' name, where one is asked for exactly.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.matchers.iter().find_map(|matcher| match &matcher.test {
            Test::Is(name) if matcher.label == NAME => Some(name.as_str()),
            _ => None,
        })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text: text.trim(), at: 0 };
        let matchers =
            reader.selector().map_err(|why| format!("query `{}` is not a series selector: {why}", text.trim()))?;
        Ok(Self { text: text.trim().to_owned(), matchers })
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn selector(&mut self) -> Result<Vec<Matcher>, String> {
        let mut matchers = Vec::new();
        let name = self.word(|c| c == ':');
        if !name.is_empty() {
            matchers.push(Matcher { label: NAME.to_owned(), test: Test::Is(name.to_owned()) });
        }
        self.blanks();
        if self.eat("{") {
            loop {
                self.blanks();
                if self.eat("}") {
                    break;
                }
                matchers.push(self.matcher()?);
                self.blanks();
                if !self.eat(",") && !self.rest().starts_with('}') {
                    return Err(self.expected("`,` or `}`"));
                }
            }
        }
        self.blanks();
        if !self.rest().is_empty() {
            return Err(format!("{}; functions, ranges and offsets are left to the tool", self.expected("its end")));
        }
        let narrows = |matcher: &Matcher| match &matcher.test {
            Test::Is(wanted) => !wanted.is_empty(),
            Test::IsNot(unwanted) => unwanted.is_empty(),
            Test::Matches(pattern) => !pattern.is_match(""),
            Test::MatchesNot(pattern) => pattern.is_match(""),
        };
        if !matchers.iter().any(narrows) {
            return Err("it needs a name or a matcher that the empty label does not satisfy".to_owned());
        }
        Ok(matchers)
    }

    fn matcher(&mut self) -> Result<Matcher, String> {
        let label = self.word(|_| false).to_owned();
        if label.is_empty() {
            return Err(self.expected("a label name"));
        }
        self.blanks();
        let operator = ["=~", "!~", "!=", "="].into_iter().find(|operator| self.eat(operator));
        let operator = operator.ok_or_else(|| self.expected("`=`, `!=`, `=~` or `!~`"))?;
        self.blanks();
        let value = self.quoted()?;
        let pattern = || Regex::new(&format!("^(?s:{value})$")).map_err(|error| format!("pattern `{value}`: {error}"));
        let test = match operator {
            "=" => Test::Is(value),
            "!=" => Test::IsNot(value),
            "=~" => Test::Matches(pattern()?),
            _ => Test::MatchesNot(pattern()?),
        };
        Ok(Matcher { label, test })
    }

    fn quoted(&mut self) -> Result<String, String> {
        let quote = ["\"", "'", "`"].into_iter().find(|quote| self.eat(quote));
        let quote = quote.and_then(|quote| quote.chars().next()).ok_or_else(|| self.expected("a quoted value"))?;
        let mut value = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((offset, c)) = chars.next() {
            if c == quote {
                self.at = self.at.saturating_add(offset).saturating_add(c.len_utf8());
                return Ok(value);
            }
            if c != '\\' || quote == '`' {
                value.push(c);
                continue;
            }
            match chars.next().map(|(_, c)| c) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(c @ ('\\' | '"' | '\'')) => value.push(c),
                Some(c) => return Err(format!("`\\{c}` is not an escape known here (\\\\ \\\" \\' \\n \\t \\r)")),
                None => break,
            }
        }
        Err("a quoted value does not end".to_owned())
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let blank = self.rest().len().saturating_sub(self.rest().trim_start().len());
        self.at = self.at.saturating_add(blank);
    }

    fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at = self.at.saturating_add(what.len());
        }
        found
    }

    fn word(&mut self, also: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return "";
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || also(c))).unwrap_or(rest.len());
        self.at = self.at.saturating_add(end);
        rest.get(..end).unwrap_or_default()
    }

    fn expected(&self, what: &str) -> String {
        let rest: String = self.rest().chars().take(12).collect();
        let found = if rest.is_empty() { "its end".to_owned() } else { format!("`{rest}`") };
        let place = self.text.get(..self.at).unwrap_or_default().chars().count().saturating_add(1);
        format!("expected {what} at character {place}, found {found}")
    }
}

/// Labels as Prometheus prints them.
#[must_use]
pub fn series_name(labels: &Labels) -> String {
    let name = labels.get(NAME).map_or("", String::as_str);
    let rest: Vec<_> = labels
        .iter()
        .filter(|(label, _)| label.as_str() != NAME)
        .map(|(label, value)| format!("{label}={value:?}"))
        .collect();
    if rest.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", rest.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
    }

    fn selects(selector: &str, pairs: &[(&str, &str)]) -> bool {
        selector.parse::<Selector>().unwrap().selects(&labels(pairs))
    }

    #[test]
    fn matches_as_prometheus_does() {
        let series = [(NAME, "http_requests_total"), ("service", "checkout"), ("code", "500")];
        assert!(selects("http_requests_total", &series));
        assert!(!selects("http_requests", &series), "a name is matched whole");
        assert!(selects(r#"http_requests_total{service="checkout",code=~"5..",}"#, &series));
        assert!(!selects(r#"http_requests_total{code!~"5.."}"#, &series));
        assert!(!selects(r#"http_requests_total{code=~"50"}"#, &series), "patterns are anchored");
        assert!(selects(r#"http_requests_total{code=~"40.|5.."}"#, &series), "at both ends of an alternative");
        assert!(selects(r#"{__name__=~"http_.*", code!="200"}"#, &series));
        assert!(selects(r#"http_requests_total{zone=""}"#, &series), "an absent label is the empty one");
        assert!(!selects(r#"http_requests_total{zone!=""}"#, &series));
        assert!(selects("http_requests_total { service = 'checkout' }", &series));
    }

    #[test]
    fn says_where_a_query_stops_being_a_selector() {
        let fault = |text: &str| text.parse::<Selector>().unwrap_err();
        assert!(
            fault("sum(rate(x[5m]))").contains("at character 4, found `(rate(x[5m])`"),
            "{}",
            fault("sum(rate(x[5m]))")
        );
        assert!(fault("x[5m]").contains("ranges and offsets are left to the tool"));
        assert!(fault(r#"x{a="b"#).contains("does not end"));
        assert!(fault(r#"x{a=~"("}"#).contains("pattern `(`"));
        assert!(fault(r#"{a=~".*"}"#).contains("needs a name"));
        assert!(fault("").contains("needs a name"));
        assert!(fault("x{1a=\"b\"}").contains("a label name"));
    }
}
