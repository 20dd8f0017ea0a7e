use crate::base::{AddressId, CustomerId, Phone, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// The most addresses of one shopper.
pub(super) const MOST_ADDRESSES: i64 = 20;

/// A shopper, as they see themselves.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Profile {
    /// Who.
    pub id: CustomerId,
    /// As they call themselves.
    pub nickname: Option<String>,
    /// Their picture.
    pub avatar_url: Option<String>,
    /// The telephone number, all but the last four digits hidden.
    #[schema(example = "*******8000")]
    pub phone: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// What a shopper may say about themselves.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileInput {
    /// As they call themselves.
    pub nickname: Option<Text<40>>,
    /// Their picture.
    pub avatar_url: Option<Text<500>>,
}

/// Where something is delivered to, as the shopper enters it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressInput {
    /// The receiver.
    pub name: Text<40>,
    /// The receiver's telephone number.
    pub phone: Phone,
    /// 省
    pub province: Text<40>,
    /// 市
    pub city: Text<40>,
    /// 区
    pub district: Text<40>,
    /// Street, house, door.
    pub detail: Text<200>,
    /// Used unless another is named.
    #[serde(default)]
    pub is_default: bool,
}

impl std::fmt::Debug for AddressInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressInput(…)")
    }
}

/// An address of a shopper.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Address {
    /// Which.
    pub id: AddressId,
    /// What it says.
    #[serde(flatten)]
    pub fields: AddressInput,
}

/// All but the last four digits hidden.
pub(super) fn masked(phone: &str) -> String {
    let shown = phone.len().saturating_sub(4);
    phone.char_indices().map(|(i, c)| if i < shown { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_masked_phone_shows_four_digits() {
        assert_eq!(super::masked("13800138000"), "*******8000");
        assert_eq!(super::masked("123"), "123");
    }
}
