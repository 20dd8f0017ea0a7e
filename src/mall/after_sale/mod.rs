//! After-sales: what shoppers want back of an order, and what operators give of their own accord.
//!
//! ```text
//! requested ──▶ refunding ──▶ done            (nothing is sent back)
//!          ├──▶ approved ──▶ returned ──▶ refunding
//!          │            │            └──▶ rejected    (after inspection)
//!          │            └──▶ cancelled
//!          └──▶ rejected | cancelled
//! ```
//!
//! A case that WeChat gives nothing back for is `done` for nothing, once an operator has settled it otherwise.
//!
//! `requested`, `approved` and `returned` time out (`due_at`). While a case is neither rejected nor
//! cancelled, the pieces in its lines are claimed of the order's lines.
//!
//! Tables: `after_sale`, `after_sale_line`, `after_sale_history`, `after_sale_reason`,
//! `return_address`, `image`. The order's trade is locked before any of them is changed.

mod history;
mod images;
mod model;
mod reasons;
mod return_address;
mod store;

pub use self::history::{AfterSaleStep, AfterSaleTold, advance, history, insert, note, told_of};
pub use self::images::{
    Image, MOST_BYTES, MOST_IDLE, Picture, attach_images, count_idle, image, images_of, insert_image,
    sweep_images, sweep_images_of_void,
};
pub use self::model::{
    AfterSale, AfterSaleAction, AfterSaleKind, AfterSaleLine, AfterSaleState, Consent, needs_two,
};
pub use self::reasons::{AfterSaleReason, admin, ensure_reasons, reason, reasons_for};
pub use self::return_address::{
    ReturnAddress, open_snapshot, put_return_address, return_address, seal_snapshot,
};
pub use self::store::{
    cancels_undecided, case, cases, cases_of_customer, count_of_order, let_go_of, lines_of, mark_restocked,
    open_of, save,
};
