//! Chooses the one cause that is told, over everything that is known.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use crate::ecs::{Controller, Event, LogTail, TargetHealth, TargetState, Task, TaskContainer};

use super::context::Context;
use super::events::words;
use super::evidence::Evidence;
use super::failed_step::FailedStep;
use super::row::{Finding, Rank, Signal, find};
use super::rows;
use super::stop_kind::{Retryable, StopKind};
use super::stopped_task;
use super::text::plain;

/// The cause and the next move, as they are told.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) cause: String,
    pub(super) next: Option<String>,
    /// Whose process has ended, where that is the cause.
    pub(super) container: Option<String>,
    pub(super) is_known: bool,
}

/// One thing that may have been the cause.
#[derive(Debug)]
struct Candidate {
    rank: Rank,
    /// What can't heal explains more than what may.
    retryable: Retryable,
    /// How many tasks died of it.
    tasks: usize,
    place: usize,
    next: Option<String>,
    container: Option<String>,
}

/// Candidates by their sentence. The order of the map and of the moves settles
/// ties, so that the order in which ECS lists things never does.
#[derive(Debug, Default)]
struct Candidates(BTreeMap<String, Candidate>);

impl Candidates {
    fn add(&mut self, cause: String, candidate: Candidate) {
        let tasks = candidate.tasks;
        let weight = |it: &Candidate| (it.rank, it.retryable, it.place, it.next.clone());
        match self.0.entry(cause) {
            Entry::Vacant(entry) => {
                entry.insert(candidate);
            }
            Entry::Occupied(mut entry) => {
                let tasks = entry.get().tasks + tasks;
                if weight(&candidate) < weight(entry.get()) {
                    entry.insert(candidate);
                }
                entry.get_mut().tasks = tasks;
            }
        }
    }

    /// Adds what a row recognised, with a rank that may differ from the row's.
    fn add_finding(&mut self, rank: Rank, finding: &Finding<'_>, tasks: usize) {
        if rank == Rank::Normal {
            return;
        }
        let retryable = match finding.row.stop_kind {
            StopKind::Failure(retryable) => retryable,
            StopKind::Ordinary => Retryable::Maybe,
        };
        let (place, next) = (finding.place, Some(finding.next()));
        let container = finding.context.container.filter(|_| finding.row.is_an_end());
        let container = container.map(|container| container.name.clone());
        self.add(finding.cause(), Candidate { rank, retryable, tasks, place, next, container });
    }

    fn best(self) -> Option<Verdict> {
        self.0
            .into_iter()
            .min_by_key(|(_, it)| (it.rank, it.retryable, Reverse(it.tasks), it.place))
            .map(|(cause, it)| Verdict {
                cause,
                next: it.next,
                container: it.container,
                is_known: it.rank < Rank::Said,
            })
    }
}

/// The best cause that the evidence has; if it has none, it says so.
pub(super) fn of(evidence: &Evidence) -> Verdict {
    let mut candidates = Candidates::default();
    from_tasks(evidence, &mut candidates);
    from_logs(evidence, &mut candidates);
    // What a load balancer reports is the cause where it made ECS stop tasks; a
    // task that died by itself is out of health only because of that.
    let by_load_balancer = evidence.tasks.iter().any(was_killed_by_load_balancer);
    from_targets(evidence, by_load_balancer, &mut candidates);
    from_events(evidence, by_load_balancer, &mut candidates);
    from_steps(evidence, &mut candidates);
    from_alarms(evidence, &mut candidates);
    from_waiting(evidence, &mut candidates);
    from_reason(evidence, &mut candidates);
    candidates.best().unwrap_or_else(|| unknown(evidence))
}

/// Whether a target gets no traffic for its health.
pub(super) fn is_unhealthy(target: &TargetHealth) -> bool {
    target.state.is_unhealthy() || target.state == TargetState::Unavailable
}

fn around(evidence: &Evidence) -> Context<'_> {
    Context { logs: &evidence.logs, breaker: evidence.breaker, ..Context::default() }
}

fn from_tasks(evidence: &Evidence, candidates: &mut Candidates) {
    let mut counted = HashSet::new();
    for task in evidence.tasks.iter().filter(|task| counted.insert(&task.id)) {
        if let Some(finding) = stopped_task::explain(task, around(evidence)) {
            candidates.add_finding(finding.row.rank, &finding, 1);
        }
    }
}

fn from_logs(evidence: &Evidence, candidates: &mut Candidates) {
    for tail in &evidence.logs {
        let (task, container) = owner(tail, &evidence.tasks);
        let context = Context { task, container, ..around(evidence) };
        let signals: Vec<_> = tail.lines.iter().map(|line| (Signal::Text(line), context)).collect();
        if let Some(finding) = find(rows::LOG, &signals) {
            candidates.add_finding(finding.row.rank, &finding, 1);
        }
    }
}

fn owner<'a>(tail: &LogTail, tasks: &'a [Task]) -> (Option<&'a Task>, Option<&'a TaskContainer>) {
    let task = tasks.iter().find(|task| task.id == tail.task);
    let container =
        task.and_then(|task| task.containers.iter().find(|it| it.name == tail.container));
    (task, container)
}

fn from_targets(evidence: &Evidence, by_load_balancer: bool, candidates: &mut Candidates) {
    for target in evidence.targets.iter().filter(|target| is_unhealthy(target)) {
        let said = format!(
            "{} (reason {})",
            target.reason.as_deref().unwrap_or_default(),
            target.description.as_deref().unwrap_or_default()
        );
        let context = Context { text: &said, target: Some(target), ..around(evidence) };
        if let Some(finding) = find(rows::TARGET, &[(Signal::Text(&said), context)]) {
            let rank = finding.row.rank;
            let rank = if by_load_balancer { rank } else { rank.max(Rank::Event) };
            candidates.add_finding(rank, &finding, 0);
        }
    }
}

fn from_events(evidence: &Evidence, by_load_balancer: bool, candidates: &mut Candidates) {
    for event in &evidence.events {
        if let Some(finding) = of_event(event, evidence) {
            let rank = match finding.row.rank {
                Rank::HealthDetail if by_load_balancer => Rank::HealthDetail,
                rank => rank.max(Rank::Event),
            };
            candidates.add_finding(rank, &finding, 0);
        }
    }
    if let Some(event) = &evidence.older_event
        && let Some(finding) = of_event(event, evidence)
    {
        let cause =
            format!("{} (according to an event from before this deployment)", finding.cause());
        let rank = finding.row.rank.max(Rank::Older);
        candidates.add(plain(&cause), plainly(rank, Some(finding.next())));
    }
}

fn of_event<'a>(event: &'a Event, evidence: &'a Evidence) -> Option<Finding<'a>> {
    let context = Context { text: &event.message, ..around(evidence) };
    find(rows::EVENT, &[(Signal::Text(words(&event.message)), context)])
}

fn from_steps(evidence: &Evidence, candidates: &mut Candidates) {
    for step in evidence.failed_steps.iter().filter_map(FailedStep::of) {
        let candidate = plainly(Rank::Decisive, Some(step.next().to_owned()));
        candidates.add(plain(&step.cause()), candidate);
    }
}

fn from_alarms(evidence: &Evidence, candidates: &mut Candidates) {
    let mut alarms: Vec<String> = evidence.alarms.iter().map(|name| plain(name)).collect();
    alarms.sort();
    alarms.dedup();
    let cause = match alarms.as_slice() {
        [] => return,
        [one] => format!("The alarm {one} went off"),
        [some @ .., last] => format!("The alarms {} and {last} went off", some.join(", ")),
    };
    let next = "Compare what it measured before and after this deployment started";
    candidates.add(plain(&cause), plainly(Rank::Alarm, Some(next.to_owned())));
}

fn from_waiting(evidence: &Evidence, candidates: &mut Candidates) {
    let mut counted = HashSet::new();
    for task in evidence.waiting.iter().filter(|task| counted.insert(&task.id)) {
        if let Some(finding) = stopped_task::explain(task, around(evidence)) {
            candidates.add_finding(finding.row.rank.max(Rank::Waiting), &finding, 1);
        }
    }
    let cause = match counted.len() {
        0 => return,
        1 => "A task does not reach RUNNING".to_owned(),
        count => format!("{count} tasks do not reach RUNNING"),
    };
    let next = "Check the size of the image, the route to its registry, and the free IP addresses \
                and capacity of the subnets";
    candidates.add(cause, plainly(Rank::Waiting, Some(next.to_owned())));
}

/// The own reason of ECS, or of CodeDeploy.
fn from_reason(evidence: &Evidence, candidates: &mut Candidates) {
    let Some(reason) = &evidence.status_reason else { return };
    let context = Context { text: reason, ..around(evidence) };
    let said = plain(reason);
    let table = match evidence.controller {
        Controller::CodeDeploy => rows::CODEDEPLOY,
        Controller::Ecs | Controller::External | Controller::Unknown(_) => rows::DEPLOYMENT,
    };
    if let Some(finding) = find(table, &[(Signal::Text(words(reason)), context)]) {
        candidates.add_finding(finding.row.rank, &finding, 0);
    } else if !said.is_empty() {
        let cause = plain(&format!("{} says: {}", evidence.controller, said.trim_end_matches('.')));
        candidates.add(cause, plainly(Rank::Said, None));
    }
}

fn plainly(rank: Rank, next: Option<String>) -> Candidate {
    Candidate { rank, retryable: Retryable::Maybe, tasks: 0, place: 0, next, container: None }
}

fn was_killed_by_load_balancer(task: &Task) -> bool {
    task.stopped_reason
        .as_deref()
        .is_some_and(|reason| reason.to_ascii_lowercase().contains("elb health checks"))
}

fn unknown(evidence: &Evidence) -> Verdict {
    let (cause, next) = match evidence.denied.first() {
        Some(denied) => (
            "What failed is not known, because not everything could be read",
            format!("Grant {}: it shows the {}", denied.permission, denied.what),
        ),
        None => (
            "What failed is not known: ECS gives no reason, and no stopped task, event or target \
             shows one",
            "Look at the service's deployments and tasks in the ECS console".to_owned(),
        ),
    };
    Verdict { cause: cause.to_owned(), next: Some(plain(&next)), container: None, is_known: false }
}
