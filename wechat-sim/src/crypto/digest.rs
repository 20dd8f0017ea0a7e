//! Digests, as the hex that the protocol writes them in.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};

fn hex_with(digits: &[u8; 16], bytes: &[u8]) -> String {
    let pair = |byte: &u8| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]];
    bytes.iter().flat_map(pair).map(char::from).collect()
}

/// Upper-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    hex_with(b"0123456789ABCDEF", bytes)
}

/// Lower-case hex.
pub(crate) fn lower_hex(bytes: &[u8]) -> String {
    hex_with(b"0123456789abcdef", bytes)
}

fn digest_hex(algorithm: &'static Algorithm, bytes: &[u8]) -> String {
    lower_hex(digest(algorithm, bytes).as_ref())
}

/// Lower-case hex of the SHA-1.
pub(crate) fn sha1_hex(bytes: &[u8]) -> String {
    digest_hex(&SHA1_FOR_LEGACY_USE_ONLY, bytes)
}

/// The SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().try_into().expect("a SHA-256 has 32 bytes")
}

/// Lower-case hex of the SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    digest_hex(&SHA256, bytes)
}

/// Lower-case hex of the HMAC with SHA-256.
pub(crate) fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    lower_hex(sign(&Key::new(HMAC_SHA256, key), message).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::vectors::{self, Vector};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn digests_a_bill_as_its_download_announces_it() {
        let vector = Vector::named("pay-tradebill-ALL-shape");
        let bill = STANDARD.decode(vector.input("bill_base64")).unwrap();
        assert_eq!(sha1_hex(&bill), vector.expected("sha1_of_uncompressed"));
    }

    #[test]
    fn digests_with_sha256() {
        // The first example of FIPS 180.
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn signs_a_virtual_payment() {
        let vector = Vector::named("mp-virtual-payment-paysig-official");
        let message = format!("{}&{}", vector.input("uri"), vector.input("body"));
        let signature = hmac_sha256_hex(vector.input("appKey").as_bytes(), message.as_bytes());
        assert_eq!(signature, vector.expected("pay_sig"));
    }

    #[test]
    fn writes_both_cases_of_hex() {
        assert_eq!((hex(&[0, 0xaf]).as_str(), lower_hex(&[0x0f, 0xa0]).as_str()), ("00AF", "0fa0"));
        assert_eq!(vectors::unhex("0fa0"), [0x0f, 0xa0]);
    }
}
