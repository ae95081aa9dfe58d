//! Which services can be deployed to at all.

use crate::ecs::{Controller, Service, ServiceStatus};
use crate::problem::{Problem, ProblemKind};
use crate::request::AppRequest;

/// The service, if it can be deployed to at all; the first thing that is known,
/// so that a wrong name costs one call.
pub(crate) fn deployable(
    request: &AppRequest,
    service: Option<Service>,
) -> Result<Service, Problem> {
    let target = &request.target;
    let service = service.ok_or_else(|| {
        Problem::new(format!("there is no service {} in the cluster {} ({})", target.service, target.cluster, target.region))
            .of_kind(ProblemKind::Missing)
            .hint("Check `service`, `cluster` and `region`, and that the credentials are those of the right account.")
    })?;
    if let Some(account) =
        request.account.as_ref().filter(|account| *account != service.arn.account())
    {
        return Err(Problem::new(format!(
            "{target} belongs to account {}, and `account` asks for {account}",
            service.arn.account()
        ))
        .hint("These credentials are for another account than the one you meant."));
    }
    if service.status != ServiceStatus::Active {
        return Err(Problem::new(format!("{target} is {}, not ACTIVE", service.status))
            .of_kind(ProblemKind::Missing)
            .hint("A service that is being deleted can't be deployed to."));
    }
    if service.express {
        return Err(Problem::new(format!("{target} is managed by ECS Express Mode")).hint(
            format!(
                "Change it with Express Mode's own call: aws ecs update-express-gateway-service \
             --region {} --service-arn {} --primary-container image=REPOSITORY:TAG",
                target.region, service.arn
            ),
        ));
    }
    if service.is_daemon && request.desired_count.is_some() {
        return Err(Problem::new(format!(
            "`desired-count` is given, and {target} is a DAEMON service: it runs one task on each \
             of its container instances"
        ))
        .hint("Remove it: how many tasks run follows from the instances."));
    }
    match &service.controller {
        Controller::CodeDeploy => Ok(service),
        Controller::Ecs => match request.codedeploy.given() {
            None => Ok(service),
            Some(input) => Err(Problem::new(format!(
                "`{input}` is given, and deployments of {target} are made by ECS itself"
            ))
            .hint("Remove it: it is for services whose deployment controller is CODE_DEPLOY.")),
        },
        Controller::External => Err(Problem::new(format!(
            "deployments of {target} are made by an external controller (task sets)"
        ))
        .hint("Deploy it with the controller that owns its task sets.")),
        Controller::Unknown(name) => Err(Problem::new(format!(
            "{target} has the deployment controller {name:?}, which this version does not know"
        ))
        .hint("Update ecs-release, or deploy it with the controller's own tool.")),
    }
}
