//! PEM, read as tolerantly as it is copied about: blanks, indentation and Windows line ends do not matter.

#[cfg(any(feature = "mini", feature = "pay"))]
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
#[cfg(any(feature = "mini", feature = "pay"))]
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
};
use zeroize::Zeroizing;

#[cfg(any(feature = "mini", feature = "pay"))]
use crate::error::ConfigError;

/// One block.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// The first block of the text.
pub(crate) fn first(text: &str) -> Option<Block> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (content, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let packed: Zeroizing<String> = Zeroizing::new(content.chars().filter(|c| !c.is_whitespace()).collect());
    let der = Zeroizing::new(STANDARD.decode(packed.as_bytes()).ok()?);
    Some(Block { label: label.to_owned(), der })
}

/// An RSA private key of at least 2048 bits, PKCS#8 or PKCS#1.
#[cfg(any(feature = "mini", feature = "pay"))]
pub(crate) fn private_key(pem: &str) -> Result<RsaKeyPair, ConfigError> {
    let block = first(pem).ok_or(ConfigError::new("the private key is not PEM"))?;
    let pair = match block.label.as_str() {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&block.der),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&block.der),
        _ => return Err(ConfigError::new("the private key is not an unencrypted RSA key")),
    };
    pair.map_err(|_| ConfigError::new("the private key is not an RSA key of 2048 bits or more"))
}

/// An X.509 certificate.
#[cfg(any(feature = "mini", feature = "pay"))]
pub(crate) fn certificate(pem: &str) -> Result<Certificate, ConfigError> {
    const BROKEN: ConfigError = ConfigError::new("the certificate is not PEM of an X.509 certificate");
    let block = first(pem).filter(|block| block.label == "CERTIFICATE").ok_or(BROKEN)?;
    Certificate::from_der(&block.der).map_err(|_| BROKEN)
}

/// The public key of a certificate, `SubjectPublicKeyInfo`.
#[cfg(any(feature = "mini", feature = "pay"))]
pub(crate) fn public_key_of(certificate: &Certificate) -> Result<Vec<u8>, ConfigError> {
    let key = certificate.tbs_certificate().subject_public_key_info().to_der();
    key.map_err(|_| ConfigError::new("the certificate has no public key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_and_windows_lines_are_fine() {
        let block = first("x\r\n  -----BEGIN A B-----\r\n  AQ\r\n  ID\r\n-----END A B-----").unwrap();
        assert_eq!((block.label.as_str(), block.der.as_slice()), ("A B", &[1_u8, 2, 3][..]));
        assert!(first("-----BEGIN A-----\nAQID\n-----END B-----").is_none());
        assert!(first("-----BEGIN A-----\n!\n-----END A-----").is_none());
    }
}
