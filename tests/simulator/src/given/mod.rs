//! What exists before a test begins.
//!
//! `sim.service("prod", "web1").running("web1:41").desired(2).start()`
//!
//! `repository` fills ECR, `task_definition` registers, `service` starts a
//! service, `past` writes the history it had until then, and `code_deploy` makes
//! the groups that deploy to it.

mod code_deploy;
mod past;
mod repository;
mod service;
mod task_definition;

pub use code_deploy::DeploymentGroupBuilder;
pub use repository::Repository;
pub use service::ServiceBuilder;
pub use task_definition::TaskDefinitionBuilder;
