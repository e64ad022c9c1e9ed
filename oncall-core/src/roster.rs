//! The rostering problem in whole numbers, and its exact solution.
//!
//! A [`Problem`] knows workers, seats in order of time, loads and rules by number only; whoever states it keeps the
//! names. [`solve`] returns the best plan by, in this order: hard rules kept, fewest seats uncovered, smallest largest
//! burden, smallest sum of squared burdens, smallest penalty of soft rules, fewest seats changed from the published
//! plan; each value with a lower bound, equal where the value is proven best. [`conflict`] says which rules and
//! seats make it impossible to cover all.
//!
//! # Method
//! Each worker's rules make an automaton along time; its states say which loads he can still reach. That loads add up
//! to the load of all seats bounds the largest burden and the sum of squares (a multiple-choice knapsack by its
//! recursion over totals: Kellerer, Pferschy, Pisinger 2004), and again over how many seats of each kind everybody
//! has. Plans come from local search by Kempe chains under late acceptance (Burke and Bykov 2017). Where plan and bound
//! do not meet, prices of seats bound what any choice of whole schedules costs (the Lagrangian relaxation of set
//! partitioning: Fisher 1981), leave out the schedules that cost too much more, and the few that stay are searched for a
//! plan, under limits that rise from the bound (Baldacci, Christofides, Mingozzi 2008 list routes so). Where schedules are
//! too many for that, depth-first search through the automata, cut by a price on load and by positions that have failed
//! before, does it. Search and bounds take turns whose lengths do not depend on the budget.
//!
//! ```
//! use oncall_core::roster::{Budget, Hard, Problem, Rule, Statement, Who, Worker, solve};
//!
//! // Two workers, three seats of load 10, no two in a row.
//! let mut statement = Statement::new(vec![Worker { scale: 1, carry: 0 }; 2], vec![vec![Some(10); 3]; 2]);
//! for (tag, first) in (0..2).enumerate() {
//!     let rule = Rule::Apart { who: Who::Everyone, first, second: first + 1 };
//!     statement.hard.push(Hard { tag: tag as u32, rule });
//! }
//! let problem = Problem::try_new(statement)?;
//! let solution = solve(&problem, Budget::default()).expect("no seat is fixed");
//! assert_eq!(solution.assignment, [Some(0), Some(1), Some(0)]);
//! assert!(solution.proven());
//! # Ok::<(), oncall_core::Error>(())
//! ```

mod automaton;
mod bound;
mod by_seat;
mod columns;
mod conflict;
mod counts;
mod cover;
mod error;
mod exact;
mod lean;
mod local;
mod model;
mod partition;
mod price;
mod problem;
mod product;
mod random;
mod reach;
mod regroup;
mod search;
mod solution;
mod tally;

pub use conflict::{Conflict, conflict};
pub use error::RosterError;
pub use problem::{Hard, Problem, Rule, Soft, Statement, Values, Who, Worker};
pub use search::solve;
pub use solution::{Budget, Level, Solution};
