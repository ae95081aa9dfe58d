//! The reads before deciding, side by side wherever one doesn't need the other.
//!
//! Counted in round trips one after another: the service; its definition and
//! all that hangs on its name; the image; what ECR says of its digest. With the
//! address of a single manifest's config that is five. Optional facts that are
//! denied become [`Fact::Denied`](crate::plan::Fact::Denied); only what a deployment can't
//! do without fails.

mod asked;
pub(crate) mod checkout;
mod codedeploy;
mod current_state;
mod definitions;
mod family;
mod image;
mod logs;
mod named_deployment;
mod needs;
mod optional;
mod permissions;
mod promoted;
mod rollback;
mod rolled_back;
mod running;
mod schedules;
mod service;
mod service_deployments;
mod service_reads;
mod service_record;
mod there;
mod versions;
mod what_runs;

pub(crate) use checkout::Root;
pub(crate) use codedeploy::newest_deployment;
pub(crate) use current_state::read;
pub(crate) use family::read_family;
pub(crate) use image::{
    built_from, check_free, check_wanted, in_use, read_image, repository_of_service,
};
pub(crate) use logs::{FollowedLog, log_tail};
pub(crate) use named_deployment::named_deployment;
pub(crate) use needs::{Preflight, check_needs};
pub(crate) use permissions::{REQUIRED, denied_beside, denied_by_found, denied_reads};
pub(crate) use promoted::Sources;
pub(crate) use rollback::{RollbackRead, read_rollback};
pub(crate) use schedules::{Scheduled, scheduled_tasks};
pub(crate) use there::services_there;
pub(crate) use versions::{Versions, read_versions};
pub(crate) use what_runs::{WhatRuns, what_runs};
