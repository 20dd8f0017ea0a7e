//! What a session key signs and encrypts.

use aes::Aes128;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{cbc, digest};

const BLOCK: u8 = 16;

/// Lower-case hex of the HMAC with SHA-256. The key is the base64 text of the session key, not what it stands
/// for.
pub(crate) fn session_signature(session_key: &str, data: &[u8]) -> String {
    digest::hmac_sha256_hex(session_key.as_bytes(), data)
}

/// Lower-case hex of the SHA-1 over `rawData` and the text of the session key.
pub(crate) fn raw_data_signature(raw: &str, session_key: &str) -> String {
    digest::sha1_hex(format!("{raw}{session_key}").as_bytes())
}

/// `encryptedData` in base64; `None` unless key and vector are base64 of 16 bytes.
pub(crate) fn encrypt_data(session_key: &str, iv: &str, data: &[u8]) -> Option<String> {
    let (key, iv) = (STANDARD.decode(session_key).ok()?, STANDARD.decode(iv).ok()?);
    cbc::encrypt::<Aes128>(&key, &iv, cbc::pad(data.to_vec(), BLOCK)).map(|sealed| STANDARD.encode(sealed))
}

/// What [`encrypt_data`] encrypted.
#[cfg(test)]
pub(crate) fn decrypt_data(session_key: &str, iv: &str, encrypted: &str) -> Option<Vec<u8>> {
    let decode = |text| STANDARD.decode(text).ok();
    cbc::unpad(cbc::decrypt::<Aes128>(&decode(session_key)?, &decode(iv)?, decode(encrypted)?)?, BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::vectors::Vector;

    #[test]
    fn signs_with_the_text_of_the_session_key() {
        for id in ["mp-session-key-hmac-official", "mp-checksession-signature"] {
            let vector = Vector::named(id);
            let signature =
                session_signature(vector.input("session_key"), vector.input("message").as_bytes());
            assert_eq!(signature, vector.expected("signature"), "{id}");
        }
    }

    #[test]
    fn signs_raw_data_byte_for_byte() {
        for id in ["mp-rawdata-signature-official", "mp-rawdata-signature-nonascii"] {
            let vector = Vector::named(id);
            let signature = raw_data_signature(vector.input("rawData"), vector.input("session_key"));
            assert_eq!(signature, vector.expected("signature"), "{id}");
        }
    }

    #[test]
    fn encrypts_the_official_sample() {
        let vector = Vector::named("mp-encrypted-data-official");
        let (key, iv) = (vector.input("session_key"), vector.input("iv"));
        let (encrypted, plaintext) = (vector.input("encryptedData"), vector.expected("plaintext"));
        assert_eq!(encrypt_data(key, iv, plaintext.as_bytes()).unwrap(), encrypted);
        assert_eq!(decrypt_data(key, iv, encrypted).unwrap(), plaintext.as_bytes());
    }

    #[test]
    fn encrypts_with_16_bytes_of_key_and_vector_only() {
        let [short, right, long] = [15, 16, 17].map(|len| STANDARD.encode(vec![7; len]));
        assert!(encrypt_data(&right, &right, b"{}").is_some());
        for (key, iv) in [(&short, &right), (&long, &right), (&right, &short), (&right, &long)] {
            assert!(encrypt_data(key, iv, b"{}").is_none());
        }
        assert!(encrypt_data("no base64", &right, b"{}").is_none());
    }
}
