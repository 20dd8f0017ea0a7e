//! The whole story of an order and its trade, in the order of time: moves, payments and refunds,
//! calls to WeChat, call-backs, shipments, after-sales, messages, jobs, lines of the ledger. For whoever must explain it to a shopper,
//! an accountant or WeChat's support.
//!
//! A source is a function that gives [`Entry`]s for a [`Story`]; all of them stand in `tell`.

mod goods;
mod money;
mod people;
mod wire;
mod work;

use super::Mall;
use crate::base::{
    Actor, OperatorId, OrderId, Page, PaymentId, Problem, RefundId, Result, TenantId, Timestamp, id,
};
use crate::infra::db::Conn;
use crate::infra::http::{Json, Language, Operator, Path};
use crate::mall::order::{self, Order};
use crate::mall::payment::{self, Payment, Refund};
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// What kind of thing happened. Of what happened in the same millisecond, the kinds tell in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TimelineKind)]
pub enum Kind {
    /// An operator did something.
    Operator,
    /// A payment began or ended.
    Payment,
    /// WeChat told us something.
    Callback,
    /// We told or asked WeChat something.
    Call,
    /// The trade or the order moved.
    Move,
    /// A refund began or ended.
    Refund,
    /// A shopper's case moved.
    AfterSale,
    /// Goods were sent, or were seen on their way.
    Shipment,
    /// The ledger was written.
    Ledger,
    /// A shopper was told something, or was not.
    Notice,
    /// Work was put on the list, or ended.
    Job,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: Kind,
    /// What happened, for people.
    #[schema(example = "微信收款 ¥129.00")]
    pub title: String,
    /// Who did it.
    pub actor: Actor,
    /// Which operator.
    pub operator_id: Option<OperatorId>,
    /// What it was about.
    #[schema(example = json!(["payment_01j9x3mz8ke6rr0v2t4w5y7a9b"]))]
    pub ids: Vec<String>,
    /// The rest, as it was written down: amounts in fen, times in UTC, WeChat's `request_id`.
    #[schema(value_type = Object)]
    pub details: Value,
}

/// Whose story it is, and what every source needs to know of it.
#[derive(Debug)]
pub struct Story {
    /// In whose mall.
    pub tenant: TenantId,
    /// Of which order.
    pub order: Order,
    /// The payments of its trade.
    pub payments: Vec<Payment>,
    /// The refunds of its trade.
    pub refunds: Vec<Refund>,
    /// For whom.
    pub language: Language,
}

impl Story {
    async fn of(db: &mut Conn, tenant: TenantId, id: OrderId, language: Language) -> Result<Self> {
        let (order, _) = order::order(db, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
        let payments = payment::payments_of(db, tenant, order.trade_id).await?;
        let refunds = payment::refunds_of_trade(db, tenant, order.trade_id).await?;
        Ok(Self { tenant, order, payments, refunds, language })
    }

    /// What money came and went through.
    fn money_ids(&self) -> Vec<Uuid> {
        let payments = self.payments.iter().map(|payment| payment.id.uuid());
        let refunds = self.refunds.iter().map(|refund| refund.id.uuid());
        payments.chain(refunds).chain([self.order.id.uuid()]).collect()
    }

    /// The id of a row that another row names only by its uuid.
    fn name(&self, uuid: Uuid) -> String {
        if uuid == self.order.trade_id.uuid() {
            return self.order.trade_id.to_string();
        }
        if uuid == self.order.id.uuid() {
            return self.order.id.to_string();
        }
        if self.payments.iter().any(|payment| payment.id.uuid() == uuid) {
            return PaymentId::from_uuid(uuid).to_string();
        }
        if self.refunds.iter().any(|refund| refund.id.uuid() == uuid) {
            return RefundId::from_uuid(uuid).to_string();
        }
        id::encode(uuid)
    }
}

/// Every source.
async fn tell(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let messages = people::told(db, story).await?;
    let told = [
        work::moves(db, story).await?,
        money::payments(story),
        money::refunds(story),
        money::ledger(db, story).await?,
        wire::calls(db, story).await?,
        wire::callbacks(db, story).await?,
        goods::after_sales(db, story).await?,
        goods::shipments(db, story).await?,
        people::notices(story, &messages),
        people::operators(db, story).await?,
        work::jobs(db, story, &messages).await?,
    ];
    let mut told = told.concat();
    told.sort_by_key(|entry| (entry.at, entry.kind));
    Ok(told)
}

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(timeline))
}

/// All that happened to an order and its trade, oldest first
#[utoipa::path(get, path = "/orders/{id}/timeline", tag = "orders", params(("id" = OrderId, Path)),
    responses((status = 200, body = Page<Entry>)))]
async fn timeline(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<Page<Entry>>> {
    let mut db = mall.core.db.read().await?;
    let story = Story::of(&mut db, who.tenant_id, id, language).await?;
    Ok(Json(Page::whole(tell(&mut db, &story).await?)))
}
