//! Looking at the state.

use crate::journal::RequestView;
use crate::life::tasks;
use crate::simulator::Simulator;
use crate::views::{MessageView, NotificationView, OrderView, RefundView};
use crate::world::{LedgerEntry, key};

impl Simulator {
    /// An order by its number.
    pub fn order(&self, mchid: &str, out_trade_no: &str) -> Option<OrderView> {
        self.core.read(|world| world.orders.get(&key(mchid, out_trade_no)).map(OrderView::from))
    }

    /// All orders, oldest first.
    pub fn orders(&self) -> Vec<OrderView> {
        self.core.order_views()
    }

    /// All refunds, oldest first, as they are at this moment.
    pub fn refunds(&self) -> Vec<RefundView> {
        tasks::tick(&self.core);
        self.core.refund_views()
    }

    /// All notifications, oldest first.
    pub fn notifications(&self) -> Vec<NotificationView> {
        tasks::tick(&self.core);
        self.core.notification_views()
    }

    /// What arrived on the phones of shoppers, oldest first.
    pub fn messages(&self) -> Vec<MessageView> {
        tasks::tick(&self.core);
        self.core.message_views()
    }

    /// The last thousand requests, newest first.
    pub fn requests(&self) -> Vec<RequestView> {
        self.core.journal(|journal| journal.views())
    }

    /// What shoppers really paid and got back, oldest first.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        tasks::tick(&self.core);
        self.core.read(|world| world.books(None))
    }
}
