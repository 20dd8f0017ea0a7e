//! Evidence: sent by shoppers, looked at by them and by operators.

use super::super::Mall;
use crate::base::{Code, ImageId, Problem, Result};
use crate::infra::http::{Json, Operator, Path, Shopper, Upload, UploadForm};
use crate::mall::after_sale::{self, Image, MOST_BYTES, MOST_IDLE, Picture};
use crate::mall::customer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest picture, and the form around it.
pub const LARGEST_BODY: usize = MOST_BYTES + 16 * 1024;

pub(super) fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(upload_image)).routes(routes!(own_image))
}

pub(super) fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(any_image))
}

/// A picture that was sent.
#[derive(Debug, Serialize, ToSchema)]
struct Uploaded {
    /// Name it in `image_ids` of an after-sale; within a day, or it is forgotten.
    id: ImageId,
}

/// Send a picture
///
/// A JPEG, PNG or WebP of at most 2 MiB in the field `file`, as `wx.uploadFile` sends it.
#[utoipa::path(post, path = "/images", tag = "after-sales",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Uploaded)))]
async fn upload_image(
    State(mall): State<Mall>,
    who: Shopper,
    Upload(file): Upload,
) -> Result<(StatusCode, Json<Uploaded>)> {
    let picture = Picture::try_from(file)?;
    let mut tx = mall.core.db.begin().await?;
    customer::lock(&mut tx, who.tenant_id, who.id).await?;
    if after_sale::count_idle(&mut tx, who.tenant_id, who.id).await? >= MOST_IDLE {
        let detail = format!("{MOST_IDLE} pictures are kept already that no open after-sale needs");
        return Err(Problem::with(Code::LimitReached, detail).into());
    }
    let id = after_sale::insert_image(&mut tx, who.tenant_id, who.id, &picture, mall.core.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Uploaded { id })))
}

/// A picture of mine
#[utoipa::path(get, path = "/images/{id}", tag = "after-sales", params(("id" = ImageId, Path)),
    responses((status = 200, content_type = "image/*", body = Vec<u8>)))]
async fn own_image(State(mall): State<Mall>, who: Shopper, Path(id): Path<ImageId>) -> Result<Response> {
    let found = after_sale::image(&mut mall.core.db.read().await?, who.tenant_id, id).await?;
    let found = found.filter(|image| image.customer_id == who.id);
    Ok(shown(id, found.ok_or_else(|| Problem::not_found(id))?))
}

/// A picture that a shopper sent
#[utoipa::path(get, path = "/images/{id}", tag = "after-sales", params(("id" = ImageId, Path)),
    responses((status = 200, content_type = "image/*", body = Vec<u8>)))]
async fn any_image(State(mall): State<Mall>, who: Operator, Path(id): Path<ImageId>) -> Result<Response> {
    let found = after_sale::image(&mut mall.core.db.read().await?, who.tenant_id, id).await?;
    Ok(shown(id, found.ok_or_else(|| Problem::not_found(id))?))
}

/// A file of a stranger: whatever it holds, no browser runs it. (The router adds `nosniff`.)
fn shown(id: ImageId, image: Image) -> Response {
    let name = format!("attachment; filename=\"{}\"", image.file_name(id));
    let headers = [
        (header::CONTENT_TYPE, image.content_type),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    (headers, image.bytes).into_response()
}
