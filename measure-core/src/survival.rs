//! Times until something happens, of which some have not happened yet.
