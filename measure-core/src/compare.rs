//! Two samples: did anything change, by how much, and is it small enough not to matter?
