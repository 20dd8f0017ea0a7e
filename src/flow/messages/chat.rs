//! Questions about orders are answered by the shop itself: with the newest orders of whoever asks, once.

use super::super::Mall;
use super::super::notice::summary;
use super::HandleMessage;
use crate::base::{Paging, Result, TenantId, Timestamp};
use crate::infra::db::Conn;
use crate::infra::http::Language;
use crate::mall::customer;
use crate::mall::message::{self, State};
use crate::mall::order::{self, Line, Order};
use anyhow::{Context as _, bail};
use wechat_sdk::mini::customer_service::{SendCustomMessage, TextMessage};
use wechat_sdk::{Error, OpenId, Outcome};

/// How many orders are named.
const MOST_ORDERS: i64 = 3;

/// Whether a text asks about orders: it has one of the shop's keywords in it.
pub(super) fn is_about_orders(text: &str, keywords: &[String]) -> bool {
    let text = text.to_lowercase();
    keywords.iter().any(|keyword| text.contains(&keyword.to_lowercase()))
}

/// Answers whoever asked. A message that was being answered when its worker died is not answered
/// again: the answer may have arrived, and WeChat knows no repeats.
pub(super) async fn answer(
    mall: &Mall,
    job: &HandleMessage,
    state: State,
    openid: &str,
) -> anyhow::Result<()> {
    if state != State::Received {
        return Ok(finish(mall, job, Some("unknown")).await?);
    }
    let text = text(&mut mall.core.db.read().await?, job.tenant_id, openid).await?;
    let to = OpenId::new(openid).context("the openid that WeChat pushed")?;
    let gateway = mall.gateways.of(job.tenant_id)?;
    let mut tx = mall.core.db.begin().await?;
    if message::begin_answering(&mut tx, job.tenant_id, job.message_id).await? == 0 {
        return Ok(());
    }
    tx.commit().await?;
    match gateway.mini.send(&SendCustomMessage::new(to, TextMessage::new(text))).await {
        Ok(_) => Ok(finish(mall, job, Some("answered")).await?),
        Err(error) if is_surely_unsent(&error) => try_again(mall, job, &error).await,
        Err(error) => {
            tracing::warn!(message = %job.message_id, %error, "a question was perhaps not answered");
            let code = error.api().map_or("unknown", |refusal| refusal.code.as_str());
            Ok(finish(mall, job, Some(code)).await?)
        }
    }
}

fn is_surely_unsent(error: &Error) -> bool {
    matches!(error, Error::Token(_)) || (error.outcome() == Outcome::NotDone && error.is_retryable())
}

async fn try_again(mall: &Mall, job: &HandleMessage, error: &Error) -> anyhow::Result<()> {
    let mut tx = mall.core.db.begin().await?;
    message::try_again(&mut tx, job.tenant_id, job.message_id).await?;
    tx.commit().await?;
    bail!("the question cannot be answered now: {error}")
}

async fn finish(mall: &Mall, job: &HandleMessage, detail: Option<&str>) -> Result<()> {
    let mut tx = mall.core.db.begin().await?;
    message::mark_handled(&mut tx, job.tenant_id, job.message_id, detail, mall.core.now()).await?;
    Ok(tx.commit().await?)
}

async fn text(db: &mut Conn, tenant: TenantId, openid: &str) -> Result<String> {
    let Some(customer) = customer::by_openid(db, tenant, openid).await? else { return Ok(wording(&[])) };
    let newest = Paging::parse(Some(MOST_ORDERS), None)?;
    let orders = order::orders_of_customer(db, tenant, customer, None, newest).await?.items;
    let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
    let lines = order::lines_of(db, tenant, &ids).await?;
    Ok(wording(&orders.iter().map(|order| line_of(order, &lines)).collect::<Vec<_>>()))
}

fn line_of(order: &Order, lines: &[Line]) -> String {
    let own = lines.iter().filter(|line| line.order_id == order.id);
    let goods = summary(&own.map(|line| (line.title.as_str(), line.quantity)).collect::<Vec<_>>());
    let state = order.state.text(Language::Chinese);
    format!("{} {goods} ￥{} {state}", day(order.created_at), order.total.yuan())
}

/// In Beijing.
fn day(at: Timestamp) -> String {
    at.in_china().format("%m月%d日").to_string()
}

fn wording(orders: &[String]) -> String {
    if orders.is_empty() {
        return "没有找到您的订单。请直接留言，客服会尽快回复您。".to_owned();
    }
    format!("您最近的订单：\n{}\n详情请在小程序“我的订单”中查看。", orders.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_known_by_their_keywords() {
        let keywords = ["订单".to_owned(), "Order".to_owned()];
        for (text, asks) in
            [("我的订单呢？", true), ("where is my ORDER", true), ("请问什么时候发货？", false), ("", false)]
        {
            assert_eq!(is_about_orders(text, &keywords), asks, "{text}");
        }
        assert!(!is_about_orders("anything", &[]));
    }
}
