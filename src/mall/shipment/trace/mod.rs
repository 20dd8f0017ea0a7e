//! What became of a shipment on its way, as its sources tell it.

mod store;

pub use self::store::{Node, add_node, keep_token, move_on, nodes_of, take_trace_turn};

use super::ParcelState;
use crate::infra::http::Language;

crate::column_enum!(
    /// Who tells where a shipment is.
    TraceSource {
        /// WeChat's logistics query.
        Wechat = "wechat",
        /// An operator, by hand.
        Operator = "operator",
    }
);

/// What a node says to people: WeChat tells a state, an operator writes words.
pub fn node_text(node: &Node, language: Language) -> String {
    match node.source {
        TraceSource::Operator => node.text.clone(),
        TraceSource::Wechat => match node.text.parse::<ParcelState>() {
            Ok(state) => state.text(language).to_owned(),
            Err(_) => node.text.clone(),
        },
    }
}
