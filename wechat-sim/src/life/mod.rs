//! What happens by itself: refunds end, notifications go out, and go out again.

pub(crate) mod delivery;
pub(crate) mod push;
pub(crate) mod tasks;
pub(crate) mod worker;
