//! What carrying out a plan led to, or why it stopped.

use crate::aws::UpdateService;
use crate::ecs::{Deployment, DeploymentId, Service, Task};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::rollout::Followed;

/// What carrying out a plan led to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Applied {
    Started(Followed),
    /// ECS returns from this deployment by itself.
    RollingBack(Followed),
    /// ECS took the update and started none.
    NothingStarted,
    /// Only the count was changed.
    Scaled,
    /// Only the one-off task was to run, and it ended well.
    Ran,
}

/// Why it was not carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    /// The service is no longer what the plan was made on, and was not deployed to.
    Refused(Problem),
    /// Another service of the run prevents it; nothing was written for this one.
    Held(Problem),
    Failed(Problem),
    /// The one-off task failed, as it shows; the service was not touched.
    OneOffFailed(Box<FailedTask>),
    /// Whether a write happened could not be found out in time.
    Unknown(Problem),
    TimedOut(Problem),
    /// The run was asked to stop before the service was touched.
    Cancelled,
}

/// A one-off task that failed, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FailedTask {
    pub(crate) task: Task,
    pub(crate) problem: Problem,
    /// What became of the revision of this run.
    pub(crate) left: Option<String>,
}

/// What an update led to.
pub(super) fn applied(
    update: &UpdateService<'_>,
    before: &Service,
    after: &Service,
    reporter: &dyn Reporter,
) -> Result<Applied, Stop> {
    if let Some(deployment) = started(update, before, after) {
        reporter.line(&format!("updated the service: deployment {}", deployment.id));
        let mut followed = Followed::started(DeploymentId::Ecs(deployment.id.clone()), before);
        // Somebody may have deployed between the last look and the update: that
        // deployment was there before ours, too.
        let others = after.deployments.iter().map(|it| &it.id);
        followed.before.extend(others.filter(|id| **id != deployment.id).cloned());
        return Ok(Applied::Started(followed));
    }
    match newcomer(before, after) {
        Some(theirs) => Err(Stop::Failed(
            Problem::new(format!(
                "the service was updated, but another deployment started at the same time: {}",
                theirs.id
            ))
            .hint("Look at what runs now and run this step again."),
        )),
        None if update.task_definition.is_none() => Ok(Applied::Scaled),
        None => Ok(Applied::NothingStarted),
    }
}

/// The deployment that the update has started. One of another definition than
/// was asked for is somebody else's, and a change of the count starts none.
pub(super) fn started<'a>(
    update: &UpdateService<'_>,
    before: &Service,
    after: &'a Service,
) -> Option<&'a Deployment> {
    let definition = update.task_definition?;
    newcomer(before, after).filter(|it| it.task_definition.as_ref() == Some(definition))
}

fn newcomer<'a>(before: &Service, after: &'a Service) -> Option<&'a Deployment> {
    after.primary().filter(|now| before.primary().map(|it| &it.id) != Some(&now.id))
}
