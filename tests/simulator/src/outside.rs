//! The world outside the product: other people, alarms, images that change.

use serde_json::{Map, Value, json};

use crate::behaviour::{Behaviour, Hook};
use crate::codedeploy::model::GroupKey;
use crate::codedeploy::order::Order;
use crate::ecr::image::Image;
use crate::ecr::registry::Place;
use crate::ecs;
use crate::ecs::model::{ServiceKey, ServiceStatus};
use crate::ecs::native::hooks;
use crate::ecs::{lifecycle, rollout, scheduler};
use crate::timers::Exit;
use crate::wire::Params;
use crate::world::{ACCOUNT, Caller, REGION, World};

/// Something that happens without the product, at once or at a planned time, in
/// the default account and Region. What AWS would refuse changes nothing.
#[derive(Debug, Clone)]
pub struct Act(Deed);

#[derive(Debug, Clone)]
enum Deed {
    Call {
        operation: &'static str,
        params: Value,
    },
    /// CodeDeploy's operation on a group, or on its deployment under way.
    CodeDeploy {
        group: GroupKey,
        order: Order,
    },
    Hook {
        function: String,
        hook: Hook,
    },
    StopDeployment(ServiceKey),
    AnswerHooks {
        service: ServiceKey,
        goes_on: bool,
    },
    Alarm {
        service: ServiceKey,
        name: String,
    },
    AlarmOff {
        service: ServiceKey,
        name: String,
    },
    DeleteService(ServiceKey),
    KillTasks {
        service: ServiceKey,
        exit_code: i32,
    },
    Behave {
        image: String,
        behaviour: Behaviour,
    },
    Push {
        repository: Place,
        tag: String,
        image: Image,
    },
    MoveTag {
        repository: Place,
        tag: String,
        digest: String,
    },
    DeleteImage {
        repository: Place,
        which: String,
    },
    ArchiveImage {
        repository: Place,
        which: String,
    },
}

fn key(cluster: &str, service: &str) -> ServiceKey {
    ServiceKey { region: REGION.into(), cluster: cluster.into(), name: service.into() }
}

fn place(repository: &str) -> Place {
    Place { account: ACCOUNT.into(), region: REGION.into(), repository: repository.into() }
}

impl Act {
    /// Somebody else deploys a task definition.
    pub fn deploy(cluster: &str, service: &str, task_definition: &str) -> Self {
        Self::update(cluster, service, &json!({ "taskDefinition": task_definition }))
    }

    /// Somebody else deploys the same task definition again.
    pub fn force_new_deployment(cluster: &str, service: &str) -> Self {
        Self::update(cluster, service, &json!({ "forceNewDeployment": true }))
    }

    /// Somebody, or autoscaling, changes the desired count.
    pub fn desired_count(cluster: &str, service: &str, count: u32) -> Self {
        Self::update(cluster, service, &json!({ "desiredCount": count }))
    }

    /// Somebody else sends this UpdateService.
    pub fn update(cluster: &str, service: &str, members: &Value) -> Self {
        let mut params = json!({ "cluster": cluster, "service": service });
        if let (Some(params), Some(members)) = (params.as_object_mut(), members.as_object()) {
            params.extend(members.clone());
        }
        Self(Deed::Call { operation: "UpdateService", params })
    }

    /// Somebody deregisters a task definition.
    pub fn deregister(task_definition: &str) -> Self {
        let params = json!({ "taskDefinition": task_definition });
        Self(Deed::Call { operation: "DeregisterTaskDefinition", params })
    }

    /// Somebody registers a task definition.
    pub fn register(definition: Value) -> Self {
        Self(Deed::Call { operation: "RegisterTaskDefinition", params: definition })
    }

    /// Somebody stops the deployment under way, with a rollback. AWS refuses that
    /// while a hook awaits an action.
    pub fn stop_deployment(cluster: &str, service: &str) -> Self {
        Self(Deed::StopDeployment(key(cluster, service)))
    }

    /// Somebody answers every hook that awaits an action: `CONTINUE` or
    /// `ROLLBACK`.
    ///
    /// # Panics
    /// If it is another action.
    pub fn continue_deployment(cluster: &str, service: &str, action: &str) -> Self {
        assert!(["CONTINUE", "ROLLBACK"].contains(&action), "{action} is no action");
        let service = key(cluster, service);
        Self(Deed::AnswerHooks { service, goes_on: action == "CONTINUE" })
    }

    /// Somebody else deploys a task definition by CodeDeploy. The traffic goes to the
    /// first port of its first container that has one.
    pub fn create_deployment(application: &str, group: &str, task_definition: &str) -> Self {
        let task_definition = task_definition.to_owned();
        Self::code_deploy(application, group, Order::Create { task_definition })
    }

    /// The same with this AppSpec, which may name hooks.
    pub fn create_deployment_of(application: &str, group: &str, app_spec: &Value) -> Self {
        let content = app_spec.to_string();
        Self::code_deploy(application, group, Order::CreateOf { content })
    }

    /// Somebody stops the deployment of a group, and says whether it is rolled back
    /// or leaves that to the configuration.
    pub fn stop_code_deploy(application: &str, group: &str, auto_rollback: Option<bool>) -> Self {
        Self::code_deploy(application, group, Order::Stop { auto_rollback })
    }

    /// Somebody ends a wait of a group's deployment: `READY_WAIT` or
    /// `TERMINATION_WAIT`.
    pub fn continue_code_deploy(application: &str, group: &str, wait_type: &str) -> Self {
        let wait_type = wait_type.to_owned();
        Self::code_deploy(application, group, Order::Continue { wait_type })
    }

    fn code_deploy(application: &str, group: &str, order: Order) -> Self {
        let (region, application, group) = (REGION.into(), application.into(), group.into());
        Self(Deed::CodeDeploy { group: GroupKey { region, application, group }, order })
    }

    /// From now on a Lambda function does this as a lifecycle hook.
    pub fn hook(function: &str, hook: Hook) -> Self {
        Self(Deed::Hook { function: function.into(), hook })
    }

    /// An alarm goes off.
    pub fn alarm(cluster: &str, service: &str, name: &str) -> Self {
        Self(Deed::Alarm { service: key(cluster, service), name: name.into() })
    }

    /// An alarm is OK again.
    pub fn alarm_off(cluster: &str, service: &str, name: &str) -> Self {
        Self(Deed::AlarmOff { service: key(cluster, service), name: name.into() })
    }

    /// Somebody deletes the service: DRAINING, then INACTIVE.
    pub fn delete_service(cluster: &str, service: &str) -> Self {
        Self(Deed::DeleteService(key(cluster, service)))
    }

    /// Every running task of the service dies by itself.
    pub fn kill_tasks(cluster: &str, service: &str, exit_code: i32) -> Self {
        Self(Deed::KillTasks { service: key(cluster, service), exit_code })
    }

    /// From now on new tasks of this image fare otherwise.
    pub fn behave(digest: &str, behaviour: Behaviour) -> Self {
        Self(Deed::Behave { image: digest.into(), behaviour })
    }

    /// A build pushes an image.
    pub fn push(repository: &str, tag: &str, image: Image) -> Self {
        Self(Deed::Push { repository: place(repository), tag: tag.into(), image })
    }

    /// A tag is moved to another image of the repository.
    pub fn move_tag(repository: &str, tag: &str, digest: &str) -> Self {
        let (tag, digest) = (tag.into(), digest.into());
        Self(Deed::MoveTag { repository: place(repository), tag, digest })
    }

    /// A lifecycle policy deletes an image, by tag or digest.
    pub fn delete_image(repository: &str, which: &str) -> Self {
        Self(Deed::DeleteImage { repository: place(repository), which: which.into() })
    }

    /// A lifecycle policy archives an image, by tag or digest.
    pub fn archive_image(repository: &str, which: &str) -> Self {
        Self(Deed::ArchiveImage { repository: place(repository), which: which.into() })
    }

    pub(crate) fn happen(self, world: &mut World) {
        match self.0 {
            Deed::Call { operation, params } => {
                let caller = Caller { account: ACCOUNT.into(), region: REGION.into() };
                let none = Map::new();
                let params = Params(params.as_object().unwrap_or(&none));
                // A refusal is an answer to somebody else.
                let _ = ecs::answer(operation, world, &caller, params);
            }
            Deed::CodeDeploy { group, order } => order.give(world, &group),
            Deed::Hook { function, hook } => world.behaviours.set_hook(&function, hook),
            Deed::StopDeployment(key) => {
                world.with_service(&key, |service, scene| {
                    if hooks::awaiting(service).is_empty() {
                        rollout::request_rollback(service, scene);
                    }
                });
            }
            Deed::AnswerHooks { service, goes_on } => {
                world.with_service(&service, |service, scene| {
                    for hook in hooks::awaiting(service) {
                        hooks::answered(service, scene, &hook, goes_on);
                    }
                });
            }
            Deed::Alarm { service, name } => {
                world.with_service(&service, |service, scene| {
                    rollout::alarm(service, scene, &name);
                });
            }
            Deed::AlarmOff { service, name } => {
                world.with_service(&service, |service, _| service.alarms.remove(&name));
            }
            Deed::DeleteService(key) => {
                world.with_service(&key, |service, scene| {
                    service.status = ServiceStatus::Draining;
                    service.desired = 0;
                    rollout::abandon(service, scene);
                    scheduler::reconcile(service, scene);
                });
            }
            Deed::KillTasks { service, exit_code } => {
                world.with_service(&service, |service, scene| {
                    let running = service.tasks.iter().filter(|task| task.is_healthy());
                    let ids: Vec<String> = running.map(|task| task.id.clone()).collect();
                    let exit = Exit { container: 0, code: exit_code, reason: None };
                    for id in ids {
                        lifecycle::exit(service, scene, &id, &exit);
                    }
                });
            }
            Deed::Behave { image, behaviour } => world.behaviours.set(image, behaviour),
            Deed::Push { repository, tag, image } => {
                let _ = world.registry.push(&repository, Some(&tag), &image, world.now);
            }
            Deed::MoveTag { repository, tag, digest } => {
                if let Some(there) = world.registry.repository_mut(&repository) {
                    let _ = there.tag(&tag, &digest);
                }
            }
            Deed::DeleteImage { repository, which } => {
                if let Some(there) = world.registry.repository_mut(&repository) {
                    there.delete(&which);
                }
            }
            Deed::ArchiveImage { repository, which } => {
                let now = world.now;
                if let Some(there) = world.registry.repository_mut(&repository) {
                    there.archive(&which, Some(now));
                }
            }
        }
    }
}
