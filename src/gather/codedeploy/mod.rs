//! What deciding needs of a service whose deployments CodeDeploy makes: the group, what
//! keeps it busy, and the AppSpec of the next deployment.

mod group;
mod past;
mod revisions;

use std::time::Duration;

use tokio::time::timeout;

use super::{OPTIONAL_WITHIN, definition};
use crate::app_spec::AppSpec;
use crate::aws::{Cause, Clients, CodeDeploy, Ecs};
use crate::checkout::Checkout;
use crate::codedeploy::{Deployment, DeploymentGroup};
use crate::decide::{Active, BlueGreen, Fact, Replaced};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::service::{Controller, Service};

pub(super) use group::find as find_group;
pub(super) use past::read as past;
use revisions::Unread;

/// What was found of a service under CodeDeploy.
pub(super) struct Looking {
    pub(super) blue_green: BlueGreen,
    /// How long the waits between the steps of its traffic are, all told.
    pub(super) time_to_shift: Duration,
}

/// What CodeDeploy has of `service`; `None` where CodeDeploy has nothing to do with it.
/// Beside that `and` is done with the group, as soon as that is found.
pub(super) async fn look<T>(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    service: &Service,
    and: impl AsyncFnOnce(&DeploymentGroup) -> T,
) -> Result<Option<(Looking, T)>, Problem> {
    if service.controller != Controller::CodeDeploy {
        return Ok(None);
    }
    let codedeploy = clients.codedeploy(&request.target.region);
    let group = find_group(&codedeploy, &request.target, &request.codedeploy).await?;
    let (looking, more) =
        tokio::join!(look_around(clients, request, checkout, service, &group), and(&group));
    Ok(Some((looking?, more)))
}

async fn look_around(
    clients: &Clients,
    request: &AppRequest,
    checkout: &Checkout,
    service: &Service,
    group: &DeploymentGroup,
) -> Result<Looking, Problem> {
    let codedeploy = clients.codedeploy(&request.target.region);
    let config = request.codedeploy.config.as_deref().or(group.config.as_deref());
    let (active, last, time_to_shift) = tokio::join!(
        active(clients, request, service, group),
        last_app_spec(&codedeploy, group),
        async {
            match config {
                Some(config) => timeout(OPTIONAL_WITHIN, codedeploy.time_to_shift(config)).await,
                None => Ok(Ok(Duration::ZERO)),
            }
        },
    );
    let app_spec = app_spec(checkout, service, &last)?;
    let last_succeeded = match &last {
        Ok(Some(last)) => last.task_definition().and_then(|arn| arn.parse().ok()),
        Ok(None) | Err(_) => None,
    };
    let (group, last_app_spec) = (group.clone(), last.ok().flatten());
    let blue_green = BlueGreen { active: active?, app_spec, last_app_spec, last_succeeded, group };
    let time_to_shift = time_to_shift.ok().and_then(Result::ok).unwrap_or_default();
    Ok(Looking { blue_green, time_to_shift })
}

/// The AppSpec of the last deployment that succeeded; `Ok(None)` where none has.
async fn last_app_spec(
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
) -> Result<Option<AppSpec>, Unread> {
    let Some(id) = &group.last_successful else { return Ok(None) };
    let deployment = codedeploy.deployment(id).await.map_err(Unread::Call)?;
    revisions::of(codedeploy, &group.name.application, &deployment).await.map(Some)
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
            "which hooks the last deployment had, and which platform version, is not known: {unread}"
        ));
        let way = match unread {
            Unread::Call(error) if error.cause == Cause::Denied => format!(
                "Allow {}, or give the AppSpec in `codedeploy-appspec`.",
                error.action
            ),
            Unread::Call(_) | Unread::Elsewhere(_) | Unread::Gone | Unread::Illegible(_) => {
                "Give the AppSpec in `codedeploy-appspec`.".to_owned()
            }
        };
        problem.hint(way)
    })?;
    let Some((container, port)) = service.served.first() else {
        return Err(Problem::new("the service has no load balancer that an AppSpec could name")
            .hint("Give the AppSpec in `codedeploy-appspec`."));
    };
    Ok(AppSpec::made_for(container, *port, earlier.as_ref()))
}

/// The deployment that is under way: a group takes no other beside it.
async fn active(
    clients: &Clients,
    request: &AppRequest,
    service: &Service,
    group: &DeploymentGroup,
) -> Result<Option<Active>, Problem> {
    let codedeploy = clients.codedeploy(&request.target.region);
    let ecs = clients.ecs(&request.target.region);
    let named = group.attempted_and_under_way();
    let found = codedeploy.under_way(&group.name, named).await;
    let found =
        found.map_err(|error| error.problem(&format!("the deployment group {}", group.name)))?;
    let Some(deployment) = found else { return Ok(None) };
    let old = service
        .deployments
        .iter()
        .find(|set| set.made_by.as_ref() != Some(&deployment.id) && set.task_definition.is_some());
    let (definition, replaces) =
        tokio::join!(brings(&ecs, &codedeploy, group, &deployment), async {
            let old = old?;
            let images = ecs.images_of_tasks(&request.target, &old.id).await.unwrap_or_default();
            Some(Replaced {
                task_set: old.id.clone(),
                definition: old.task_definition.clone()?,
                images,
            })
        },);
    Ok(Some(Active { deployment, definition, replaces }))
}

/// What it is to bring, where that can be read.
async fn brings(
    ecs: &Ecs,
    codedeploy: &CodeDeploy,
    group: &DeploymentGroup,
    deployment: &Deployment,
) -> Fact<crate::task_definition::TaskDefinition> {
    let found = revisions::of(codedeploy, &group.name.application, deployment).await;
    let arn = match &found {
        Ok(app_spec) => app_spec.task_definition(),
        Err(Unread::Call(error)) if error.cause == Cause::Denied => {
            return Fact::Denied(error.action);
        }
        Err(_) => None,
    };
    let Some(arn) = arn else { return Fact::Absent };
    definition(ecs, arn).await.map_or(Fact::Absent, Fact::Known)
}
