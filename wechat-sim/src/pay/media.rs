//! `POST /v3/merchant/media/upload` and `/v3/merchant/media/video_upload`

use serde::Deserialize;
use serde_json::json;

use super::refusal::Refusal;
use super::shape::{self, Field, Rule, need};
use super::{PayCall, PayServe, Reply, post};
use crate::crypto::digest::sha256_hex;
use crate::crypto::random_base64;
use crate::operation::Operation;
use crate::picture::is_picture;
use crate::wire::multipart::{self, Part};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("merchant_media_upload", "/v3/merchant/media/upload", |call| upload(call, picture))
        .upload_of(LARGEST),
    post("merchant_video_upload", "/v3/merchant/media/video_upload", |call| upload(call, video))
        .upload_of(LARGEST),
];

const MEGABYTE: usize = 1024 * 1024;
/// The most bytes of pictures and videos.
const LARGE: usize = 5 * MEGABYTE;
/// The most bytes of a PDF.
const LARGE_PDF: usize = 15 * MEGABYTE / 2;
/// The largest body: a PDF and what is around it; a larger file is refused with a word about its size.
const LARGEST: usize = 10 * MEGABYTE;

const VIDEOS: [&str; 10] = ["avi", "wmv", "mpeg", "mp4", "mov", "mkv", "flv", "f4v", "m4v", "rmvb"];

const META: &[Field] = &[need("filename", Rule::Text(128)), need("sha256", Rule::Word(64, 64, ""))];

#[derive(Debug, Deserialize)]
struct Meta {
    filename: String,
    sha256: String,
}

/// Whether a file may be uploaded, by the ending of its name and its bytes.
type Check = fn(&str, &[u8]) -> Result<(), Refusal>;

fn upload(call: &PayCall<'_>, check: Check) -> Reply {
    let parts = multipart::parts(call.request);
    let parts =
        parts.ok_or_else(|| Refusal::new(400, "PARAM_ERROR", "请求体不是合法的 multipart/form-data"))?;
    let meta = part(&parts, "meta")?;
    let body = shape::parse(&meta.body)?;
    shape::check(META, &body)?;
    let meta = Meta::deserialize(&body).map_err(|error| Refusal::invalid(&error.to_string()))?;
    let file = part(&parts, "file")?;
    if file.file_name.as_deref().unwrap_or_default().is_empty() {
        return Err(Refusal::url("file", "", "缺少 filename", "body"));
    }
    check(&ending(&meta.filename), &file.body)?;
    let digest = sha256_hex(&file.body);
    if !meta.sha256.eq_ignore_ascii_case(&digest) {
        return Err(Refusal::url("sha256", &meta.sha256, "与文件内容不一致", "body")
            .explained(format!("the SHA-256 of the file is {digest}")));
    }
    Ok(json!({"media_id": random_base64::<48>()}).into())
}

fn part<'a>(parts: &'a [Part], name: &str) -> Result<&'a Part, Refusal> {
    let found = parts.iter().find(|part| part.name == name);
    found.ok_or_else(|| Refusal::url(name, "", "必填", "body"))
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

fn picture(ending: &str, file: &[u8]) -> Result<(), Refusal> {
    let wanted = match ending {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "bmp" => "image/bmp",
        "pdf" if file.starts_with(b"%PDF-") => return small(file, LARGE_PDF),
        _ => return Err(wrong_type(ending)),
    };
    small(file, LARGE)?;
    if is_picture(file) == Some(wanted) { Ok(()) } else { Err(wrong_type(ending)) }
}

/// Videos are told by their names only.
fn video(ending: &str, file: &[u8]) -> Result<(), Refusal> {
    if VIDEOS.contains(&ending) { small(file, LARGE) } else { Err(wrong_type(ending)) }
}

fn small(file: &[u8], most: usize) -> Result<(), Refusal> {
    if file.is_empty() {
        return Err(Refusal::url("file", "", "文件为空", "body"));
    }
    if file.len() > most { Err(Refusal::url("file", "", "文件大小超过限制", "body")) } else { Ok(()) }
}

fn wrong_type(ending: &str) -> Refusal {
    Refusal::url("filename", ending, "文件类型不支持", "body")
        .explained("the ending of the name is not allowed, or the file is of another type")
}
