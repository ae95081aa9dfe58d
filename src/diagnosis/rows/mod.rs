//! The table of causes.
//!
//! Its rows come from AWS's troubleshooting pages and from public logs of real
//! failures; the meanings of exit codes are those of POSIX shells and of
//! Docker. Within a table specific rows stand before general ones, because the
//! first one that matches is told.

mod codedeploy;
mod deployment;
mod ends;
mod health;
mod image;
mod patterns;
mod secrets;
mod service;
mod setup;

use super::row::Row;

/// What may be behind the end of a task.
pub(super) const TASK: &[&[Row]] = &[
    image::IMAGE,
    secrets::SECRETS,
    setup::SETUP,
    health::HEALTH,
    ends::OUTSIDE,
    service::PLACEMENT,
    ends::ENDS,
];

/// What may be behind a service event.
pub(super) const EVENT: &[&[Row]] = &[
    image::IMAGE,
    secrets::SECRETS,
    setup::SETUP,
    health::HEALTH,
    service::PLACEMENT,
    service::SERVICE,
    deployment::DEPLOYMENT,
];

/// What the load balancer may have against a target.
pub(super) const TARGET: &[&[Row]] = &[health::HEALTH];

/// What a deployment's own reasons may mean.
pub(super) const DEPLOYMENT: &[&[Row]] = &[deployment::DEPLOYMENT, service::SERVICE];

pub(super) const CODEDEPLOY: &[&[Row]] = &[codedeploy::CODEDEPLOY, deployment::DEPLOYMENT];

/// What is told by a log line. Everything else in a log is the application's.
pub(super) const LOG: &[&[Row]] = &[image::OTHER_CPU];

/// All of them, by what they are about.
#[cfg(test)]
pub(super) const SUBJECTS: [(&str, &[&[Row]]); 9] = [
    ("The image", &[image::IMAGE]),
    ("Secrets and signing in", &[secrets::SECRETS]),
    ("Setting up the task", &[setup::SETUP]),
    ("How tasks ended", &[ends::ENDS, ends::OUTSIDE]),
    ("Health checks", &[health::HEALTH]),
    ("Room for tasks", &[service::PLACEMENT]),
    ("The service", &[service::SERVICE]),
    ("The deployment", &[deployment::DEPLOYMENT]),
    ("CodeDeploy", &[codedeploy::CODEDEPLOY]),
];
