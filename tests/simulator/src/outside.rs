//! What other people and systems do: deployments, alarms, images that change.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::behaviour::{Behaviour, Hook};
use crate::clock::Time;
use crate::codedeploy::model::GroupKey;
use crate::codedeploy::{self, app_spec};
use crate::ecr::image::Image;
use crate::ecr::registry::{Place, Repository};
use crate::ecs::model::{Service, ServiceKey, ServiceStatus};
use crate::ecs::native::hooks;
use crate::ecs::scene::Scene;
use crate::ecs::task_sets::Balancer;
use crate::ecs::{self, lifecycle, rollout, scheduler};
use crate::logs::Place as LogPlace;
use crate::timers::Exit;
use crate::wire::{Answered, Params};
use crate::world::{ACCOUNT, REGION, World};

/// Something that happens outside the product, at once or at a planned time, in the default
/// account and Region. What AWS would refuse has no effect.
#[derive(Clone)]
pub struct Act {
    /// What it is, for messages of tests.
    name: String,
    deed: Arc<dyn Fn(&mut World) + Send + Sync>,
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// An operation of ECS or CodeDeploy.
type Operation = fn(&str, &mut World, Params<'_>) -> Option<Answered>;

/// Somebody else asks; a refusal is an answer to them.
fn ask(world: &mut World, service: Operation, operation: &str, params: &Value) {
    let members = params.as_object().expect("the parameters are an object");
    let _ = service(operation, world, Params { members, region: REGION });
}

impl Act {
    fn new(name: String, deed: impl Fn(&mut World) + Send + Sync + 'static) -> Self {
        Self { name, deed: Arc::new(deed) }
    }

    pub(crate) fn happen(&self, world: &mut World) {
        (self.deed)(world);
    }

    /// A container writes a line; an empty one only opens the stream.
    pub(crate) fn log_line(place: LogPlace, line: String) -> Self {
        Self::new(format!("a line in {}", place.stream), move |world| {
            world.logs.write(place.clone(), std::slice::from_ref(&line), world.now);
        })
    }

    /// Somebody stops a task.
    pub fn stop_task(cluster: &str, task: &str) -> Self {
        Self::to_ecs("StopTask", json!({ "cluster": cluster, "task": task }))
    }

    fn to_ecs(operation: &'static str, params: Value) -> Self {
        let name = format!("{operation} {params}");
        Self::new(name, move |world| ask(world, ecs::answer, operation, &params))
    }

    fn to_service(
        (cluster, service): (&str, &str),
        name: &str,
        deed: impl Fn(&mut Service, &mut Scene<'_>) + Send + Sync + 'static,
    ) -> Self {
        let key = ServiceKey::new(REGION, cluster, service);
        Self::new(format!("{name} of {cluster}/{service}"), move |world| {
            world.with_service(&key, &deed);
        })
    }

    fn to_repository(
        repository: &str,
        name: &str,
        deed: impl Fn(&mut Repository, Time) + Send + Sync + 'static,
    ) -> Self {
        let place = Place::new(ACCOUNT, REGION, repository);
        Self::new(format!("{name} of {repository}"), move |world| {
            let now = world.now;
            if let Some(there) = world.registry.repository_mut(&place) {
                deed(there, now);
            }
        })
    }

    /// Somebody else deploys a task definition.
    pub fn deploy(cluster: &str, service: &str, task_definition: &str) -> Self {
        Self::update(cluster, service, json!({ "taskDefinition": task_definition }))
    }

    /// Somebody else deploys the same task definition again.
    pub fn force_new_deployment(cluster: &str, service: &str) -> Self {
        Self::update(cluster, service, json!({ "forceNewDeployment": true }))
    }

    /// Somebody, or autoscaling, changes the desired count.
    pub fn desired_count(cluster: &str, service: &str, count: u32) -> Self {
        Self::update(cluster, service, json!({ "desiredCount": count }))
    }

    fn update(cluster: &str, service: &str, mut params: Value) -> Self {
        params["cluster"] = cluster.into();
        params["service"] = service.into();
        Self::to_ecs("UpdateService", params)
    }

    pub fn deregister(task_definition: &str) -> Self {
        Self::to_ecs("DeregisterTaskDefinition", json!({ "taskDefinition": task_definition }))
    }

    pub fn register(definition: Value) -> Self {
        Self::to_ecs("RegisterTaskDefinition", definition)
    }

    /// Somebody stops the deployment under way, with a rollback. AWS refuses that
    /// while a hook awaits an action.
    pub fn stop_deployment(cluster: &str, service: &str) -> Self {
        Self::to_service((cluster, service), "stop", |service, scene| {
            if hooks::awaiting(service).is_empty() {
                rollout::request_rollback(service, scene);
            }
        })
    }

    /// Somebody answers every hook that awaits an action: `CONTINUE` or
    /// `ROLLBACK`.
    pub fn continue_deployment(cluster: &str, service: &str, action: &str) -> Self {
        assert!(["CONTINUE", "ROLLBACK"].contains(&action), "{action} is no action");
        let goes_on = action == "CONTINUE";
        Self::to_service((cluster, service), action, move |service, scene| {
            for hook in hooks::awaiting(service) {
                hooks::answered(service, scene, &hook, goes_on);
            }
        })
    }

    /// Somebody else deploys a task definition by CodeDeploy. The traffic goes to the
    /// first port of its first container that has one.
    pub fn create_deployment(application: &str, group: &str, task_definition: &str) -> Self {
        let names = json!({ "applicationName": application, "deploymentGroupName": group });
        let reference = task_definition.to_owned();
        Self::new(format!("CreateDeployment of {reference} {names}"), move |world| {
            let Some(found) = world.definitions.find(REGION, &reference) else { return };
            let Balancer { container, port, .. } = Balancer::of(found, "");
            let content = app_spec::write(&found.arn, &container, port);
            let mut params = names.clone();
            params["revision"] = json!({ "revisionType": "AppSpecContent",
                "appSpecContent": { "content": content } });
            ask(world, codedeploy::answer, "CreateDeployment", &params);
        })
    }

    /// Somebody stops the deployment of a group, and says whether it is rolled back
    /// or leaves that to the configuration.
    pub fn stop_code_deploy(application: &str, group: &str, auto_rollback: Option<bool>) -> Self {
        let params = json!({ "autoRollbackEnabled": auto_rollback });
        Self::to_code_deploy(application, group, "StopDeployment", params)
    }

    /// Somebody ends a wait of a group's deployment: `READY_WAIT` or
    /// `TERMINATION_WAIT`.
    pub fn continue_code_deploy(application: &str, group: &str, wait_type: &str) -> Self {
        let params = json!({ "deploymentWaitType": wait_type });
        Self::to_code_deploy(application, group, "ContinueDeployment", params)
    }

    /// An operation on a group's deployment under way.
    fn to_code_deploy(
        application: &str,
        group: &str,
        operation: &'static str,
        params: Value,
    ) -> Self {
        let group = GroupKey::new(REGION, application, group);
        Self::new(format!("{operation} {params} of {group:?}"), move |world| {
            let active = world.codedeploy.active(&group).map(|it| it.id.clone());
            let mut params = params.clone();
            params["deploymentId"] = json!(active);
            ask(world, codedeploy::answer, operation, &params);
        })
    }

    /// From now on a Lambda function does this as a lifecycle hook.
    pub fn hook(function: &str, hook: Hook) -> Self {
        let function = function.to_owned();
        Self::new(format!("{hook:?} of {function}"), move |world| {
            world.behaviours.set_hook(&function, hook.clone());
        })
    }

    pub fn alarm(cluster: &str, service: &str, name: &str) -> Self {
        let alarm = name.to_owned();
        Self::to_service((cluster, service), "alarm", move |service, scene| {
            rollout::alarm(service, scene, &alarm);
        })
    }

    /// An alarm is OK again.
    pub fn alarm_off(cluster: &str, service: &str, name: &str) -> Self {
        let alarm = name.to_owned();
        Self::to_service((cluster, service), "end of alarm", move |service, _| {
            service.alarms.remove(&alarm);
        })
    }

    /// Somebody deletes the service: DRAINING, then INACTIVE.
    pub fn delete_service(cluster: &str, service: &str) -> Self {
        Self::to_service((cluster, service), "deletion", |service, scene| {
            service.status = ServiceStatus::Draining;
            service.desired = 0;
            rollout::abandon(service, scene);
            scheduler::reconcile(service, scene);
        })
    }

    /// Every running task of the service dies by itself.
    pub fn kill_tasks(cluster: &str, service: &str, exit_code: i32) -> Self {
        Self::to_service((cluster, service), "death of the tasks", move |service, scene| {
            let running = service.tasks.iter().filter(|task| task.is_healthy());
            let ids: Vec<String> = running.map(|task| task.id.clone()).collect();
            for id in ids {
                let exit = Exit { container: 0, code: exit_code, reason: None };
                lifecycle::exit(service, scene, &id, &exit);
            }
        })
    }

    /// From now on new tasks of this image behave like this.
    pub fn behave(digest: &str, behaviour: Behaviour) -> Self {
        let image = digest.to_owned();
        Self::new(format!("{behaviour:?} of {image}"), move |world| {
            world.behaviours.set(image.clone(), behaviour.clone());
        })
    }

    pub fn push(repository: &str, tag: &str, image: Image) -> Self {
        let (place, tag) = (Place::new(ACCOUNT, REGION, repository), tag.to_owned());
        Self::new(format!("push of {repository}:{tag}"), move |world| {
            world.registry.push(&place, Some(&tag), &image, world.now);
        })
    }

    /// A tag is moved to another image of the repository.
    pub fn move_tag(repository: &str, tag: &str, digest: &str) -> Self {
        let (tag, digest) = (tag.to_owned(), digest.to_owned());
        Self::to_repository(repository, &format!("{tag} to {digest}"), move |there, _| {
            there.tag(&tag, &digest);
        })
    }

    /// A lifecycle policy deletes an image, by tag or digest.
    pub fn delete_image(repository: &str, which: &str) -> Self {
        let which = which.to_owned();
        Self::to_repository(repository, &format!("deletion of {which}"), move |there, _| {
            there.delete(&which);
        })
    }

    /// A lifecycle policy archives an image, by tag or digest.
    pub fn archive_image(repository: &str, which: &str) -> Self {
        let which = which.to_owned();
        Self::to_repository(repository, &format!("archiving of {which}"), move |there, now| {
            there.archive(&which, now);
        })
    }
}
