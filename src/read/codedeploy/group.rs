//! The deployment group of a service: the one that was named, else the one that ECS
//! makes, else the only one that names the service.

use futures_util::TryStreamExt as _;

use crate::aws::{Answer, Cause, CodeDeploy, side_by_side};
use crate::codedeploy::{DeploymentGroup, GroupName};
use crate::problem::Problem;
use crate::request::{CodeDeployOptions, Target};

/// Finds the group, and makes sure that it deploys to this service and no other.
pub(crate) async fn find_group(
    codedeploy: &CodeDeploy,
    target: &Target,
    options: &CodeDeployOptions,
) -> Result<DeploymentGroup, Problem> {
    let usual = GroupName::made_by_ecs(&target.cluster, &target.service);
    let CodeDeployOptions { application, group, .. } = options;
    let name = GroupName {
        application: application.clone().unwrap_or(usual.application),
        group: group.clone().unwrap_or(usual.group),
    };
    let is_named = application.is_some() && group.is_some();
    let found = codedeploy.group(&name).await;
    let found = found.map_err(|error| {
        let problem = error.problem(&format!("the deployment group {name}"));
        match (error.cause, is_named) {
            // A role may be allowed its own group only.
            (Cause::Denied, false) => problem.hint(format!(
                "Allow {}, or, if the group has another name, give it in \
                 `codedeploy-application` and `codedeploy-deployment-group`.",
                error.action
            )),
            _ => problem,
        }
    })?;
    match found {
        Some(found) if is_named => check(found, target),
        Some(found) if found.is_of(target) => check(found, target),
        None if is_named => Err(Problem::new(format!(
            "CodeDeploy has no deployment group {name} in {}",
            target.region
        ))
        .hint(
            "Check `codedeploy-application` and `codedeploy-deployment-group`; without them this \
             action looks for the group that names the service.",
        )),
        // Two services can have the same name by ECS's rule, which cuts names.
        Some(_) | None => among_all(codedeploy, target, options, &name).await,
    }
}

fn check(group: DeploymentGroup, target: &Target) -> Result<DeploymentGroup, Problem> {
    if let Some(platform) = group.platform.as_deref().filter(|it| *it != "ECS") {
        return Err(Problem::new(format!(
            "the deployment group {} is for the platform {platform}, not for ECS",
            group.name
        ))
        .hint("Name one of an application for ECS in `codedeploy-application` and `codedeploy-deployment-group`."));
    }
    if !group.is_of(target) {
        let services: Vec<String> = group
            .services
            .iter()
            .map(|(cluster, service)| format!("service {service} (cluster {cluster})"))
            .collect();
        let services = match services.as_slice() {
            [] => "no service".to_owned(),
            some => some.join(", "),
        };
        return Err(Problem::new(format!(
            "the deployment group {} deploys to {services}, and not to {target}",
            group.name
        ))
        .hint("Name the group of this service in `codedeploy-application` and `codedeploy-deployment-group`, or leave them out to have it found."));
    }
    Ok(group)
}

/// The only group of the applications in question that names the service.
async fn among_all(
    codedeploy: &CodeDeploy,
    target: &Target,
    options: &CodeDeployOptions,
    usual: &GroupName,
) -> Result<DeploymentGroup, Problem> {
    let all = all_of(codedeploy, options).await.map_err(|error| {
        let problem = error.problem("the search for the deployment group");
        problem.hint(format!(
            "There is no group {usual} for {target}. Name its group in `codedeploy-application` and \
             `codedeploy-deployment-group`, or allow {}.",
            error.action
        ))
    })?;
    let mut fitting: Vec<DeploymentGroup> = all
        .into_iter()
        .filter(|it| it.is_of(target))
        .filter(|it| options.group.as_ref().is_none_or(|group| it.name.group == *group))
        .collect();
    fitting.sort_by(|one, other| one.name.cmp(&other.name));
    match fitting.len() {
        1 => check(fitting.remove(0), target),
        0 => Err(Problem::new(format!(
            "CodeDeploy has no deployment group for {target}: neither {usual} nor another one{} names it",
            place(options)
        ))
        .hint(
            "Create a deployment group for the service, or correct `codedeploy-application` and \
             `codedeploy-deployment-group`.",
        )),
        _ => {
            let names: Vec<String> = fitting.iter().map(|it| it.name.to_string()).collect();
            Err(Problem::new(format!(
                "several deployment groups of CodeDeploy name {target}: {}",
                names.join("; ")
            ))
            .hint(
                "Name one of them in `codedeploy-application` and `codedeploy-deployment-group`.",
            ))
        }
    }
}

fn place(options: &CodeDeployOptions) -> String {
    match (&options.application, &options.group) {
        (Some(application), _) => format!(" of the application {application}"),
        (None, Some(group)) => format!(" called {group}"),
        (None, None) => String::new(),
    }
}

async fn all_of(
    codedeploy: &CodeDeploy,
    options: &CodeDeployOptions,
) -> Answer<Vec<DeploymentGroup>> {
    let applications = match &options.application {
        Some(application) => vec![application.clone()],
        None => codedeploy.applications().await?,
    };
    let groups = applications.iter().map(|it| codedeploy.groups(it));
    side_by_side(groups).try_concat().await
}
