//! The special functions that the crate stands on, on `libm` alone.
//!
//! Not on statrs: it calls the platform's `ln` and `exp`, whose last bit differs from one to the next, while the crate
//! promises the same bits everywhere, and it loses digits in tails and for large parameters (each function says which).
//! Where it is accurate, the unit tests hold it beside ours as a second implementation.

mod beta;
mod factorial;
mod gamma;
mod log_kernel;
mod newton;
mod normal;
mod quantile;
mod saddle;
mod student;
mod temme;
mod twofold;

pub(crate) use beta::incomplete_beta;
pub(crate) use factorial::{ln_negative_binomial, ln_poisson};
pub(crate) use gamma::{chi_squared_sf, incomplete_gamma};
pub(crate) use log_kernel::{ln_beta, ln_beta_kernel};
pub(crate) use normal::{normal_cdf, normal_quantile, normal_sf};
pub(crate) use quantile::{Tail, beta_quantile, gamma_quantile};
pub(crate) use student::{student_quantile, student_sf};
pub(crate) use twofold::Twofold;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
