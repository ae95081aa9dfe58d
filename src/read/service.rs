//! The service, and what it says of itself.

use super::optional::optional;
use super::service_reads::ServiceReads;
use crate::aws::Clients;
use crate::ecs::{Service, ServiceDeployment, TaskDefinitionArn};
use crate::names::Region;
use crate::plan::{Fact, deployable};
use crate::problem::{Problem, ProblemKind};
use crate::request::AppRequest;

pub(super) async fn service(clients: &Clients, request: &AppRequest) -> Result<Service, Problem> {
    let target = &request.target;
    let absent = match clients.ecs(&target.region).service(target).await {
        Ok(Some(found)) => return deployable(request, Some(found)),
        Ok(None) => match deployable(request, None) {
            Ok(found) => return Ok(found),
            Err(problem) => problem,
        },
        Err(error) if error.is("ClusterNotFoundException") => {
            Problem::new(format!("there is no cluster {} in {}", target.cluster, target.region))
                .of_kind(ProblemKind::Missing)
                .hint("Check `cluster` and `region`, and that the credentials are those of the right account.")
        }
        Err(error) => return Err(error.problem(&target.to_string())),
    };
    Err(saying_who_asks(clients, &target.region, absent).await)
}

/// What is not there may be in another account: so it is said which one was asked.
pub(super) async fn saying_who_asks(
    clients: &Clients,
    region: &Region,
    absent: Problem,
) -> Problem {
    let Some(identity) = clients.who_asks(region).await else { return absent };
    let hint = absent.hint.iter().cloned().chain([identity.to_string()]);
    let hint = hint.collect::<Vec<_>>().join(" ");
    absent.hint(hint)
}

pub(super) async fn current(
    reads: &ServiceReads<'_>,
    service: &Service,
) -> Fact<ServiceDeployment> {
    let Some(arn) = &service.current_service_deployment else { return Fact::Absent };
    optional(async { Ok(reads.deployments(std::slice::from_ref(arn)).await?.into_iter().next()) })
        .await
}

pub(super) fn running_definition(
    request: &AppRequest,
    service: &Service,
) -> Result<TaskDefinitionArn, Problem> {
    service.task_definition.clone().ok_or_else(|| {
        Problem::new(format!("{} has no task definition", request.target))
            .hint("Only services with the ECS deployment controller can be deployed to.")
    })
}
