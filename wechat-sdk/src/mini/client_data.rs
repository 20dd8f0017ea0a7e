//! What a mini program passes to its server: encrypted data, and text with a signature. Both are made with the session
//! key of [`CodeToSession`](super::login::CodeToSession), which a later login may replace: whatever fails here is
//! answered with "log in again".

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::extra::Extra;
use crate::ids::AppId;
use crate::secret::Secret;
use crate::text::lower_hex;

/// The data does not open: the session key is another one, or somebody changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data was not made with this session key for this app; let the user log in again")]
pub struct ForeignData;

/// Opens `encryptedData` and `iv` as the client got them, and checks for which app they were made. The answer has a
/// `watermark` with the time (`timestamp`, Unix seconds), which the caller compares with its own tolerance. Nothing
/// authenticates the data: a user can change the first 16 bytes of what is their own. For phone numbers
/// [`GetPhoneNumber`](super::user::GetPhoneNumber) is better.
pub fn open_encrypted_data(
    app: &AppId,
    session_key: &Secret,
    iv: &str,
    encrypted_data: &str,
) -> Result<Extra, ForeignData> {
    let plain = decrypted(session_key, iv, encrypted_data).ok_or(ForeignData)?;
    // A wrong key leaves garbage that may survive the padding.
    let data: Extra = serde_json::from_slice(&plain).map_err(|_| ForeignData)?;
    let made_for = data.get("watermark").and_then(|mark| mark.get("appid")).and_then(Value::as_str);
    if made_for == Some(app.as_str()) { Ok(data) } else { Err(ForeignData) }
}

fn decrypted(session_key: &Secret, iv: &str, encrypted_data: &str) -> Option<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(STANDARD.decode(session_key.expose()).ok()?);
    let iv = STANDARD.decode(iv).ok()?;
    let mut bytes = Zeroizing::new(STANDARD.decode(encrypted_data).ok()?);
    let cipher = cbc::Decryptor::<Aes128>::new_from_slices(&key, &iv).ok()?;
    let length = cipher.decrypt_padded::<Pkcs7>(&mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// Whether `rawData`, byte for byte as the client got it, has this signature (`signature` beside it).
#[must_use]
pub fn raw_data_is_genuine(session_key: &Secret, raw_data: &str, signature: &str) -> bool {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(raw_data.as_bytes());
    context.update(session_key.expose().as_bytes());
    let own = lower_hex(context.finish().as_ref());
    verify_slices_are_equal(own.as_bytes(), signature.as_bytes()).is_ok()
}

/// The signature of a user over a text, lower-case hex: HMAC-SHA256 keyed with the base64 text of the session key as
/// it is. Calls that act for a user ask for it.
#[must_use]
pub fn user_signature(session_key: &Secret, text: &str) -> String {
    hmac_hex(session_key, text.as_bytes())
}

/// The signature of virtual payment over a path and a body, lower-case hex.
#[must_use]
pub fn virtual_payment_signature(app_key: &Secret, path: &str, body: &str) -> String {
    hmac_hex(app_key, format!("{path}&{body}").as_bytes())
}

fn hmac_hex(key: &Secret, text: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes());
    lower_hex(hmac::sign(&key, text).as_ref())
}
