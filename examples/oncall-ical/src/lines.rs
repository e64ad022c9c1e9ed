//! The content lines of a calendar, each with the line of the file on which it begins.

use icalendar::Property;

use super::fault::{Fault, Faults};

/// A component's properties as they stand in the file.
#[derive(Debug)]
pub(super) struct Component {
    /// `VEVENT`, `VTIMEZONE`, ...
    pub(super) name: String,
    /// Where it begins.
    pub(super) line: u64,
    /// In the order of the file.
    pub(super) properties: Vec<(u64, Property)>,
    /// The components within it, such as the halves of a zone's year; what is nested deeper is passed over.
    pub(super) parts: Vec<Component>,
}

impl Component {
    fn new(name: &str, line: u64) -> Self {
        Self { name: name.to_owned(), line, properties: Vec::new(), parts: Vec::new() }
    }

    /// The first property of that name.
    pub(super) fn find(&self, name: &str) -> Option<&(u64, Property)> {
        self.all(name).next()
    }

    /// Every property of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &(u64, Property)> {
        self.properties.iter().filter(move |(_, property)| property.key() == name)
    }
}

/// The components that stand directly in a calendar, with their parts.
///
/// # Errors
/// A fault for each line that is none, for components that do not end, and for a text that is no calendar.
pub(super) fn components(text: &str) -> Result<Vec<Component>, Vec<Fault>> {
    let (mut components, mut faults) = (Vec::new(), Faults::default());
    let mut open: Vec<(u64, String)> = Vec::new();
    let mut calendars = 0_usize;
    for (line, content) in unfolded(text) {
        let (name, rest) = content.split_once(':').unwrap_or((content.as_str(), ""));
        // The crate keeps these two apart from properties.
        let edge = ["BEGIN", "END"].into_iter().find(|edge| name.trim().eq_ignore_ascii_case(edge));
        let property = match edge {
            Some(edge) if content.contains(':') => Property::new(edge, rest),
            _ => match content.parse::<Property>() {
                Ok(property) if content.contains(':') && !property.key().is_empty() => property,
                _ => {
                    let shown: String = content.chars().take(40).collect();
                    let message = format!("`{shown}` is no content line, such as `SUMMARY:on leave`");
                    faults.push(Fault::of(message).at_line(line));
                    if calendars == 0 {
                        // Another kind of file altogether.
                        return Err(faults.told());
                    }
                    continue;
                }
            },
        };
        let value = property.value().trim().to_ascii_uppercase();
        match (property.key(), open.len()) {
            ("BEGIN", depth) => {
                if depth == 0 && value != "VCALENDAR" {
                    faults.push(Fault::of(format!("begins with `{value}`, not with a calendar")).at_line(line));
                    return Err(faults.told());
                }
                calendars = calendars.saturating_add(usize::from(depth == 0));
                if depth == 1 {
                    components.push(Component::new(&value, line));
                } else if let (2, Some(component)) = (depth, components.last_mut()) {
                    component.parts.push(Component::new(&value, line));
                }
                open.push((line, value));
            }
            ("END", _) => match open.pop() {
                Some((_, name)) if name == value => {}
                Some((begun, name)) => {
                    let message = format!("`{value}` ends here, while `{name}` of line {begun} is still open");
                    faults.push(Fault::of(message).at_line(line));
                    return Err(faults.told());
                }
                None => faults.push(Fault::of(format!("`{value}` ends and never began")).at_line(line)),
            },
            (_, 0) => {
                faults.push(Fault::of("is no calendar: it does not begin with `BEGIN:VCALENDAR`").at_line(line));
                return Err(faults.told());
            }
            (_, 2) => {
                if let Some(component) = components.last_mut() {
                    component.properties.push((line, uppercase(&property)));
                }
            }
            (_, 3) => {
                if let Some(part) = components.last_mut().and_then(|component| component.parts.last_mut()) {
                    part.properties.push((line, uppercase(&property)));
                }
            }
            // Properties of the calendar itself, and what is nested deeper.
            _ => {}
        }
    }
    if let Some((line, name)) = open.pop() {
        faults.push(Fault::of(format!("`{name}` begins and does not end: the file is cut off")).at_line(line));
    } else if calendars == 0 && faults.is_empty() {
        faults.push(Fault::of("holds no calendar: there is no `BEGIN:VCALENDAR`"));
    }
    faults.or(components)
}

/// Names are the same in either case.
fn uppercase(property: &Property) -> Property {
    let mut same = Property::new(property.key().to_ascii_uppercase(), property.value());
    for parameter in property.params().values() {
        same.add_parameter(&parameter.key().to_ascii_uppercase(), parameter.value().trim_matches('"'));
    }
    same
}

/// Lines put together again where they were folded.
fn unfolded(text: &str) -> Vec<(u64, String)> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for (number, line) in (1_u64..).zip(text.trim_start_matches('\u{feff}').split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, content))) => content.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_keep_their_number() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:on \r\n leave\\, a\r\n\t week\r\nuid:1\r\nEND:VEVENT\r\n\
                    END:VCALENDAR\r\n";
        let components = components(text).unwrap();
        let event = &components[0];
        assert_eq!((event.name.as_str(), event.line, event.properties.len()), ("VEVENT", 2, 2));
        let (line, summary) = event.find("SUMMARY").unwrap();
        assert_eq!((*line, summary.value()), (3, "on leave, a week"));
        assert_eq!(event.find("UID").unwrap().0, 6);
    }

    #[test]
    fn what_is_no_calendar_is_refused_in_its_place() {
        let fault = |text: &str| components(text).unwrap_err()[0].to_string();
        assert_eq!(fault("time,person\n"), "line 1: `time,person` is no content line, such as `SUMMARY:on leave`");
        assert_eq!(fault("\n\n"), "holds no calendar: there is no `BEGIN:VCALENDAR`");
        assert_eq!(fault("BEGIN"), "line 1: `BEGIN` is no content line, such as `SUMMARY:on leave`");
        assert_eq!(fault("BEGIN:VCARD\nEND:VCARD"), "line 1: begins with `VCARD`, not with a calendar");
        assert_eq!(
            fault("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n"),
            "line 2: `VEVENT` begins and does not end: the file is cut off"
        );
        assert!(fault("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n").starts_with("line 3: `VCALENDAR` ends here"));
    }

    #[test]
    fn alarms_within_events_are_no_part_of_what_these_say() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VALARM\nUID:2\nEND:VALARM\nSUMMARY:x\nEND:VEVENT\n\
                    END:VCALENDAR\n";
        assert_eq!(components(text).unwrap()[0].properties.len(), 2);
    }
}
