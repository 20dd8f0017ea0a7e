//! The SDK speaks to the simulator. Both were written from the documents of WeChat alone and share no code, so what one
//! of them misread shows here. Every story is told in the types of the SDK and looked at from both sides.

mod bills;
mod code_payments;
mod combined;
mod complaints;
mod express;
mod faults;
mod keys;
mod login;
mod messages;
mod payments;
mod pushes;
mod refunds;
mod risks;
mod sharing;
mod shipping;
mod support;
mod transfers;
