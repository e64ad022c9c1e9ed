//! Whose turn it is: shifts in turn, by the calendar of a zone.
