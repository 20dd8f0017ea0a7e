//! Every route, and what stands around them. Read `routes` from top to bottom.

use crate::base::{Code, Problem};
use crate::config::{Config, seconds};
use crate::flow::visitor::visitor;
use crate::flow::{
    Mall, after_sale, basket, browse, close, correct, login, messages, notify, operations, pay, place, quote,
    reconcile, refund, ship, timeline, trades,
};
use crate::infra::http::{Guard, ProblemBody, codes_page, guard};
use crate::infra::jobs;
use crate::mall::{
    bill, callback, catalog, customer, freight, ledger, message, notice, order, payment, stock, tenant,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};
use utoipa::{OpenApi as _, PartialSchema as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "jishi", description = "A WeChat mini-program mall: shoppers, operators, call-backs"),
    components(schemas(ProblemBody))
)]
struct Contract;

/// What needs no login; whose mall it is comes from [`visitor`].
fn guests() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().merge(catalog::shop()).merge(browse::shop())
}

fn routes(guests: OpenApiRouter<Mall>) -> OpenApiRouter<Mall> {
    let shop = guests
        .merge(login::shop())
        .merge(customer::shop())
        .merge(basket::shop())
        .merge(quote::shop())
        .merge(place::shop())
        .merge(pay::shop())
        .merge(close::shop())
        .merge(trades::shop())
        .merge(ship::shop())
        .merge(notice::shop())
        .merge(after_sale::shop());
    let admin = OpenApiRouter::new()
        .merge(login::admin())
        .merge(order::admin())
        .merge(timeline::admin())
        .merge(payment::admin())
        .merge(refund::admin())
        .merge(ship::admin())
        .merge(after_sale::admin())
        .merge(freight::admin())
        .merge(tenant::admin())
        .merge(catalog::admin())
        .merge(stock::admin())
        .merge(ledger::admin())
        .merge(correct::admin())
        .merge(bill::admin())
        .merge(reconcile::admin())
        .merge(callback::admin())
        .merge(message::admin())
        .merge(notice::admin())
        .merge(operations::admin());
    OpenApiRouter::with_openapi(Contract::openapi())
        .nest("/api/v1", shop)
        .nest("/admin/v1", admin)
        .nest("/callbacks/wechat", notify::routes().merge(messages::routes()))
}

/// Paths that take larger bodies than others, in bytes.
const UPLOADS: &[(&str, usize)] =
    &[("/api/v1/images", after_sale::LARGEST_BODY), ("/admin/v1/shipments/import", ship::LARGEST_FILE)];

/// The whole API. `tasks` holds the handlers that run on although nobody waits.
pub fn router(mall: &Mall, config: &Config, tasks: &TaskTracker) -> Router {
    let guests = guests().layer(from_fn_with_state(mall.clone(), visitor));
    let (router, contract) = routes(guests).split_for_parts();
    let around = Guard {
        timeout: seconds(config.http.timeout),
        body_limit: config.http.body_limit,
        larger: UPLOADS,
        tasks: tasks.clone(),
    };
    router
        .with_state(mall.clone())
        .merge(SwaggerUi::new("/docs").url("/openapi.json", complete(contract)))
        .route("/docs/problems", get(codes_page))
        .merge(crate::demo::images())
        .fallback(|| async { problem(Code::NoSuchPath) })
        .method_not_allowed_fallback(|| async { problem(Code::MethodNotAllowed) })
        // The guard has read and measured the body.
        .layer(DefaultBodyLimit::disable())
        .layer(map_response(safe_headers))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(around, guard))
}

fn problem(code: Code) -> crate::base::Error {
    Problem::new(code).into()
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over so")]
fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().cloned();
    let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    tracing::error!(panic = text.as_deref().unwrap_or("?"), "a handler panicked");
    problem(Code::Internal).into_response()
}

async fn safe_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The contract of every route, as `/openapi.json` serves it.
pub fn contract() -> OpenApi {
    complete(routes(guests()).split_for_parts().1)
}

/// Adds what is the same everywhere: the bearer token, and the problem that any route may answer.
fn complete(mut contract: OpenApi) -> OpenApi {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = contract.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.schemas.entry("ProblemBody".to_owned()).or_insert_with(ProblemBody::schema);
    contract.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
    let response = ResponseBuilder::new()
        .description("A problem; its `code` is stable")
        .content("application/problem+json", content)
        .build();
    for (path, item) in &mut contract.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            // Both doors have an `orders`; generated clients need names of their own.
            if let Some(name) = operation.operation_id.as_mut().filter(|_| path.starts_with("/admin/")) {
                name.insert_str(0, "admin_");
            }
            operation.responses.responses.insert("default".to_owned(), response.clone().into());
        }
    }
    contract
}

/// What the second listener serves.
#[derive(Debug, Clone)]
pub struct Ops {
    /// The mall that is watched.
    pub mall: Mall,
    /// Whether new requests are welcome.
    pub ready: Arc<AtomicBool>,
    /// The counters.
    pub metrics: Option<PrometheusHandle>,
}

/// `/livez`, `/readyz`, `/metrics`.
pub fn ops(ops: Ops) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(ops)
}

async fn readyz(State(ops): State<Ops>) -> (StatusCode, &'static str) {
    if !ops.ready.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match ops.mall.core.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

async fn metrics(State(ops): State<Ops>) -> String {
    let counters = ops.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    match backlog(&ops.mall).await {
        Ok(((due, dead), differences)) => format!(
            "{counters}# TYPE jishi_jobs gauge\njishi_jobs{{state=\"due\"}} {due}\njishi_jobs{{state=\"dead\"}} {dead}\n\
             # TYPE jishi_reconciliation_differences gauge\n{differences}"
        ),
        // The counters matter most when the database does not answer.
        Err(_) => counters,
    }
}

/// Jobs that are due and dead, and the open differences as lines of metrics.
async fn backlog(mall: &Mall) -> crate::base::Result<((i64, i64), String)> {
    let mut db = mall.core.db.read().await?;
    let waiting = jobs::backlog(&mut db, mall.core.now()).await?;
    let open = bill::count_open(&mut db).await?;
    let line = |class: &bill::Class| {
        let count = open.iter().find(|(found, _)| found == class).map_or(0, |(_, count)| *count);
        format!("jishi_reconciliation_differences{{class=\"{class}\"}} {count}\n")
    };
    Ok((waiting, bill::Class::ALL.iter().map(line).collect()))
}
