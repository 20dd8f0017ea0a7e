//! Telling WeChat Pay about an order before it is paid, so that risky payments are stopped.

use std::net::IpAddr;

use serde::Serialize;

use super::risk::RiskParties;
use crate::ids::{Fen, MchId, OpenId, OutTradeNo};
use crate::secret::Secret;
use crate::{answer, open_enum, part, pay_call};

/// Tells what the merchant knows about an order, after it was announced and before it is paid. A repeat tells
/// the same. The documentation lists many members without saying what their numbers mean: agree on them with
/// WeChat Pay.
///
/// # Errors
/// `NO_AUTH`: WeChat Pay did not open this to the merchant.
#[pay_call(
    POST "/v3/merchant-risk-manage/report-trade-union-information", Keyed -> TradeReported,
    page = "4012529250", sealed = "phone certificates_number", new = of
)]
pub struct ReportTradeInformation {
    #[serde(flatten)]
    trade: Trade,
    /// For whom.
    #[serde(flatten)]
    parties: Option<RiskParties>,
    /// Who pays, in the app of the order.
    openid: Option<OpenId>,
    /// The user's phone number at the merchant. Travels encrypted.
    phone: Option<Secret>,
    /// The last six characters of the user's identity card. Travels encrypted.
    certificates_number: Option<Secret>,
    /// The user's address, IPv4 or IPv6.
    client_ip: Option<IpAddr>,
    /// How risky the merchant takes the payment for.
    risk_level: Option<i64>,
    /// Whether the deal is made online.
    line_type: Option<LineType>,
    /// Whether the goods are things.
    goods_type: Option<GoodsType>,
    /// How the goods were offered: 1 or 2.
    seller_type: Option<i64>,
    /// Whether something must be shipped.
    is_need_deliver: Option<bool>,
    /// The user's device: 1, 2 or 3.
    device_type: Option<i64>,
    /// The merchant's own id of the user who pays.
    userid: Option<String>,
    /// Where the phone number comes from.
    phone_from: Option<i64>,
    /// The merchant's own id of who gets the money.
    seller_userid: Option<String>,
    /// What the payment is for.
    scene: Option<RiskScene>,
    /// About topping up.
    recharge_fields: Option<Recharge>,
    /// About a bill of a household.
    living_expenses_fields: Option<LivingExpenses>,
    /// Further members, as JSON.
    extra_fields1: Option<String>,
    /// Further members, as JSON.
    extra_fields2: Option<String>,
    /// Further members, as JSON.
    extra_fields3: Option<String>,
    /// A tag of dangerous goods.
    high_risk_goods: Option<i64>,
    /// Whether the user orders and pays with the same device. WeChat spells it `deviced`.
    #[serde(rename = "same_deviced")]
    same_device: Option<bool>,
    /// Whether the user often orders with this device.
    reliable_device: Option<bool>,
    /// The province it is shipped to.
    delivery_province: Option<String>,
    /// The city it is shipped to.
    delivery_city: Option<String>,
    /// Whether the address of the user is new.
    new_address: Option<bool>,
    /// Who paid the last order.
    last_pay_openid: Option<OpenId>,
    /// A category of dangerous goods: 1 to 6.
    risky_goods: Option<i64>,
    /// How the goods come: 1 or 2, for delivery within the hour and for collecting them.
    offline_delivery_label: Option<i64>,
    /// Whether somebody else pays.
    proxy_payment: Option<bool>,
    /// First three and last four digits of the phone number of who orders.
    order_phone_number: Option<Secret>,
    /// How risky the user is: 1 to 7.
    user_risk_level: Option<i64>,
    /// How risky the merchant is: 1 to 7.
    sp_risk_level: Option<i64>,
    /// Where the phone number is from.
    phone_number_location: Option<String>,
    /// The category of the goods.
    goods_category: Option<String>,
    /// What was odd about how the mini program or app was opened.
    pre_opening_behavior: Option<String>,
    /// Whether the seller is new.
    new_store: Option<bool>,
    /// The shop.
    store_identifier: Option<String>,
    /// When the goods were first offered.
    goods_listing_time: Option<String>,
}

impl ReportTradeInformation {
    /// About a single order.
    #[must_use]
    pub fn of_order(out_trade_no: OutTradeNo) -> Self {
        Self::of(Trade::Single { out_trade_no })
    }

    /// About combined orders. `combine_mchid` is the merchant who combined them.
    #[must_use]
    pub fn of_combined(
        combine_out_trade_no: OutTradeNo,
        combine_mchid: MchId,
        sub_orders: impl Into<Vec<ReportedSubOrder>>,
    ) -> Self {
        let sub_orders = sub_orders.into();
        Self::of(Trade::Combined { combine_out_trade_no, combine_mchid, sub_orders })
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Trade {
    Single { out_trade_no: OutTradeNo },
    Combined { combine_out_trade_no: OutTradeNo, combine_mchid: MchId, sub_orders: Vec<ReportedSubOrder> },
}

/// One of combined orders.
#[part]
pub struct ReportedSubOrder {
    /// The merchant's number.
    out_trade_no: OutTradeNo,
    /// The merchant who announced it.
    mch_id: MchId,
    /// The province it is shipped to.
    delivery_province: Option<String>,
    /// The city it is shipped to.
    delivery_city: Option<String>,
    /// A category of dangerous goods: 1 to 6.
    risky_goods: Option<i64>,
    /// How risky the user is: 1 to 7.
    user_risk_level: Option<i64>,
    /// How risky the merchant is: 1 to 7.
    sp_risk_level: Option<i64>,
}

/// An account that is topped up.
#[part]
#[derive(Default)]
pub struct Recharge {
    /// The kind of the account.
    account_type: Option<i64>,
    /// The account.
    account: Option<Secret>,
}

/// A bill of a household.
#[part]
#[derive(Default)]
pub struct LivingExpenses {
    /// The number of the household.
    acc_no: Option<Secret>,
    /// The kind of the bill.
    #[serde(rename = "type")]
    kind: Option<i64>,
    /// The city of the household.
    city: Option<String>,
    /// The address of the household.
    address: Option<Secret>,
    /// The name on the bill.
    acc_name: Option<Secret>,
    /// Who gets the money.
    company_name: Option<String>,
    /// How much, fen.
    amount: Option<Fen>,
}

/// Where a deal is made. New values may appear.
#[open_enum(i64)]
pub enum LineType {
    /// Online.
    #[wire(1)]
    Online,
    /// On the street.
    #[wire(2)]
    Offline,
}

/// What is sold. New values may appear.
#[open_enum(i64)]
pub enum GoodsType {
    /// Nothing that can be touched.
    #[wire(1)]
    Virtual,
    /// Things.
    #[wire(2)]
    Physical,
}

/// What a payment is for. New values may appear.
#[open_enum(i64)]
pub enum RiskScene {
    /// Nothing in particular.
    #[wire(0)]
    Unspecified,
    /// Topping up: see [`Recharge`].
    #[wire(1)]
    Recharge,
    /// A bill of a household: see [`LivingExpenses`].
    #[wire(2)]
    LivingExpenses,
}

/// What was told.
#[answer]
pub struct TradeReported {
    /// The merchant's number of the order.
    pub out_trade_no: Option<OutTradeNo>,
    /// The service provider.
    pub sp_mchid: Option<MchId>,
    /// The bank or payment institution.
    pub acquiring_bank_id: Option<String>,
    /// The channel.
    pub channel_id: Option<String>,
    /// The merchant it is about.
    pub sub_mchid: Option<MchId>,
}
