//! The one thing of the second version that still reaches a merchant of the third.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::error::ConfigError;
use crate::padding::unpadded;
use crate::secret::Secret;
use crate::text::lower_hex;

const BLOCK: usize = 16;

/// Opens `req_info` of a refund notification of the second version, which is XML. Such a notification comes only for
/// refunds without a `notify_url`, to the address of the merchant console; [`CreateRefund`](super::refunds::CreateRefund)
/// always has one. Nothing signs it: ask with [`QueryRefund`](super::refunds::QueryRefund) before acting.
///
/// `api_key` is the merchant's key of the second version.
pub fn open_refund_notice(api_key: &Secret, req_info: &str) -> Result<Secret, ConfigError> {
    opened(api_key, req_info)
        .ok_or(ConfigError::new("the notification was not made with this key of the second version"))
}

/// AES-256-ECB under the lower-case hex of the key's MD5, padded to 16 bytes.
fn opened(api_key: &Secret, req_info: &str) -> Option<Secret> {
    let key = Zeroizing::new(lower_hex(&Md5::digest(api_key.expose().as_bytes())));
    let cipher = Aes256::new_from_slice(key.as_bytes()).ok()?;
    let mut bytes = Zeroizing::new(STANDARD.decode(req_info).ok()?);
    let blocks = bytes.chunks_exact_mut(BLOCK);
    for block in blocks {
        cipher.decrypt_block(<&mut Array<u8, _>>::try_from(block).ok()?);
    }
    std::str::from_utf8(unpadded(&bytes, BLOCK)?).ok().map(Secret::from)
}
