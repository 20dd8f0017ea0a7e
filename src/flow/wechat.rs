//! The tenants' doors to WeChat, built from the settings at the start.

use crate::base::{Code, CustomerId, Error, Problem, Result, TenantId};
use crate::infra::db::Conn;
use crate::mall::customer;
use anyhow::Context as _;
use std::sync::Arc;
use wechat_sdk::push::MessagePush;
use wechat_sdk::{AppId, Environment, Merchant, MiniProgram, OpenId, Outcome};

/// One tenant's door.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Whose.
    pub tenant_id: TenantId,
    /// The tenant's name in paths.
    pub slug: String,
    /// The tenant's name for people.
    pub name: String,
    /// The mini program.
    pub app_id: AppId,
    /// The merchant number.
    pub mch_id: String,
    /// Login, tokens, telephone numbers.
    pub mini: MiniProgram,
    /// Payments and refunds.
    pub merchant: Merchant,
    /// Message pushes, where they are set up.
    pub push: Option<PushDoor>,
    /// Whether WeChat's order shipping management is to be told of what was sent.
    pub shipping_management: bool,
    /// Where WeChat reaches us, as in `https://shop.example/callbacks/wechat/main`.
    pub callback_url: String,
}

/// How message pushes come in.
#[derive(Debug, Clone)]
pub struct PushDoor {
    /// Token and keys.
    pub push: MessagePush,
    /// Time and chance, for answers.
    pub environment: Environment,
}

/// All doors.
#[derive(Debug, Clone, Default)]
pub struct Gateways(Arc<Vec<Arc<Gateway>>>);

impl Gateways {
    /// Of these tenants.
    pub fn new(gateways: Vec<Gateway>) -> Self {
        Self(Arc::new(gateways.into_iter().map(Arc::new).collect()))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Gateway>> {
        self.0.iter()
    }

    /// The door of a tenant that jobs and rows name.
    pub fn of(&self, tenant: TenantId) -> anyhow::Result<Arc<Gateway>> {
        self.find(|gateway| gateway.tenant_id == tenant)
            .ok_or_else(|| anyhow::anyhow!("the settings name no tenant with the id {tenant}"))
    }

    /// The door named in a call-back's path.
    pub fn by_slug(&self, slug: &str) -> Option<Arc<Gateway>> {
        self.find(|gateway| gateway.slug == slug)
    }

    /// The door of the mini program that asks; with a single tenant it need not say.
    pub fn by_app(&self, app_id: Option<&str>) -> Result<Arc<Gateway>, Problem> {
        let found = match app_id {
            Some(app_id) => self.find(|gateway| gateway.app_id.as_str() == app_id),
            None if self.0.len() == 1 => self.0.first().cloned(),
            None => {
                return Err(Problem::with(Code::UnknownApp, "there are several tenants here: send X-App-Id"));
            }
        };
        found.ok_or_else(|| Problem::new(Code::UnknownApp))
    }

    fn find(&self, wanted: impl Fn(&Gateway) -> bool) -> Option<Arc<Gateway>> {
        self.0.iter().find(|gateway| wanted(gateway)).cloned()
    }
}

/// Who a logged-in shopper is to WeChat.
pub async fn openid(db: &mut Conn, tenant: TenantId, id: CustomerId) -> Result<OpenId> {
    let openid = customer::openid(db, tenant, id).await?;
    let openid = openid.with_context(|| format!("{id} has a token but no row"))?;
    Ok(OpenId::new(openid).context("the openid that WeChat gave")?)
}

/// What a client is told when WeChat did not do as asked.
pub fn unavailable(error: &wechat_sdk::Error) -> Error {
    tracing::warn!(%error, "WeChat did not answer as needed");
    let detail = match error.outcome() {
        Outcome::Unknown => "WeChat did not answer; try again, nothing is done twice",
        _ => "WeChat refused; try again later",
    };
    Problem::with(Code::WechatUnavailable, detail).into()
}
