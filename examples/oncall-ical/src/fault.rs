//! What is wrong with a calendar: all of it at once, each in its place, and what is wrong everywhere said once.

use std::collections::BTreeMap;
use std::fmt;

/// One thing that is wrong with a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line of the text, from 1, where it is known.
    pub line: Option<u64>,
    /// Which property of which event, by its UID: `DTSTART of 7f3a@example.org`.
    pub path: Option<String>,
    /// What is wrong, with the value. It says in how many events where there are several.
    pub message: String,
    /// The line on which the event begins.
    event: Option<u64>,
}

impl Fault {
    pub(crate) fn of(message: impl fmt::Display) -> Self {
        Self { line: None, path: None, message: message.to_string(), event: None }
    }

    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn at_path(mut self, path: impl fmt::Display) -> Self {
        self.path = Some(path.to_string());
        self
    }

    pub(crate) fn in_event(mut self, line: u64) -> Self {
        self.event = Some(line);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// Everything that is wrong with a calendar, in the order in which it was met. What is said of one event in the words of
/// another, such as a name that nobody knows, is one fault.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    known: BTreeMap<String, Known>,
}

/// A message, and where it was met.
#[derive(Debug)]
struct Known {
    place: usize,
    /// Events more than the first.
    more: u64,
    last: u64,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        let Some(event) = fault.event else {
            self.faults.push(fault);
            return;
        };
        match self.known.get_mut(&fault.message) {
            Some(known) => {
                known.more = known.more.saturating_add(u64::from(known.last != event));
                known.last = event;
            }
            None => {
                let known = Known { place: self.faults.len(), more: 0, last: event };
                self.known.insert(fault.message.clone(), known);
                self.faults.push(fault);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// `value` when nothing is wrong, else what is.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.faults.is_empty() { Ok(value) } else { Err(self.told()) }
    }

    /// The faults, each with the number of events that have it.
    pub(crate) fn told(self) -> Vec<Fault> {
        let mut faults = self.faults;
        for known in self.known.into_values().filter(|known| known.more > 0) {
            let Some(fault) = faults.get_mut(known.place) else { continue };
            let events = known.more.saturating_add(1);
            fault.message.push_str(&format!(" (so in {events} events, the last at line {})", known.last));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_many_events_is_said_once_with_their_number() {
        let mut faults = Faults::default();
        for event in [2, 2, 9, 16] {
            faults.push(Fault::of("no zone `X`").at_line(event + 1).in_event(event));
        }
        faults.push(Fault::of("no date").at_line(5).in_event(2));
        let told: Vec<_> = faults.told().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["line 3: no zone `X` (so in 3 events, the last at line 16)", "line 5: no date"]);
    }
}
