//! Task definitions: JSON in, patched JSON out, and a diff that is safe to print.
//!
//! A definition is kept as the JSON object that ECS or a file gave, with its key
//! order and the spelling of its numbers, so that a field younger than any SDK
//! survives and only what was asked for changes. This folder does no I/O, knows
//! no type of an SDK and must never put the value of an environment variable or
//! a secret into a message, a `Debug` or a diff.

mod check;
mod definition;
mod diff;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
mod logging;
mod masked;
mod needs;
mod normal;
mod number;
mod origin;
mod patch;
mod places;
#[cfg(test)]
mod properties;
mod read;
mod shape;
mod shared;
#[cfg(test)]
mod tests;
mod values;

pub use check::Checked;
#[cfg(test)]
pub(crate) use definition::Container;
pub use definition::TaskDefinition;
pub(crate) use diff::{Change, diff};
pub(crate) use logging::Logging;
pub(crate) use needs::Need;
pub(crate) use patch::Patch;
pub(crate) use values::Named;
