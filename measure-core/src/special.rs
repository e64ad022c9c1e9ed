//! The special functions that the crate stands on. Where statrs is accurate enough it is used as it is.

mod beta;
mod quantile;
mod saddle;

pub(crate) use beta::incomplete_beta;
pub(crate) use quantile::{Tail, beta_quantile, normal_quantile};
