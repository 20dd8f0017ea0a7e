//! Files that go to WeChat, and pictures that come back.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde::Serialize;

use crate::clock::{Random, nonce};
use crate::error::{BadAnswer, ConfigError};
use crate::operation::Decode;
use crate::text::lower_hex;

/// What WeChat takes, by the ending of the name.
const KINDS: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("bmp", "image/bmp"),
    ("gif", "image/gif"),
    ("pdf", "application/pdf"),
    ("mp4", "video/mp4"),
    ("m4v", "video/x-m4v"),
    ("avi", "video/x-msvideo"),
    ("wmv", "video/x-ms-wmv"),
    ("mpeg", "video/mpeg"),
    ("mov", "video/quicktime"),
    ("mkv", "video/x-matroska"),
    ("flv", "video/x-flv"),
    ("f4v", "video/x-f4v"),
    ("rmvb", "application/vnd.rn-realmedia-vbr"),
];

/// A file to send. Its content is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    name: String,
    kind: &'static str,
    bytes: Bytes,
}

impl Upload {
    /// `name` ends in what the file is (`.jpg`, `.png`, `.mp4`, …).
    ///
    /// # Errors
    /// The name has no known ending, or characters that do not fit into a header.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Result<Self, ConfigError> {
        const UNKNOWN: ConfigError =
            ConfigError::new("the ending of the file's name is none that WeChat takes");
        let name = name.into();
        if name.len() > 128
            || name.contains(|c: char| c.is_control() || c.len_utf8() > 3 || matches!(c, '"' | '\\' | '/'))
        {
            return Err(ConfigError::new(
                "the file's name is too long or has quotes, slashes, emoji or control characters",
            ));
        }
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).ok_or(UNKNOWN)?;
        let kind = KINDS.iter().find(|(known, _)| *known == ending).ok_or(UNKNOWN)?.1;
        Ok(Self { name, kind, bytes: bytes.into() })
    }

    /// What WeChat Pay signs instead of the body.
    pub(crate) fn meta(&self) -> Result<Bytes, ConfigError> {
        #[derive(Serialize)]
        struct Meta<'a> {
            filename: &'a str,
            sha256: String,
        }
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.bytes);
        let meta = Meta { filename: &self.name, sha256: lower_hex(digest.as_ref()) };
        let meta =
            serde_json::to_vec(&meta).map_err(|_| ConfigError::new("the file's name cannot be written"))?;
        Ok(meta.into())
    }

    /// `multipart/form-data` with the file as the part `field`, after `meta` if there is one.
    pub(crate) fn multipart(
        &self,
        field: &str,
        meta: Option<&[u8]>,
        random: &dyn Random,
    ) -> Result<(HeaderValue, Bytes), ConfigError> {
        let boundary = nonce(random);
        let mut body = Vec::with_capacity(self.bytes.len() + 512);
        if let Some(meta) = meta {
            let head = "Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json";
            part(&mut body, &boundary, head, meta);
        }
        let Self { name, kind, bytes } = self;
        let head = format!(
            "Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {kind}"
        );
        part(&mut body, &boundary, &head, bytes);
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let kind = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|_| ConfigError::new("the boundary does not fit into a header"))?;
        Ok((kind, body.into()))
    }
}

fn part(body: &mut Vec<u8>, boundary: &str, head: &str, content: &[u8]) {
    body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n");
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("kind", &self.kind)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// What a picture is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// BMP.
    Bmp,
}

impl PictureKind {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'B', b'M', ..] => Some(Self::Bmp),
            _ => None,
        }
    }

    /// For `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
        }
    }
}

/// A picture. A refusal in its place is an error, whatever its content type says.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub kind: PictureKind,
    /// The file.
    pub bytes: Bytes,
}

impl Decode for Picture {
    fn decode(answer: &Response<Bytes>) -> Result<Self, BadAnswer> {
        let kind = PictureKind::of(answer.body()).ok_or_else(|| BadAnswer::because("not a picture"))?;
        Ok(Self { kind, bytes: answer.body().clone() })
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture").field("kind", &self.kind).field("bytes", &self.bytes.len()).finish()
    }
}

/// A file of any kind. Its content is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// What WeChat says it is; not to be trusted.
    pub content_type: Option<String>,
    /// The file.
    pub bytes: Bytes,
}

impl Decode for File {
    fn decode(answer: &Response<Bytes>) -> Result<Self, BadAnswer> {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Ok(Self { content_type: kind.map(str::to_owned), bytes: answer.body().clone() })
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn files_have_plain_names_and_known_endings() {
        for bad in ["a", "a.exe", "a\".png", "a\r\n.png", "../a.png", ".", "png"] {
            assert!(Upload::new(bad, "x").is_err(), "{bad:?}");
        }
        assert!(Upload::new("发票.PNG", "x").is_ok());
    }

    #[test]
    fn the_meta_names_the_digest_of_the_content() {
        let upload = Upload::new("a.jpg", "abc").unwrap();
        let meta = upload.meta().unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(meta, format!("{{\"filename\":\"a.jpg\",\"sha256\":\"{abc}\"}}"));
        let (kind, body) = upload.multipart("file", Some(&meta), &SystemRandom).unwrap();
        let boundary = kind.to_str().unwrap().rsplit_once('=').unwrap().1;
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(text.matches(boundary).count(), 3);
        assert!(text.contains("\r\n\r\nabc\r\n--") && text.ends_with("--\r\n"));
    }

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(PictureKind::of(b"\xFF\xD8\xFF\xE0"), Some(PictureKind::Jpeg));
        assert_eq!(PictureKind::of(b"\x89PNG\r\n"), Some(PictureKind::Png));
        assert_eq!(PictureKind::of(b"{\"errcode\":0}"), None);
        assert_eq!(PictureKind::of(b""), None);
    }
}
