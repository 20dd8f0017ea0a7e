use crate::base::{Result, TenantId, TradeId};
use crate::infra::db::Conn;
use crate::mall::notice::Subject;
use crate::mall::order::{self, Line};
use anyhow::Context as _;

/// What was bought, in a few words, and in which trade.
pub(super) async fn goods(db: &mut Conn, tenant: TenantId, subject: Subject) -> Result<(TradeId, String)> {
    let (trade, lines): (_, Vec<Line>) = match subject {
        Subject::Trade(id) => {
            let orders = order::orders_with_lines(db, tenant, id).await?;
            (id, orders.into_iter().flat_map(|(_, lines)| lines).collect())
        }
        Subject::Order(id) => {
            let found = order::order(db, tenant, id).await?;
            let (order, lines) = found.context("a notice about no order")?;
            (order.trade_id, lines)
        }
    };
    Ok((trade, summary(&lines.iter().map(|line| (line.title.as_str(), line.quantity)).collect::<Vec<_>>())))
}

/// `龙井茶` or `龙井茶 等3件`.
pub(in crate::flow) fn summary(lines: &[(&str, i64)]) -> String {
    let count: i64 = lines.iter().map(|(_, quantity)| quantity).sum();
    match lines.first() {
        None => String::new(),
        Some((title, _)) if count == 1 => (*title).to_owned(),
        Some((title, _)) => {
            // The count must survive WeChat's twenty characters.
            let tail = format!(" 等{count}件");
            let room = 20_usize.saturating_sub(tail.chars().count());
            format!("{}{tail}", title.chars().take(room).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn goods_are_named_within_twenty_characters() {
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(&[("龙井茶", 1)]), "龙井茶");
        assert_eq!(summary(&[("龙井茶", 2)]), "龙井茶 等2件");
        assert_eq!(summary(&[("龙井茶", 1), ("茶杯", 4)]), "龙井茶 等5件");
        let long = "茶".repeat(60);
        assert_eq!(summary(&[(&long, 1998)]).chars().count(), 20);
        assert!(summary(&[(&long, 1998)]).ends_with(" 等1998件"));
    }
}
