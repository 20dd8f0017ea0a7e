//! Chance, in the shapes that the protocol wants it.

use aws_lc_rs::rand::fill;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::hex;

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes).expect("the machine gives random bytes");
    bytes
}

/// `N` random bytes as upper-case hex.
pub(crate) fn random_hex<const N: usize>() -> String {
    hex(&random::<N>())
}

/// `N` random bytes in the alphabet of openids and codes.
pub(crate) fn random_word<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::<N>())
}

pub(crate) fn random_base64<const N: usize>() -> String {
    STANDARD.encode(random::<N>())
}

/// `N` random letters and digits.
pub(crate) fn random_alphanumeric<const N: usize>() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    random::<N>().iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// `N` random digits.
pub(crate) fn random_digits<const N: usize>() -> String {
    random::<N>().iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}
