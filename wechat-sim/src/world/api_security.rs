//! What the console of a mini program knows about signed and encrypted calls.

use serde::{Deserialize, Serialize};

use crate::crypto::{PublicKey, SigningKey};

/// The keys of both sides, and which calls have to be protected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ApiSecurity {
    /// The console's number of the symmetric key.
    pub(crate) sn: String,
    /// Base64 of 32 bytes.
    pub(crate) aes_key: Option<String>,
    /// What the app signs with.
    pub(crate) app_key: Option<PublicKey>,
    /// What answers are signed with.
    pub(crate) platform: PlatformSeal,
    /// The certificate before, while it is being replaced.
    pub(crate) replaced: Option<PlatformSeal>,
    /// Paths that are refused without protection; `*` is every call with an access token.
    pub(crate) required: Vec<String>,
}

/// A key of the platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlatformSeal {
    /// The console's number, which is not the serial of the certificate.
    pub(crate) serial: String,
    pub(crate) key: SigningKey,
    pub(crate) certificate_pem: String,
}
