//! What people are told of a run where they talk: one message, whoever receives it.
//!
//! It may be read by people who may not see the log: no line of a log, no value and no account
//! is in it. Pure.

mod content;
#[cfg(any(test, feature = "fuzz"))]
pub(super) mod laws;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use content::Message;
pub(crate) use shape::Shape;
