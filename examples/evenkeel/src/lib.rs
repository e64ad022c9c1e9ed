//! The command line tool of the Evenkeel family.

pub mod review;
