//! What events of the mini-program platform change.

use super::super::Mall;
use super::super::shipping_events::{self, ShippingEvent};
use crate::base::{CustomerId, Result, TenantId, Timestamp};
use crate::infra::db::Tx;
use crate::infra::session::{self, Realm, Subject};
use crate::mall::customer;
use crate::mall::media::{self, Verdict};
use crate::mall::message::Content;
use crate::mall::notice::{self, Answer, Teller};
use wechat_sdk::push::{Decision, MediaCheck, PushContent, Revocation, Subscription};

/// Does what an event asks for, in the caller's transaction; gives what became of it, in a word, where
/// that is worth telling.
pub(super) async fn handle(
    mall: &Mall,
    tx: &mut Tx,
    tenant: TenantId,
    content: &Content,
) -> Result<Option<String>> {
    match PushContent::read(content.body.as_bytes()) {
        Ok(event) => Desk { mall, tx, tenant, content, now: mall.core.now() }.act(event).await,
        // Kept as it came, for whoever looks into it.
        Err(error) => Ok(Some(error.to_string())),
    }
}

const NOBODY: &str = "no such shopper";

/// How much is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// What a shopper let us know through WeChat. Which consent was taken back is a number of a list
    /// that the documents do not close, so all of it goes.
    Profile,
    /// All that trades do not need.
    Everything,
}

/// One event on the desk.
struct Desk<'a> {
    mall: &'a Mall,
    tx: &'a mut Tx,
    tenant: TenantId,
    content: &'a Content,
    now: Timestamp,
}

impl Desk<'_> {
    async fn act(mut self, event: PushContent) -> Result<Option<String>> {
        match event {
            PushContent::SubscriptionAnswered(told) => self.subscriptions(&told.list, Teller::Popup).await,
            PushContent::SubscriptionChanged(told) => self.subscriptions(&told.list, Teller::Centre).await,
            PushContent::SubscriptionSent(told) => self.not_delivered(&told.list).await,
            PushContent::MediaChecked(check) => self.media_checked(&check).await,
            PushContent::ConsentRevoked(told) => self.forget(&told, Extent::Profile).await,
            PushContent::AccountClosed(told) => self.forget(&told, Extent::Everything).await,
            PushContent::TradeControlled(_) => self.shipping(ShippingEvent::Controlled).await,
            PushContent::RemindAccess(_) => self.shipping(ShippingEvent::RemindAccess).await,
            PushContent::RemindShipping(order) => self.shipping(ShippingEvent::RemindShipping(order)).await,
            PushContent::OrderSettled(order) => self.shipping(ShippingEvent::Settled(order)).await,
            // Messages went to the customer service; of the rest it is enough to have it.
            _ => Ok(None),
        }
    }

    async fn shipping(&mut self, event: ShippingEvent) -> Result<Option<String>> {
        shipping_events::handle(self.mall, self.tx, self.tenant, event).await?;
        Ok(None)
    }

    async fn sender(&mut self) -> Result<Option<CustomerId>> {
        let Some(openid) = &self.content.from else { return Ok(None) };
        customer::by_openid(self.tx, self.tenant, openid).await
    }

    async fn subscriptions(&mut self, list: &[Subscription], teller: Teller) -> Result<Option<String>> {
        let Some(customer) = self.sender().await? else { return Ok(Some(NOBODY.to_owned())) };
        let answers: Vec<_> = list.iter().filter_map(decided).collect();
        // It may be handled long after the shopper answered.
        let at = self.content.at.and_then(|seconds| seconds.checked_mul(1000));
        let at = at.map_or(self.now, Timestamp::from_millis).min(self.now);
        notice::hear(self.tx, (self.tenant, customer), teller, &answers, at).await?;
        Ok(None)
    }

    async fn not_delivered(&mut self, results: &[Subscription]) -> Result<Option<String>> {
        let Some(customer) = self.sender().await? else { return Ok(Some(NOBODY.to_owned())) };
        for result in results.iter().filter(|result| !result.is_delivered()) {
            let Some(number) = &result.msg_id else { continue };
            let error = result.error_status.as_deref().unwrap_or("unknown");
            metrics::counter!("jishi_notices_not_delivered_total").increment(1);
            notice::not_delivered(self.tx, self.tenant, customer, number, error).await?;
        }
        Ok(None)
    }

    async fn media_checked(&mut self, check: &MediaCheck) -> Result<Option<String>> {
        let result = check.result.as_ref().filter(|_| check.errcode.unwrap_or(0) == 0);
        let verdict = match result.and_then(|result| result.suggest.as_deref()) {
            Some("pass") => Verdict::Pass,
            Some("risky") => Verdict::Risky,
            // A word that is not known yet is one for a person.
            Some(_) => Verdict::Review,
            None => Verdict::Failed,
        };
        let label = result.and_then(|result| result.label);
        media::set_verdict(self.tx, self.tenant, &check.trace_id, (verdict, label), self.now).await?;
        Ok(Some(verdict.as_str().to_owned()))
    }

    async fn forget(&mut self, told: &Revocation, extent: Extent) -> Result<Option<String>> {
        let openid = told.openid.as_ref().map_or("", |openid| openid.as_str());
        let Some(customer) = customer::by_openid(self.tx, self.tenant, openid).await? else {
            return Ok(Some(NOBODY.to_owned()));
        };
        customer::forget_profile(self.tx, self.tenant, customer, self.now).await?;
        if extent == Extent::Everything {
            customer::forget_addresses(self.tx, self.tenant, customer).await?;
            let subject = Subject { realm: Realm::Shop, tenant_id: self.tenant, id: customer.uuid() };
            session::end_all(self.tx, subject, self.now).await?;
        }
        metrics::counter!("jishi_consents_revoked_total").increment(1);
        Ok(Some("forgotten".to_owned()))
    }
}

fn decided(subscription: &Subscription) -> Option<(String, Answer)> {
    let answer = match subscription.subscribe_status_string {
        Some(Decision::Accept) => Answer::Accept,
        Some(Decision::Reject) => Answer::Reject,
        _ => return None,
    };
    Some((subscription.template_id.clone(), answer))
}
