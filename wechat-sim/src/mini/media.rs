//! Temporary media: pictures, sounds and films that are kept for three days.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Errcode, MiniCall, MiniServe, Reply, get, open, post};
use crate::core::Core;
use crate::crypto::random_word;
use crate::operation::{Operation, Verb};
use crate::picture;
use crate::wire::{Answer, multipart};
use crate::world::{Media, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("media_upload", "/cgi-bin/media/upload", upload).upload(),
    get("media_get", "/cgi-bin/media/get", fetch),
    open("media_file", Verb::Get, "/mmbiz/{app_id}/{media_id}", file),
];

const LIFE: i64 = 3 * 86_400_000;
const KIB: usize = 1024;

/// Where anybody can fetch a file, as the links in messages do.
pub(super) fn address(core: &Core, app_id: &str, media_id: &str) -> String {
    format!("{}/mmbiz/{app_id}/{media_id}", core.base_url())
}

/// Keeps a file; answers its `media_id`.
pub(super) fn keep(
    world: &mut World,
    app_id: &str,
    (kind, mime): (&str, &str),
    bytes: &[u8],
    now: i64,
) -> String {
    world.media.retain(|_, media| now < media.made_at + LIFE);
    let id = random_word::<48>();
    let media =
        Media { kind: kind.to_owned(), mime: mime.to_owned(), data: STANDARD.encode(bytes), made_at: now };
    world.media.insert(key(app_id, &id), media);
    id
}

fn find<'a>(world: &'a World, app_id: &str, media_id: &str, now: i64) -> Result<&'a Media, Errcode> {
    let found = world.media.get(&key(app_id, media_id)).filter(|media| now < media.made_at + LIFE);
    found.ok_or_else(|| Errcode::new(40007, "invalid media_id"))
}

/// Checks that a `media_id` is good and of one of the kinds.
pub(super) fn picture(
    world: &World,
    app_id: &str,
    media_id: &str,
    kinds: &[&str],
    now: i64,
) -> Result<(), Errcode> {
    let media = find(world, app_id, media_id, now)?;
    if kinds.contains(&media.kind.as_str()) { Ok(()) } else { Err(Errcode::new(40004, "invalid media type")) }
}

fn upload(call: &MiniCall<'_>) -> Reply {
    let kind = call.parameter("type").unwrap_or_default();
    if !["image", "voice", "video", "thumb"].contains(&kind.as_str()) {
        return Err(Errcode::new(40004, "invalid media type"));
    }
    let parts = multipart::parts(call.request).unwrap_or_default();
    let part = parts.into_iter().find(|part| part.name == "media" && part.file_name.is_some());
    let bytes = part.filter(|part| !part.body.is_empty());
    let bytes = bytes.ok_or_else(|| Errcode::new(41005, "media data missing"))?.body;
    let mime = mime(&kind, &bytes)?;
    call.core.change(|world, now| {
        let id = keep(world, &call.app_id, (&kind, mime), &bytes, now);
        Ok(json!({"type": kind, "media_id": id, "created_at": now / 1000}).into())
    })
}

/// The media type of a file that is good for a kind; the stricter of the two documented limits of pictures.
fn mime(kind: &str, bytes: &[u8]) -> Result<&'static str, Errcode> {
    let (mime, most, code, text) = match kind {
        "voice" => (voice(bytes), 2048 * KIB, 40010, "invalid voice size"),
        "video" => (video(bytes), 10_240 * KIB, 40011, "invalid video size"),
        "thumb" => (thumb(bytes), 64 * KIB, 40012, "invalid thumb size"),
        _ => (image(bytes), 2048 * KIB, 40009, "invalid image size"),
    };
    if bytes.len() > most {
        return Err(Errcode::new(code, text));
    }
    mime.ok_or_else(|| Errcode::new(40005, "invalid file type"))
}

fn image(bytes: &[u8]) -> Option<&'static str> {
    picture::is_picture(bytes).filter(|mime| *mime != "image/bmp")
}

fn thumb(bytes: &[u8]) -> Option<&'static str> {
    picture::is_picture(bytes).filter(|mime| *mime == "image/jpeg")
}

fn voice(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("audio/amr"),
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => Some("audio/mpeg"),
        _ => None,
    }
}

fn video(bytes: &[u8]) -> Option<&'static str> {
    (bytes.get(4..8)? == b"ftyp").then_some("video/mp4")
}

fn fetch(call: &MiniCall<'_>) -> Reply {
    let id = call.parameter("media_id").ok_or_else(|| Errcode::new(40007, "invalid media_id"))?;
    call.core.read(|world| {
        let media = find(world, &call.app_id, &id, call.core.now())?;
        if media.kind == "video" {
            return Ok(json!({"video_url": address(call.core, &call.app_id, &id)}).into());
        }
        given(media)
    })
}

/// The file behind a link in a message.
fn file(call: &MiniCall<'_>) -> Reply {
    let segments = call.request.segments();
    let [_, app_id, id] = &segments[..] else { return Err(Errcode::new(40007, "invalid media_id")) };
    call.core.read(|world| given(find(world, app_id, id, call.core.now())?))
}

fn given(media: &Media) -> Reply {
    let bytes = STANDARD.decode(&media.data).map_err(|_| Errcode::new(-1, "system error"))?;
    Ok(Answer::file(&media.mime, bytes).into())
}
