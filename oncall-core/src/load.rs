//! Page load against what people can bear.
