//! The ids of the mall's tables. They stand together because slices name each other's rows only by id.

use crate::id;

id!(
    /// One mini-program business: an appid, a merchant number, keys.
    TenantId, "tenant");
id!(
    /// A seller in a tenant's mall.
    MerchantId, "merchant");
id!(
    /// A person in the admin.
    OperatorId, "operator");
id!(
    /// A shopper.
    CustomerId, "customer");
id!(
    /// One of a shopper's addresses.
    AddressId, "address");
id!(
    /// One login and its successors.
    SessionId, "session");
id!(
    /// A shelf of the catalogue.
    CategoryId, "category");
id!(
    /// What is shown as one article (SPU).
    ProductId, "product");
id!(
    /// What is bought: a product in one size, colour…
    SkuId, "sku");
id!(
    /// What delivery costs.
    FreightTemplateId, "freight");
id!(
    /// One change of what is on hand.
    StockMoveId, "move");
id!(
    /// What is paid once.
    TradeId, "trade");
id!(
    /// One merchant's part of a trade.
    OrderId, "order");
id!(
    /// One article of an order.
    LineId, "line");
id!(
    /// One step in the life of a trade, an order or an after-sale.
    HistoryId, "history");
id!(
    /// One parcel, delivery or hand-over of an order's goods.
    ShipmentId, "shipment");
id!(
    /// One attempt to collect a trade.
    PaymentId, "payment");
id!(
    /// One intent to give money back.
    RefundId, "refund");
id!(
    /// One thing that an operator did about a refund.
    RefundActionId, "action");
id!(
    /// One case of a shopper who wants something back.
    AfterSaleId, "aftersale");
id!(
    /// Pieces of an order's line in such a case.
    AfterSaleLineId, "aftersaleline");
id!(
    /// A reason that shoppers can choose for a case.
    ReasonId, "reason");
id!(
    /// A picture that a shopper sent.
    ImageId, "image");
id!(
    /// One verified call-back.
    CallbackId, "callback");
id!(
    /// One call to WeChat.
    CallId, "call");
id!(
    /// One balanced transaction of the ledger.
    LedgerId, "ledger");
id!(
    /// One of WeChat's daily bills.
    BillId, "bill");
id!(
    /// Something on which a bill and our books do not agree.
    DifferenceId, "difference");
id!(
    /// One message to a shopper about one thing that happened.
    NoticeId, "notice");
id!(
    /// One message or event that WeChat pushed.
    MessageId, "message");
