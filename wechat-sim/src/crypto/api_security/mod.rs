//! Calls of a mini program that are signed and encrypted, as the platform checks and answers them.

pub(crate) mod headers;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::crypto::aead::{TAG_LEN, open_bytes, seal_bytes};
use crate::crypto::{PublicKey, SigningKey, random, random_base64};
use headers::Fault;

/// The symmetric key of an app and its number in the console.
#[derive(Clone, Copy)]
pub(crate) struct Secret<'a> {
    pub(crate) sn: &'a str,
    /// 32 bytes.
    pub(crate) key: &'a [u8],
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("sn", &self.sn).finish_non_exhaustive()
    }
}

/// What is on the wire instead of the JSON: three members in base64.
#[derive(Serialize, Deserialize)]
struct Body {
    iv: String,
    data: String,
    authtag: String,
}

/// What both the signature and the encryption of a request or an answer cover besides its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The URL with scheme and host, without its query.
    pub(crate) url_path: &'a str,
    pub(crate) app_id: &'a str,
    /// Unix seconds, as in the header of this direction.
    pub(crate) timestamp: i64,
}

impl Call<'_> {
    fn signed(&self, body: &[u8]) -> Vec<u8> {
        let head = format!("{}\n{}\n{}\n", self.url_path, self.app_id, self.timestamp);
        [head.as_bytes(), body].concat()
    }

    fn associated_data(&self, sn: &str) -> String {
        format!("{}|{}|{}|{sn}", self.url_path, self.app_id, self.timestamp)
    }

    /// Checks the signature of a request with the key that the app has left in the console.
    pub(crate) fn verify(&self, key: Option<&PublicKey>, body: &[u8], signature: &str) -> Result<(), Fault> {
        let key = key.ok_or(Fault::NoPublicKey)?;
        if key.verifies_pss(&self.signed(body), signature) { Ok(()) } else { Err(Fault::BadSignature) }
    }

    /// The signature of an answer, in base64.
    pub(crate) fn sign(&self, key: &SigningKey, body: &[u8]) -> String {
        key.sign_pss(&self.signed(body))
    }

    /// The parameters of a request, query and body in one, without `_n`, `_appid` and `_timestamp`.
    pub(crate) fn open(&self, secret: Option<Secret<'_>>, body: &[u8]) -> Result<Map<String, Value>, Fault> {
        let plaintext = self.decrypt(secret.ok_or(Fault::NoSymmetricKey)?, body);
        plaintext.and_then(|bytes| self.unwrap(&bytes)).ok_or(Fault::BadEncryption)
    }

    /// The body of an answer.
    pub(crate) fn seal(&self, secret: Secret<'_>, answer: &Map<String, Value>) -> String {
        let mut whole = answer.clone();
        whole.insert("_n".to_owned(), random_base64::<16>().into());
        whole.insert("_appid".to_owned(), self.app_id.into());
        whole.insert("_timestamp".to_owned(), self.timestamp.into());
        self.encrypt(secret, random(), Value::from(whole).to_string().as_bytes())
    }

    fn decrypt(&self, secret: Secret<'_>, body: &[u8]) -> Option<Vec<u8>> {
        let body: Body = serde_json::from_slice(body).ok()?;
        let decode = |text| STANDARD.decode(text).ok();
        let (iv, data, tag) = (decode(body.iv)?, decode(body.data)?, decode(body.authtag)?);
        let whole = tag.len() == TAG_LEN;
        let aad = self.associated_data(secret.sn);
        open_bytes(secret.key, &iv, &aad, [data, tag].concat()).filter(|_| whole)
    }

    fn encrypt(&self, secret: Secret<'_>, iv: [u8; 12], plaintext: &[u8]) -> String {
        let aad = self.associated_data(secret.sn);
        let sealed = seal_bytes(secret.key, &iv, &aad, plaintext).expect("a symmetric key has 32 bytes");
        let (data, tag) = sealed.split_at(sealed.len() - TAG_LEN);
        let [iv, data, authtag] = [&iv, data, tag].map(|bytes| STANDARD.encode(bytes));
        serde_json::to_string(&Body { iv, data, authtag }).expect("three texts are JSON")
    }

    /// Checks the members that protect a request against being replayed elsewhere, and takes them off.
    fn unwrap(&self, plaintext: &[u8]) -> Option<Map<String, Value>> {
        let mut members: Map<String, Value> = serde_json::from_slice(plaintext).ok()?;
        let random = members.remove("_n")?.as_str().is_some_and(|text| !text.is_empty());
        let app_id = members.remove("_appid")? == self.app_id;
        let timestamp = members.remove("_timestamp")? == self.timestamp;
        (random && app_id && timestamp).then_some(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::certificate::Certificate;
    use crate::crypto::vectors::{Vector, key};
    use serde_json::json;

    /// The call that `text` begins with, and what follows it.
    fn split(text: &'static str, separator: char) -> (Call<'static>, &'static str) {
        let parts: Vec<_> = text.splitn(4, separator).collect();
        (Call { url_path: parts[0], app_id: parts[1], timestamp: parts[2].parse().unwrap() }, parts[3])
    }

    struct Sample {
        call: Call<'static>,
        sn: &'static str,
        key: Vec<u8>,
        plaintext: &'static str,
        body: &'static str,
    }

    impl Sample {
        fn new() -> Self {
            let vector = Vector::named("mp-apisec-request-encrypt");
            let (call, sn) = split(vector.input("aad"), '|');
            assert_eq!(sn, vector.input("key_sn"));
            let key = STANDARD.decode(vector.input("key")).unwrap();
            Self { call, sn, key, plaintext: vector.input("plaintext"), body: vector.expected("post_body") }
        }

        fn secret(&self) -> Secret<'_> {
            Secret { sn: self.sn, key: &self.key }
        }

        /// Opens a plaintext that was encrypted rightly.
        fn reads(&self, plaintext: &Value) -> Result<Map<String, Value>, Fault> {
            let body = self.call.encrypt(self.secret(), [3; 12], plaintext.to_string().as_bytes());
            self.call.open(Some(self.secret()), body.as_bytes())
        }
    }

    fn app_key() -> SigningKey {
        SigningKey::from_pem(key("mp_apisec_app_private_key")["pem"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn encrypts_the_official_request() {
        let sample = Sample::new();
        let iv = STANDARD.decode(Vector::named("mp-apisec-request-encrypt").input("iv")).unwrap();
        let body = sample.call.encrypt(sample.secret(), iv.try_into().unwrap(), sample.plaintext.as_bytes());
        assert_eq!(body, sample.body);
    }

    #[test]
    fn opens_the_official_request() {
        let sample = Sample::new();
        let members = sample.call.open(Some(sample.secret()), sample.body.as_bytes()).unwrap();
        let expected = json!({
            "appid": "wxba6223c06417af7b",
            "openid": "oEWzBfmdLqhFS2mTXCo2E4Y9gJAM",
            "scene": 0,
            "client_ip": "127.0.0.1",
        });
        assert_eq!(Value::from(members), expected);
    }

    #[test]
    fn verifies_the_official_request() {
        let vector = Vector::named("mp-apisec-request-sign");
        let (call, body) = split(vector.input("message"), '\n');
        let (key, signature) = (app_key().public(), vector.expected("valid_signature"));
        assert_eq!(call.verify(Some(&key), body.as_bytes(), signature), Ok(()));
        let fed = format!("{body}\n");
        assert_eq!(call.verify(Some(&key), fed.as_bytes(), signature), Err(Fault::BadSignature));
        let later = Call { timestamp: call.timestamp + 1, ..call };
        assert_eq!(later.verify(Some(&key), body.as_bytes(), signature), Err(Fault::BadSignature));
        assert_eq!(call.verify(None, body.as_bytes(), signature), Err(Fault::NoPublicKey));
    }

    #[test]
    fn signs_what_the_official_answer_signs() {
        let vector = Vector::named("mp-apisec-response-verify");
        let (call, body) = split(vector.input("message"), '\n');
        let key = Certificate::from_pem(vector.input("certificate_pem")).unwrap().key;
        assert_eq!(call.verify(Some(&key), body.as_bytes(), vector.input("signature")), Ok(()));
        let own = call.sign(&app_key(), body.as_bytes());
        assert!(app_key().public().verifies_pss(vector.input("message").as_bytes(), &own));
    }

    #[test]
    fn refuses_what_was_encrypted_for_another_call() {
        let Sample { call, sn, key, body, .. } = Sample::new();
        let other_key = vec![1; 32];
        let attempts = [
            (Call { timestamp: 1, ..call }, Secret { sn, key: &key }),
            (Call { url_path: "https://api.weixin.qq.com/wxa/other", ..call }, Secret { sn, key: &key }),
            (Call { app_id: "wx0123456789abcdef", ..call }, Secret { sn, key: &key }),
            (call, Secret { sn: "1", key: &key }),
            (call, Secret { sn, key: &other_key }),
            (call, Secret { sn, key: &key[1..] }),
        ];
        for (call, secret) in attempts {
            assert_eq!(call.open(Some(secret), body.as_bytes()), Err(Fault::BadEncryption));
        }
        assert_eq!(call.open(None, body.as_bytes()), Err(Fault::NoSymmetricKey));
    }

    #[test]
    fn refuses_bodies_of_another_shape() {
        let sample = Sample::new();
        let parsed: Value = serde_json::from_str(sample.body).unwrap();
        let [data, tag] =
            ["data", "authtag"].map(|name| STANDARD.decode(parsed[name].as_str().unwrap()).unwrap());
        let behind = json!({
            "iv": parsed["iv"],
            "data": STANDARD.encode([data, tag].concat()),
            "authtag": "",
        });
        for body in [sample.plaintext, "", "[]", &behind.to_string(), &sample.body.replace("0IDV", "1IDV")] {
            let opened = sample.call.open(Some(sample.secret()), body.as_bytes());
            assert_eq!(opened, Err(Fault::BadEncryption), "{body}");
        }
    }

    #[test]
    fn wants_the_three_members_that_bind_a_request() {
        let sample = Sample::new();
        let right = json!({ "_n": "r", "_appid": sample.call.app_id, "_timestamp": sample.call.timestamp });
        assert_eq!(sample.reads(&right), Ok(Map::new()));
        for (name, wrong) in [
            ("_n", json!("")),
            ("_n", json!(1)),
            ("_appid", json!("wx")),
            ("_timestamp", json!("1635927954")),
        ] {
            let (mut lacking, mut other) = (right.clone(), right.clone());
            lacking.as_object_mut().unwrap().remove(name);
            other[name] = wrong;
            assert_eq!(sample.reads(&lacking), Err(Fault::BadEncryption), "{name}");
            assert_eq!(sample.reads(&other), Err(Fault::BadEncryption), "{name}");
        }
    }

    #[test]
    fn seals_answers_that_open_again() {
        let sample = Sample::new();
        let Value::Object(answer) = json!({ "errcode": 0, "risk_rank": 2 }) else { unreachable!() };
        let (first, second) =
            (sample.call.seal(sample.secret(), &answer), sample.call.seal(sample.secret(), &answer));
        assert_ne!(first, second);
        assert_eq!(sample.call.open(Some(sample.secret()), first.as_bytes()), Ok(answer));
    }
}
