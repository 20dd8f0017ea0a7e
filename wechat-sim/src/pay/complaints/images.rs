//! The pictures of complaints and of the answers to them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::crypto::digest::sha256_hex;
use crate::crypto::{random_alphanumeric, random_hex};
use crate::pay::refusal::Refusal;
use crate::pay::shape::{self, Field, Rule, need};
use crate::pay::{Given, PayCall, Reply};
use crate::picture::is_picture;
use crate::wire::{Request, multipart};
use crate::world::{ComplaintImage, World};

/// The most bytes of a picture.
const MOST: usize = 2 * 1024 * 1024;
const META: &[Field] = &[need("filename", Rule::Text(128)), need("sha256", Rule::Text(256))];
/// A list of uploaded pictures.
pub(super) const IDS: Rule = Rule::List(0, 4, &Rule::Text(256));

pub(super) fn upload(call: &PayCall<'_>) -> Reply {
    let parts = multipart::parts(call.request);
    let parts =
        parts.ok_or_else(|| Refusal::new(400, "PARAM_ERROR", "请求体不是合法的 multipart/form-data"))?;
    let part = |name: &str| {
        let found = parts.iter().find(|part| part.name == name);
        found.ok_or_else(|| Refusal::body(&format!("/{name}"), &Value::Null, "必填"))
    };
    let meta = shape::parse(&part("meta")?.body)?;
    shape::check(META, &meta)?;
    let suffix = suffix(&meta["filename"])?;
    let file = &part("file")?.body;
    let kind = kind(file)?;
    if !meta["sha256"].as_str().is_some_and(|named| named.eq_ignore_ascii_case(&sha256_hex(file))) {
        return Err(Refusal::body("/sha256", &meta["sha256"], "与图片内容的摘要不一致"));
    }
    let id = format!("{}.{suffix}", random_hex::<16>());
    let image = ComplaintImage {
        mchid: call.mchid.clone(),
        kind: kind.to_owned(),
        bytes: STANDARD.encode(file),
        shown: false,
    };
    call.core.change(|world, _| {
        world.complaint_images.insert(&id, image);
        Ok(json!({"media_id": id}).into())
    })
}

fn suffix(name: &Value) -> Result<String, Refusal> {
    let known = |end: &str| ["jpg", "bmp", "png"].contains(&end);
    let end = name.as_str().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end.to_lowercase());
    end.filter(|end| known(end))
        .ok_or_else(|| Refusal::body("/filename", name, "必须以 jpg、bmp、png 为后缀"))
}

fn kind(file: &[u8]) -> Result<&'static str, Refusal> {
    if file.len() > MOST {
        return Err(Refusal::body("/file", &json!(file.len()), "文件大小不能超过 2M"));
    }
    let kind = is_picture(file).filter(|kind| *kind != "image/gif");
    kind.ok_or_else(|| Refusal::body("/file", &Value::Null, "图片只支持 jpg、bmp、png 格式"))
}

pub(super) fn download(call: &PayCall<'_>) -> Reply {
    let missing = || Refusal::new(400, "RESOURCE_NOT_EXISTS", "图片不存在");
    call.core.read(|world| {
        let image = world.complaint_images.get(call.argument());
        let image = image.filter(|image| image.mchid == call.mchid).ok_or_else(missing)?;
        if !image.shown {
            let why = "an uploaded picture cannot be downloaded by the id of its upload; take the id from \
                       media_url of a complaint or its history";
            return Err(missing().explained(why));
        }
        let kind = ["image/png", "image/bmp"].into_iter().find(|kind| *kind == image.kind);
        let bytes = STANDARD.decode(&image.bytes).map_err(|_| missing())?;
        Ok(Given::File(kind.unwrap_or("image/jpeg"), bytes))
    })
}

/// Puts uploaded pictures where they are shown; answers the ids they have there. `pointer` is where their
/// list stands in the body.
pub(super) fn show(
    world: &mut World,
    mchid: &str,
    ids: &[String],
    pointer: &str,
) -> Result<Vec<String>, Refusal> {
    let shown = ids.iter().enumerate().map(|(place, id)| {
        show_one(world, mchid, id)
            .ok_or_else(|| Refusal::body(&format!("{pointer}/{place}"), &json!(id), "图片不存在"))
    });
    shown.collect()
}

/// `None` when the merchant did not upload it.
pub(super) fn show_one(world: &mut World, mchid: &str, id: &str) -> Option<String> {
    let uploaded = world.complaint_images.get(id).filter(|image| image.mchid == mchid && !image.shown)?;
    let shown = ComplaintImage { shown: true, ..uploaded.clone() };
    Some(put(world, shown))
}

/// Shows the pictures of a shopper, given in base64.
pub(super) fn take(world: &mut World, mchid: &str, pictures: &[String]) -> Result<Vec<String>, Refusal> {
    let taken = pictures.iter().map(|picture| {
        let bytes = STANDARD.decode(picture).map_err(|_| Refusal::invalid("a picture is given in base64"))?;
        let image = ComplaintImage {
            mchid: mchid.to_owned(),
            kind: kind(&bytes)?.to_owned(),
            bytes: picture.clone(),
            shown: true,
        };
        Ok(put(world, image))
    });
    taken.collect()
}

/// Ids of shown pictures end in marks that have to be escaped in a path, as WeChat's do.
fn put(world: &mut World, image: ComplaintImage) -> String {
    let id = format!("Chsy{}==", random_alphanumeric::<42>());
    world.complaint_images.insert(&id, image);
    id
}

/// Where pictures are downloaded: at the host the request came to.
pub(super) fn urls(request: &Request, ids: &[String]) -> Vec<String> {
    let host = request.header("host").unwrap_or("api.mch.weixin.qq.com");
    let here = ["127.", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
    let scheme = if here { "http" } else { "https" };
    let escaped = ids.iter().map(|id| id.replace('=', "%3D"));
    escaped.map(|id| format!("{scheme}://{host}/v3/merchant-service/images/{id}")).collect()
}
