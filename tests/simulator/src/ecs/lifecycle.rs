//! The life of a task, from PROVISIONING to STOPPED, as its images behave.

use std::time::Duration;

use crate::behaviour::{Behaviour, HealthCheck};
use crate::ecr::image::{Manifest, digest_of};
use crate::ecr::reference::{Fit, Reference, fits};
use crate::ecs::model::{Controller, Service};
use crate::ecs::scene::Scene;
use crate::ecs::task::{Health, Phase, Task};
use crate::ecs::{awslogs, rollout, scheduler, task_sets};
use crate::elb::TargetGroup;
use crate::timers::{Exit, Step};
use crate::world::World;

/// How long ECS lists a task after it stopped.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Creates a task of a revision; returns its id.
pub(crate) fn start(service: &mut Service, scene: &mut Scene<'_>, number: &str) -> String {
    let revision = service.revision(number).expect("a goal is a known revision");
    let id = scene.ids.task();
    let definition = scene.definition(service, &revision.task_definition);
    let task = Task::new(id.clone(), revision, definition, scene.now);
    service.tasks.push(task);
    scene.after(scene.pace.provision, service, Step::Pull { task: id.clone() });
    id
}

/// A task that ECS wants to run and that has not stopped.
fn live(service: &mut Service, id: &str) -> Option<usize> {
    service.tasks.iter().position(|task| task.id == id && task.is_live())
}

/// The pull starts: tags are resolved now, not when the deployment was made.
pub(crate) fn pull(service: &mut Service, scene: &mut Scene<'_>, id: &str) {
    let Some(index) = live(service, id) else { return };
    let task = &mut service.tasks[index];
    task.phase = Phase::Pending;
    task.pull_started = Some(scene.now);
    let step = match fate(service, scene, index) {
        Fate::FailsToStart(reason) => Step::FailToStart { task: id.to_owned(), reason },
        Fate::Runs(..) => Step::Run { task: id.to_owned() },
    };
    scene.after(scene.pace.pull, service, step);
}

/// What will become of a task.
enum Fate {
    FailsToStart(String),
    /// What the task does, and which container makes it do so.
    Runs(Behaviour, usize),
}

/// Resolves the images of a task, notes their digests, and finds the first
/// container that does not simply run.
fn fate(service: &mut Service, scene: &Scene<'_>, index: usize) -> Fate {
    let number = service.tasks[index].revision.clone();
    let arn = service.tasks[index].task_definition.clone();
    let definition = scene.definition(service, &arn);
    let platform = definition.platform();
    let all = 0..service.tasks[index].containers.len();
    let is_essential: Vec<bool> = all.clone().map(|at| definition.is_essential(at)).collect();
    let checks = service.target_group_settings.map(TargetGroup::checks);
    let mut fate = (Behaviour::Healthy { ready_after: checks.unwrap_or(scene.pace.settle) }, 0);
    for at in all {
        let revision = service.revision_mut(&number).expect("a task has a revision");
        let Some(image) = revision.images.get_mut(at) else { continue };
        let known = image.digest.clone().filter(|_| image.pinned);
        let found = match resolve(scene, &image.image, known.as_deref(), platform) {
            Ok(found) => found,
            Err(reason) => return Fate::FailsToStart(reason),
        };
        if image.pinned {
            image.digest = Some(found.digest.clone());
        }
        let pinned = image.pinned;
        let container = &mut service.tasks[index].containers[at];
        container.pulled(&found.digest, pinned);
        container.writes = found.writes;
        let own = scene.behaviours.of_container(&container.name, &found.digest).cloned();
        match own.or(found.behaviour) {
            Some(Behaviour::FailsToStart { reason }) => return Fate::FailsToStart(reason),
            Some(Behaviour::CannotPull) => {
                return Fate::FailsToStart(not_found(&container.image));
            }
            // The task goes on without it.
            Some(Behaviour::Crashes { .. } | Behaviour::RunsOutOfMemory { .. })
                if !is_essential[at] => {}
            Some(other) if matches!(fate.0, Behaviour::Healthy { .. }) => fate = (other, at),
            Some(_) | None => {}
        }
    }
    Fate::Runs(fate.0, fate.1)
}

/// An image that can be pulled.
struct Found {
    digest: String,
    behaviour: Option<Behaviour>,
    /// What its containers log.
    writes: Vec<String>,
}

impl Found {
    /// An image that behaves as somebody said under this name.
    fn named(scene: &Scene<'_>, name: &str, digest: String) -> Self {
        let behaviour = scene.behaviours.of(name).cloned();
        Self { digest, behaviour, writes: scene.behaviours.lines_of(name) }
    }
}

/// What is behind an image, or why it cannot be pulled.
fn resolve(
    scene: &Scene<'_>,
    image: &str,
    known: Option<&str>,
    (os, architecture): (&str, &str),
) -> Result<Found, String> {
    let Some(mut reference) = Reference::parse(image) else {
        // Another registry: everything is there.
        let digest = image.rsplit_once('@').map(|(_, digest)| digest.to_owned());
        let digest = digest.unwrap_or_else(|| digest_of(image.as_bytes()));
        return Ok(Found::named(scene, image, digest));
    };
    if let Some(known) = known {
        reference.digest = Some(known.to_owned());
    }
    let Some(manifest) = reference.pull(scene.registry) else {
        let pinned = known.filter(|_| !image.contains('@'));
        return Err(not_found(&pinned.map_or(image.to_owned(), |d| format!("{image}@{d}"))));
    };
    let digest = scene.behaviours.shown(manifest, (os, architecture));
    match fits(manifest, os, architecture) {
        Fit::Runs => Ok(Found::named(scene, &manifest.digest, digest)),
        Fit::WrongFormat => Ok(Found {
            digest,
            behaviour: Some(Behaviour::Crashes { after: Duration::from_secs(1), exit_code: 255 }),
            writes: vec!["exec /app: exec format error".to_owned()],
        }),
        Fit::NotListed => Err(format!(
            "CannotPullContainerError: image Manifest does not contain descriptor matching \
             platform '{os}/{architecture}'"
        )),
    }
}

/// The digest that a task of no service gets for an image, or why it gets none.
pub(crate) fn pulls(world: &World, image: &str, platform: (&str, &str)) -> Result<String, String> {
    let shown = |manifest: &Manifest| world.behaviours.shown(manifest, platform);
    let Some(reference) = Reference::parse(image) else { return Ok(digest_of(image.as_bytes())) };
    reference.pull(&world.registry).map(shown).ok_or_else(|| not_found(image))
}

fn not_found(image: &str) -> String {
    format!(
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to \
         resolve ref {image}: {image}: not found"
    )
}

/// The containers start; what they do from here on is planned.
pub(crate) fn run(service: &mut Service, scene: &mut Scene<'_>, id: &str) {
    let Some(index) = live(service, id) else { return };
    let (behaviour, container) = match fate(service, scene, index) {
        Fate::FailsToStart(reason) => return fail_to_start(service, scene, id, &reason),
        Fate::Runs(behaviour, container) => (behaviour, container),
    };
    let task = &mut service.tasks[index];
    task.phase = Phase::Running;
    task.pull_stopped = Some(scene.now);
    task.started = Some(scene.now);
    for container in &mut task.containers {
        container.runtime_id = Some(scene.ids.task());
    }
    if let Behaviour::FailsHealthChecks { after, check: HealthCheck::LoadBalancer } = behaviour {
        // ECS acts later than the load balancer: it waits for a grace period.
        task.refused_from = Some(scene.now + after / 2);
    }
    let number = task.revision.clone();
    let definition = scene.definitions.find(&service.key.region, &task.task_definition);
    if let Some(definition) = definition {
        awslogs::carry(scene.logs, definition, &service.key.region, task, scene.now);
    }
    if let Some(revision) = service.revision_mut(&number) {
        revision.failed_tasks = 0;
    }
    plan(service, scene, id, &behaviour, container);
    if let Some(group) = service.target_group_of(&number).map(str::to_owned) {
        let registered = format!("registered 1 targets in (target-group {group})");
        task_sets::add_event(service, scene, &number, &registered);
    }
}

/// Plans what a running task does.
fn plan(
    service: &Service,
    scene: &mut Scene<'_>,
    id: &str,
    behaviour: &Behaviour,
    container: usize,
) {
    let task = id.to_owned();
    let exit = |code, reason| {
        let exit = Exit { container, code, reason };
        Step::Exit { task: id.to_owned(), exit }
    };
    match behaviour {
        Behaviour::Healthy { ready_after } => {
            scene.after(*ready_after, service, Step::Ready { task });
        }
        Behaviour::Crashes { after, exit_code } => {
            settle_before(service, scene, id, *after);
            scene.after(*after, service, exit(*exit_code, None));
        }
        Behaviour::RunsOutOfMemory { after } => {
            settle_before(service, scene, id, *after);
            let reason = "OutOfMemoryError: Container killed due to memory usage".to_owned();
            scene.after(*after, service, exit(137, Some(reason)));
        }
        Behaviour::FailsHealthChecks { after, check } => {
            let by_load_balancer = *check == HealthCheck::LoadBalancer;
            scene.after(*after, service, Step::Unhealthy { task, by_load_balancer });
        }
        Behaviour::Hangs
        | Behaviour::CannotPull
        | Behaviour::FailsToStart { .. }
        | Behaviour::CannotBePlaced { .. } => {}
    }
}

/// Without anything that checks it, a task counts as healthy after a while, and
/// a crash that comes later comes too late for the deployment. CodeDeploy looks no
/// longer than until the load balancer's first checks went well.
fn settle_before(service: &Service, scene: &mut Scene<'_>, id: &str, crash: Duration) {
    let checked = service.has_load_balancer() && service.controller != Controller::CodeDeploy;
    if crash > scene.pace.settle && !checked {
        scene.after(scene.pace.settle, service, Step::Ready { task: id.to_owned() });
    }
}

pub(crate) fn ready(service: &mut Service, scene: &mut Scene<'_>, id: &str) {
    let Some(index) = live(service, id) else { return };
    service.tasks[index].health = Health::Healthy;
    let number = service.tasks[index].revision.clone();
    rollout::task_became_healthy(service, &number);
    scheduler::reconcile(service, scene);
}

pub(crate) fn fail_to_start(service: &mut Service, scene: &mut Scene<'_>, id: &str, why: &str) {
    let Some(index) = live(service, id) else { return };
    let task = &mut service.tasks[index];
    task.stop_code = Some("TaskFailedToStart");
    task.stopped_reason = Some(why.to_owned());
    task.pull_stopped = Some(scene.now);
    task.stopping = Some(scene.now);
    if why.starts_with("CannotPullContainerError") {
        for container in &mut task.containers {
            container.reason = Some(why.to_owned());
        }
    }
    let number = task.revision.clone();
    let created = task.created;
    end(service, scene, index);
    if let Some(revision) = service.revision_mut(&number) {
        revision.failed_tasks += 1;
    }
    if why.starts_with("ResourceInitializationError") {
        scene.add_event_once(service, &format!("was unable to place a task. Reason: {why}."));
    }
    scheduler::back_off(service, scene, created);
    rollout::task_failed(service, scene, &number);
    scheduler::reconcile(service, scene);
}

/// The essential container of a running task exits by itself.
pub(crate) fn exit(service: &mut Service, scene: &mut Scene<'_>, id: &str, exit: &Exit) {
    let Some(index) = live(service, id) else { return };
    let task = &mut service.tasks[index];
    task.stop_code = Some("EssentialContainerExited");
    task.stopped_reason = Some("Essential container in task exited".to_owned());
    task.stopping = Some(scene.now);
    for (at, container) in task.containers.iter_mut().enumerate() {
        if at == exit.container {
            container.exit_code = Some(exit.code);
            container.reason.clone_from(&exit.reason);
        } else {
            // The others are told to stop and do.
            container.exit_code = Some(143);
        }
    }
    let number = task.revision.clone();
    end(service, scene, index);
    scheduler::pause_before_restart(service, scene);
    rollout::task_failed(service, scene, &number);
    scheduler::reconcile(service, scene);
}

/// A health check gives up on a task, and ECS stops it.
pub(crate) fn unhealthy(
    service: &mut Service,
    scene: &mut Scene<'_>,
    id: &str,
    by_load_balancer: bool,
) {
    let Some(index) = live(service, id) else { return };
    service.tasks[index].health = Health::Unhealthy;
    let number = service.tasks[index].revision.clone();
    let group = service.target_group_of(&number).unwrap_or("none").to_owned();
    let reason = if by_load_balancer {
        scene.add_event_once(
            service,
            &format!(
                "(port 8080) is unhealthy in (target-group {group}) due to (reason Health checks \
                 failed with these codes: [500])"
            ),
        );
        format!("Task failed ELB health checks in (target-group {group})")
    } else {
        scene.add_event(service, &format!("(task {id}) failed container health checks."));
        "Task failed container health checks".to_owned()
    };
    stop(service, scene, id, &reason);
    scheduler::pause_before_restart(service, scene);
    rollout::task_failed(service, scene, &number);
    scheduler::reconcile(service, scene);
}

/// ECS's scheduler stops a task: SIGTERM, then STOPPED after a while.
pub(crate) fn stop(service: &mut Service, scene: &mut Scene<'_>, id: &str, reason: &str) {
    let Some(index) = live(service, id) else { return };
    let task = &mut service.tasks[index];
    task.wanted = false;
    task.stop_code = Some("ServiceSchedulerInitiated");
    task.stopped_reason = Some(reason.to_owned());
    task.stopping = Some(scene.now);
    if task.phase == Phase::Running {
        task.phase = Phase::Deactivating;
        let drains = service.target_group_settings.map(TargetGroup::drains);
        scene.after(
            drains.unwrap_or(scene.pace.drain),
            service,
            Step::Stopped { task: id.to_owned() },
        );
    } else {
        end(service, scene, index);
    }
}

/// A task that was told to stop has stopped.
pub(crate) fn stopped(service: &mut Service, scene: &mut Scene<'_>, id: &str) {
    let unfinished = |task: &Task| task.id == id && task.phase != Phase::Stopped;
    let Some(index) = service.tasks.iter().position(unfinished) else { return };
    for container in &mut service.tasks[index].containers {
        container.exit_code = Some(143);
    }
    end(service, scene, index);
    scheduler::reconcile(service, scene);
}

fn end(service: &mut Service, scene: &Scene<'_>, index: usize) {
    let now = scene.now;
    let task = &mut service.tasks[index];
    task.wanted = false;
    task.phase = Phase::Stopped;
    task.stopped = Some(now);
    service.tasks.retain(|task| task.stopped.is_none_or(|at| at + REMEMBERED > now));
}
