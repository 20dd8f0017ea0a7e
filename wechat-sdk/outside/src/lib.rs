//! Sends every call of `wechat-sdk` from outside of it, so that nothing is uncallable: what cannot be made with the
//! public API does not compile here. Each exercise states what must go on the wire and what comes back.

pub mod mini;
pub mod pay;
mod recorder;
mod secrecy;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use http::Method;
use serde_json::{Value, json};
use wechat_sdk::{Merchant, MiniOperation, MiniProgram, Operation, PayOperation};

pub use recorder::{Fire, NOW, Recorder, encrypted_push, merchant_key, sealed_for_merchant, text_of_upload};

type Running = Pin<Box<dyn Future<Output = Result<(), String>>>>;
type Answering = Pin<Box<dyn Future<Output = String>>>;

/// One call and what is to be seen of it.
pub struct Exercise {
    /// The name of the call.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path with placeholders.
    pub path: &'static str,
    /// The official page.
    pub page: &'static str,
    run: Box<dyn Fn() -> Running>,
    refused: Box<dyn Fn(Refusal) -> Answering>,
    secrets: Vec<String>,
    /// Members that must travel encrypted, and which of them this exercise has so.
    pub sealed: Vec<(&'static str, bool)>,
}

/// How a WeChat may be of no use: HTTP status and body.
pub type Refusal = (u16, &'static str);

/// Refusals of both sides, and answers that cannot be read.
pub const REFUSALS: &[Refusal] = &[
    (200, r#"{"errcode":45011,"errmsg":"api minute-quota reach limit rid: 1-2-3"}"#),
    (
        400,
        r#"{"code":"PARAM_ERROR","message":"no","detail":{"field":"/amount","value":"v","issue":"i","location":"body"}}"#,
    ),
    (500, r#"{"code":"SYSTEM_ERROR","message":"again"}"#),
    (200, r#"{"errcode":0,"items":{"a":[1"#),
    (200, "<html>no</html>"),
    (503, ""),
];

impl std::fmt::Debug for Exercise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} {})", self.name, self.method, self.path)
    }
}

impl Exercise {
    fn of<O: Operation>(
        json: &[&Value],
        run: impl Fn() -> Running + 'static,
        refused: impl Fn(Refusal) -> Answering + 'static,
    ) -> Self {
        let own = ["the-token", "the-app-secret", recorder::API_V3].map(str::to_owned);
        let secrets = json.iter().flat_map(|json| secrecy::secrets(json)).chain(own).collect();
        let (run, refused) = (Box::new(run), Box::new(refused));
        let locked = |path: &&'static str| (*path, json.iter().any(|json| secrecy::is_locked(json, path)));
        let sealed = O::SEALED.iter().map(locked).collect();
        Self { name: O::NAME, method: O::METHOD, path: O::PATH, page: O::PAGE, run, refused, secrets, sealed }
    }

    /// What must not be printed of it.
    pub fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }

    /// Sends it to a WeChat that is of no use; what the error says, for people and for programmers.
    pub async fn refused(&self, refusal: &Refusal) -> String {
        (self.refused)(*refusal).await
    }

    /// Sends it to a recorder. `Err` says what was wrong.
    pub async fn run(&self) -> Result<(), String> {
        (self.run)().await.map_err(|wrong| format!("{self:?}: {wrong}"))
    }
}

/// A call of the mini-program API. `target` is the path with its query as it must be sent, without token, app id and
/// secret; `body` the JSON body (`null` for none); `answer` what WeChat says, to which `errcode` 0 is added; `check`
/// looks at what was read.
pub fn mini<O>(call: O, target: &'static str, body: Value, answer: Value, check: fn(O::Output)) -> Exercise
where
    O: MiniOperation<Output: Debug> + Clone + Debug + 'static,
{
    let again = call.clone();
    Exercise::of::<O>(
        &[&body.clone(), &answer.clone()],
        move || {
            let (call, body, mut answer) = (call.clone(), body.clone(), answer.clone());
            if let Some(members) = answer.as_object_mut() {
                members.insert("errcode".to_owned(), json!(0));
                members.insert("errmsg".to_owned(), json!("ok"));
            }
            Box::pin(async move {
                let recorder = Recorder::answering(answer.to_string().into_bytes());
                let client: MiniProgram = recorder.mini();
                let output = client.send(&call).await.map_err(|error| error.to_string())?;
                recorder.check_mini(&O::METHOD, target, &body, call.upload().is_some())?;
                silent(&[&body, &answer], &format!("{call:?} {output:?}"))?;
                check(output);
                Ok(())
            })
        },
        move |refusal| {
            let call = again.clone();
            Box::pin(async move { said(Recorder::refusing(refusal).mini().send(&call).await) })
        },
    )
}

/// A call of WeChat Pay. `target` and `body` as for [`mini`]; a member `"🔒text"` of the body must travel encrypted
/// and open to `text`. `answer` is `null` for HTTP 204.
pub fn pay<O>(call: O, target: &'static str, body: Value, answer: Value, check: fn(O::Output)) -> Exercise
where
    O: PayOperation<Output: Debug> + Clone + Debug + 'static,
{
    let again = call.clone();
    Exercise::of::<O>(
        &[&body.clone(), &answer.clone()],
        move || {
            let (call, body, answer) = (call.clone(), body.clone(), answer.clone());
            Box::pin(async move {
                let bytes = if answer.is_null() { vec![] } else { answer.to_string().into_bytes() };
                let recorder = Recorder::answering(bytes);
                let client: Merchant = recorder.merchant();
                let output = client.send(&call).await.map_err(|error| error.to_string())?;
                recorder.check_pay(&O::METHOD, target, &body, call.upload().is_some())?;
                silent(&[&body, &answer], &format!("{call:?} {output:?}"))?;
                check(output);
                Ok(())
            })
        },
        move |refusal| {
            let call = again.clone();
            Box::pin(async move { said(Recorder::refusing(refusal).merchant().send(&call).await) })
        },
    )
}

/// A call whose answer is a file.
pub fn mini_file<O>(
    call: O,
    target: &'static str,
    body: Value,
    file: &'static [u8],
    check: fn(O::Output),
) -> Exercise
where
    O: MiniOperation<Output: Debug> + Clone + Debug + 'static,
{
    let again = call.clone();
    Exercise::of::<O>(
        &[&body.clone()],
        move || {
            let (call, body) = (call.clone(), body.clone());
            Box::pin(async move {
                let recorder = Recorder::answering(file.to_vec());
                let output = recorder.mini().send(&call).await.map_err(|error| error.to_string())?;
                recorder.check_mini(&O::METHOD, target, &body, call.upload().is_some())?;
                check(output);
                Ok(())
            })
        },
        move |refusal| {
            let call = again.clone();
            Box::pin(async move { said(Recorder::refusing(refusal).mini().send(&call).await) })
        },
    )
}

/// What an error says. A call without an answer of its own may take anything for one.
fn said<T: Debug>(result: Result<T, wechat_sdk::Error>) -> String {
    match result {
        Ok(output) => format!("{output:?}\n"),
        Err(error) => {
            format!("{error} {error:?} {:?}\n", std::error::Error::source(&error).map(ToString::to_string))
        }
    }
}

/// What is secret or personal in a request or an answer is not printed.
fn silent(json: &[&Value], printed: &str) -> Result<(), String> {
    let secrets: Vec<String> = json.iter().flat_map(|json| secrecy::secrets(json)).collect();
    match secrecy::shown(&secrets, printed) {
        Some(secret) => Err(format!("{secret:?} is printed: {printed}")),
        None => Ok(()),
    }
}

/// All of them.
#[must_use]
pub fn exercises() -> Vec<Exercise> {
    [mini::all(), pay::all()].into_iter().flatten().collect()
}
