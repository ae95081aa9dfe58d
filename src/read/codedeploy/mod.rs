//! What deciding needs of a service whose deployments CodeDeploy makes: the group, what
//! keeps it busy, and the AppSpec of the next deployment.

mod deployments;
mod group;
mod images;
mod revisions;

use std::time::Duration;

use tokio::time::timeout;

use super::definitions::definition;
use super::optional::{OPTIONAL_WITHIN, optional};
use super::service_reads::ServiceReads;
use crate::aws::{Cause, Clients, CodeDeploy};
use crate::codedeploy::app_spec::AppSpec;
use crate::codedeploy::{CodeDeployStatus, Deployment, DeploymentGroup, Served};
use crate::ecs::{
    CodeDeployId, ContainerImage, Controller, Deployment as TaskSet, DeploymentStatus, Service,
    ServiceRevision,
};
use crate::plan::{Active, CodeDeployState, Fact, Replaced};
use crate::problem::Problem;
use crate::read::checkout::Checkout;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

pub(super) use deployments::record;
pub(super) use group::find_group;
use revisions::Unread;

/// What was found of a service under CodeDeploy.
pub(super) struct CodeDeployRead {
    pub(super) state: CodeDeployState,
    /// How long it waits between the steps of the traffic shift, in total.
    pub(super) time_to_shift: Duration,
}

/// What CodeDeploy adds to what was found: the time that its traffic takes, and the point
/// of return, which its record has in place of ECS's.
pub(super) fn with_codedeploy(
    read: Option<CodeDeployRead>,
    service: &mut Service,
    last_good: Fact<ServiceRevision>,
    running_images: &Fact<Vec<ContainerImage>>,
) -> (Option<CodeDeployState>, Fact<ServiceRevision>) {
    let Some(CodeDeployRead { state, time_to_shift }) = read else { return (None, last_good) };
    service.strategy_waits += time_to_shift;
    let images = running_images.known().cloned().unwrap_or_default();
    let last_good = state.last_good(service, images).map_or(Fact::Absent, Fact::Known);
    (Some(state), last_good)
}

/// What CodeDeploy has of `service`; `None` where CodeDeploy has nothing to do with it.
/// Beside that `and` is done with the group, as soon as that is found.
pub(super) async fn read<T>(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    (service, reads): (&Service, &ServiceReads<'_>),
    and: impl AsyncFnOnce(&DeploymentGroup) -> T,
) -> Result<Option<(CodeDeployRead, T)>, Problem> {
    if service.controller != Controller::CodeDeploy {
        return Ok(None);
    }
    let codedeploy = clients.codedeploy(&request.target.region);
    let group = find_group(&codedeploy, &request.target, &request.codedeploy).await?;
    let (read, more) =
        tokio::join!(read_state(clients, request, checkout, (service, reads), &group), and(&group));
    Ok(Some((read?, more)))
}

async fn read_state(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    (service, reads): (&Service, &ServiceReads<'_>),
    group: &DeploymentGroup,
) -> Result<CodeDeployRead, Problem> {
    let codedeploy = clients.codedeploy(&request.target.region);
    let config = request.codedeploy.config.as_deref().or(group.config.as_deref());
    let (active, last, failed, split, time_to_shift) = tokio::join!(
        active(&codedeploy, reads, service, group),
        async {
            if checkout.app_spec.is_none() {
                return last_app_spec(&codedeploy, group).await;
            }
            // Then it only tells what a failed deployment is undone to.
            let last = timeout(OPTIONAL_WITHIN, last_app_spec(&codedeploy, group)).await;
            last.unwrap_or(Err(Unread::Gone))
        },
        made_what_runs_and_failed(&codedeploy, request, service, group),
        left_with_traffic(&codedeploy, request, service, group),
        async {
            match config {
                Some(config) => {
                    optional(async { codedeploy.time_to_shift(config).await.map(Some) }).await
                }
                None => Fact::Known(Duration::ZERO),
            }
        },
    );
    let app_spec = app_spec(checkout, service, &last)?;
    let last_succeeded = match &last {
        Ok(Some(last)) => last.task_definition().and_then(|arn| arn.parse().ok()),
        Ok(None) | Err(_) => None,
    };
    let (group, last_app_spec) = (group.clone(), last.ok().flatten());
    let (failed, doubt) = failed.unzip();
    let notices = unknown_time(config, &time_to_shift).into_iter().chain(doubt.flatten()).collect();
    let state = CodeDeployState {
        active: active?,
        app_spec,
        last_app_spec,
        last_succeeded,
        group,
        failed,
        split,
        notices,
    };
    let time_to_shift = time_to_shift.known().copied().unwrap_or_default();
    Ok(CodeDeployRead { state, time_to_shift })
}

/// The newest deployment of the service's group, and whether it has
/// [succeeded](Deployment::succeeded); `None` where that can't be read, or there has been none.
pub(crate) async fn newest_deployment(
    clients: &Clients,
    app: &AppRequest,
) -> Option<(Deployment, Served)> {
    let codedeploy = clients.codedeploy(&app.target.region);
    let reading = async {
        let group = find_group(&codedeploy, &app.target, &app.codedeploy).await.ok()?;
        let (id, _) = group.last_attempted?;
        let deployment = codedeploy.deployment(&id).await.ok()?;
        let succeeded = codedeploy.succeeded(&deployment, &app.target).await;
        Some((deployment, succeeded))
    };
    timeout(OPTIONAL_WITHIN, reading).await.ok().flatten()
}

/// The default time limit does not have what is not known.
fn unknown_time(config: Option<&str>, time_to_shift: &Fact<Duration>) -> Option<Problem> {
    let why = match time_to_shift {
        Fact::Known(_) => return None,
        Fact::Denied(permission) => format!("{permission} is not allowed"),
        Fact::Absent => "CodeDeploy does not report it".to_owned(),
    };
    let problem = Problem::new(format!(
        "it is not known how long {} takes to move the traffic ({why}): without it the default \
         timeout is 30 minutes",
        config.unwrap_or("the deployment configuration")
    ));
    Some(problem.hint("Set `timeout` to what the deployment needs."))
}

/// The AppSpec of the last deployment that succeeded; `Ok(None)` where none has. One that
/// asked no hooks because it was the way back from another says nothing about the next.
async fn last_app_spec(
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
) -> Result<Option<AppSpec>, Unread> {
    let Some(id) = &group.last_successful else { return Ok(None) };
    let mut deployment = codedeploy.deployment(id).await.map_err(Unread::Call)?;
    if deployment.is_way_back() {
        let newest = Box::pin(deployments::newest(codedeploy, group)).await;
        let (newest, is_cut) = newest.map_err(Unread::Call)?;
        let mut good = newest.into_iter().filter(|it| it.status == CodeDeployStatus::Succeeded);
        match good.find(|it| !it.is_way_back()) {
            Some(before) => deployment = before,
            None if is_cut => return Err(Unread::OnlyWayBack),
            // Nothing with hooks has ever succeeded.
            None => {}
        }
    }
    revisions::of(codedeploy, &group.name.application, &deployment).await.map(Some)
}

/// The deployment that made what runs, if it ended badly, and what is in doubt about that.
/// What cannot be read is taken not to have; but one that was stopped, and of which nobody
/// can tell whether all had moved before, is not taken for a success.
async fn made_what_runs_and_failed(
    codedeploy: &CodeDeploy,
    request: &AppRequest,
    service: &Service,
    group: &DeploymentGroup,
) -> Option<(CodeDeployId, Option<Problem>)> {
    let made_by = service.primary()?.made_by.as_ref()?;
    if group.last_successful.as_ref() == Some(made_by) {
        return None;
    }
    let found = optional(async { codedeploy.deployment(made_by).await.map(Some) }).await;
    let found = found.known().filter(|it| it.status.has_ended_badly())?;
    let doubt = match codedeploy.succeeded(found, &request.target).await {
        Served::Yes => return None,
        Served::No => None,
        Served::Unknown(why) => Some(Problem::new(format!(
            "it is not known whether all traffic had moved when the deployment {made_by} of what \
             runs was stopped ({why}): it does not count as a success"
        ))),
    };
    Some((found.id.clone(), doubt))
}

/// The file that was given, else one made for the service that keeps what the last
/// revision said beside its definition. Hooks that can't be read are not left out: they
/// are what stops a bad version.
fn app_spec(
    checkout: &Checkout,
    service: &Service,
    last: &Result<Option<AppSpec>, Unread>,
) -> Result<AppSpec, Problem> {
    if let Some(given) = &checkout.app_spec {
        return Ok(given.clone());
    }
    let earlier = last.as_ref().map_err(|unread| {
        let problem = Problem::new(format!(
            "the hooks and the platform version of the last deployment are not known: {unread}"
        ));
        let way = match unread {
            Unread::Call(error) if error.cause == Cause::Denied => {
                format!("Allow {}, or give the AppSpec in `codedeploy-appspec`.", error.action)
            }
            Unread::Call(_)
            | Unread::Elsewhere(_)
            | Unread::Gone
            | Unread::OnlyWayBack
            | Unread::Illegible(_) => "Give the AppSpec in `codedeploy-appspec`.".to_owned(),
        };
        problem.hint(way)
    })?;
    let Some((container, port)) = service.served.first() else {
        return Err(Problem::new("the service has no load balancer that an AppSpec could name")
            .hint("Give the AppSpec in `codedeploy-appspec`."));
    };
    Ok(AppSpec::made_for(container, *port, earlier.as_ref()))
}

/// The deployment that is in progress: a group takes no other beside it.
async fn active(
    codedeploy: &CodeDeploy,
    reads: &ServiceReads<'_>,
    service: &Service,
    group: &DeploymentGroup,
) -> Result<Option<Active>, Problem> {
    let named = group.attempted_and_under_way();
    let found = codedeploy.under_way(&group.name, named).await;
    let found =
        found.map_err(|error| error.problem(&format!("the deployment group {}", group.name)))?;
    let Some(deployment) = found else { return Ok(None) };
    // What drains was there before what is replaced.
    let sets = service.deployments.iter().filter(|set| set.status != DeploymentStatus::Draining);
    let (new, old): (Vec<&TaskSet>, Vec<&TaskSet>) =
        sets.partition(|set| set.made_by.as_ref() == Some(&deployment.id));
    let images = async |set: Option<&&TaskSet>| match set {
        Some(set) => reads.images_of_tasks(&set.id).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let (served, definition, own, before) = tokio::join!(
        codedeploy.succeeded(&deployment, reads.target),
        brings(reads, codedeploy, group, &deployment),
        images(new.first()),
        images(old.first()),
    );
    let replaces = old.first().and_then(|set| {
        let definition = set.task_definition.clone()?;
        let (task_set, made_by) = (set.id.clone(), set.made_by.clone());
        Some(Replaced { task_set, made_by, definition, images: before })
    });
    Ok(Some(Active { deployment, served, definition, images: own, replaces }))
}

/// The newest deployment, if it ended badly and what it brought, which is not the primary
/// task set, still has a part of the traffic. What cannot be read is taken not to have.
async fn left_with_traffic(
    codedeploy: &CodeDeploy,
    request: &AppRequest,
    service: &Service,
    group: &DeploymentGroup,
) -> Option<CodeDeployId> {
    let (id, status) = group.last_attempted.as_ref()?;
    let is_primary = service.primary().is_some_and(|set| set.made_by.as_ref() == Some(id));
    if is_primary || !status.has_ended_badly() {
        return None;
    }
    // What it had at its end is not what it has once its tasks are gone.
    let brought = service.made_by(id)?;
    let seen = optional(codedeploy.target(id, &request.target)).await;
    let seen = seen.known()?;
    let set = seen.task_set(&brought.id).or_else(|| seen.green())?;
    (set.traffic > 0.0).then(|| id.clone())
}

/// What it is to bring, where that can be read.
async fn brings(
    reads: &ServiceReads<'_>,
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
    deployment: &Deployment,
) -> Fact<TaskDefinition> {
    let found = revisions::of(codedeploy, &group.name.application, deployment).await;
    let arn = match &found {
        Ok(app_spec) => app_spec.task_definition(),
        Err(Unread::Call(error)) if error.cause == Cause::Denied => {
            return Fact::Denied(error.action);
        }
        Err(_) => None,
    };
    let Some(arn) = arn else { return Fact::Absent };
    definition(reads, arn).await.map_or(Fact::Absent, Fact::Known)
}
