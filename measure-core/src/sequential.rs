//! Tests and intervals that hold however often one looks.
