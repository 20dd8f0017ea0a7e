//! Talking to the receivers of message pushes: verifying an address, sending what is broken on purpose, and
//! judging answers.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::delivery;
use crate::core::Core;
use crate::crypto::{random_digits, random_hex};
use crate::notify::envelope::Letter;
use crate::notify::push_answer::{self, Asked, LIMIT, Wish};
use crate::notify::push_envelope::{self, Push, PushFlaw, sign};
use crate::notify::{push_events, push_templates};
use crate::world::{PushSettings, World};

/// What a receiver answered: its HTTP status and its body.
pub(crate) type Heard = (u16, Vec<u8>);

/// An error with its causes: the first one alone says nothing but the address.
pub(super) fn told(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let texts: Vec<String> = causes.skip(1).map(ToString::to_string).collect();
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

/// The body of an answer, as far as it is allowed to go.
pub(super) async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| told(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LIMIT {
            return Err("answered more than 64 KiB".to_owned());
        }
    }
    Ok(body)
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Heard, String> {
    let response = request.send().await.map_err(|error| told(&error))?;
    let status = response.status().as_u16();
    body(response).await.map(|body| (status, body))
}

/// See [`push_answer::judge`].
pub(super) fn judge(
    core: &Core,
    app_id: &str,
    content: &Value,
    status: u16,
    body: &[u8],
) -> Result<Wish, String> {
    let settings = settings(core, app_id)?;
    let passive_replies = core.settings.passive_replies;
    push_answer::judge(&Asked { settings: &settings, app_id, content, passive_replies }, status, body)
}

/// What an app is configured with.
fn settings(core: &Core, app_id: &str) -> Result<PushSettings, String> {
    core.read(|world| {
        let app = world.apps.get(app_id).ok_or_else(|| format!("there is no app {app_id}"))?;
        app.push.clone().ok_or_else(|| format!("the app {app_id} has no address for pushes"))
    })
}

/// Configures the pushes of an app, after the receiver echoed unless `verified` is false.
pub(crate) async fn configure(
    core: &Arc<Core>,
    app_id: &str,
    settings: PushSettings,
    verified: bool,
) -> Result<(), String> {
    settings.check()?;
    if !core.read(|world| world.apps.contains(app_id)) {
        return Err(format!("there is no app {app_id}"));
    }
    if verified {
        verify(core, &settings).await?;
    }
    let app_id = app_id.to_owned();
    core.off_thread(move |core| core.set(|world, _| world.apps.entry(&app_id).push = Some(settings))).await;
    Ok(())
}

/// Verifies the address an app is configured with.
pub(crate) async fn verify_app(core: &Core, app_id: &str) -> Result<(), String> {
    verify(core, &settings(core, app_id)?).await
}

async fn verify(core: &Core, settings: &PushSettings) -> Result<(), String> {
    let echo = echo_text();
    let (status, body) = ask_for_echo(core, settings, &echo, false).await?;
    if status != 200 {
        return Err(format!("the receiver answered HTTP {status} instead of 200"));
    }
    if body == echo.as_bytes() { Ok(()) } else { Err(unlike(&echo, &body)) }
}

/// With every character that goes wrong where a query is read or an answer is written carelessly.
fn echo_text() -> String {
    format!("{}+/= &%25\"中", random_digits::<16>())
}

async fn ask_for_echo(
    core: &Core,
    settings: &PushSettings,
    echo: &str,
    wrong: bool,
) -> Result<Heard, String> {
    let mut url = Url::parse(&settings.url).map_err(|error| format!("the url cannot be read: {error}"))?;
    let (timestamp, nonce) = ((core.time.stamp() / 1000).to_string(), random_digits::<9>());
    let signature = sign(&[&settings.token, &timestamp, &nonce], wrong);
    let all = [("signature", &signature), ("timestamp", &timestamp), ("nonce", &nonce)];
    // A blank goes as %20, which every reader of queries understands alike; a + some read as it is.
    let query = Serializer::new(String::new()).extend_pairs(all).append_pair("echostr", echo).finish();
    let query = query.replace('+', "%20");
    let whole = url.query().map_or_else(|| query.clone(), |own| format!("{own}&{query}"));
    url.set_query(Some(&whole));
    exchange(core.client.get(url)).await
}

/// How an answer differs from the echo that was asked for.
fn unlike(echo: &str, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_end_matches(['\r', '\n']) == echo {
        "the receiver added a line feed to the echostr".to_owned()
    } else if text.starts_with('"') {
        "the receiver put the echostr in quotes".to_owned()
    } else if text == echo.replace('+', " ") {
        "the receiver made a blank of the + in the echostr".to_owned()
    } else {
        let start: String = text.chars().take(100).collect();
        format!("the receiver answered {start:?} instead of the echostr {echo:?}")
    }
}

/// Sends one push with one thing wrong; answers what the receiver said. It is not sent again.
pub(crate) async fn flawed(
    core: &Core,
    app_id: &str,
    from: &str,
    message: Value,
    flaw: PushFlaw,
) -> Result<Heard, String> {
    let settings = settings(core, app_id)?;
    flaw.check(&settings)?;
    if flaw == PushFlaw::Echo {
        return ask_for_echo(core, &settings, &echo_text(), true).await;
    }
    let hour = if flaw == PushFlaw::Stale { 3600 } else { 0 };
    let push = Push {
        app_id,
        url: &settings.url,
        content: &push_events::complete(app_id, from, message, core.now()),
        id: &random_hex::<16>(),
        timestamp: core.time.stamp() / 1000 - hour,
        nonce: random_digits::<9>(),
    };
    let Letter { url, headers, body } = push_envelope::pack(&settings, &push, Some(flaw))?;
    exchange(core.client.post(url).headers(headers).body(body)).await
}

/// Events that go out one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushBurst {
    /// The mini program.
    pub app_id: String,
    /// Who they are about; `None` is the first shopper.
    #[serde(default)]
    pub openid: Option<String>,
    /// Their names, oldest first.
    pub events: Vec<String>,
    /// How far apart they seem to have happened; 0 is in the same second.
    #[serde(default)]
    pub spacing_secs: i64,
    /// The youngest goes first.
    #[serde(default)]
    pub reverse: bool,
}

/// Sends the events at once, each after the answer to the one before; answers the numbers of the notifications
/// in the order they went out.
pub(crate) async fn burst(core: &Arc<Core>, burst: PushBurst) -> Result<Vec<u64>, String> {
    settings(core, &burst.app_id)?;
    let reverse = burst.reverse;
    let mut ids =
        core.off_thread(move |core| core.set(|world, now| claimed(core, world, &burst, now))).await?;
    if reverse {
        ids.reverse();
    }
    for id in &ids {
        delivery::attempt(Arc::clone(core), *id).await;
    }
    Ok(ids)
}

/// Posts the events, and keeps the worker from sending them.
fn claimed(core: &Core, world: &mut World, burst: &PushBurst, now: i64) -> Result<Vec<u64>, String> {
    let count = i64::try_from(burst.events.len()).unwrap_or(i64::MAX);
    let made = (1..).zip(&burst.events).map(|(place, event)| {
        let at = now.saturating_sub((count - place).saturating_mul(burst.spacing_secs.saturating_mul(1000)));
        push_templates::content(world, &burst.app_id, burst.openid.as_deref(), event, at)
    });
    let contents = made.collect::<Result<Vec<Value>, String>>()?;
    let post = |content: Value| push_events::post_push(core, world, &burst.app_id, "", content, now);
    let ids: Vec<u64> = contents.into_iter().filter_map(post).collect();
    Ok(ids.into_iter().filter(|id| world.claim(*id, None)).collect())
}
