//! Deploys any version of a service to Amazon ECS, says the truth about the
//! rollout, and gets back to a good version in minutes.
//!
//! The rooms stand in the order of the road, the entry first: each may use
//! those below it and none above. Everything from `plan` down does no I/O.

// The road is one async function in another, deeper than the compiler looks by itself.
#![recursion_limit = "256"]

#[cfg(any(test, feature = "fuzz"))]
mod laws;
mod action;
mod commands;
mod deploy;
mod report;
mod read;
mod github;
mod aws;
mod http;
mod plan;
mod rollout;
mod diagnosis;
mod history;
mod codedeploy;
mod ecs;
mod task_definition;
mod release_file;
mod request;
mod image;
mod workspace;
mod version;
mod document;
mod workflow;
mod url;
mod names;
mod reporter;
mod shutdown;
mod problem;
mod text;

pub use action::process::main;

/// What `tests/it`, the demo and the benchmarks take from inside. Nothing else may use it.
#[doc(hidden)]
pub mod internals {
    pub use crate::action::process::on_panic;
    pub use crate::action::{Console, Environment, inputs};
    pub use crate::aws::Clients;
    pub use crate::codedeploy::{GroupName, WAY_BACK};
    pub use crate::commands::{refuse_inputs, run};
    pub use crate::deploy::apply::{Write, Written};
    pub use crate::github::{GitHub, Kept, Section};
    pub use crate::http::HttpClient;
    #[cfg(any(test, feature = "fuzz"))]
    pub use crate::laws::LAWS;
    pub use crate::problem::Problem;
    pub use crate::reporter::{OutputName, Reporter};
    pub use crate::request::Target;
    pub use crate::shutdown::{Shutdown, Stopper, shutdown};
    pub use crate::task_definition::{Checked, TaskDefinition};
}
