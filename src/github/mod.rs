//! The only room that names octocrab: what is asked of GitHub and told to it.
//!
//! Answers leave it as plain values. Nothing here decides what becomes of a
//! deployment: a GitHub that is down costs a line in the log. It must not speak to
//! the runner, and what it reads of others (titles, names, messages) is untrusted.

mod changed_files;
mod client;
mod comment;
mod commits;
mod comparison;
mod contents;
mod deployments;
mod error;
mod releases;
mod tags;
mod tracker;

pub use client::GitHub;
pub(crate) use comment::{Comment, blurred};
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use comparison::Linked;
pub(crate) use comparison::{Commit, Comparison, Count};
pub(crate) use deployments::{NewDeployment, Recorded, State};
pub(crate) use error::{CallError, Cause};
pub(crate) use releases::Released;
pub(crate) use tags::Tagged;
pub(crate) use tracker::about;
pub use tracker::{Kept, Section};
