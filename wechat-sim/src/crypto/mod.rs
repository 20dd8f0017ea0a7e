//! The cryptography of the platform's side, written against the protocol and not against the SDK.

pub(crate) mod aead;
pub(crate) mod api_security;
mod cbc;
pub(crate) mod certificate;
pub(crate) mod digest;
mod pem;
mod public_key;
pub(crate) mod push;
mod random;
pub(crate) mod rsa;
pub(crate) mod session;
#[cfg(test)]
mod vectors;

pub(crate) use aead::seal;
pub(crate) use digest::{hex, sha256};
pub(crate) use public_key::PublicKey;
pub(crate) use random::{random, random_alphanumeric, random_base64, random_digits, random_hex, random_word};
pub(crate) use rsa::SigningKey;
