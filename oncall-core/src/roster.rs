//! The rostering problem in whole numbers, and its exact solution.
