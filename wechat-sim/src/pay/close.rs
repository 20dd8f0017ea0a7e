//! `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`

use super::refusal::Refusal;
use super::validate::{Object, parse};
use crate::core::Core;
use crate::state::{TradeState, key};

pub(crate) fn serve(core: &Core, mchid: &str, number: &str, body: &[u8]) -> Result<(), Refusal> {
    let parameters = parse(body)?;
    Object::top(&parameters, &["mchid"])?.own_mchid(mchid)?;
    core.change(|world, _| {
        let order = world.orders.get_mut(&key(mchid, number)).ok_or_else(Refusal::no_order)?;
        if order.state.is_paid() {
            return Err(Refusal::new(403, "TRADE_ERROR", "订单已支付，不能关闭"));
        }
        order.state = TradeState::Closed;
        Ok(())
    })
}
