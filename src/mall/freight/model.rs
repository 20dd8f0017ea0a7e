use crate::base::{FreightTemplateId, MerchantId, Money, Problem, TenantId, Text};
use crate::infra::db::Json;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

crate::column_enum!(
    /// What a template counts.
    Basis {
        /// Pieces.
        Piece = "piece",
        /// Grams.
        Weight = "weight",
    }
);

/// Where something goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// 省, as `wx.chooseAddress` names it.
    pub province: String,
    /// 市
    pub city: String,
}

/// What delivery to some regions costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Provinces, or cities as in `广东省/深圳市`; none: everywhere else.
    #[schema(example = json!(["新疆维吾尔自治区", "西藏自治区"]))]
    pub regions: Vec<String>,
    /// So many pieces or grams…
    pub first: i64,
    /// …cost this.
    pub first_fee: Money,
    /// Every further so many, begun ones too…
    pub more: i64,
    /// …cost this.
    pub more_fee: Money,
}

/// What a merchant's deliveries cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = FreightTemplate)]
pub struct Template {
    /// In whose mall.
    #[serde(skip)]
    pub tenant_id: TenantId,
    /// Which.
    pub id: FreightTemplateId,
    /// Whose.
    pub merchant_id: MerchantId,
    /// Its name for operators.
    pub name: String,
    /// What it counts.
    pub basis: Basis,
    /// Nothing when the order's goods come to this much.
    pub free_from: Option<Money>,
    /// Whether it is for products that name no template.
    pub is_default: bool,
    /// What each region costs. A region without a rule is not delivered to.
    #[schema(value_type = Vec<Rule>)]
    pub rules: Json<Vec<Rule>>,
}

/// A template as an operator enters it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightTemplateInput)]
pub(super) struct TemplateInput {
    /// Its name for operators.
    pub(super) name: Text<40>,
    /// What it counts.
    pub(super) basis: Basis,
    /// Nothing when the order's goods come to this much.
    pub(super) free_from: Option<Money>,
    /// Whether it is for products that name no template; only one is.
    #[serde(default)]
    pub(super) is_default: bool,
    /// What each region costs.
    pub(super) rules: Vec<Rule>,
}

/// The dearest delivery: ten thousand yuan.
const MOST: i64 = 1_000_000;

impl TemplateInput {
    /// Checks what the types do not.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.free_from.is_some_and(|from| from < Money::ZERO) {
            return Err(Problem::field("free_from", "must not be negative"));
        }
        if !(1..=100).contains(&self.rules.len()) {
            return Err(Problem::field("rules", "must be 1 to 100"));
        }
        let mut named = HashSet::new();
        for (place, rule) in self.rules.iter().enumerate() {
            let place = |field: &str| format!("rules[{place}].{field}");
            rule.check().map_err(|(field, message)| Problem::field(place(field), message))?;
            let once = rule.regions.iter().all(|name| named.insert(name.as_str()));
            if !once || (rule.regions.is_empty() && !named.insert("")) {
                return Err(Problem::field(place("regions"), "name a region, or everywhere else, twice"));
            }
        }
        Ok(())
    }
}

impl Rule {
    /// Says which field is wrong, and how.
    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let units = |number: i64| (1..=1_000_000).contains(&number);
        let fee = |fee: Money| (0..=MOST).contains(&fee.as_fen());
        let name = |region: &String| (1..=80).contains(&region.chars().count());
        match self {
            Self { first, .. } if !units(*first) => Err(("first", "must be 1 to 1000000 pieces or grams")),
            Self { more, .. } if !units(*more) => Err(("more", "must be 1 to 1000000 pieces or grams")),
            Self { first_fee, .. } if !fee(*first_fee) => Err(("first_fee", "must be 0 to 1000000 fen")),
            Self { more_fee, .. } if !fee(*more_fee) => Err(("more_fee", "must be 0 to 1000000 fen")),
            Self { regions, .. } if regions.len() > 400 || !regions.iter().all(name) => {
                Err(("regions", "must be up to 400 names of 1 to 80 characters"))
            }
            _ => Ok(()),
        }
    }
}

impl Template {
    /// What the delivery of `units` pieces or grams costs, in an order whose goods come to `goods`.
    /// `None`: it is not delivered there. Without a region the price for everywhere else is told.
    pub fn fee(&self, region: Option<&Region>, units: i64, goods: Money) -> Option<Money> {
        let rule = self.rule(region)?;
        if self.free_from.is_some_and(|from| goods >= from) {
            return Some(Money::ZERO);
        }
        let further = (units - rule.first).max(0);
        let steps = further / rule.more + i64::from(further % rule.more != 0);
        rule.more_fee.times(steps)?.plus(rule.first_fee)
    }

    /// The rule of the city, else of the province, else of everywhere else.
    fn rule(&self, region: Option<&Region>) -> Option<&Rule> {
        let named = |name: &str| self.rules.0.iter().find(|rule| rule.regions.iter().any(|one| one == name));
        let elsewhere = self.rules.0.iter().find(|rule| rule.regions.is_empty());
        let Some(region) = region else { return elsewhere.or(self.rules.0.first()) };
        named(&format!("{}/{}", region.province, region.city))
            .or_else(|| named(&region.province))
            .or(elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    fn rule(regions: &[&str], first: i64, first_fee: i64, more: i64, more_fee: i64) -> Rule {
        Rule {
            regions: regions.iter().map(|name| (*name).to_owned()).collect(),
            first,
            first_fee: Money::fen(first_fee),
            more,
            more_fee: Money::fen(more_fee),
        }
    }

    fn template(rules: Vec<Rule>) -> Template {
        let now = Timestamp::from_millis(1);
        Template {
            tenant_id: TenantId::fresh(now),
            id: FreightTemplateId::fresh(now),
            merchant_id: MerchantId::fresh(now),
            name: "快递".to_owned(),
            basis: Basis::Weight,
            free_from: Some(Money::fen(9_900)),
            is_default: true,
            rules: Json(rules),
        }
    }

    fn region(province: &str, city: &str) -> Region {
        Region { province: province.to_owned(), city: city.to_owned() }
    }

    #[test]
    fn the_nearest_rule_counts_begun_units() {
        let template = template(vec![
            rule(&["广东省/深圳市"], 1000, 300, 1000, 50),
            rule(&["广东省", "湖南省"], 1000, 600, 1000, 100),
            rule(&[], 1000, 1200, 500, 400),
        ]);
        for (region, grams, fee) in [
            (region("广东省", "深圳市"), 1, 300),
            (region("广东省", "广州市"), 1000, 600),
            (region("湖南省", "长沙市"), 1001, 700),
            (region("湖南省", "长沙市"), 3000, 800),
            (region("新疆维吾尔自治区", "喀什地区"), 0, 1200),
            (region("新疆维吾尔自治区", "喀什地区"), 2001, 2400),
        ] {
            assert_eq!(
                template.fee(Some(&region), grams, Money::ZERO),
                Some(Money::fen(fee)),
                "{region:?} {grams}"
            );
        }
        assert_eq!(template.fee(None, 1, Money::ZERO), Some(Money::fen(1200)));
        let shenzhen = region("广东省", "深圳市");
        assert_eq!(template.fee(Some(&shenzhen), 9_000, Money::fen(9_900)), Some(Money::ZERO));
    }

    #[test]
    fn a_region_without_a_rule_is_not_delivered_to() {
        let template = template(vec![rule(&["上海市"], 1, 0, 1, 0)]);
        assert_eq!(template.fee(Some(&region("北京市", "北京市")), 1, Money::fen(99_999)), None);
        assert_eq!(template.fee(Some(&region("上海市", "上海市")), 1, Money::ZERO), Some(Money::ZERO));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let input = |rules| TemplateInput {
            name: Text::try_from("a".to_owned()).unwrap(),
            basis: Basis::Piece,
            free_from: None,
            is_default: false,
            rules,
        };
        assert!(input(vec![rule(&[], 1, 0, 1, 0), rule(&["上海市"], 1, 0, 1, 0)]).check().is_ok());
        for rules in [
            vec![],
            vec![rule(&[], 0, 0, 1, 0)],
            vec![rule(&[], 1, 0, 0, 0)],
            vec![rule(&[], 1, -1, 1, 0)],
            vec![rule(&[], 1, 0, 1, MOST + 1)],
            vec![rule(&[""], 1, 0, 1, 0)],
            vec![rule(&["上海市"], 1, 0, 1, 0), rule(&["上海市"], 1, 0, 1, 0)],
            vec![rule(&[], 1, 0, 1, 0), rule(&[], 1, 0, 1, 0)],
        ] {
            assert!(input(rules.clone()).check().is_err(), "{rules:?}");
        }
    }
}
