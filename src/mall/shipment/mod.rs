//! What was sent of an order, where it is, and what WeChat was told of it. Every parcel, local
//! delivery or hand-over is one shipment; an order may have several.
//!
//! ```text
//! shipment         sent ──▶ collected ──▶ in_transit ──▶ delivering ──▶ signed
//!                  (any of them ──▶ abnormal, and on from there; only a carrier's parcels move)
//! wechat_shipping  waiting ──▶ partial | uploaded | failed | needless
//!                  (news: back to waiting)   uploaded ──▶ confirmed
//! ```
//!
//! Tables: `shipment`, `shipment_line`, `trace_node`, `wechat_shipping`. Written under the trade's lock.

mod carrier;
mod model;
mod store;
mod trace;
mod upload;

pub use self::carrier::Carrier;
pub use self::model::{Contents, Kind, Parcel, ParcelState, Shipment, Way};
pub use self::store::{correct, insert, set_note, shipment, shipments_of, shipments_of_trade};
pub use self::trace::{
    Node, TraceSource, add_node, keep_token, move_on, node_text, nodes_of, take_trace_turn,
};
pub use self::upload::{
    Told, Upload, UploadState, ask_receipt, confirmed, fail, hold, list, of_trade, remind, tell, upload,
    wanted,
};
