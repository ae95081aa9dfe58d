//! How a deployment ends: success, failure, a stop; and the rollback after it.

use crate::codedeploy::app_spec::{self, AppSpec};
use crate::codedeploy::configs::ALL_AT_ONCE;
use crate::codedeploy::deployment::{At, Deployment, Replacement, Status, Stopping};
use crate::codedeploy::events::EventStatus;
use crate::codedeploy::life::{self, Step};
use crate::codedeploy::model::{Content, Fault};
use crate::codedeploy::target_view;
use crate::ecs::task_sets;
use crate::world::World;

/// The events of an `autoRollbackConfiguration`.
const ON_FAILURE: &str = "DEPLOYMENT_FAILURE";
const ON_ALARM: &str = "DEPLOYMENT_STOP_ON_ALARM";
const ON_REQUEST: &str = "DEPLOYMENT_STOP_ON_REQUEST";

struct End<'a> {
    status: Status,
    fault: Option<Fault>,
    /// The event that may call for a rollback.
    event: &'a str,
    /// What somebody said about a rollback, whatever is configured.
    said: Option<bool>,
}

pub(super) fn succeed(world: &mut World, id: &str, terminates: bool) {
    let Some(deployment) = world.codedeploy.deployment(id) else { return };
    let (service, old) = (deployment.service.clone(), deployment.blue.clone());
    if let Some(old) = old.filter(|_| terminates) {
        world.with_service(&service, |service, scene| task_sets::drain(service, scene, &old));
    }
    end(world, id, End { status: Status::Succeeded, fault: None, event: "", said: Some(false) });
}

pub(super) fn fail(world: &mut World, id: &str, fault: Fault) {
    let (status, fault) = (Status::Failed, Some(fault));
    end(world, id, End { status, fault, event: ON_FAILURE, said: None });
}

/// Nobody let the traffic go within the time for it.
pub(super) fn nobody_continued(world: &mut World, id: &str) {
    let wait = world.codedeploy.deployment(id).and_then(Deployment::ready_wait).unwrap_or(0);
    let message = format!(
        "The deployment timed out while waiting for a notification to continue. This time out \
         period is {wait} minutes."
    );
    let fault = Some(Fault { code: "TIMEOUT", message });
    end(world, id, End { status: Status::Stopped, fault, event: ON_FAILURE, said: None });
}

/// Somebody asks for a stop; whether it is done at once.
pub(super) fn request_stop(world: &mut World, id: &str, said: Option<bool>) -> bool {
    let Some(deployment) = world.codedeploy.deployment_mut(id) else { return true };
    let waiting = matches!(deployment.at, At::Created | At::Queued);
    if deployment.stopping.is_none() {
        deployment.stopping = Some(Stopping::Request(said));
        if waiting {
            stopped(world, id);
        } else {
            life::after(world, id, world.pace.rollback_delay, Step::Stop);
        }
    }
    waiting
}

/// What was asked to stop does so.
pub(super) fn stopped(world: &mut World, id: &str) {
    let stopping = world.codedeploy.deployment_mut(id).and_then(|it| it.stopping.take());
    let (fault, event, said) = match stopping {
        None => return,
        Some(Stopping::Request(said)) => (Fault::stopped_by_a_user(), ON_REQUEST, said),
        Some(Stopping::Alarms(names)) => {
            let message = format!(
                "One or more alarms have been activated according to the Amazon CloudWatch metrics \
                 you selected, and the affected deployments have been stopped. Activated alarms: \
                 <{}>",
                names.join(", ")
            );
            (Fault { code: "ALARM_ACTIVE", message }, ON_ALARM, None)
        }
    };
    end(world, id, End { status: Status::Stopped, fault: Some(fault), event, said });
}

fn end(world: &mut World, id: &str, end: End<'_>) {
    let now = world.now;
    let Some(deployment) = world.codedeploy.deployment_mut(id) else { return };
    for progress in &mut deployment.events {
        match progress.status {
            EventStatus::InProgress => {
                progress.status = EventStatus::Failed;
                progress.ended = Some(now);
            }
            EventStatus::Pending => progress.status = EventStatus::Skipped,
            EventStatus::Succeeded | EventStatus::Failed | EventStatus::Skipped => {}
        }
    }
    deployment.at = At::Over;
    deployment.turn += 1;
    deployment.status = end.status;
    deployment.fault = end.fault;
    deployment.completed = Some(now);
    deployment.updated = now;
    let wanted = end.said.unwrap_or_else(|| deployment.rolls_back_on(end.event));
    // Before there is a replacement, there is nothing to roll back.
    let possible = deployment.rolls_back.is_none() && deployment.green.is_some();
    let ended = deployment.clone();
    let due = wanted && possible && rollback_plan(world, &ended).is_some();
    let sets = target_view::task_sets(world, &ended);
    if let Some(deployment) = world.codedeploy.deployment_mut(id) {
        deployment.rollback_due = due;
        deployment.sets_at_end = Some(sets);
    }
    if due {
        life::after(world, id, world.pace.rollback_delay, Step::RollBack);
    }
}

/// What a rollback deploys: the task set from before, if it is still there and is what was
/// last deployed successfully, else a new one of that revision.
fn rollback_plan(
    world: &World,
    deployment: &Deployment,
) -> Option<(Replacement, Content, AppSpec)> {
    let service = world.services.get(&deployment.service)?;
    let last = world.codedeploy.last_successful(&deployment.group);
    let before = deployment.blue.as_deref();
    let before = before.and_then(|it| Some((service.task_set(it)?, service.revision(it)?)));
    if let Some((set, revision)) = before {
        let same = last.is_none_or(|last| {
            let named = &last.spec.resource().task_definition;
            let definition = world.definitions.find(&deployment.group.region, named);
            set.external_id.as_ref() == Some(&last.id)
                || definition.is_some_and(|it| it.arn == revision.task_definition)
        });
        if same {
            let content = last.map(|it| it.content.clone()).unwrap_or_else(|| {
                let balancer = &set.balancer;
                Content::new(app_spec::write(
                    &revision.task_definition,
                    &balancer.container,
                    balancer.port,
                ))
            });
            let spec = AppSpec::read(&content.text).ok()?;
            return Some((Replacement::Existing(set.number.clone()), content, spec));
        }
    }
    last.map(|last| (Replacement::New, last.content.clone(), last.spec.clone()))
}

/// Makes the rollback that is due.
pub(super) fn roll_back(world: &mut World, id: &str) {
    let Some(undone) = world.codedeploy.deployment_mut(id) else { return };
    undone.rollback_due = false;
    let undone = undone.clone();
    let Some((replacement, content, spec)) = rollback_plan(world, &undone) else { return };
    let new = world.ids.deployment();
    let Some(group) = undone.group.find(&world.codedeploy) else { return };
    let key = (&undone.group, group);
    let service = undone.service.clone();
    let mut rollback = Deployment::new(new.clone(), key, service, (content, spec), world.now);
    rollback.config = ALL_AT_ONCE.to_owned();
    rollback.replacement = replacement;
    rollback.rolls_back = Some(id.to_owned());
    // What set the alarm off may keep it on.
    rollback.alarms.clear();
    if let Some(undone) = world.codedeploy.deployment_mut(id) {
        undone.rolled_back_by = Some(new);
    }
    life::begin(world, rollback);
}
