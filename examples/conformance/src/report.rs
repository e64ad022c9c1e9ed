//! What a run found: sections of checks, and what disagreed.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};

/// How many disagreements a report lists in full.
pub const LISTED: usize = 10;

/// The result of one kind over one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The kind's name.
    pub kind: &'static str,
    /// The sections, in the order of the kind.
    pub sections: Vec<Section>,
}

impl Outcome {
    /// Whether anything disagreed.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.disagreed() == 0
    }

    /// How many checks agreed.
    #[must_use]
    pub fn agreed(&self) -> usize {
        self.sections.iter().map(|section| section.agreed).sum()
    }

    /// How many checks differ for a reason that is stated.
    #[must_use]
    pub fn differed(&self) -> usize {
        self.sections.iter().map(Section::differed).sum()
    }

    /// How many checks disagreed.
    #[must_use]
    pub fn disagreed(&self) -> usize {
        self.sections.iter().map(|section| section.disagreements.len()).sum()
    }
}

/// Checks of one idea.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What is checked.
    pub name: &'static str,
    /// How many checks agreed.
    pub agreed: usize,
    /// The worst error among the checks of floats, relative where the expected value is not 0.
    pub worst: Option<f64>,
    /// Deliberate differences: the reason and how many checks it covers.
    pub differences: BTreeMap<String, usize>,
    /// Everything that disagreed.
    pub disagreements: Vec<Disagreement>,
    /// What is worth reading beside the counts, a line each.
    pub notes: Vec<String>,
}

/// One check that disagreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Which case.
    pub case: String,
    /// What the golden file says.
    pub expected: String,
    /// What the crate says.
    pub got: String,
}

impl Section {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            agreed: 0,
            worst: None,
            differences: BTreeMap::new(),
            disagreements: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Takes in what another file found about the same idea.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.agreed = self.agreed.saturating_add(other.agreed);
        self.worst = self.worst.into_iter().chain(other.worst).reduce(f64::max);
        for (reason, count) in other.differences {
            let known = self.differences.entry(reason).or_default();
            *known = known.saturating_add(count);
        }
        self.disagreements.extend(other.disagreements);
        self.notes.extend(other.notes);
    }

    /// How many checks there were.
    #[must_use]
    pub fn checked(&self) -> usize {
        self.agreed.saturating_add(self.differed()).saturating_add(self.disagreements.len())
    }

    /// How many checks differ for a reason that is stated.
    #[must_use]
    pub fn differed(&self) -> usize {
        self.differences.values().sum()
    }

    /// Agrees when both are equal.
    #[expect(clippy::needless_pass_by_value, reason = "most values are made for the check")]
    pub(crate) fn equal<T: PartialEq + Debug>(&mut self, case: impl Display, expected: T, got: T) {
        if expected == got { self.agree() } else { self.disagree(case, format!("{expected:?}"), format!("{got:?}")) }
    }

    /// Agrees when both are there and no further apart than `tolerance`, relative to the expected value, or
    /// than `absolute`; or when neither is there.
    pub(crate) fn within(
        &mut self,
        case: impl Display,
        expected: Option<f64>,
        got: Option<f64>,
        tolerance: f64,
        absolute: f64,
    ) {
        let (Some(want), Some(have)) = (expected, got) else {
            return self.equal(case, expected, got);
        };
        let apart = (want - have).abs();
        let error = if want == 0.0 { apart } else { apart / want.abs() };
        // A NaN must not pass, so that the comparisons ask what is close, not what is far.
        if error <= tolerance || apart <= absolute {
            self.agree();
            if apart > absolute || absolute == 0.0 {
                self.worst = Some(self.worst.map_or(error, |worst| worst.max(error)));
            }
        } else {
            self.disagree(case, want, format!("{have} (error {error:.1e}, allowed {tolerance:.1e})"));
        }
    }

    /// One check that agrees.
    pub(crate) fn agree(&mut self) {
        self.agreed = self.agreed.saturating_add(1);
    }

    /// One check that differs on purpose.
    pub(crate) fn differ(&mut self, reason: impl Into<String>) {
        let count = self.differences.entry(reason.into()).or_default();
        *count = count.saturating_add(1);
    }

    /// A line to print below the counts.
    pub(crate) fn note(&mut self, line: String) {
        self.notes.push(line);
    }

    /// One check that disagrees.
    pub(crate) fn disagree(&mut self, case: impl Display, expected: impl Display, got: impl Display) {
        self.disagreements.push(Disagreement {
            case: case.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        });
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.sections.iter().map(|section| section.name.chars().count()).max().unwrap_or(0);
        for section in &self.sections {
            let total = section.checked();
            write!(f, "  {:width$}  {:>6} of {total:>6} agree", section.name, section.agreed)?;
            if let Some(worst) = section.worst {
                write!(f, ", worst error {worst:.1e}")?;
            }
            if !section.disagreements.is_empty() {
                write!(f, ", {} DISAGREE", section.disagreements.len())?;
            }
            writeln!(f)?;
            for (reason, count) in &section.differences {
                writeln!(f, "  {:width$}  {count:>6} differ on purpose: {reason}", "")?;
            }
            for note in &section.notes {
                writeln!(f, "    {note}")?;
            }
        }
        let listed = self.sections.iter().flat_map(|section| section.disagreements.iter().map(move |d| (section, d)));
        for (section, disagreement) in listed.take(LISTED) {
            let Disagreement { case, expected, got } = disagreement;
            writeln!(f, "  {} of {case}: expected {expected}, got {got}", section.name)?;
        }
        if let Some(more) = self.disagreed().checked_sub(LISTED).filter(|more| *more != 0) {
            writeln!(f, "  and {more} more")?;
        }
        let (agreed, differed, disagreed) = (self.agreed(), self.differed(), self.disagreed());
        write!(f, "{}: {agreed} agree, {differed} differ on purpose, {disagreed} disagree", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_never_agrees() {
        let mut section = Section::new("ratio");
        section.within("a", Some(1.0), Some(f64::NAN), 1e-12, 0.0);
        section.within("b", Some(f64::NAN), Some(1.0), 1e-12, 1.0);
        section.within("c", Some(1.0), None, 1.0, 1.0);
        section.within("d", Some(f64::INFINITY), Some(f64::INFINITY), 1e-12, 0.0);
        assert_eq!((section.agreed, section.disagreements.len()), (0, 4));
    }

    #[test]
    fn the_worst_error_is_relative_and_kept() {
        let mut section = Section::new("ratio");
        section.within("a", Some(2.0), Some(2.0 + 2e-13), 1e-12, 0.0);
        section.within("b", Some(2.0), Some(2.0), 1e-12, 0.0);
        section.within("c", None, None, 1e-12, 0.0);
        assert_eq!(section.agreed, 3);
        assert!(section.worst.is_some_and(|worst| (worst - 1e-13).abs() < 1e-15), "{:?}", section.worst);
    }

    #[test]
    fn ten_disagreements_are_listed_and_the_rest_counted() {
        let mut section = Section::new("count");
        for case in 0..13 {
            section.equal(case, 1, 2);
        }
        section.differ("stated");
        let text = Outcome { kind: "test", sections: vec![section] }.to_string();
        assert_eq!(text.matches("expected 1, got 2").count(), 10, "{text}");
        assert!(text.contains("and 3 more") && text.contains("1 differ on purpose: stated"), "{text}");
        assert!(text.ends_with("test: 0 agree, 1 differ on purpose, 13 disagree"), "{text}");
    }
}
