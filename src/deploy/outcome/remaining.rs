//! What the tasks of a service run after a deployment that failed and was left as it
//! is.

use std::fmt;

use crate::ecs::{Controller, Deployment, DeploymentId, Service};
use crate::plan::{Plan, VersionInfo};

pub(crate) struct Remaining(Vec<(VersionInfo, i32)>);

/// Reads it from `service`; `failed` is the deployment, `brings` what it was to bring, and
/// whether the traffic `is_shared` CodeDeploy knows.
pub(crate) fn of(
    service: &Service,
    plan: &Plan,
    failed: &DeploymentId,
    brings: Option<&VersionInfo>,
    is_shared: bool,
) -> Remaining {
    let (set_to, ran) = (plan.service.primary(), plan.service.running());
    let before = ran.or(set_to).map(|it| &it.id);
    let set_to = set_to.map(|it| &it.id);
    // Under CodeDeploy the tasks of the other task set get no traffic, unless it was on its
    // way.
    let all_count = service.controller != Controller::CodeDeploy || is_shared;
    let counts = |it: &&Deployment| all_count || it.is_primary();
    let running = service.deployments.iter().filter(counts).filter(|it| it.counts.running > 0);
    let sides = running.map(|it| {
        let side = match brings {
            Some(it_brings) if it.is_of(failed) => it_brings.clone(),
            _ if Some(&it.id) == before => plan.versions.from.clone(),
            _ if Some(&it.id) == set_to && plan.versions.from_in_flight.is_some() => {
                plan.versions.from_in_flight.clone().unwrap_or_default()
            }
            _ => VersionInfo {
                task_definition: it.task_definition.clone(),
                ..VersionInfo::default()
            },
        };
        (side, it.counts.running)
    });
    Remaining(sides.collect())
}

impl Remaining {
    /// What runs, if it is one thing only.
    pub(crate) fn only(self) -> Option<VersionInfo> {
        let [(side, _)] = <[_; 1]>::try_from(self.0).ok()?;
        Some(side)
    }
}

impl fmt::Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no task runs");
        }
        for (index, (side, count)) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let tasks =
                if *count == 1 { "1 task runs".to_owned() } else { format!("{count} tasks run") };
            write!(f, "{comma}{tasks} {}", side.name())?;
        }
        Ok(())
    }
}
