//! What shoppers got to see from mini programs.

use serde::{Deserialize, Serialize};

use super::{World, numbered};

/// Something that arrived on the phone of a shopper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    pub app_id: String,
    pub openid: String,
    pub kind: MessageKind,
    /// What the shopper reads first.
    pub title: String,
    /// The rest, as the kind has it.
    pub content: serde_json::Value,
}

/// How a message reached a shopper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A subscribe message.
    Subscribe,
    /// A service card.
    ServiceCard,
    /// Of the customer service.
    Customer,
    /// A shared card whose text changes.
    Updatable,
}

impl World {
    /// Puts a message on the phone of a shopper; answers its number.
    pub(crate) fn deliver_message(&mut self, message: Message) -> u64 {
        let number = self.messages.next_number();
        self.messages.insert(numbered(number), message);
        number
    }
}
