//! Certificates, as far as the protocol looks into them.

use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::time::Time;

use super::{PublicKey, hex, pem};

/// What the protocol uses of an X.509 certificate.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    /// Upper-case hex, two digits for each byte of the number.
    pub(crate) serial: String,
    pub(crate) key: PublicKey,
    /// Milliseconds.
    pub(crate) not_before: i64,
    /// Milliseconds.
    pub(crate) not_after: i64,
}

impl Certificate {
    pub(crate) fn from_pem(text: &str) -> Result<Self, String> {
        let der = pem::decode_as("CERTIFICATE", text)?;
        let parsed = x509_cert::Certificate::from_der(&der).map_err(|error| error.to_string())?;
        let content = parsed.tbs_certificate();
        let key = content.subject_public_key_info().to_der().map_err(|error| error.to_string())?;
        Ok(Self {
            serial: serial(content.serial_number().as_bytes()),
            key: PublicKey::from_spki_der(&key)?,
            not_before: millis(content.validity().not_before),
            not_after: millis(content.validity().not_after),
        })
    }
}

/// A number whose highest bit is set is preceded by a zero byte that only says it is positive.
fn serial(number: &[u8]) -> String {
    match number {
        [0, rest @ ..] if !rest.is_empty() => hex(rest),
        all => hex(all),
    }
}

fn millis(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_millis()).expect("X.509 ends with the year 9999")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;
    use crate::crypto::vectors::{Vector, key};
    use crate::wire::text::parse_rfc3339;
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber};

    #[test]
    fn reads_the_certificates_of_the_samples() {
        for name in ["java_merchant", "java_wechatpay"] {
            let sample = key(&format!("{name}_certificate"));
            let certificate = Certificate::from_pem(sample["pem"].as_str().unwrap()).unwrap();
            assert_eq!(certificate.serial, sample["serial_no"].as_str().unwrap());
            assert_eq!(Some(certificate.not_after), parse_rfc3339(sample["not_after"].as_str().unwrap()));
            let private = key(&format!("{name}_private_key"))["pem"].as_str().unwrap();
            assert_eq!(certificate.key.pem(), SigningKey::from_pem(private).unwrap().public_pem());
        }
    }

    #[test]
    fn drops_the_sign_of_a_serial_only() {
        let vector = Vector::named("pay-go-notification-full");
        let certificate = Certificate::from_pem(vector.input("certificate_pem")).unwrap();
        assert_eq!(certificate.serial, vector.header("Wechatpay-Serial"));
        assert_eq!(Some(certificate.not_before), parse_rfc3339("2021-04-27T08:55:23Z"));
        assert_eq!(serial(&[0x05, 0xab]), "05AB");
        assert_eq!(serial(&[0]), "00");
    }

    #[test]
    fn keeps_the_zero_that_a_serial_begins_with() {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from(vec![0x0a, 0x00, 0xff]));
        let certificate = Certificate::from_pem(&params.self_signed(&pair).unwrap().pem()).unwrap();
        assert_eq!(certificate.serial, "0A00FF");
    }

    #[test]
    fn refuses_what_is_no_certificate_of_an_rsa_key() {
        let public = key("java_wechatpay_public_key")["pem"].as_str().unwrap();
        assert!(Certificate::from_pem(public).is_err());
        assert!(Certificate::from_pem(&public.replace("PUBLIC KEY", "CERTIFICATE")).is_err());
        let elliptic = KeyPair::generate().unwrap();
        let pem = CertificateParams::default().self_signed(&elliptic).unwrap().pem();
        assert!(Certificate::from_pem(&pem).is_err());
    }
}
