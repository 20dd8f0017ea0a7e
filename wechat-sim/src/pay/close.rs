//! `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`

use super::refusal::Refusal;
use super::shape::{Field, Rule, need};
use super::{Given, PayCall, PayServe, Reply, post};
use crate::operation::Operation;
use crate::world::{Product, TradeState, key};

pub(crate) const OPERATIONS: &[Operation<PayServe>] =
    &[post("close", "/v3/pay/transactions/out-trade-no/{out_trade_no}/close", close)];

const SHAPE: &[Field] = &[need("mchid", Rule::Text(32))];

fn close(call: &PayCall<'_>) -> Reply {
    let body = call.body(SHAPE)?;
    call.own_mchid("/mchid", body["mchid"].as_str().unwrap_or_default())?;
    call.core.change(|world, _| {
        let order = world.orders.get_mut(&key(&call.mchid, call.argument())).ok_or_else(Refusal::no_order)?;
        if order.combine.is_some() {
            return Err(Refusal::invalid("合单子单不能单独关闭"));
        }
        if order.product == Product::Micropay {
            return Err(Refusal::invalid("付款码支付订单请使用撤销接口")
                .explained("an order of a payment code is not closed but reversed"));
        }
        if order.state.is_paid() {
            return Err(Refusal::new(403, "TRADE_ERROR", "订单已支付，不能关闭"));
        }
        if order.state == TradeState::Closed && call.core.settings.refuse_repeated_close {
            return Err(Refusal::new(400, "ORDER_CLOSED", "订单已关闭"));
        }
        order.state = TradeState::Closed;
        Ok(Given::Nothing)
    })
}
