//! `POST /v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close`

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::{closed, no_order};
use crate::pay::refusal::Refusal;
use crate::pay::shape::{Field, OUT_TRADE_NO, Rule, need};
use crate::pay::{Given, PayCall, Reply};
use crate::world::{Combine, TradeState, World, key};

const PART: Rule = Rule::Object(&[need("mchid", Rule::Text(32)), need("out_trade_no", OUT_TRADE_NO)]);
const SHAPE: &[Field] =
    &[need("combine_appid", Rule::Text(32)), need("sub_orders", Rule::List(1, 10, &PART))];

#[derive(Debug, Deserialize)]
struct Wish {
    combine_appid: String,
    sub_orders: Vec<Part>,
}

#[derive(Debug, Deserialize)]
struct Part {
    mchid: String,
    out_trade_no: String,
}

pub(super) fn close(call: &PayCall<'_>) -> Reply {
    let (_, wish): (Value, Wish) = call.read(SHAPE)?;
    call.core.change(|world, _| {
        let whole = key(&call.mchid, call.argument());
        let combine = world.combines.get(&whole).ok_or_else(no_order)?.clone();
        check_same(&wish, &combine)?;
        check_open(world, &combine, call.core.settings.refuse_repeated_close)?;
        for part in &combine.parts {
            if let Some(order) = world.orders.get_mut(part) {
                order.state = TradeState::Closed;
            }
        }
        Ok(Given::Nothing)
    })
}

/// The whole is closed, with each of its parts named; in which order does not matter.
fn check_same(wish: &Wish, combine: &Combine) -> Result<(), Refusal> {
    let named: Vec<String> =
        wish.sub_orders.iter().map(|part| key(&part.mchid, &part.out_trade_no)).collect();
    let same = named.len() == combine.parts.len()
        && named.iter().collect::<BTreeSet<_>>() == combine.parts.iter().collect()
        && wish.combine_appid == combine.app_id;
    let differs = || {
        Refusal::invalid("关单的商品单信息与下单时不一致")
            .explained("combine_appid and the list of sub orders have to be those of the prepay")
    };
    if same { Ok(()) } else { Err(differs()) }
}

fn check_open(world: &World, combine: &Combine, refuse_repeated: bool) -> Result<(), Refusal> {
    let parts = world.parts_of(combine);
    if parts.iter().any(|part| part.state.is_paid()) {
        return Err(Refusal::new(403, "TRADE_ERROR", "订单已支付，不能关闭"));
    }
    let done = parts.iter().all(|part| part.state == TradeState::Closed);
    if done && refuse_repeated { Err(closed()) } else { Ok(()) }
}
