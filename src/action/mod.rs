//! The GitHub Actions runner, from the inside of a step: the only room that
//! knows `INPUT_*` and `GITHUB_*`, and the only one that prints.
//!
//! On the way in, the process's environment becomes a [`Request`]; on the way
//! out, [`Console`] is the [`Reporter`] of the lower rooms and turns words into
//! log lines, workflow commands and the files that the runner reads after the
//! step. Nothing here decides anything about a deployment.
//!
//! [`Request`]: crate::request::Request
//! [`Reporter`]: crate::reporter::Reporter

mod commands;
mod console;
mod environment;
mod files;
pub mod inputs;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod laws;
#[cfg(any(test, feature = "fuzz"))]
mod ported;
pub(crate) mod process;
mod tidy;
mod workflow;

pub use console::Console;
pub use environment::Environment;
pub(crate) use tidy::tidy;
