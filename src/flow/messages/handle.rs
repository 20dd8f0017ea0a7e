use super::super::Mall;
use super::{chat, events};
use crate::base::{MessageId, TenantId};
use crate::infra::jobs::{Done, Job};
use crate::mall::message::{self, Content};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wechat_sdk::push::PushContent;

/// Does what one message or event asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandleMessage {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub message_id: MessageId,
}

impl Job<Mall> for HandleMessage {
    const KIND: &'static str = "handle_message";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.message_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let mut tx = mall.core.db.begin().await?;
        let known = message::lock(&mut tx, &mall.core.vault, self.tenant_id, self.message_id).await?;
        let Some((state, content)) = known else { return Ok(Done::Finished) };
        if let Some(question) = question(mall, &content) {
            drop(tx);
            chat::answer(mall, &self, state, question).await?;
            return Ok(Done::Finished);
        }
        let detail = events::handle(mall, &mut tx, self.tenant_id, &content).await?;
        let now = mall.core.now();
        message::mark_handled(&mut tx, self.tenant_id, self.message_id, detail.as_deref(), now).await?;
        tx.commit().await?;
        Ok(Done::Finished)
    }
}

/// Who asks about their orders, if somebody does.
fn question<'c>(mall: &Mall, content: &'c Content) -> Option<&'c str> {
    let Ok(PushContent::Text(text)) = PushContent::read(content.body.as_bytes()) else { return None };
    let asks = chat::is_about_orders(text.content.expose(), &mall.settings.keywords);
    content.from.as_deref().filter(|_| asks)
}
