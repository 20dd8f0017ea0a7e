//! The wire: bodies in, problems out, and what stands around every request.

mod auth;
mod codes_page;
mod extract;
mod guard;
mod language;
mod paging;
mod problem;
mod server;
mod stream;
mod upload;

pub use self::auth::{Operator, Shopper};
pub use self::codes_page::codes_page;
pub use self::extract::{Json, Path, Query};
pub use self::guard::{Guard, guard};
pub use self::language::Language;
pub use self::paging::{CursorParams, Cursored, Numbered, PageParams};
pub use self::problem::{ProblemBody, problem_response};
pub use self::server::{Limits, serve};
pub use self::stream::{Pieces, download};
pub use self::upload::{Upload, UploadForm};
