use serde_json::{Value, json};
use wechat_sdk::Upload;
use wechat_sdk::pay::common::{GetCertificates, UploadMedia, UploadVideo};

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    let file = |name: &str| Upload::new(name, "the content").expect("a file");
    let sealed = json!({"algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": "certificate",
        "ciphertext": "AAAA"});
    vec![
        pay(
            GetCertificates::new(),
            "/v3/certificates",
            Value::Null,
            json!({"data": [{"serial_no": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
                "effective_time ": "2026-01-02T03:04:05+08:00", "expire_time": 1_790_000_000,
                "encrypt_certificate": sealed}]}),
            |certificates| {
                let [only] = certificates.data.as_slice() else { panic!("{certificates:?}") };
                assert_eq!(only.effective_time.map(|at| at.timestamp()), Some(1_767_294_245));
                assert_eq!(only.expire_time.map(|at| at.timestamp()), Some(1_790_000_000));
                assert_eq!(only.encrypt_certificate.nonce, "0123456789ab");
            },
        ),
        pay(
            UploadMedia::new(file("licence.png")),
            "/v3/merchant/media/upload",
            Value::Null,
            json!({"media_id": "m1"}),
            |uploaded| assert_eq!(uploaded.media_id, "m1"),
        ),
        pay(
            UploadVideo::new(file("shop.mp4")),
            "/v3/merchant/media/video_upload",
            Value::Null,
            json!({"media_id": "m2"}),
            |uploaded| assert_eq!(uploaded.media_id, "m2"),
        ),
    ]
}
