//! Encryption of pushes: AES-256-CBC with padding to 32 bytes, done by hand because libraries pad to 16.

use std::fmt;

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use zeroize::Zeroizing;

use crate::error::ConfigError;
use crate::padding::unpadded;

/// The last character of a key may carry bits that do not count.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);
const BLOCK: usize = 32;
const RANDOM: usize = 16;
const LENGTH: usize = 4;

/// The `EncodingAESKey` of the console: 43 characters. Not printed, wiped when dropped.
#[derive(Clone)]
pub struct EncodingAesKey(Zeroizing<[u8; 32]>);

impl EncodingAesKey {
    /// Checks length and characters.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        const WRONG: ConfigError = ConfigError::new("the EncodingAESKey has exactly 43 letters and digits");
        if text.len() != 43 {
            return Err(WRONG);
        }
        let padded = Zeroizing::new(format!("{text}="));
        let bytes = Zeroizing::new(LENIENT.decode(padded.as_bytes()).map_err(|_| WRONG)?);
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| WRONG)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    fn vector(&self) -> &[u8] {
        &self.0[..16]
    }

    /// The message and the app it is for.
    pub(super) fn decrypt(&self, text: &str) -> Option<(Zeroizing<Vec<u8>>, String)> {
        let mut bytes = Zeroizing::new(STANDARD.decode(text.as_bytes()).ok()?);
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(self.0.as_slice(), self.vector()).ok()?;
        let plain = cipher.decrypt_padded::<NoPadding>(&mut bytes).ok()?;
        let content = unpadded(plain, BLOCK)?.get(RANDOM..)?;
        let (length, rest) = content.split_first_chunk::<LENGTH>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, app) = rest.split_at_checked(length)?;
        Some((Zeroizing::new(message.to_vec()), std::str::from_utf8(app).ok()?.to_owned()))
    }

    /// The opposite, with 16 random bytes.
    pub(super) fn encrypt(&self, random: [u8; RANDOM], message: &[u8], app: &str) -> Option<String> {
        let length = u32::try_from(message.len()).ok()?.to_be_bytes();
        let mut bytes = Zeroizing::new([random.as_slice(), &length, message, app.as_bytes()].concat());
        let padding = BLOCK - bytes.len() % BLOCK;
        bytes.extend(std::iter::repeat_n(u8::try_from(padding).ok()?, padding));
        let cipher = cbc::Encryptor::<Aes256>::new_from_slices(self.0.as_slice(), self.vector()).ok()?;
        let length = bytes.len();
        Some(STANDARD.encode(cipher.encrypt_padded::<NoPadding>(&mut bytes, length).ok()?))
    }
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_decrypts_at_every_length() {
        let key = EncodingAesKey::new("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
        for length in 0..70 {
            let message = vec![b'x'; length];
            let text = key.encrypt([1; 16], &message, "wx1").unwrap();
            let (opened, app) = key.decrypt(&text).unwrap();
            assert_eq!((opened.as_slice(), app.as_str()), (message.as_slice(), "wx1"));
        }
    }
}
