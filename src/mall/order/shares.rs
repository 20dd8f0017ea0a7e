//! How what was paid falls to lines and pieces, to the fen: whatever is split adds up again.

use super::Line;
use crate::base::Money;

/// Splits `amount` in proportion to `weights` by the largest remainder: the parts add up to `amount`,
/// and none is larger than its weight where `amount` is not larger than all weights together. Of
/// equal remainders the earlier one gets its fen first. All weights nothing: the last takes it all.
pub fn split(amount: Money, weights: &[Money]) -> Vec<Money> {
    let amount = i128::from(amount.as_fen());
    let whole: i128 = weights.iter().map(|weight| i128::from(weight.as_fen())).sum();
    let Some(last) = weights.len().checked_sub(1) else { return vec![] };
    if whole == 0 {
        return (0..=last).map(|place| fen(if place == last { amount } else { 0 })).collect();
    }
    let exact: Vec<i128> = weights.iter().map(|weight| amount * i128::from(weight.as_fen())).collect();
    let mut parts: Vec<i128> = exact.iter().map(|part| part / whole).collect();
    let left = amount - parts.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..=last).collect();
    by_remainder.sort_by_key(|&place| std::cmp::Reverse(exact[place] % whole));
    for place in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[place] += 1;
    }
    parts.into_iter().map(fen).collect()
}

fn fen(amount: i128) -> Money {
    Money::fen(i64::try_from(amount).expect("a part of an amount is no larger than it"))
}

impl Line {
    /// What `more` further pieces of this line are worth when they go back. Pieces that went before
    /// count with what was asked for them; the last pieces take the rest, so that all parts together
    /// are what was paid.
    pub fn worth_of(&self, more: i64) -> Money {
        let gone = i128::from(self.claimed + more);
        let up_to = i128::from(self.payable.as_fen()) * gone / i128::from(self.quantity);
        fen((up_to - i128::from(self.claimed_amount.as_fen())).max(0))
    }

    /// Pieces that are still to be sent.
    pub fn to_ship(&self) -> i64 {
        self.quantity - self.shipped - self.cancelled
    }

    /// Pieces that were sent and of which nothing is claimed.
    pub fn returnable(&self) -> i64 {
        self.shipped - (self.claimed - self.cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{LineId, OrderId, ProductId, SkuId, Timestamp};
    use crate::infra::db::Json;
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    fn sum(parts: &[Money]) -> Money {
        Money::sum(parts.iter().copied()).unwrap()
    }

    fn line(price: i64, quantity: i64) -> Line {
        let now = Timestamp::from_millis(1);
        Line {
            id: LineId::fresh(now),
            order_id: OrderId::fresh(now),
            sku_id: SkuId::fresh(now),
            product_id: ProductId::fresh(now),
            title: String::new(),
            specs: Json(serde_json::Value::Null),
            image_url: String::new(),
            price: Money::fen(price),
            quantity,
            total: Money::fen(price * quantity),
            discount: Money::ZERO,
            freight: Money::ZERO,
            payable: Money::fen(price * quantity),
            shipped: 0,
            claimed: 0,
            cancelled: 0,
            claimed_amount: Money::ZERO,
        }
    }

    #[test]
    fn the_largest_remainders_get_the_fen_that_are_left() {
        for (amount, weights, parts) in [
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (10, vec![6, 3, 1], vec![6, 3, 1]),
            (5, vec![3, 3, 1], vec![2, 2, 1]),
            (1, vec![1, 2], vec![0, 1]),
            (7, vec![0, 0], vec![0, 7]),
            (0, vec![5, 5], vec![0, 0]),
        ] {
            let weights: Vec<_> = weights.into_iter().map(Money::fen).collect();
            let parts: Vec<_> = parts.into_iter().map(Money::fen).collect();
            assert_eq!(split(Money::fen(amount), &weights), parts, "{amount} over {weights:?}");
        }
        assert_eq!(split(Money::fen(5), &[]), []);
    }

    /// Every way to give back 1 to 7 lines piece by piece, with withdrawals between, sums to what was paid.
    #[test]
    fn partial_refunds_always_sum_to_what_was_paid() {
        let seed: u64 = rand::random();
        println!("seed {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..5_000 {
            let mut lines: Vec<_> = (0..random.random_range(1..=7))
                .map(|_| line(random.random_range(1..=20_000), random.random_range(1..=9)))
                .collect();
            let totals: Vec<_> = lines.iter().map(|line| line.total).collect();
            let goods = sum(&totals);
            let discount = Money::fen(random.random_range(0..=goods.as_fen()));
            let freight = Money::fen(random.random_range(0..=5_000));
            share_out(&mut lines, discount, freight);
            let paid = goods.plus(-discount).unwrap().plus(freight).unwrap();
            assert_eq!(sum(&lines.iter().map(|line| line.payable).collect::<Vec<_>>()), paid);
            let back: Vec<_> = lines.iter_mut().map(|line| give_back(line, &mut random)).collect();
            assert_eq!(sum(&back), paid, "seed {seed}");
        }
    }

    fn share_out(lines: &mut [Line], discount: Money, freight: Money) {
        let totals: Vec<_> = lines.iter().map(|line| line.total).collect();
        let (discounts, freights) = (split(discount, &totals), split(freight, &totals));
        for (line, (discount, freight)) in lines.iter_mut().zip(discounts.into_iter().zip(freights)) {
            assert!(discount <= line.total, "{discount} of {}", line.total);
            line.payable = line.total.plus(-discount).unwrap().plus(freight).unwrap();
        }
    }

    /// Claims random parts and sometimes withdraws one, until every piece is claimed; gives the sum.
    fn give_back(line: &mut Line, random: &mut StdRng) -> Money {
        let mut claims: Vec<(i64, Money)> = vec![];
        while line.claimed < line.quantity {
            if !claims.is_empty() && random.random_range(0..4) == 0 {
                let (quantity, amount) = claims.swap_remove(random.random_range(0..claims.len()));
                line.claimed -= quantity;
                line.claimed_amount = line.claimed_amount.plus(-amount).unwrap();
            } else {
                let quantity = random.random_range(1..=line.quantity - line.claimed);
                let amount = line.worth_of(quantity);
                line.claimed += quantity;
                line.claimed_amount = line.claimed_amount.plus(amount).unwrap();
                assert!(line.claimed_amount <= line.payable);
                claims.push((quantity, amount));
            }
        }
        sum(&claims.iter().map(|(_, amount)| *amount).collect::<Vec<_>>())
    }
}
