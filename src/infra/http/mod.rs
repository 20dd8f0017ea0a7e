//! The wire: bodies in, problems out, and what stands around every request.

mod auth;
mod extract;
mod guard;
mod problem;

pub use self::auth::{Operator, Shopper};
pub use self::extract::{Json, Path, Query};
pub use self::guard::{Guard, guard};
pub use self::problem::{ProblemBody, problem_response};
