//! The special functions that the crate stands on. Where statrs is accurate enough it is used as it is.

mod beta;
mod gamma;
mod log_kernel;
mod normal;
mod quantile;
mod saddle;
mod student;

pub(crate) use beta::incomplete_beta;
#[allow(unused_imports, reason = "not every module that needs them is written yet")]
pub(crate) use gamma::{chi_squared_sf, incomplete_gamma, ln_gamma};
pub(crate) use log_kernel::ln_beta_kernel;
#[allow(unused_imports, reason = "not every module that needs them is written yet")]
pub(crate) use normal::{normal_cdf, normal_sf};
pub(crate) use quantile::{Tail, beta_quantile, normal_quantile};
#[allow(unused_imports, reason = "not every module that needs them is written yet")]
pub(crate) use student::{student_quantile, student_sf};
