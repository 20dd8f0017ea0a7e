use crate::base::{Code, Error, Problem};
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;

/// The field `file` of a `multipart/form-data` body, as `wx.uploadFile` sends it.
#[derive(Debug, Clone)]
pub struct Upload(pub Bytes);

/// What [`Upload`] reads.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it only describes the body")]
pub struct UploadForm {
    /// The file.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| {
            Problem::with(Code::UnsupportedMediaType, "the body must be sent as `multipart/form-data`")
        })?;
        while let Some(field) = form.next_field().await.map_err(broken)? {
            if field.name() == Some("file") {
                return Ok(Self(field.bytes().await.map_err(broken)?));
            }
        }
        Err(Problem::field("file", "is missing").into())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over so")]
fn broken(error: MultipartError) -> Problem {
    Problem::with(Code::InvalidBody, format!("the form cannot be read: {}", error.body_text()))
}
