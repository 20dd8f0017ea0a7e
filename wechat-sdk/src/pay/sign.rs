//! Signing for WeChat Pay: requests, and what the mini program passes to `wx.requestPayment`.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::ConfigError;
use crate::ids::{MchId, Serial};
use crate::pem;
use crate::secret::Secret;

/// The private key of the merchant API certificate, with the certificate's serial. Parsed once.
#[derive(Clone)]
pub struct MerchantKey {
    pair: Arc<RsaKeyPair>,
    serial: Serial,
}

impl MerchantKey {
    /// Reads `apiclient_key.pem` (PKCS#8, or PKCS#1) of at least 2048 bits; `serial` is the certificate's, in hex.
    pub fn from_pem(pem: &str, serial: &str) -> Result<Self, ConfigError> {
        let pair = pem::private_key(pem)?;
        let serial = Serial::new(serial)?;
        if serial.is_public_key() {
            return Err(ConfigError::new(
                "the merchant key goes with the serial of the merchant's certificate",
            ));
        }
        Ok(Self { pair: Arc::new(pair), serial })
    }

    /// The certificate's serial, upper-case hex.
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, in base64. The same text always gives the same signature.
    pub fn sign(&self, message: &[u8]) -> Result<String, ConfigError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| ConfigError::new("the merchant key cannot sign"))?;
        Ok(STANDARD.encode(signature))
    }

    /// Opens what was sealed for the merchant's certificate: RSAES-OAEP with SHA-1 and MGF1-SHA-1, base64.
    pub(crate) fn unseal(&self, sealed: &str) -> Result<Secret, ConfigError> {
        const BROKEN: ConfigError = ConfigError::new("the member was not sealed for the merchant's key");
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| BROKEN)?;
        let key = PrivateDecryptingKey::from_pkcs8(der.as_ref()).map_err(|_| BROKEN)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| BROKEN)?;
        let sealed = STANDARD.decode(sealed).map_err(|_| BROKEN)?;
        let mut opened = Zeroizing::new(vec![0; key.min_output_size()]);
        let text = key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut opened, None).map_err(|_| BROKEN)?;
        Ok(Secret::from(std::str::from_utf8(text).map_err(|_| BROKEN)?))
    }

    /// The value of `Authorization` for one request.
    pub(crate) fn authorization(
        &self,
        merchant: &MchId,
        parts: &SignedParts<'_>,
    ) -> Result<String, ConfigError> {
        let SignedParts { timestamp, nonce, .. } = parts;
        let signature = self.sign(&parts.message())?;
        let serial = &self.serial;
        Ok(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{merchant}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{timestamp}\",serial_no=\"{serial}\""
        ))
    }
}

impl fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MerchantKey").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// What of a request is signed.
pub(crate) struct SignedParts<'a> {
    pub(crate) method: &'a str,
    /// Path and query as they go on the wire.
    pub(crate) target: &'a str,
    pub(crate) timestamp: i64,
    pub(crate) nonce: &'a str,
    pub(crate) body: &'a [u8],
}

impl SignedParts<'_> {
    fn message(&self) -> Vec<u8> {
        let mut message =
            format!("{}\n{}\n{}\n{}\n", self.method, self.target, self.timestamp, self.nonce).into_bytes();
        message.extend_from_slice(self.body);
        message.push(b'\n');
        message
    }
}
