//! What is answered to a push.

use super::xml::cdata;
use super::{Format, MessagePush, Push};
use crate::clock::nonce;
use crate::environment::Environment;
use crate::error::ConfigError;

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// That it arrived; the only answer to events.
    Success,
    /// The user's message goes to the staff in the web console.
    ToStaff,
}

/// An answer, ready to be sent with HTTP 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyBody {
    /// For `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl ReplyBody {
    /// `success`, the answer to all events and to most messages.
    #[must_use]
    pub fn success() -> Self {
        Self { content_type: "text/plain", body: "success".to_owned() }
    }
}

impl MessagePush {
    /// Writes the answer in the format of the push, and encrypted if pushes are.
    ///
    /// # Errors
    /// [`Reply::ToStaff`] to a push that no user wrote.
    pub fn reply(
        &self,
        push: &Push,
        reply: &Reply,
        environment: &Environment,
    ) -> Result<ReplyBody, ConfigError> {
        match reply {
            Reply::Success => Ok(ReplyBody::success()),
            Reply::ToStaff => self.written(to_staff(push, environment.now())?, push.format(), environment),
        }
    }

    fn written(
        &self,
        message: String,
        format: Format,
        environment: &Environment,
    ) -> Result<ReplyBody, ConfigError> {
        let content_type = match format {
            Format::Json => "application/json",
            Format::Xml => "text/xml",
        };
        let Some(key) = self.keys.first() else { return Ok(ReplyBody { content_type, body: message }) };
        let mut random = [0; 16];
        environment.random().fill(&mut random);
        let encrypt = key.encrypt(random, message.as_bytes(), self.app.as_str());
        let encrypt = encrypt.ok_or(ConfigError::new("the answer is too long to be encrypted"))?;
        let (now, nonce) = (environment.now(), nonce(environment.random()));
        Ok(ReplyBody { content_type, body: self.envelope(&encrypt, now, &nonce, format) })
    }

    /// Vector `push-secure-reply-official`.
    fn envelope(&self, encrypt: &str, now: i64, nonce: &str, format: Format) -> String {
        let signature = self.signature(&[&now.to_string(), nonce, encrypt]);
        match format {
            Format::Json => serde_json::json!({
                "Encrypt": encrypt, "MsgSignature": signature, "TimeStamp": now, "Nonce": nonce,
            })
            .to_string(),
            Format::Xml => format!(
                "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature><TimeStamp>{now}</TimeStamp>\
                 <Nonce>{}</Nonce></xml>",
                cdata(encrypt),
                cdata(&signature),
                cdata(nonce)
            ),
        }
    }
}

fn to_staff(push: &Push, now: i64) -> Result<String, ConfigError> {
    const NOBODY: ConfigError = ConfigError::new("only messages of users can be handed to the staff");
    let (Some(user), Some(own)) = (push.from_user_name(), push.to_user_name()) else { return Err(NOBODY) };
    if push.msg_type() == "event" || push.msg_type().is_empty() {
        return Err(NOBODY);
    }
    let kind = "transfer_customer_service";
    Ok(match push.format() {
        Format::Json => serde_json::json!({
            "ToUserName": user, "FromUserName": own, "CreateTime": now, "MsgType": kind,
        })
        .to_string(),
        Format::Xml => format!(
            "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{now}</CreateTime>\
             <MsgType>{}</MsgType></xml>",
            cdata(user),
            cdata(own),
            cdata(kind)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::EncodingAesKey;
    use super::*;
    use crate::ids::AppId;
    use crate::secret::Secret;

    /// Vector `push-secure-reply-official`.
    #[test]
    fn the_published_answer_is_written() {
        let key = EncodingAesKey::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let app = AppId::new("wxba5fad812f8e6fb9").unwrap();
        let encrypt =
            key.encrypt(*b"707722b803182950", b"{\"demo_resp\":\"good luck\"}", app.as_str()).unwrap();
        let published =
            "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
        assert_eq!(encrypt, published);
        let push = MessagePush::secure(app, Secret::new("AAAAA"), key).unwrap();
        let json = push.envelope(&encrypt, 1_713_424_427, "415670741", Format::Json);
        assert!(json.contains("1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"), "{json}");
    }

    /// Vectors `push-encrypt-wxjava-1` and `push-encrypt-wechatpy`.
    #[test]
    fn other_sdks_encrypt_the_same() {
        let key = EncodingAesKey::new("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
        let encrypt = key.encrypt(*b"aaaabbbbccccdddd", "我是中文abcd123".as_bytes(), "wxb11529c136998cb6");
        let published =
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";
        assert_eq!(encrypt.as_deref(), Some(published));
    }
}
