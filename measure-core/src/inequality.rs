//! How evenly something is shared.
