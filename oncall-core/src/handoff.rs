//! What the next person must know.
