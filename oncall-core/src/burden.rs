//! Accounts of what people bear, and how fairly it is shared.
