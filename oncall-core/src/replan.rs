//! The smallest change to a published plan when somebody falls out.
