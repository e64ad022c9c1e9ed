//! What a plan has to keep to, hard or soft, and what breaks it.
