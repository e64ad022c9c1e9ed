//! Who: names, roles, and how much of a full load a person takes.

use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

use crate::error::Error;

/// The name of a person, unique in a team: 1 to 200 characters without control characters. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct PersonId(Arc<str>);

impl PersonId {
    /// # Errors
    /// [`Error::BadName`] unless `name`, without the blanks around it, is 1 to 200 characters without control
    /// characters.
    pub fn new(name: &str) -> Result<Self, Error> {
        checked_name("person", name).map(|name| Self(Arc::from(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `name` without the blanks around it.
pub(crate) fn checked_name<'a>(what: &'static str, name: &'a str) -> Result<&'a str, Error> {
    let trimmed = name.trim();
    if trimmed.is_empty() || trimmed.chars().count() > 200 || trimmed.chars().any(char::is_control) {
        return Err(Error::BadName { what, given: name.to_owned() });
    }
    Ok(trimmed)
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for PersonId {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl TryFrom<String> for PersonId {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(&name)
    }
}

impl From<PersonId> for String {
    fn from(id: PersonId) -> Self {
        id.as_str().to_owned()
    }
}

/// What a person on call is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub enum Role {
    /// Is paged first.
    Primary,
    /// Is paged when the primary does not answer, or takes what comes besides.
    Secondary,
    /// Looks on and learns: never paged, bears no burden, leaves no gap.
    Shadow,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 3] = [Self::Primary, Self::Secondary, Self::Shadow];

    /// Whether somebody has to be there: primary and secondary, but not shadow.
    #[must_use]
    pub const fn is_duty(self) -> bool {
        !matches!(self, Self::Shadow)
    }

    /// `primary`, `secondary` or `shadow`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Shadow => "shadow",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| Error::UnknownRole { given: text.to_owned() })
    }
}

impl TryFrom<String> for Role {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.name().to_owned()
    }
}

/// The share of a full load that a person takes: 1 to 100 per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "u32", into = "u32"))]
pub struct Availability(u8);

impl Availability {
    /// Full time.
    pub const FULL: Self = Self(100);

    /// # Errors
    /// [`Error::AvailabilityOutOfRange`] unless `percent` is from 1 to 100. A person of 0 % is not in the rotation.
    pub fn from_percent(percent: u32) -> Result<Self, Error> {
        match u8::try_from(percent) {
            Ok(small @ 1..=100) => Ok(Self(small)),
            _ => Err(Error::AvailabilityOutOfRange { percent }),
        }
    }

    /// In per cent, from 1 to 100.
    #[must_use]
    pub const fn percent(self) -> u32 {
        self.0 as u32
    }
}

impl Default for Availability {
    fn default() -> Self {
        Self::FULL
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl TryFrom<u32> for Availability {
    type Error = Error;

    fn try_from(percent: u32) -> Result<Self, Error> {
        Self::from_percent(percent)
    }
}

impl From<Availability> for u32 {
    fn from(availability: Availability) -> Self {
        availability.percent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(PersonId::new("  ada ").unwrap().as_str(), "ada");
        for bad in ["", "   ", "a\u{1b}[2J", "a\nb"] {
            assert!(PersonId::new(bad).is_err(), "{bad:?}");
        }
        assert!(PersonId::new(&"ä".repeat(200)).is_ok());
        assert!(PersonId::new(&"ä".repeat(201)).is_err());
    }

    #[test]
    fn roles_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("tertiary".parse::<Role>(), Err(Error::UnknownRole { given: "tertiary".into() }));
    }

    #[test]
    fn availability_is_a_share_above_nothing() {
        assert_eq!(Availability::from_percent(0), Err(Error::AvailabilityOutOfRange { percent: 0 }));
        assert_eq!(Availability::from_percent(101), Err(Error::AvailabilityOutOfRange { percent: 101 }));
        assert_eq!(Availability::from_percent(80).unwrap().percent(), 80);
    }
}
