//! Calls that prove to know somebody's session key: is it valid, make a new one, what does the client encrypt with.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Errcode, MiniCall, MiniServe, Reply, done, get, limits, ok};
use crate::crypto::session::session_signature;
use crate::crypto::{digest::lower_hex, random, random_base64};
use crate::operation::Operation;
use crate::world::{EncryptKey, Shopper, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    get("check_session", "/wxa/checksession", check),
    get("reset_user_session_key", "/wxa/resetusersessionkey", reset),
    get("get_user_encrypt_key", "/wxa/business/getuserencryptkey", encrypt_keys),
];

/// So often the session of one person may be replaced within a minute; WeChat says "not often".
const RESETS: u32 = 10;
/// So long a key between client and shop is used, in milliseconds.
const KEY_LIFE: i64 = 3600 * 1000;
/// So many keys are remembered.
const KEYS: usize = 3;

/// Whose session it is, and the proof.
struct Proof {
    openid: String,
    signature: String,
}

fn proof(call: &MiniCall<'_>) -> Result<Proof, Errcode> {
    let needed = |name| call.parameter(name).ok_or_else(|| Errcode::new(40097, "invalid args"));
    let (openid, signature) = (needed("openid")?, needed("signature")?);
    if call.parameter("sig_method").as_deref() != Some("hmac_sha256") {
        return Err(Errcode::new(87008, "invalid sig_method"));
    }
    Ok(Proof { openid, signature })
}

impl Proof {
    /// The person whose session key made the signature; `lost` is how it is said that there is none.
    fn check<'a>(&self, world: &'a World, app_id: &str, lost: i64) -> Result<&'a Shopper, Errcode> {
        let shopper = world.shoppers.get(&key(app_id, &self.openid));
        let shopper = shopper.ok_or_else(|| Errcode::new(40003, "invalid openid"))?;
        if shopper.session.key.is_empty() {
            let known = lost == 87007;
            let text = if known { "session_key is not existd or expired" } else { "invalid signature" };
            return Err(Errcode::new(lost, text));
        }
        if session_signature(&shopper.session.key, b"") == self.signature {
            Ok(shopper)
        } else {
            Err(Errcode::new(87009, "invalid signature"))
        }
    }
}

fn check(call: &MiniCall<'_>) -> Reply {
    let (proof, lost) = (proof(call)?, call.core.settings.lost_session_errcode);
    call.core.read(|world| proof.check(world, &call.app_id, lost).map(drop))?;
    done()
}

/// A new key; how long the session lasts does not change.
fn reset(call: &MiniCall<'_>) -> Reply {
    let proof = proof(call)?;
    call.core.change(|world, now| {
        proof.check(world, &call.app_id, 87007)?;
        let whose = format!("reset {}", key(&call.app_id, &proof.openid));
        limits::spend_of_person(call.core, &whose, RESETS, now)?;
        let session_key = random_base64::<16>();
        world.shopper(&call.app_id, &proof.openid).session.key.clone_from(&session_key);
        ok(json!({"openid": proof.openid, "session_key": session_key}))
    })
}

fn encrypt_keys(call: &MiniCall<'_>) -> Reply {
    let proof = proof(call)?;
    call.core.change(|world, now| {
        proof.check(world, &call.app_id, 87007)?;
        let shopper = world.shopper(&call.app_id, &proof.openid);
        renew(shopper, now);
        let list: Vec<Value> = shopper.encrypt_keys.iter().rev().map(|key| key_info(key, now)).collect();
        ok(json!({"key_info_list": list}))
    })
}

fn key_info(key: &EncryptKey, now: i64) -> Value {
    json!({
        "encrypt_key": key.key,
        "version": key.version,
        "expire_in": key.left(now),
        "iv": key.iv,
        "create_time": key.made_at / 1000,
    })
}

impl EncryptKey {
    /// Seconds.
    fn left(&self, now: i64) -> i64 {
        ((self.made_at + KEY_LIFE - now) / 1000).max(0)
    }
}

/// Makes a key when the last one is over.
fn renew(shopper: &mut Shopper, now: i64) {
    let last = shopper.encrypt_keys.last();
    if last.is_some_and(|key| key.left(now) > 0) {
        return;
    }
    let version = last.map_or(0, |key| key.version) + 1;
    let iv = lower_hex(&random::<8>());
    shopper.encrypt_keys.push(EncryptKey { key: random_base64::<16>(), iv, version, made_at: now });
    let old = shopper.encrypt_keys.len().saturating_sub(KEYS);
    shopper.encrypt_keys.drain(..old);
}

/// What `UserCryptoManager.getLatestUserKey` gives the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserKey {
    /// Base64 of sixteen bytes.
    pub encrypt_key: String,
    /// Sixteen digits of hex.
    pub iv: String,
    /// Counted from 1.
    pub version: u32,
    /// Seconds that are left.
    pub expire_time: i64,
}

/// The key that the client encrypts with now.
pub(crate) fn user_key(world: &mut World, app_id: &str, openid: &str, now: i64) -> Option<UserKey> {
    let shopper = world.shopper(app_id, openid);
    renew(shopper, now);
    let key = shopper.encrypt_keys.last()?;
    Some(UserKey {
        encrypt_key: key.key.clone(),
        iv: key.iv.clone(),
        version: key.version,
        expire_time: key.left(now),
    })
}
