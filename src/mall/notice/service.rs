use super::grant::{Answer, Teller};
use super::store;
use crate::base::{CustomerId, Result, TenantId, Timestamp};
use crate::infra::db::Conn;

/// Takes note of what a shopper answered about templates at the moment `at`. Templates that the tenant
/// does not use are left out, so that nobody can fill the table.
pub async fn hear(
    db: &mut Conn,
    who: (TenantId, CustomerId),
    teller: Teller,
    answers: &[(String, Answer)],
    at: Timestamp,
) -> Result<()> {
    let known = store::templates(db, who.0).await?;
    // In one order, so that two requests cannot wait for each other.
    let mut answers: Vec<_> = answers.iter().collect();
    answers.sort();
    for (template_id, answer) in answers {
        let Some(template) = known.iter().find(|known| known.template_id == *template_id) else { continue };
        let mut grant = store::lock_grant(db, who, template_id, at).await?;
        grant.hear(teller, *answer, template.long_term, at);
        store::save_grant(db, who, template_id, &grant).await?;
    }
    Ok(())
}
