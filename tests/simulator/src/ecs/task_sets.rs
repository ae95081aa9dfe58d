//! Task sets: how a service under CodeDeploy runs its tasks.
//!
//! A task set is a revision that CodeDeploy started: the same number names both,
//! and its tasks are the revision's. The service keeps every set at its share of the
//! desired count, and each holds a share of the production traffic. Who starts,
//! shifts and drains them is CodeDeploy's business.

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::ecs::definitions::Definition;
use crate::ecs::lifecycle;
use crate::ecs::model::{DeploymentStatus, Revision, RolloutState, Service};
use crate::ecs::scene::Scene;
use crate::ecs::scheduler;
use crate::words::words;

#[derive(Debug, Clone)]
pub(crate) struct TaskSet {
    /// The number of its revision.
    pub(crate) number: String,
    /// The deployment that made it; `None` for the one a service began with.
    pub(crate) external_id: Option<String>,
    pub(crate) status: TaskSetStatus,
    /// Percent of the service's desired count.
    pub(crate) scale: u32,
    /// Percent of the production traffic.
    pub(crate) traffic: u32,
    pub(crate) balancer: Balancer,
    /// Members that are shown as they were given: platformVersion, …
    pub(crate) settings: Map<String, Value>,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    /// Whether it is in a steady state, and since when it is so or not.
    pub(crate) steady: bool,
    pub(crate) steady_at: Time,
}

words! {
    /// `status` of a task set.
    pub(crate) enum TaskSetStatus {
        Primary = "PRIMARY",
        Active = "ACTIVE",
        Draining = "DRAINING",
    }
}

/// The target group of a task set, and what is registered there.
#[derive(Debug, Clone)]
pub(crate) struct Balancer {
    /// An ARN.
    pub(crate) target_group: String,
    pub(crate) container: String,
    pub(crate) port: u64,
}

impl Balancer {
    /// The first port of the first container that has one.
    pub(crate) fn of(definition: &Definition, target_group: &str) -> Self {
        let mapped = definition.containers().find_map(|container| {
            let port = container.get("portMappings")?.get(0)?.get("containerPort")?.as_u64()?;
            Some((container.get("name")?.as_str()?.to_owned(), port))
        });
        let (container, port) = mapped.unwrap_or_default();
        Self { target_group: target_group.to_owned(), container, port }
    }
}

/// Who served production from an instant on.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    pub(crate) since: Time,
    /// Numbers of task sets, and the percent of each; none has zero.
    pub(crate) shares: Vec<(String, u32)>,
}

/// What a new task set is made of.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// An ARN.
    pub(crate) task_definition: String,
    pub(crate) external_id: String,
    pub(crate) container: String,
    pub(crate) port: u64,
    pub(crate) settings: Map<String, Value>,
}

impl TaskSet {
    /// A set that runs in full and serves nothing yet.
    pub(crate) fn new(number: String, balancer: Balancer, now: Time) -> Self {
        Self {
            number,
            external_id: None,
            status: TaskSetStatus::Active,
            scale: 100,
            traffic: 0,
            balancer,
            settings: Map::new(),
            created: now,
            updated: now,
            steady: false,
            steady_at: now,
        }
    }

    pub(crate) fn id(&self) -> String {
        format!("ecs-svc/{}", self.number)
    }
}

impl Service {
    pub(crate) fn task_set(&self, number: &str) -> Option<&TaskSet> {
        self.task_sets.iter().find(|set| set.number == number)
    }

    pub(crate) fn primary_set(&self) -> Option<&TaskSet> {
        self.task_sets.iter().find(|set| set.status == TaskSetStatus::Primary)
    }

    fn task_set_mut(&mut self, number: &str) -> Option<&mut TaskSet> {
        self.task_sets.iter_mut().find(|set| set.number == number)
    }

    /// How many tasks a set is to have.
    pub(crate) fn wanted_by(&self, set: &TaskSet) -> u32 {
        (self.desired * set.scale).div_ceil(100)
    }
}

/// Starts a task set beside the others; returns its number.
pub(crate) fn begin(service: &mut Service, scene: &mut Scene<'_>, plan: Plan) -> String {
    let number = scene.ids.revision();
    let definition = scene.definition(service, &plan.task_definition);
    let mut revision = Revision::new(number.clone(), definition, scene.now);
    revision.status = DeploymentStatus::Active;
    service.revisions.push(revision);
    let taken = service.primary_set().map(|set| set.balancer.target_group.clone());
    let free = service.target_group_pair.iter().find(|group| Some(*group) != taken.as_ref());
    let balancer = Balancer {
        target_group: free.cloned().unwrap_or_default(),
        container: plan.container,
        port: plan.port,
    };
    let mut set = TaskSet::new(number.clone(), balancer, scene.now);
    set.external_id = Some(plan.external_id);
    set.settings = plan.settings;
    service.task_sets.push(set);
    add_size_event(service, scene, &number);
    reconcile(service, scene);
    number
}

/// Brings a set to its full size, whether it was drained or not.
pub(crate) fn revive(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    if let Some(set) = service.task_set_mut(number) {
        set.scale = 100;
        if set.status == TaskSetStatus::Draining {
            set.status = TaskSetStatus::Active;
        }
        set.updated = scene.now;
    }
    reconcile(service, scene);
}

/// Takes a set's tasks away. Traffic that it still had goes to the primary.
pub(crate) fn drain(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    let Some(set) = service.task_set_mut(number) else { return };
    if set.status == TaskSetStatus::Primary {
        return;
    }
    set.scale = 0;
    set.status = TaskSetStatus::Draining;
    set.updated = scene.now;
    add_size_event(service, scene, number);
    let Some(set) = service.task_set(number) else { return };
    if set.traffic > 0
        && let Some(primary) = service.primary_set().map(|set| set.number.clone())
    {
        shift(service, scene.now, &primary, 100);
    }
    reconcile(service, scene);
}

/// Gives a set this percent of the production traffic; what is left stays with the
/// one other that had most of it. At 100 percent the set becomes the primary.
pub(crate) fn shift(service: &mut Service, now: Time, number: &str, percent: u32) {
    let others = service.task_sets.iter().filter(|set| set.number != number);
    let rest = others.max_by_key(|set| set.traffic).map(|set| set.number.clone());
    for set in &mut service.task_sets {
        set.traffic = if set.number == number {
            percent
        } else if Some(&set.number) == rest.as_ref() {
            100 - percent
        } else {
            0
        };
    }
    if percent == 100 {
        make_primary(service, now, number);
    }
    note_traffic(service, now);
}

fn make_primary(service: &mut Service, now: Time, number: &str) {
    for set in &mut service.task_sets {
        let status = match set.status {
            _ if set.number == number => TaskSetStatus::Primary,
            TaskSetStatus::Primary => TaskSetStatus::Active,
            other => other,
        };
        if status != set.status {
            set.status = status;
            set.updated = now;
        }
    }
    for revision in &mut service.revisions {
        if revision.number == number {
            revision.status = DeploymentStatus::Primary;
            revision.state = RolloutState::Completed;
            revision.updated = now;
        } else if revision.status == DeploymentStatus::Primary {
            revision.status = DeploymentStatus::Active;
        }
    }
}

/// Writes down who serves from now on.
pub(crate) fn note_traffic(service: &mut Service, now: Time) {
    let serving = service.task_sets.iter().filter(|set| set.traffic > 0);
    let shares: Vec<_> = serving.map(|set| (set.number.clone(), set.traffic)).collect();
    if service.traffic.last().is_none_or(|last| last.shares != shares) {
        service.traffic.push(Traffic { since: now, shares });
    }
}

/// Starts and stops tasks until every set has what it is to have. Safe to call at
/// any time.
pub(crate) fn reconcile(service: &mut Service, scene: &mut Scene<'_>) {
    let numbers: Vec<String> = service.task_sets.iter().map(|it| it.number.clone()).collect();
    for number in &numbers {
        stop_surplus(service, scene, number);
        start_missing(service, scene, number);
    }
    forget_empty(service);
    for number in &numbers {
        note_steadiness(service, scene, number);
    }
}

fn stop_surplus(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    let Some(set) = service.task_set(number) else { return };
    let victims = scheduler::surplus(service, number, service.wanted_by(set));
    let victims: Vec<String> = victims.into_iter().map(|task| task.id.clone()).collect();
    let surplus = victims.len();
    if surplus == 0 {
        return;
    }
    let reason = format!("Scaling activity initiated by (taskSet ecs-svc/{number})");
    for id in &victims {
        lifecycle::stop(service, scene, id, &reason);
    }
    add_event(
        service,
        scene,
        number,
        &format!("has begun draining connections on {surplus} tasks."),
    );
    let listed = scheduler::listed(&victims);
    add_event(service, scene, number, &format!("has stopped {surplus} running tasks: {listed}."));
}

fn start_missing(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    let Some(set) = service.task_set(number) else { return };
    let missing = service.wanted_by(set).saturating_sub(service.counts(number).live);
    if missing == 0 || scene.now < service.retry.not_before {
        return;
    }
    if !scheduler::finds_a_place(service, scene, number) {
        return;
    }
    let started: Vec<String> =
        (0..missing).map(|_| lifecycle::start(service, scene, number)).collect();
    let listed = scheduler::listed(&started);
    add_event(service, scene, number, &format!("has started {missing} tasks: {listed}."));
}

/// A drained set is listed until its last task has stopped.
fn forget_empty(service: &mut Service) {
    let gone: Vec<String> = service
        .task_sets
        .iter()
        .filter(|set| set.status == TaskSetStatus::Draining)
        .filter(|set| service.counts(&set.number).unfinished == 0)
        .map(|set| set.number.clone())
        .collect();
    service.task_sets.retain(|set| !gone.contains(&set.number));
    for revision in service.revisions.iter_mut().filter(|it| gone.contains(&it.number)) {
        revision.status = DeploymentStatus::Inactive;
    }
}

fn note_steadiness(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    let Some(set) = service.task_set(number) else { return };
    let counts = service.counts(number);
    let wanted = service.wanted_by(set);
    let steady = counts.live == wanted && counts.healthy == wanted && counts.unfinished == wanted;
    let (now, changed) = (scene.now, steady != set.steady);
    let running = steady && set.scale > 0;
    if let Some(set) = service.task_set_mut(number).filter(|_| changed) {
        set.steady = steady;
        set.steady_at = now;
        if running {
            service.retry = crate::ecs::model::Retry::default();
            service.events.resolved();
            add_event(service, scene, number, "updated state to STEADY_STATE.");
            if service.task_sets.iter().all(|set| set.steady) {
                scene.add_event(service, "has reached a steady state.");
            }
        }
    }
}

/// Says how many tasks a set is to have from now on.
fn add_size_event(service: &mut Service, scene: &mut Scene<'_>, number: &str) {
    let Some(wanted) = service.task_set(number).map(|set| service.wanted_by(set)) else { return };
    let size = format!("updated computedDesiredCount for taskSet ecs-svc/{number} to {wanted}.");
    scene.add_event(service, &size);
}

/// Adds `(service NAME, taskSet ecs-svc/N) …` to the events; without the set where the
/// revision is none.
pub(super) fn add_event(service: &mut Service, scene: &mut Scene<'_>, number: &str, what: &str) {
    let Some(set) = service.task_set(number) else { return scene.add_event(service, what) };
    let message = format!("(service {}, taskSet {}) {what}", service.key.name, set.id());
    service.events.add(scene.ids, scene.now, message);
}
