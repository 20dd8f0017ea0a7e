//! The SDK against published test vectors and against a WeChat made of closures.

mod calls;
mod notifications;
mod secrets;
mod support;
mod tokens;
mod trust;
mod vectors;
mod wire;
