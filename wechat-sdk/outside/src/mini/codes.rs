use serde_json::json;
use wechat_sdk::mini::codes::{CreateQrCode, GetQrCode, GetUnlimitedQrCode, LineColor};
use wechat_sdk::mini::links::EnvVersion;
use wechat_sdk::{CodeScene, PictureKind};

use crate::{Exercise, mini_file};

const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\x00\x10JFIF";
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

pub(super) fn all() -> Vec<Exercise> {
    vec![
        mini_file(
            GetQrCode::new("pages/goods/goods?id=7")
                .width(600)
                .auto_color(false)
                .line_color(LineColor::new(12, 80, 255))
                .is_hyaline(true)
                .env_version(EnvVersion::Trial),
            "/wxa/getwxacode",
            json!({
                "path": "pages/goods/goods?id=7",
                "width": 600,
                "auto_color": false,
                "line_color": {"r": 12, "g": 80, "b": 255},
                "is_hyaline": true,
                "env_version": "trial"
            }),
            PNG,
            |picture| assert_eq!((picture.kind, picture.bytes.as_ref()), (PictureKind::Png, PNG)),
        ),
        mini_file(
            GetUnlimitedQrCode::new(CodeScene::new("g=7&from=poster").unwrap())
                .page("pages/goods/goods")
                .check_path(false)
                .env_version(EnvVersion::Develop)
                .width(280)
                .auto_color(true)
                .line_color(LineColor::new(0, 0, 0))
                .is_hyaline(false),
            "/wxa/getwxacodeunlimit",
            json!({
                "scene": "g=7&from=poster",
                "page": "pages/goods/goods",
                "check_path": false,
                "env_version": "develop",
                "width": 280,
                "auto_color": true,
                "line_color": {"r": 0, "g": 0, "b": 0},
                "is_hyaline": false
            }),
            JPEG,
            |picture| assert_eq!((picture.kind, picture.bytes.as_ref()), (PictureKind::Jpeg, JPEG)),
        ),
        mini_file(
            CreateQrCode::new("pages/index/index?from=box").width(1280),
            "/cgi-bin/wxaapp/createwxaqrcode",
            json!({"path": "pages/index/index?from=box", "width": 1280}),
            JPEG,
            |picture| assert_eq!(picture.kind.content_type(), "image/jpeg"),
        ),
    ]
}
