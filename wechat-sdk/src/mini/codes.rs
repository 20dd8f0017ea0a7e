//! Codes that open the app when they are scanned.

use super::links::EnvVersion;
use crate::ids::CodeScene;
use crate::media::Picture;
use crate::{ConfigError, mini_call, part};

/// Draws a mini-program code for a page; it is good for ever. Together with [`CreateQrCode`] at most 100,000
/// in all: if many are needed use [`GetUnlimitedQrCode`].
///
/// # Errors
/// 45029: all 100,000 are used up; 40159: the path is empty or too long; 40097: another argument is wrong;
/// 85096: the path has `scancode_time`, which is WeChat's.
#[mini_call(
    POST "/wxa/getwxacode", Unsafe -> Picture,
    page = "qrcode-link/qr-code/api_getqrcode",
    check = size
)]
pub struct GetQrCode {
    /// The page with its query, up to 1,024 characters.
    #[max(1024)]
    path: String,
    /// Pixels, 280 to 1280; 430 if it is not set.
    width: Option<i64>,
    /// Whether WeChat chooses the colour of the lines.
    auto_color: Option<bool>,
    /// The colour of the lines, if WeChat does not choose it; black if it is not set.
    line_color: Option<LineColor>,
    /// Whether the ground is transparent.
    is_hyaline: Option<bool>,
    /// Which version of the app opens; the published one if it is not set.
    env_version: Option<EnvVersion>,
}

impl GetQrCode {
    fn size(&self) -> Result<(), ConfigError> {
        check_width(self.width)
    }
}

/// Draws a mini-program code for a page and up to 32 characters that the page finds as `query.scene`,
/// percent-encoded. As many as one likes, at most 5,000 a minute; each is good for ever.
///
/// # Errors
/// 41030: the page is not in the published app, see `check_path`; 40129 and 40169: the scene is wrong; 40097:
/// another argument is wrong; 85096: the scene has `scancode_time`, which is WeChat's.
#[mini_call(
    POST "/wxa/getwxacodeunlimit", Keyed -> Picture,
    page = "qrcode-link/qr-code/api_getunlimitedqrcode",
    check = place
)]
pub struct GetUnlimitedQrCode {
    /// What the page is to know.
    scene: CodeScene,
    /// The page, without a slash before it and without a query; the first page if it is not set.
    page: Option<String>,
    /// Whether the page must be in the published app, as it must if it is not set. Unpublished pages: at most
    /// 60,000.
    check_path: Option<bool>,
    /// Which version of the app opens; the published one if it is not set.
    env_version: Option<EnvVersion>,
    /// Pixels, 280 to 1280; 430 if it is not set.
    width: Option<i64>,
    /// Whether WeChat chooses the colour of the lines.
    auto_color: Option<bool>,
    /// The colour of the lines, if WeChat does not choose it; black if it is not set.
    line_color: Option<LineColor>,
    /// Whether the ground is transparent.
    is_hyaline: Option<bool>,
}

impl GetUnlimitedQrCode {
    fn place(&self) -> Result<(), ConfigError> {
        if self.page.as_ref().is_some_and(|page| page.starts_with('/') || page.contains('?')) {
            return Err(ConfigError::new("the page of a code has no slash before it and no query"));
        }
        check_width(self.width)
    }
}

/// Draws a square code for a page; it is good for ever. Together with [`GetQrCode`] at most 100,000 in all.
///
/// # Errors
/// 45029: all 100,000 are used up; 40159: the path is empty or too long; 85096: it has `scancode_time`, which
/// is WeChat's.
#[mini_call(
    POST "/cgi-bin/wxaapp/createwxaqrcode", Unsafe -> Picture,
    page = "qrcode-link/qr-code/api_createqrcode",
    check = size
)]
pub struct CreateQrCode {
    /// The page with its query, up to 128 bytes.
    #[max_bytes(128)]
    path: String,
    /// Pixels, 280 to 1280; 430 if it is not set.
    width: Option<i64>,
}

impl CreateQrCode {
    fn size(&self) -> Result<(), ConfigError> {
        check_width(self.width)
    }
}

fn check_width(width: Option<i64>) -> Result<(), ConfigError> {
    match width {
        Some(width) if !(280..=1280).contains(&width) => {
            Err(ConfigError::new("a code is 280 to 1280 pixels wide"))
        }
        _ => Ok(()),
    }
}

/// The colour of the lines of a code.
#[part]
#[derive(Copy, PartialEq, Eq)]
pub struct LineColor {
    /// Red, 0 to 255.
    r: u8,
    /// Green, 0 to 255.
    g: u8,
    /// Blue, 0 to 255.
    b: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operation;

    #[test]
    fn scenes_have_up_to_32_of_the_characters_that_travel() {
        for good in ["1", "a=1&b=2", "!#$&'()*+,/:;=?@-._~", "12345678901234567890123456789012"] {
            assert_eq!(CodeScene::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "123456789012345678901234567890123", "a%20b", "a b", "茶", "\"", "a\n", "[1]", "a|b"]
        {
            assert!(CodeScene::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_wechat_refuses_is_not_sent() {
        let scene = || CodeScene::new("1").unwrap();
        assert!(GetUnlimitedQrCode::new(scene()).page("pages/index/index").check().is_ok());
        assert!(GetUnlimitedQrCode::new(scene()).page("/pages/index/index").check().is_err());
        assert!(GetUnlimitedQrCode::new(scene()).page("pages/index/index?a=1").check().is_err());
        assert!(GetUnlimitedQrCode::new(scene()).width(279).check().is_err());
        assert!(GetQrCode::new("pages/index/index").width(1280).check().is_ok());
        assert!(GetQrCode::new("pages/index/index").width(1281).check().is_err());
        assert!(CreateQrCode::new("pages/index/index").width(0).check().is_err());
    }
}
