//! Message push: the signatures, and the encryption of the secure mode.

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde::{Deserialize, Serialize};

use super::{cbc, digest};

/// PKCS#7 pads to twice the block of the cipher here.
const BLOCK: u8 = 32;
const RANDOM_LEN: usize = 16;
const LENGTH_LEN: usize = 4;

/// 43 letters hold 258 bits; what the last two are does not matter.
const KEY_TEXT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Lower-case hex of the SHA-1 over the parts in the order of their bytes: token, timestamp and nonce, and in
/// secure mode the encrypted text.
pub(crate) fn signature(parts: &[&str]) -> String {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    digest::sha1_hex(sorted.concat().as_bytes())
}

/// What is wrong with a message although its signature is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// The last character of the app id is another one.
    WrongAppId,
    /// The last byte is 0, so there seems to be no padding.
    Padding0,
    /// One byte of padding more than there may be; the rest is sound once all 33 are taken off.
    Padding33,
    /// The text ends within the four bytes of the length.
    TruncatedLength,
    /// The length goes beyond the end of the text.
    ExcessiveLength,
}

/// The decoded `EncodingAESKey` of an app.
#[derive(Clone)]
pub(crate) struct AesKey([u8; 32]);

impl std::fmt::Debug for AesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AesKey(..)")
    }
}

impl AesKey {
    /// Reads the 43 letters; `None` for any other number of them and for other letters than base64 has.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = KEY_TEXT.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The base64 of a packed and encrypted message.
    pub(crate) fn encrypt(&self, random: [u8; 16], message: &[u8], app_id: &str) -> String {
        self.seal(cbc::pad(pack(random, message, app_id), BLOCK))
    }

    /// As [`Self::encrypt`], with one thing wrong.
    pub(crate) fn encrypt_flawed(
        &self,
        random: [u8; 16],
        message: &[u8],
        app_id: &str,
        flaw: Flaw,
    ) -> String {
        self.seal(match flaw {
            Flaw::WrongAppId => cbc::pad(pack(random, message, &other(app_id)), BLOCK),
            Flaw::Padding0 => pad_with(0, random, message, app_id),
            Flaw::Padding33 => pad_with(33, random, message, app_id),
            Flaw::TruncatedLength => {
                cbc::pad(pack(random, message, app_id)[..RANDOM_LEN + LENGTH_LEN / 2].to_vec(), BLOCK)
            }
            Flaw::ExcessiveLength => {
                cbc::pad(join(random, message.len() + app_id.len() + 1, message, app_id), BLOCK)
            }
        })
    }

    /// The message and the app id it is for; `None` if any part does not follow the format.
    pub(crate) fn decrypt(&self, text: &str) -> Option<(Vec<u8>, String)> {
        let ciphertext = STANDARD.decode(text).ok()?;
        unpack(&cbc::unpad(cbc::decrypt::<Aes256>(&self.0, self.iv(), ciphertext)?, BLOCK)?)
    }

    fn iv(&self) -> &[u8] {
        &self.0[..16]
    }

    fn seal(&self, padded: Vec<u8>) -> String {
        let sealed = cbc::encrypt::<Aes256>(&self.0, self.iv(), padded);
        STANDARD.encode(sealed.expect("32 bytes of key, and text padded to whole blocks"))
    }
}

fn pack(random: [u8; 16], message: &[u8], app_id: &str) -> Vec<u8> {
    join(random, message.len(), message, app_id)
}

fn join(random: [u8; 16], announced: usize, message: &[u8], app_id: &str) -> Vec<u8> {
    let length = u32::try_from(announced).expect("a message is shorter than 4 GiB").to_be_bytes();
    [&random, length.as_slice(), message, app_id.as_bytes()].concat()
}

fn unpack(plain: &[u8]) -> Option<(Vec<u8>, String)> {
    let (_, rest) = plain.split_at_checked(RANDOM_LEN)?;
    let (length, rest) = rest.split_first_chunk::<LENGTH_LEN>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (message, app_id) = rest.split_at_checked(length)?;
    Some((message.to_vec(), String::from_utf8(app_id.to_vec()).ok()?))
}

/// An app id of the same length, so that only a full comparison finds the difference.
fn other(app_id: &str) -> String {
    let mut letters = app_id.to_owned();
    let last = letters.pop();
    letters + if last == Some('0') { "1" } else { "0" }
}

/// Pads with exactly `value` bytes of that value, for 0 with one. Blanks behind the message, which neither JSON
/// nor XML minds, fill the blocks.
fn pad_with(value: u8, random: [u8; 16], message: &[u8], app_id: &str) -> Vec<u8> {
    let count = usize::from(value.max(1));
    let bare = RANDOM_LEN + LENGTH_LEN + message.len() + app_id.len() + count;
    let blanks = bare.next_multiple_of(usize::from(BLOCK)) - bare;
    let message = [message, &vec![b' '; blanks]].concat();
    [pack(random, &message, app_id), vec![value; count]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::vectors::{Vector, unhex};
    use serde_json::Value;

    fn aes_key(vector: Vector) -> AesKey {
        AesKey::parse(vector.input("encoding_aes_key")).unwrap()
    }

    fn random(text: &str) -> [u8; 16] {
        text.as_bytes().try_into().unwrap()
    }

    #[test]
    fn signs_queries_of_the_plain_mode() {
        for id in ["push-url-verify-official", "push-plain-signature-official"] {
            let vector = Vector::named(id);
            let parts = ["token", "timestamp", "nonce"].map(|name| vector.input(name));
            assert_eq!(signature(&parts), vector.expected("signature"), "{id}");
        }
    }

    #[test]
    fn encrypts_as_the_samples_do() {
        for id in ["push-secure-reply-official", "push-encrypt-wxjava-1", "push-encrypt-wechatpy"] {
            let vector = Vector::named(id);
            let (message, app_id) = (vector.input("msg"), vector.input("appid"));
            let sealed = aes_key(vector).encrypt(random(vector.input("random")), message.as_bytes(), app_id);
            assert_eq!(sealed, vector.expected("Encrypt"), "{id}");
            let opened = aes_key(vector).decrypt(&sealed).unwrap();
            assert_eq!(opened, (message.as_bytes().to_vec(), app_id.to_owned()), "{id}");
        }
    }

    #[test]
    fn signs_encrypted_answers() {
        for id in ["push-secure-reply-official", "push-encrypt-wechatpy"] {
            let vector = Vector::named(id);
            let timestamp = &vector.json()["input"]["timestamp"];
            let timestamp = timestamp.as_str().map_or_else(|| timestamp.to_string(), str::to_owned);
            let parts =
                [vector.input("token"), &timestamp, vector.input("nonce"), vector.expected("Encrypt")];
            assert_eq!(signature(&parts), vector.expected("MsgSignature"), "{id}");
        }
    }

    /// Decrypts a vector, and packs the result again with the random bytes it names.
    fn opens(vector: Vector, encrypted: &str, app_id: &str) {
        let (message, found) = aes_key(vector).decrypt(encrypted).unwrap();
        assert_eq!(String::from_utf8(message.clone()).unwrap(), vector.expected("msg"));
        assert_eq!(found, app_id);
        let again = aes_key(vector).encrypt(random(vector.expected("random")), &message, app_id);
        assert_eq!(again, encrypted);
    }

    #[test]
    fn opens_the_official_secure_message() {
        let vector = Vector::named("push-secure-decrypt-official");
        let body: Value = serde_json::from_str(vector.input("body")).unwrap();
        let encrypted = body["Encrypt"].as_str().unwrap();
        let parts = ["token", "query/timestamp", "query/nonce"].map(|name| vector.input(name));
        let signed = signature(&[parts[0], parts[1], parts[2], encrypted]);
        assert_eq!(signed, vector.input("query/msg_signature"));
        assert_eq!(signature(&parts), vector.input("query/signature"));
        opens(vector, encrypted, vector.expected("appid"));
    }

    #[test]
    fn opens_what_other_libraries_encrypted() {
        let samples =
            [("push-decrypt-easywechat", "Encrypt"), ("push-encrypted-echostr-wechatpy", "echostr")];
        for (id, member) in samples {
            let vector = Vector::named(id);
            let encrypted = vector.input(member);
            let parts = ["token", "timestamp", "nonce", member].map(|name| vector.input(name));
            assert_eq!(signature(&parts), vector.expected("msg_signature"), "{id}");
            opens(vector, encrypted, vector.input("appid"));
        }
    }

    #[test]
    fn parses_keys_whatever_their_last_two_bits() {
        let vector = Vector::named("push-encoding-aes-key-trailing-bits");
        let samples = vector.json()["expected"].as_array().unwrap();
        assert_eq!(samples.len(), 4);
        for sample in samples {
            let key = AesKey::parse(sample["key"].as_str().unwrap()).unwrap();
            assert_eq!(key.0.as_slice(), unhex(sample["aes_key_hex"].as_str().unwrap()));
        }
    }

    #[test]
    fn parses_no_other_texts() {
        let letters = "A".repeat(43);
        for wrong in [
            &letters[1..],
            &format!("{letters}A"),
            &format!("{letters}="),
            "",
            &letters.replacen('A', "-", 1),
        ] {
            assert!(AesKey::parse(wrong).is_none(), "{wrong}");
        }
    }

    const APP_ID: &str = "wx0123456789abcdef";

    type Opened = Option<(Vec<u8>, String)>;

    /// Flawed messages of many lengths: how they look before the cipher, and what decrypting gives.
    fn flawed(flaw: Flaw) -> Vec<(Vec<u8>, Opened)> {
        let key = AesKey([5; 32]);
        let one = |len: usize| {
            let sealed = key.encrypt_flawed([1; 16], &vec![b'm'; len], APP_ID, flaw);
            let plain = cbc::decrypt::<Aes256>(&key.0, key.iv(), STANDARD.decode(&sealed).unwrap()).unwrap();
            (plain, key.decrypt(&sealed))
        };
        (0..70).map(one).collect()
    }

    #[test]
    fn a_wrong_app_id_is_the_only_flaw_of_its_message() {
        for (len, (_, opened)) in flawed(Flaw::WrongAppId).into_iter().enumerate() {
            assert_eq!(opened, Some((vec![b'm'; len], "wx0123456789abcde0".to_owned())));
        }
        assert_eq!(other("wx0"), "wx1");
    }

    #[test]
    fn refuses_padding_of_0_and_of_33() {
        for (plain, opened) in flawed(Flaw::Padding0) {
            assert!(opened.is_none() && plain.ends_with(&[0]) && plain.len().is_multiple_of(32));
            let (message, app_id) = unpack(&plain[..plain.len() - 1]).unwrap();
            assert!(message.trim_ascii_end().iter().all(|byte| *byte == b'm') && app_id == APP_ID);
        }
        for (plain, opened) in flawed(Flaw::Padding33) {
            assert!(opened.is_none() && plain.ends_with(&[33; 33]) && plain.len().is_multiple_of(32));
            let (message, app_id) = unpack(&plain[..plain.len() - 33]).unwrap();
            assert!(message.trim_ascii_end().iter().all(|byte| *byte == b'm') && app_id == APP_ID);
        }
    }

    #[test]
    fn refuses_lengths_that_do_not_fit() {
        for flaw in [Flaw::TruncatedLength, Flaw::ExcessiveLength] {
            for (plain, opened) in flawed(flaw) {
                assert!(opened.is_none());
                assert!(cbc::unpad(plain, BLOCK).is_some(), "the padding of {flaw:?} is sound");
            }
        }
    }

    #[test]
    fn refuses_half_blocks_and_other_keys() {
        let key = AesKey([5; 32]);
        let sealed = key.encrypt([1; 16], b"message", APP_ID);
        assert_eq!(sealed.len(), 88);
        assert!(key.decrypt(&sealed[..64]).is_none());
        assert!(key.decrypt("not base64").is_none());
        assert!(AesKey([6; 32]).decrypt(&sealed).is_none());
    }
}
