//! Ids: `UUIDv7` in the database, a [TypeID](https://github.com/jetify-com/typeid) on the wire.
//!
//! `order_01j9x…` is a prefix, an underscore and 26 characters of Crockford's base32. The part
//! behind the underscore alone is what WeChat Pay gets as `out_trade_no`.

use super::Timestamp;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;
use uuid::timestamp::context::ContextV7;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// Counts within a millisecond, from a random start.
static COUNTER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new `UUIDv7` whose time part is `now`. Ids of one process rise, also within a millisecond.
pub fn fresh(now: Timestamp) -> Uuid {
    let seconds = now.seconds().unsigned_abs();
    let nanos = u32::try_from(now.millis().rem_euclid(1000) * 1_000_000).unwrap_or(0);
    let counter = COUNTER.lock().unwrap_or_else(PoisonError::into_inner);
    Uuid::new_v7(uuid::Timestamp::from_unix(&*counter, seconds, nanos))
}

/// The 26 characters of `uuid`.
pub fn encode(uuid: Uuid) -> String {
    let mut rest = uuid.as_u128();
    let mut text = [0_u8; LENGTH];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[usize::try_from(rest & 31).expect("five bits")];
        rest >>= 5;
    }
    text.iter().map(|&byte| char::from(byte)).collect()
}

/// Reads what [`encode`] wrote; nothing else, so that one row has one name.
pub fn decode(text: &str) -> Option<Uuid> {
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
            Some(value << 5 | u128::try_from(digit).ok()?)
        })
        .map(Uuid::from_u128)
}

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_{sample}", sample = "01j9x3mz8ke6rr0v2t4w5y7a9b")]
pub struct BadId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Defines the id type of one table: `id!(OrderId, "order");`
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, utoipa::ToSchema)]
        #[sqlx(transparent)]
        #[schema(value_type = String)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id whose time part is `now`.
            pub fn fresh(now: $crate::base::Timestamp) -> Self {
                Self($crate::base::id::fresh(now))
            }

            /// The id that stands for `uuid`.
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// As the database holds it.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }

            /// The 26 characters behind the underscore.
            pub fn suffix(self) -> String {
                $crate::base::id::encode(self.0)
            }

            /// Reads the 26 characters behind the underscore.
            pub fn from_suffix(text: &str) -> Option<Self> {
                $crate::base::id::decode(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}_{}", $prefix, $crate::base::id::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::base::id::BadId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .and_then($crate::base::id::decode)
                    .map(Self)
                    .ok_or($crate::base::id::BadId { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_reads_back_and_nothing_else_does() {
        for value in [0, 1, u128::MAX, 0x0190_5d2b_8c00_7000_8000_0000_0000_0001] {
            let uuid = Uuid::from_u128(value);
            assert_eq!(decode(&encode(uuid)), Some(uuid));
        }
        for wrong in
            ["", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "0000000000000000000000000I", "00000000000000000000000000 "]
        {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ids_sort_by_their_time() {
        let early = encode(fresh(Timestamp::from_millis(1_700_000_000_000)));
        let late = encode(fresh(Timestamp::from_millis(1_700_000_000_001)));
        assert!(early < late);
    }

    #[test]
    fn ids_of_one_millisecond_rise_too() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let ids: Vec<_> = (0..1000).map(|_| fresh(now)).collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
