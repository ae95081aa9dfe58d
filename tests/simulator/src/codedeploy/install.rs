//! The event Install: the replacement task set starts, unless ECS refuses it.

use crate::codedeploy::deployment::{At, Deployment, Replacement};
use crate::codedeploy::endings;
use crate::codedeploy::life::{TIMEOUT_MINUTES, wait};
use crate::codedeploy::model::Fault;
use crate::ecs::task_sets::{self, Plan, TaskSetStatus};
use crate::world::World;

/// Starts the replacement task set, and takes away what earlier deployments left
/// behind; or brings back the one that is still there.
pub(super) fn begin(world: &mut World, deployment: &Deployment) {
    let id = deployment.id.as_str();
    if let Replacement::Existing(set) = &deployment.replacement {
        world.with_service(&deployment.service, |service, scene| {
            task_sets::revive(service, scene, set);
        });
        return wait(world, id, world.pace.minute * TIMEOUT_MINUTES);
    }
    let sound = not_disturbed(world, deployment);
    let sound = sound.and_then(|()| sound_definition(world, deployment));
    let task_definition = match sound {
        Ok(arn) => arn,
        Err(why) => {
            let message = format!(
                "The ECS service cannot be updated due to an unexpected error: {why} Check your \
                 ECS service status."
            );
            return endings::fail(world, id, Fault::new("ECS_UPDATE_ERROR", &message));
        }
    };
    let resource = deployment.spec.resource();
    let plan = Plan {
        task_definition,
        external_id: id.to_owned(),
        container: resource.container.clone(),
        port: resource.port,
        settings: resource.settings.clone(),
    };
    let green = world.with_service(&deployment.service, |service, scene| {
        let sets = service.task_sets.iter();
        let left = sets.filter(|set| set.status == TaskSetStatus::Active);
        let left: Vec<String> = left.map(|set| set.number.clone()).collect();
        for number in left {
            task_sets::drain(service, scene, &number);
        }
        task_sets::begin(service, scene, plan)
    });
    if let Some(it) = world.codedeploy.deployment_mut(id) {
        it.green = green;
    }
    wait(world, id, world.pace.minute * TIMEOUT_MINUTES);
}

/// A service takes one deployment at a time, also where two groups deploy to it.
fn not_disturbed(world: &World, deployment: &Deployment) -> Result<(), String> {
    let mut others = world.codedeploy.deployments.iter().filter(|it| it.id != deployment.id);
    let busy = others
        .any(|it| it.service == deployment.service && it.green.is_some() && it.at != At::Over);
    if busy { Err("Another deployment to the service is in progress.".to_owned()) } else { Ok(()) }
}

/// The ARN of what is to run, or why ECS refuses to run one of the resources.
fn sound_definition(world: &World, deployment: &Deployment) -> Result<String, String> {
    let refusal = |code: &str, why: String| {
        format!("{why} (Service: AmazonECS; Status Code: 400; Error Code: {code}; Proxy: null).")
    };
    for resource in &deployment.spec.resources {
        let named = &resource.task_definition;
        let found = world.definitions.find(&deployment.group.region, named);
        let definition = found
            .ok_or_else(|| refusal("ClientException", "TaskDefinition not found.".to_owned()))?;
        if !definition.is_active() {
            return Err(refusal("ClientException", "TaskDefinition is inactive".to_owned()));
        }
        let name = &resource.container;
        let mut containers = definition.containers();
        let container = containers.find(|it| it.get("name").is_some_and(|it| it == name));
        let container = container.ok_or_else(|| {
            let why = "The container does not exist in the task definition.";
            refusal("InvalidParameterException", why.to_owned())
        })?;
        let ports = container.get("portMappings").and_then(|it| it.as_array());
        let port = resource.port;
        if !ports.is_some_and(|all| all.iter().any(|it| it["containerPort"] == port)) {
            let why = format!("The container {name} did not have a container port {port} defined.");
            return Err(refusal("InvalidParameterException", why));
        }
    }
    let first = &deployment.spec.resource().task_definition;
    let definition = world.definitions.find(&deployment.group.region, first);
    Ok(definition.map(|it| it.arn.clone()).unwrap_or_default())
}
