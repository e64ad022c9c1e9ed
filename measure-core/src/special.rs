//! The special functions that the crate stands on. Where statrs is accurate enough it is used as it is.

mod beta;
mod gamma;
mod normal;
mod quantile;
mod saddle;
mod student;

pub(crate) use beta::incomplete_beta;
pub(crate) use gamma::{chi_squared_sf, incomplete_gamma, ln_gamma};
pub(crate) use normal::{normal_cdf, normal_sf};
pub(crate) use quantile::{Tail, beta_quantile, normal_quantile};
pub(crate) use student::{student_quantile, student_sf};
