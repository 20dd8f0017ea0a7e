//! Evidence: pictures that shoppers send before they open a case. What no case names goes
//! after a day, and that of a case which gave nothing back goes a month after it.

mod store;

pub use self::store::{
    Image, attach_images, count_idle, image, images_of, insert_image, sweep_images, sweep_images_of_void,
};

use crate::base::{Code, Error, ImageId};
use bytes::Bytes;

/// The largest picture, in bytes.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The most pictures of one shopper that no case names, or only one that gave nothing back.
pub const MOST_IDLE: i64 = 50;

/// A file that is a picture, as far as its first bytes tell.
#[derive(Debug, Clone)]
pub struct Picture {
    content_type: &'static str,
    bytes: Bytes,
}

impl TryFrom<Bytes> for Picture {
    type Error = Error;

    /// Errors: 413 `body_too_large`, 422 `not_an_image`.
    fn try_from(bytes: Bytes) -> Result<Self, Error> {
        if bytes.len() > MOST_BYTES {
            return Err(Code::BodyTooLarge.into());
        }
        let content_type = recognised(&bytes).ok_or(Code::NotAnImage)?;
        Ok(Self { content_type, bytes })
    }
}

/// What a client says a file is means nothing; its first bytes do.
fn recognised(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

impl Image {
    /// What it is called when it is saved.
    pub fn file_name(&self, id: ImageId) -> String {
        let ending = self.content_type.rsplit('/').next().unwrap_or_default();
        format!("{id}.{}", if ending == "jpeg" { "jpg" } else { ending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0..JFIF"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n....", Some("image/png")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"<html><script>", None),
            (b"GIF89a", None),
            (b"\xff\xd8", None),
            (b"", None),
        ] {
            assert_eq!(recognised(bytes), kind, "{bytes:?}");
        }
        let large = Bytes::from([&b"\xff\xd8\xff"[..], &vec![0; MOST_BYTES]].concat());
        assert_eq!(Picture::try_from(large).unwrap_err().code(), Some(Code::BodyTooLarge));
    }
}
