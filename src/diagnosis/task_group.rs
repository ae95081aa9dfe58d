//! Stopped tasks that died of the same thing, told once.

use std::collections::HashSet;
use std::time::SystemTime;

use crate::ecs::Task;

use super::context::Context;
use super::row::Rank;
use super::stopped_task;
use super::text::plain;

/// More ids than anybody looks up.
const IDS: usize = 3;

/// Tasks that died of the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskGroup {
    pub count: usize,
    pub stop_code: Option<String>,
    /// What the container's runtime or else ECS said of the first of them.
    pub reason: Option<String>,
    /// The container whose end was the task's, where one can be told.
    pub container: Option<String>,
    pub exit_code: Option<i32>,
    /// The ids of the first ones, at most three.
    pub tasks: Vec<String>,
    /// When the first of them stopped, by AWS's clock.
    pub first: Option<SystemTime>,
    /// When the last of them stopped, by AWS's clock.
    pub last: Option<SystemTime>,
}

/// What tells one group from another.
#[derive(PartialEq, Eq)]
struct Key {
    stop_code: Option<String>,
    container: Option<String>,
    exit_code: Option<i32>,
    /// The cause, because ECS's words can differ from task to task.
    cause: Option<String>,
}

/// Groups the tasks; those that were merely replaced are left out.
pub(super) fn of(tasks: &[Task]) -> Vec<TaskGroup> {
    let mut tasks: Vec<&Task> = tasks.iter().collect();
    tasks.sort_by(|a, b| (a.stopped_at, &a.id).cmp(&(b.stopped_at, &b.id)));
    let mut counted = HashSet::new();
    let mut groups: Vec<(Key, TaskGroup)> = Vec::new();
    for task in tasks.into_iter().filter(|task| counted.insert(&task.id)) {
        let Some(key) = key(task) else { continue };
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.add(task),
            None => {
                let group = TaskGroup::of(task, &key);
                groups.push((key, group));
            }
        }
    }
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
    groups.into_iter().map(|(_, group)| group).collect()
}

fn key(task: &Task) -> Option<Key> {
    let explained = stopped_task::explain(task, Context::default());
    if explained.as_ref().is_some_and(|finding| finding.row.rank == Rank::Normal) {
        return None;
    }
    let failed_container = stopped_task::failed_container(task);
    let said = task.stopped_reason.as_deref().map(plain);
    Some(Key {
        stop_code: task.stop_code.as_deref().map(plain),
        container: failed_container.map(|container| plain(&container.name)),
        exit_code: failed_container.and_then(|container| container.exit_code),
        cause: explained.map(|finding| finding.cause()).or(said),
    })
}

impl TaskGroup {
    fn of(task: &Task, key: &Key) -> Self {
        // A container's own reason says more than "Essential container in task exited".
        let reason =
            stopped_task::failed_container(task).and_then(|container| container.reason.as_deref());
        let mut group = Self {
            count: 0,
            stop_code: key.stop_code.clone(),
            reason: reason.or(task.stopped_reason.as_deref()).map(plain),
            container: key.container.clone(),
            exit_code: key.exit_code,
            tasks: Vec::new(),
            first: None,
            last: None,
        };
        group.add(task);
        group
    }

    /// Adds a task that stopped no earlier than those before it.
    fn add(&mut self, task: &Task) {
        self.count += 1;
        if self.tasks.len() < IDS {
            self.tasks.push(plain(&task.id));
        }
        self.first = self.first.or(task.stopped_at);
        self.last = task.stopped_at.or(self.last);
    }
}
