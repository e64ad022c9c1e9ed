//! The command line tool of the Evenkeel family.

pub mod page;
pub mod review;
