//! Identifiers and money, one type each, so that they cannot be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::ConfigError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $min:literal..=$max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks length and characters.
            pub fn new(text: impl Into<String>) -> Result<Self, ConfigError> {
                let text = text.into();
                let allowed: fn(u8) -> bool = $allowed;
                if ($min..=$max).contains(&text.len()) && text.bytes().all(allowed) {
                    return Ok(Self(text));
                }
                Err(ConfigError::new(concat!(stringify!($name), " has a wrong length or a forbidden character")))
            }

            /// The text as WeChat writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ConfigError;

            fn from_str(text: &str) -> Result<Self, ConfigError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ConfigError;

            fn try_from(text: &str) -> Result<Self, ConfigError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ConfigError;

            fn try_from(text: String) -> Result<Self, ConfigError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn merchant_number(byte: u8) -> bool {
    url_safe(byte) || matches!(byte, b'|' | b'*')
}

/// What codes and links carry, besides the percent sign.
pub(crate) fn is_link_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&byte)
}

id!(
    /// The app id of a mini program, `wx…`.
    AppId, 1..=32, alphanumeric
);
id!(
    /// A user of one app. Case-sensitive; the same person has another one in another app.
    OpenId, 1..=128, url_safe
);
id!(
    /// The merchant number.
    MchId, 1..=32, |byte| byte.is_ascii_digit()
);
id!(
    /// The merchant's order number: 6 to 32 of digits, letters and `_ - | *`; unique per merchant for ever.
    OutTradeNo, 6..=32, merchant_number
);
id!(
    /// The merchant's refund number, up to 64 of digits, letters and `_ - | * @`. It is what makes a repeated
    /// refund call one refund: never change it after an unclear answer.
    OutRefundNo, 1..=64, |byte| merchant_number(byte) || byte == b'@'
);
id!(
    /// The merchant's number of a transfer, up to 32 digits and letters. It is what makes a repeated call one
    /// transfer: never change it after an unclear answer.
    OutBillNo, 1..=32, alphanumeric
);
id!(
    /// The merchant's number of a user's consent to transfers, up to 32 characters.
    OutAuthorizationNo, 1..=32, |byte| byte.is_ascii_graphic()
);
id!(
    /// The merchant's number of a sharing, up to 64 of digits, letters and `_ - | * @`. It is what makes a repeated
    /// call one sharing: never change it after an unclear answer.
    OutOrderNo, 1..=64, |byte| merchant_number(byte) || byte == b'@'
);
id!(
    /// The merchant's number of a return of what was shared, up to 64 of digits, letters and `_ - | * @`. It is what
    /// makes a repeated call one return: never change it after an unclear answer.
    OutReturnNo, 1..=64, |byte| merchant_number(byte) || byte == b'@'
);
id!(
    /// WeChat Pay's number of a paid order.
    TransactionId, 1..=32, alphanumeric
);
id!(
    /// WeChat Pay's number of a refund.
    RefundId, 1..=32, alphanumeric
);
id!(
    /// What the mini program needs to open the payment sheet. Lives two hours.
    PrepayId, 1..=64, |byte| byte.is_ascii_graphic()
);

id!(
    /// What a mini-program code tells the page it opens: up to 32 of digits, letters and
    /// `!#$&'()*+,/:;=?@-._~`. There is no percent sign, so nothing else can be brought in by encoding; send
    /// a number that your server knows.
    CodeScene, 1..=32, is_link_character
);
id!(
    /// WeChat Pay's number of a complaint.
    ComplaintId, 1..=64, url_safe
);
id!(
    /// A user across the apps of one open-platform account.
    UnionId, 1..=128, url_safe
);

/// An amount of money in fen (1/100 yuan).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// The sum, if it is one.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, if it is one.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// For people: `99.00`.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", amount / 100, amount % 100)
    }
}

/// Fen, as a number.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What names the key behind a signature: the serial of a certificate (upper-case hex), or the id of a WeChat
/// Pay public key (`PUB_KEY_ID_…`, opaque).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Serial(String);

/// How the ids of WeChat Pay public keys begin.
const PUBLIC_KEY_PREFIX: &str = "PUB_KEY_ID_";

impl Serial {
    /// Reads a serial. Hex is brought to upper case, and colons and blanks as `openssl` prints them go away.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(PUBLIC_KEY_PREFIX) {
            return Self::of_public_key(text, rest);
        }
        let hex: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect::<String>().to_uppercase();
        if hex.is_empty() || hex.len() > 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ConfigError::new("the serial is neither hex nor PUB_KEY_ID_…"));
        }
        Ok(Self(hex))
    }

    fn of_public_key(text: &str, rest: &str) -> Result<Self, ConfigError> {
        if rest.is_empty() || rest.len() > 64 || !rest.bytes().all(url_safe) {
            return Err(ConfigError::new(
                "the id of the public key has a wrong length or a forbidden character",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The serial of a certificate from its bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        Self(crate::text::hex(&bytes[first..]))
    }

    /// The text as it stands in `Wechatpay-Serial`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this names a WeChat Pay public key rather than a certificate.
    #[must_use]
    pub fn is_public_key(&self) -> bool {
        self.0.starts_with(PUBLIC_KEY_PREFIX)
    }

    /// The form to compare: some tools drop the leading zero of a hex serial.
    pub(crate) fn key(&self) -> &str {
        if self.is_public_key() { &self.0 } else { self.0.trim_start_matches('0') }
    }
}

impl TryFrom<String> for Serial {
    type Error = ConfigError;

    fn try_from(text: String) -> Result<Self, ConfigError> {
        Self::new(&text)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
