//! For every invariant, what breaks it.

mod money;
mod service;
mod trade;

/// The name of an invariant, and a statement that breaks it in the mall of [`lived_in`](super::lived_in),
/// tenant `$1`; it returns the ids that the invariant must name. The constraints of the schema are gone.
pub type Break = (&'static str, &'static str);

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Break> {
    [trade::ALL, money::ALL, service::ALL].into_iter().flatten()
}
