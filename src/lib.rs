//! Deploys any version of a service to Amazon ECS, says the truth about the
//! rollout, and gets back to a good version in minutes.
//!
//! The modules stand in the order of the road, the entry first: each may use
//! those below it and none above. Everything from `rollout` down is pure.

pub mod process;
pub mod runner;
pub mod commands;
pub mod report;
pub mod apply;
pub mod watch;
pub mod gather;
pub mod checkout;
pub mod github;
pub mod aws;
pub mod transport;
pub mod decide;
pub mod rollout;
pub mod diagnosis;
pub mod history;
pub mod codedeploy;
pub mod app_spec;
pub mod service;
pub mod task_definition;
pub mod document;
pub mod request;
pub mod image;
pub mod version;
pub mod workflow;
pub mod names;
pub mod effects;
pub mod shutdown;
pub mod problem;
