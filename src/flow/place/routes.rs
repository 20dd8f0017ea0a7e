use super::super::Mall;
use super::{PlaceInput, Placed, Placement};
use crate::base::Result;
use crate::infra::http::{Json, Shopper};
use crate::infra::idempotency::{Answer, Asked};
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(place))
}

/// Order it
///
/// Reserves the stock and copies price, title and address. The trade waits for its payment until
/// `expires_at`.
#[utoipa::path(post, path = "/trades", tag = "checkout", request_body = PlaceInput,
    params(("Idempotency-Key" = String, Header, description = "8 to 64 letters, digits, `-`, `_`")),
    responses((status = 201, body = Placed)))]
async fn place(
    State(mall): State<Mall>,
    who: Shopper,
    asked: Asked,
    Json(input): Json<PlaceInput>,
) -> Result<(StatusCode, Answer)> {
    let key = asked.key(&mall.core, who, &input)?;
    input.check()?;
    let placement = Placement { key, tenant_id: who.tenant_id, customer_id: who.id, input };
    let answer = mall.placer.place(placement).await?;
    Ok((StatusCode::CREATED, Answer(answer)))
}
