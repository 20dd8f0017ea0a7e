//! What the delivery of one merchant's goods costs.

use super::{QuotedLine, Rates, too_large};
use crate::base::{Code, FreightTemplateId, MerchantId, Money, Problem};
use crate::mall::freight::{Basis, Region, Template};
use std::collections::BTreeMap;

/// The sum of what each template asks for its lines; lines that no template covers cost the flat fee
/// of the shop, once. `goods` is what the order's goods come to, after discounts.
pub(super) fn fee(
    merchant: MerchantId,
    lines: &[QuotedLine],
    goods: Money,
    rates: &Rates<'_>,
) -> Result<Money, Problem> {
    let mut by_template: BTreeMap<Option<FreightTemplateId>, (Option<&Template>, Vec<&QuotedLine>)> =
        BTreeMap::new();
    for line in lines {
        let template = template(merchant, line, rates.templates);
        let key = template.map(|template| template.id);
        by_template.entry(key).or_insert_with(|| (template, vec![])).1.push(line);
    }
    let fees = by_template.into_values().map(|(template, lines)| match template {
        Some(template) => asked(template, &lines, goods, rates.region),
        None if goods >= rates.terms.freight.free_from => Ok(Money::ZERO),
        None => Ok(rates.terms.freight.fee),
    });
    Money::sum(fees.collect::<Result<Vec<_>, _>>()?).ok_or_else(too_large)
}

/// The line's own template, else the merchant's default.
fn template<'a>(merchant: MerchantId, line: &QuotedLine, all: &'a [Template]) -> Option<&'a Template> {
    let named = line.article.freight_template_id;
    let mut own =
        all.iter().filter(|one| (one.tenant_id, one.merchant_id) == (line.article.tenant_id, merchant));
    match named {
        Some(id) => own.find(|one| one.id == id),
        None => own.find(|one| one.is_default),
    }
}

fn asked(
    template: &Template,
    lines: &[&QuotedLine],
    goods: Money,
    region: Option<&Region>,
) -> Result<Money, Problem> {
    let units = lines.iter().map(|line| match template.basis {
        Basis::Piece => line.quantity,
        Basis::Weight => line.quantity * line.article.weight,
    });
    template.fee(region, units.sum(), goods).ok_or_else(|| {
        let title = lines.first().map_or("", |line| line.title.as_str());
        let place = region.map_or("there", |region| region.province.as_str());
        Problem::with(Code::NotDelivered, format!("{title} is not delivered to {place}"))
    })
}
