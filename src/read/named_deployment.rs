//! The deployment that a request names, the service that it is of, and what it brings and
//! replaces. Its image is not looked for: it was chosen when the deployment began.

use std::fmt::Display;

use super::codedeploy::find_group;
use super::definitions::definition;
use super::optional::optional;
use super::service::service;
use super::service_deployments::list;
use super::service_reads::ServiceReads;
use super::what_runs::version_by;
use crate::aws::{CallError, Clients, Ecs};
use crate::ecs::{
    CodeDeployId, ContainerImage, Controller, Deployment, Service, ServiceDeployment,
    ServiceDeploymentArn, ServiceRevision, ServiceRevisionArn, TaskDefinitionArn, TaskSetId,
};
use crate::names::DeploymentName;
use crate::plan::{ByWhom, Fact, NamedDeployment, Side, VersionInfo};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// # Errors
/// There is none of that name, or it could not be read.
pub(crate) async fn named_deployment(
    clients: &Clients,
    app: &AppRequest,
    name: &DeploymentName,
) -> Result<NamedDeployment, Problem> {
    let service = service(clients, app).await?;
    match (name.as_str().parse::<CodeDeployId>(), service.controller == Controller::CodeDeploy) {
        (Ok(id), true) => by_codedeploy(clients, app, service, &id).await,
        (Err(_), false) => by_ecs(clients, app, service, name).await,
        (Ok(_), false) | (Err(_), true) => {
            let why = format!("whose deployments {} makes", service.controller);
            Err(is_of_another(name, app, &why))
        }
    }
}

fn is_of_another(name: impl Display, app: &AppRequest, why: &str) -> Problem {
    Problem::new(format!("{name} is not a deployment of {}, {why}", app.target))
        .hint("`deployment` takes the output `deployment-id` of the step that started it.")
}

async fn by_ecs(
    clients: &Clients,
    app: &AppRequest,
    service: Service,
    name: &DeploymentName,
) -> Result<NamedDeployment, Problem> {
    let ecs = clients.ecs(&app.target.region);
    let about = |error: CallError| error.problem(&format!("the deployment {name}"));
    let found = match name.as_str().parse::<ServiceDeploymentArn>() {
        Ok(arn) => described(&ecs, arn).await.map_err(about)?,
        Err(_) => started(&ecs, app, &service, name).await.map_err(about)?,
    };
    let Some(deployment) = found else {
        let problem = Problem::new(format!("ECS has no deployment {name} of {}", app.target));
        return Err(problem
            .hint("Check `deployment`: it takes an output of the step that started it; ECS keeps deployments for 90 days."));
    };
    let Some(target) = deployment.target.clone() else {
        let problem =
            Problem::new(format!("ECS does not report what the deployment {name} deploys"));
        return Err(problem.hint("Look at it in the ECS console."));
    };
    let reads = ServiceReads::new(&ecs, &app.target);
    let named: Vec<ServiceRevisionArn> =
        [&target].into_iter().chain(&deployment.sources).cloned().collect();
    let revisions = optional(async { reads.revisions(&named).await.map(Some) }).await;
    let side = async |arn: &ServiceRevisionArn| {
        let revision = revision(arn, &revisions, &service);
        side(clients, &reads, app, &service, revision).await
    };
    let source = match deployment.sources.as_slice() {
        [only] => Some(only),
        [] | [..] => None,
    };
    let replaces = async {
        match source {
            Some(source) => Some(side(source).await),
            None => None,
        }
    };
    let (brings, replaces) = tokio::join!(side(&target), replaces);
    let id: TaskSetId = format!("ecs-svc/{}", target.number()).parse()?;
    Ok(NamedDeployment {
        brings,
        replaces,
        by: ByWhom::Ecs { id, deployment: Box::new(deployment) },
        service,
    })
}

async fn described(
    ecs: &Ecs,
    arn: ServiceDeploymentArn,
) -> Result<Option<ServiceDeployment>, CallError> {
    Ok(ecs.service_deployments(&[arn]).await?.into_iter().next())
}

/// By what its tasks are started by: most often it is what the service names as its newest.
async fn started(
    ecs: &Ecs,
    app: &AppRequest,
    service: &Service,
    name: &DeploymentName,
) -> Result<Option<ServiceDeployment>, CallError> {
    let Ok(id) = name.as_str().parse::<TaskSetId>() else { return Ok(None) };
    let is_it = |it: &ServiceDeployment| it.target.as_ref().is_some_and(|it| it.belongs_to(&id));
    if let Some(current) = service.current_service_deployment.clone() {
        let current = described(ecs, current).await?;
        if let Some(current) = current.filter(is_it) {
            return Ok(Some(current));
        }
    }
    let listed = list(ecs, &app.target).await?;
    match listed.deployments.into_iter().find(is_it) {
        Some(found) => described(ecs, found.arn).await,
        None => Ok(None),
    }
}

/// As ECS describes it; where that may not be read, as the service's own list has it.
fn revision(
    arn: &ServiceRevisionArn,
    described: &Fact<Vec<ServiceRevision>>,
    service: &Service,
) -> ServiceRevision {
    let found = described.known().and_then(|all| all.iter().find(|it| it.arn == *arn)).cloned();
    found.unwrap_or_else(|| {
        let listed = service.deployments.iter().find(|it| arn.belongs_to(&it.id));
        let task_definition = listed.and_then(|it| it.task_definition.clone());
        ServiceRevision { arn: arn.clone(), task_definition, images: Vec::new() }
    })
}

async fn side(
    clients: &Clients,
    reads: &ServiceReads<'_>,
    app: &AppRequest,
    service: &Service,
    revision: ServiceRevision,
) -> Side {
    let arn = revision.task_definition.clone();
    let definition = match &arn {
        Some(arn) => definition(reads, arn.as_str()).await.ok(),
        None => None,
    };
    let known = match (&arn, &definition) {
        (Some(arn), Some(definition)) => {
            named(clients, app, service, (arn, definition), &revision.images).await
        }
        _ => None,
    };
    let version = known.unwrap_or(VersionInfo { task_definition: arn, ..VersionInfo::default() });
    Side { version, definition, revision }
}

/// Whose container is meant is only a question of the name here.
async fn named(
    clients: &Clients,
    app: &AppRequest,
    service: &Service,
    of: (&TaskDefinitionArn, &TaskDefinition),
    images: &[ContainerImage],
) -> Option<VersionInfo> {
    version_by(clients, app, service, of, images).await.ok()
}

async fn by_codedeploy(
    clients: &Clients,
    app: &AppRequest,
    service: Service,
    id: &CodeDeployId,
) -> Result<NamedDeployment, Problem> {
    let codedeploy = clients.codedeploy(&app.target.region);
    let about = |error: CallError| error.problem(&format!("the deployment {id}"));
    let group = find_group(&codedeploy, &app.target, &app.codedeploy).await?;
    let deployment = codedeploy.deployment(id).await.map_err(about)?;
    if deployment.group.as_ref() != Some(&group.name) {
        let why = format!("whose deployments are those of the group {}", group.name);
        return Err(is_of_another(id, app, &why));
    }
    let newest = group.last_attempted.map(|(newest, _)| newest);
    // Where its steps may not be read, it is not taken to have all the traffic.
    let target = codedeploy.target(id, &app.target).await.ok().flatten();
    let served = deployment.served(target.as_ref());
    let reads_ecs = clients.ecs(&app.target.region);
    let reads = ServiceReads::new(&reads_ecs, &app.target);
    let side_of = async |set: &Deployment| {
        let task_definition = set.task_definition.clone();
        let arn = service.arn.revision(&set.id);
        let revision = ServiceRevision { arn, task_definition, images: Vec::new() };
        side(clients, &reads, app, &service, revision).await
    };
    let made = service.deployments.iter().find(|set| set.made_by.as_ref() == Some(id));
    let other = service.deployments.iter().find(|set| set.made_by.as_ref() != Some(id));
    let brings = async {
        match made {
            Some(set) => side_of(set).await,
            None => Side::unknown(service.arn.revision(id)),
        }
    };
    let replaces = async {
        match other {
            Some(set) => Some(side_of(set).await),
            None => None,
        }
    };
    let (brings, replaces) = tokio::join!(brings, replaces);
    let replaced = other.map(|set| set.id.clone());
    let by = ByWhom::CodeDeploy { deployment: Box::new(deployment), newest, served, replaced };
    Ok(NamedDeployment { brings, replaces, by, service })
}
