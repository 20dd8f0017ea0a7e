//! What WeChat's order shipping management was told of a payment: one row for each that has a shipment,
//! or of which WeChat reminded us.

mod store;

pub use self::store::{
    Told, Upload, ask_receipt, confirmed, fail, hold, list, of_trade, remind, tell, upload, wanted,
};

crate::column_enum!(
    /// How far the upload of a payment's shipping is.
    UploadState {
        /// There is news to tell.
        Waiting = "waiting",
        /// WeChat knows what was sent; more is to follow.
        Partial = "partial",
        /// WeChat knows that everything was sent.
        Uploaded = "uploaded",
        /// The shopper has the goods, WeChat says.
        Confirmed = "confirmed",
        /// WeChat does not take it: an operator must act.
        Failed = "failed",
        /// The payment was given back, or is not under that management.
        Needless = "needless",
    }
);
