//! Objectives of wholes: services in series, redundant replicas, weighted journeys, OpenSLO composites.
//!
//! Two answers to "how available is the whole?", because they can lie far apart:
//! the *estimate* multiplies as if the parts failed independently; the *bounds* (Fréchet) hold whatever ties
//! the parts together: a shared rack, a shared deploy, a shared bad day. Parts that share a name are one part,
//! and the estimate treats them so.
//!
//! ```
//! use slo_core::compose::{Availability, System};
//! let part = |name: &str, availability: &str| Ok::<_, slo_core::Error>(System::part(name, availability.parse()?));
//! let replicas = System::redundant(1, vec![part("replica-a", "99%")?, part("replica-b", "99%")?])?;
//! let shop = System::series(vec![part("gateway", "99.99%")?, replicas])?;
//! let whole = shop.availability()?;
//! assert!((whole.estimate() - 0.9999 * 0.9999).abs() < 1e-15);
//! // If one cause takes both replicas down, the second one bought nothing.
//! assert!((whole.worst() - 0.9899).abs() < 1e-15);
//! # Ok::<(), slo_core::Error>(())
//! ```
//!
//! | question | answer |
//! |---|---|
//! | how available is the whole? | [`System::availability`] |
//! | what must one part keep, given the others? | [`System::required`] |
//! | what must each of n parts in series keep? | [`equal_split`] |
//! | what does an OpenSLO composite objective stand at? | [`Composite::reliability`] |

mod availability;
mod composite;
mod required;
mod system;

pub use availability::Availability;
pub use composite::{Composite, CompositeReliability, Member, Weight};
pub use required::{EqualSplit, Required, equal_split};
pub use system::{System, WholeAvailability};
