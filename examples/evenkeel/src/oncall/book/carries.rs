//! Accounts carried over from the period before, as CSV: `person` and `hours` of weight 1, above 0 for who served more
//! than their part.

use std::path::Path;

use csv::Position;
use oncall_core::burden::{Carries, Points};
use oncall_core::{PersonId, Team};

use crate::fault::{Fault, Faults, open};
use crate::metrics::csv::{malformed, places};

/// Reads them.
///
/// # Errors
/// All faults with their lines: somebody who is not in the team or there twice, hours that are none.
pub(super) fn read(file: &Path, team: &Team) -> Result<Carries, Faults> {
    let source = file.display().to_string();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(open(file)?);
    let header = reader.headers().map_err(|error| malformed(&source, &error))?.clone();
    let places = places(&source, &header, &["person", "hours"])?;
    let (mut carries, mut faults) = (Carries::new(), Faults::default());
    let mut known: Vec<PersonId> = Vec::new();
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(malformed(&source, &error));
                continue;
            }
        };
        let mut cells = places.iter().map(|place| row.get(*place).unwrap_or_default());
        let (name, hours) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let line = row.position().map_or(0, Position::line);
        let mut fault = |path: &str, message: String| {
            faults.push(Fault::of(&source, message).at_line(line).at_path(path));
        };
        let person = match team.people().iter().map(oncall_core::Person::id).find(|id| id.as_str() == name) {
            Some(person) if !known.contains(person) => Some(person.clone()),
            Some(_) => {
                fault("person", format!("person `{name}` is there twice"));
                None
            }
            None => {
                fault("person", format!("person `{name}` is not in the team"));
                None
            }
        };
        known.extend(person.clone());
        match points(hours) {
            Ok(points) => {
                if let Some(person) = person {
                    carries = carries.with(person, points);
                }
            }
            Err(message) => fault("hours", message),
        }
    }
    faults.or(carries)
}

/// Hours of weight 1 as points, to the nearest one.
fn points(hours: &str) -> Result<Points, String> {
    let number: f64 = hours.parse().map_err(|_| format!("hours `{hours}` are no number"))?;
    let hour = 6_000.0;
    let points = (number * hour).round();
    if !points.is_finite() || points.abs() > 1e15 {
        return Err(format!("hours `{hours}` are beyond 100 billion"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded before the cast")]
    Points::new(points as i64).map_err(|error| error.to_string())
}
