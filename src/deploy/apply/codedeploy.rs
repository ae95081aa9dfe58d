//! The writes to CodeDeploy: creating a deployment, and ending the one in the way. Each
//! is sent once; after an answer that says nothing the state is read.

mod stop;

pub(crate) use stop::{Stopping, stop_and_roll_back, stop_by_hand};

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::journal::{Journal, Write};
use super::outage::{look, patiently};
use super::patience::Patience;
use super::stop::Stop;
use crate::aws::{CallError, Cause, CodeDeploy, CreateDeployment};
use crate::codedeploy::app_spec::Content;
use crate::codedeploy::{Deployment, DeploymentGroup, GroupName, Revision};
use crate::ecs::{CodeDeployId, DeploymentId, TaskDefinitionArn};
use crate::plan::{Blocker, NewDeployment, Plan, RollBack, UpdateTo, blocking_deployment};
use crate::problem::Problem;
use crate::reporter::Reporter;

/// CodeDeploy shows a new deployment a moment later; so many looks that were answered, a
/// second apart, before it is taken not to be there.
const LOOKS: u32 = 10;
const BETWEEN: Duration = Duration::from_secs(1);

/// Creates the deployment of `definition` and gives its id; where it has to wait for AWS's
/// rate, only if `look` finds the service as it was.
pub(super) async fn create(
    codedeploy: &CodeDeploy,
    plan: &Plan,
    new: &NewDeployment,
    definition: &TaskDefinitionArn,
    journal: &Journal,
    patience: &Patience<'_>,
    look: impl AsyncFn() -> Result<(), Stop>,
) -> Result<CodeDeployId, Stop> {
    let reporter = patience.reporter;
    let content = new.app_spec.content(definition);
    let create = CreateDeployment {
        group: &new.group,
        content: &content,
        config: new.config.as_deref(),
        description: new.description.as_deref(),
    };
    journal.note(|entries| entries.update = Write::Sent);
    let send = async || codedeploy.create(&create).await;
    let id = match patience.send_while(send, look).await {
        Ok(Ok(id)) => id,
        Ok(Err(stop)) => {
            journal.note(|entries| entries.update = Write::Undone);
            return Err(stop);
        }
        Err(error) if error.cause == Cause::Unclear => {
            reporter.line(&format!(
                "CreateDeployment got no clear answer ({error}); checking whether it happened"
            ));
            adopt(codedeploy, plan, new, &content, &error, journal, patience.deadline).await?
        }
        Err(error) => {
            journal.note(|entries| entries.update = Write::Undone);
            return Err(declined(codedeploy, plan, &new.group, &error, patience).await);
        }
    };
    journal
        .note(|entries| entries.update = Write::Done(Some(DeploymentId::CodeDeploy(id.clone()))));
    reporter.line(&format!("CodeDeploy has created the deployment {id}"));
    Ok(id)
}

/// A group takes one deployment at a time: says which one it is busy with.
async fn declined(
    codedeploy: &CodeDeploy,
    plan: &Plan,
    group: &GroupName,
    error: &CallError,
    patience: &Patience<'_>,
) -> Stop {
    if error.is("DeploymentLimitExceededException")
        && let Ok(Some(busy)) = busy_with(codedeploy, group).await
    {
        let served = codedeploy.succeeded(&busy, &plan.target).await;
        let problem = blocking_deployment(&plan.target, &busy, &served);
        if is_known(plan, &busy) {
            return Stop::Refused(problem);
        }
        let message =
            format!("somebody else started a deployment at the same time: {}", problem.message);
        return Stop::Refused(Problem { message, ..problem });
    }
    let problem = error.problem(&format!("the deployment group {group}"));
    patience.stop(error, match error.code.as_deref() {
        Some("DeploymentLimitExceededException") => problem.hint(
            "A group takes one deployment at a time; wait for the one that is named, or stop it with `in-flight: replace`.",
        ),
        Some("DeploymentConfigDoesNotExistException") => {
            problem.hint("Check `codedeploy-deployment-config`.")
        }
        _ => problem,
    })
}

/// Whether the plan was made on it, or on what it rolls back: then it is nobody else's.
fn is_known(plan: &Plan, busy: &Deployment) -> bool {
    let turned = match plan.roll_back() {
        Some(RollBack::CodeDeploy { id, .. }) => Some(id),
        Some(RollBack::Ecs { .. }) | None => None,
    };
    let made = plan.service.deployments.iter().filter_map(|set| set.made_by.as_ref());
    turned.into_iter().chain(made).any(|id| *id == busy.id || Some(id) == busy.rolls_back.as_ref())
}

/// The deployment that a group is busy with. The group itself names its newest one, also
/// where it is not listed yet.
async fn busy_with(
    codedeploy: &CodeDeploy,
    group: &GroupName,
) -> Result<Option<Deployment>, CallError> {
    let found = codedeploy.group(group).await.ok().flatten();
    let named = found.as_ref().and_then(DeploymentGroup::attempted_and_under_way);
    codedeploy.under_way(group, named).await
}

/// The deployment that a group is busy with, else its newest one.
async fn newest(
    codedeploy: &CodeDeploy,
    group: &GroupName,
) -> Result<Option<Deployment>, CallError> {
    let found = codedeploy.group(group).await?;
    let named = found.as_ref().and_then(DeploymentGroup::attempted_and_under_way);
    if let Some(busy) = codedeploy.under_way(group, named).await? {
        return Ok(Some(busy));
    }
    match found.and_then(|found| found.last_attempted) {
        Some((id, _)) => codedeploy.deployment(&id).await.map(Some),
        None => Ok(None),
    }
}

/// None was in progress before, so a deployment of this very AppSpec that is now is the one
/// that was asked for. One that is over may be an earlier one, unless nobody could deploy
/// this revision before.
async fn adopt(
    codedeploy: &CodeDeploy,
    plan: &Plan,
    new: &NewDeployment,
    content: &Content,
    error: &CallError,
    journal: &Journal,
    deadline: Instant,
) -> Result<CodeDeployId, Stop> {
    let is_first = new.definition == UpdateTo::Registered;
    let is_absent = Cell::new(false);
    let read = || newest(codedeploy, &new.group);
    let created = async || {
        is_absent.set(false);
        let found = patiently("codedeploy:GetDeploymentGroup", deadline, read).await?;
        let found = found.filter(|found| is_of(found, content));
        is_absent.set(found.is_none());
        Ok(found.filter(|found| is_first || found.is_under_way()))
    };
    let unreadable = match look(LOOKS, BETWEEN, created).await {
        Ok(Some(found)) => return Ok(found.id),
        Ok(None) => String::new(),
        Err(failure) => format!(", and whether it happened could not be read ({failure})"),
    };
    let problem = error.problem(&format!("the deployment group {}", new.group));
    if is_absent.get() {
        journal.note(|entries| entries.update = Write::Undone);
        return Err(Stop::Failed(problem));
    }
    let message = format!("{}{unreadable}", problem.message);
    Err(Stop::Unknown(Problem::new(message).hint(format!(
        "It is not known whether a deployment of {} was created; look at the group in the CodeDeploy console, or run this step again: it adopts the deployment if there is one.",
        plan.target
    ))))
}

fn is_of(deployment: &Deployment, content: &Content) -> bool {
    deployment.revision.as_ref().and_then(Revision::sha256) == Some(content.sha256.as_str())
}

/// Ends the deployment that is in the way; its end is to be waited for.
///
/// # Errors
/// What CodeDeploy said, unless the deployment has ended by itself meanwhile.
pub(crate) async fn clear_blocker(
    codedeploy: &CodeDeploy,
    id: &CodeDeployId,
    by: Blocker,
    journal: &Journal,
    reporter: &dyn Reporter,
) -> Result<(), Problem> {
    journal.note(|entries| entries.blocker = Write::Sent);
    let asked = match by {
        Blocker::Stop => codedeploy.stop_and_roll_back(id).await,
        Blocker::EndWait => codedeploy.end_termination_wait(id).await,
    };
    match asked {
        Ok(()) => {
            reporter.line(match by {
                Blocker::Stop => "asked CodeDeploy to stop it and roll it back",
                Blocker::EndWait => "asked CodeDeploy to remove the old tasks now",
            });
        }
        // Whether it was heard shows in what the deployment does.
        Err(error) if error.cause == Cause::Unclear => {
            reporter
                .line(&format!("CodeDeploy gave no clear answer ({error}); checking what it does"));
            return Ok(());
        }
        Err(error) => {
            journal.note(|entries| entries.blocker = Write::Undone);
            // Then there is nothing left to stop; its result is read again.
            if has_moved_on(&error) {
                return Ok(());
            }
            return Err(error.problem(&format!("the deployment {id}, which blocks this one")));
        }
    }
    journal.note(|entries| entries.blocker = Write::Done((id.clone(), by)));
    Ok(())
}

/// The deployment is no longer where it could be asked for this.
fn has_moved_on(error: &CallError) -> bool {
    error.is("DeploymentAlreadyCompletedException")
        || error.is("DeploymentIsNotInReadyStateException")
}
