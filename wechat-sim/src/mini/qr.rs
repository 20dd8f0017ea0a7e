//! Codes to scan. The picture is an ordinary QR code whose text says where the code leads:
//! `wxacode://<appid>/<env_version>/<path>?<query>`, with `scene=…` as the query of an unlimited one.

use serde_json::Value;

use super::site::{bare, env_version, is_plain};
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, post};
use crate::operation::Operation;
use crate::picture::qr_png;
use crate::wire::Answer;
use crate::world::Site;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("wxacode", "/wxa/getwxacode", code),
    post("wxacode_unlimited", "/wxa/getwxacodeunlimit", unlimited),
    post("wxa_qrcode", "/cgi-bin/wxaapp/createwxaqrcode", square),
];

/// What the text of a code begins with.
pub(crate) const CODE: &str = "wxacode://";
/// So many codes of the two limited interfaces can be made, ever.
const MOST_CODES: u64 = 100_000;
/// Reserved by the platform.
const RESERVED: &str = "scancode_time";

/// Up to 1024 characters of path.
fn code(call: &MiniCall<'_>) -> Reply {
    let body = body(call, wrong_path)?;
    let path = path(&body, |path| path.chars().count() <= 1024)?;
    let look = Look::read(&body)?;
    counted(call, &look, &path)
}

/// Up to 128 bytes of path.
fn square(call: &MiniCall<'_>) -> Reply {
    let body = body(call, wrong_path)?;
    let path = path(&body, |path| path.len() <= 128)?;
    let look = Look { env: "release", width: width(&body)? };
    counted(call, &look, &path)
}

/// A body that is no JSON has a code of its own here.
fn body(call: &MiniCall<'_>, wrong: fn() -> Errcode) -> Result<Value, Errcode> {
    call.body().map_err(|error| if error.0 == 47001 { wrong() } else { error })
}

fn wrong_path() -> Errcode {
    Errcode::new(40159, "invalid length for path, or the data is not json string")
}

fn path(body: &Value, fits: impl Fn(&str) -> bool) -> Result<String, Errcode> {
    let path = body.text("path")?.filter(|path| !path.is_empty() && fits(path)).ok_or_else(wrong_path)?;
    check_reserved(path)?;
    Ok(path.strip_prefix('/').unwrap_or(path).to_owned())
}

fn check_reserved(text: &str) -> Result<(), Errcode> {
    if text.contains(RESERVED) {
        return Err(Errcode::new(85096, "not allow include scancode_time field"));
    }
    Ok(())
}

/// Counts a code of the quota of 100 000, which the header `Num-Used` tells.
fn counted(call: &MiniCall<'_>, look: &Look<'_>, path: &str) -> Reply {
    let used = call.core.change(|world, _| {
        let site = world.sites.entry(&call.app_id);
        if site.codes >= MOST_CODES {
            return Err(Errcode::new(45029, "qrcode count out of limit"));
        }
        site.codes += 1;
        Ok(site.codes)
    })?;
    let picture = look.draw(&call.app_id, path);
    Ok(Answer::file("image/png", picture).with("num-used", &used.to_string()).into())
}

fn unlimited(call: &MiniCall<'_>) -> Reply {
    let body =
        body(call, || Errcode::new(40169, "invalid length for scene, or the data is not json string"))?;
    let scene = scene(&body)?;
    let page = page(&body)?;
    let look = Look::read(&body)?;
    let check = body.boolean("check_path")?.unwrap_or(true) && look.env == "release";
    let fits = |site: &Site| site.is_released() && site.has_page(page);
    if check && !call.core.read(|world| world.sites.get(&call.app_id).is_none_or(fits)) {
        return Err(wrong_page());
    }
    let path = format!("{}?scene={}", bare(page), encoded(scene));
    Ok(Answer::file("image/png", look.draw(&call.app_id, &path)).into())
}

fn scene(body: &Value) -> Result<&str, Errcode> {
    let scene = body.text("scene")?.unwrap_or_default();
    if scene.chars().count() > 32 {
        return Err(Errcode::new(40169, "invalid length for scene, or the data is not json string"));
    }
    if scene.is_empty() || !is_plain(scene, false) {
        return Err(Errcode::new(40129, "invalid scene"));
    }
    Ok(scene)
}

/// Neither a slash in front nor a query behind.
fn page(body: &Value) -> Result<&str, Errcode> {
    let page = body.text("page")?.unwrap_or_default();
    check_reserved(page)?;
    if page.starts_with('/') || page.contains('?') { Err(wrong_page()) } else { Ok(page) }
}

fn wrong_page() -> Errcode {
    Errcode::new(41030, "invalid page")
}

/// As `encodeURIComponent` would.
fn encoded(text: &str) -> String {
    let letter = |letter: char| {
        let plain = letter.is_ascii_alphanumeric() || "-_.!~*'()".contains(letter);
        if plain { letter.to_string() } else { format!("%{:02X}", u32::from(letter)) }
    };
    text.chars().map(letter).collect()
}

/// What a picture looks like, and which version it opens.
struct Look<'a> {
    env: &'a str,
    width: u32,
}

impl<'a> Look<'a> {
    /// Colours are checked, but the picture is black and white.
    fn read(body: &'a Value) -> Result<Self, Errcode> {
        let env = env_version(body.text("env_version")?).ok_or_else(wrong_arguments)?;
        for name in ["auto_color", "is_hyaline"] {
            body.boolean(name)?;
        }
        check_color(&body["line_color"])?;
        Ok(Self { env, width: width(body)? })
    }

    fn draw(&self, app_id: &str, path: &str) -> Vec<u8> {
        qr_png(&format!("{CODE}{app_id}/{}/{path}", self.env), self.width)
    }
}

fn width(body: &Value) -> Result<u32, Errcode> {
    let width = body.number("width")?.unwrap_or(430);
    u32::try_from(width).ok().filter(|width| (280..=1280).contains(width)).ok_or_else(wrong_arguments)
}

fn wrong_arguments() -> Errcode {
    Errcode::new(40097, "invalid args")
}

/// Numbers of 0 to 255, which may be texts.
fn check_color(color: &Value) -> Result<(), Errcode> {
    let shade = |name: &&str| {
        let shade = &color[*name];
        shade.as_u64().or_else(|| shade.as_str()?.parse().ok()).is_some_and(|shade| shade <= 255)
    };
    if color.is_null() || ["r", "g", "b"].iter().all(shade) { Ok(()) } else { Err(wrong_arguments()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_says_where_its_code_leads() {
        let drawn = Look { env: "trial", width: 300 }.draw("wx1", "pages/a?scene=1");
        assert_eq!(drawn, qr_png("wxacode://wx1/trial/pages/a?scene=1", 300));
    }

    #[test]
    fn a_scene_is_encoded_as_a_component() {
        assert_eq!(encoded("a=1&b/~!"), "a%3D1%26b%2F~!");
    }
}
