//! What is there before a test begins, in sentences.
//!
//! `sim.service("prod", "web1").running("web1:41").desired(2).start()`
//!
//! `repository` fills ECR, `task_definition` registers, `service` starts a
//! service, and `past` writes the history it had until then.

mod past;
mod repository;
mod service;
mod task_definition;

pub use repository::Repository;
pub use service::ServiceBuilder;
pub use task_definition::TaskDefinitionBuilder;
