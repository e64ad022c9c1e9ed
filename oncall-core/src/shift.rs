//! What is to be served, and who serves it.

use core::fmt;
use std::collections::BTreeSet;

use timeline_core::Span;

use crate::person::{PersonId, Role};

/// A stretch of duty to be filled by one person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Seat {
    /// When.
    pub span: Span,
    /// As what.
    pub role: Role,
    /// What the person who fills it has to bring.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Requirements::is_empty"))]
    pub requires: Requirements,
}

/// What a seat asks of the person who fills it; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields, default))]
pub struct Requirements {
    /// Each of these skills.
    pub skills: BTreeSet<String>,
    /// To be at this site, if at any.
    pub site: Option<String>,
}

impl Requirements {
    /// Whether anybody will do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.skills.is_empty() && self.site.is_none()
    }
}

/// A stretch of duty of one person, as planned or as served.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Shift {
    /// When.
    pub span: Span,
    /// As what.
    pub role: Role,
    /// Who.
    pub person: PersonId,
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.person, self.role, self.span)
    }
}
