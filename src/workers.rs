//! Every kind of job, in one list.

use crate::config::{Config, seconds};
use crate::flow::Mall;
use crate::flow::after_sale::TimeOutAfterSale;
use crate::flow::close::CloseTrade;
use crate::flow::messages::HandleMessage;
use crate::flow::notice::{RemindUnpaid, SendNotice};
use crate::flow::poll::PollPayment;
use crate::flow::reconcile::Reconcile;
use crate::flow::refund::DriveRefund;
use crate::flow::ship::{AutoComplete, AutoReceive, RefreshTrace, RemindReceipt, UploadShipping};
use crate::flow::sweep::Sweep;
use crate::infra::jobs::{Settings, Worker};
use std::time::Duration;

/// The worker that knows them all.
pub fn worker(mall: &Mall, config: &Config) -> Worker<Mall> {
    let settings = Settings {
        tick: Duration::from_secs_f64(config.jobs.tick),
        lease: seconds(config.jobs.lease),
        batch: config.jobs.batch,
    };
    Worker::new(mall.clone(), mall.core.db.clone(), mall.core.clock.clone(), settings)
        .with::<CloseTrade>()
        .with::<PollPayment>()
        .with::<DriveRefund>()
        .with::<Reconcile>()
        .with::<RemindUnpaid>()
        .with::<SendNotice>()
        .with::<HandleMessage>()
        .with::<TimeOutAfterSale>()
        .with::<Sweep>()
        .with::<UploadShipping>()
        .with::<RefreshTrace>()
        .with::<AutoReceive>()
        .with::<AutoComplete>()
        .with::<RemindReceipt>()
}
