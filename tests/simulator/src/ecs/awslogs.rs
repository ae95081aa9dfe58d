//! The log driver `awslogs`: where containers write to.

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::ecs::definitions::Definition;
use crate::ecs::task::{Container, Task};
use crate::logs::{Logs, Place};

/// Opens a stream for every container of a task that starts, and writes what the
/// container writes.
pub(crate) fn carry(
    logs: &mut Logs,
    definition: &Definition,
    region: &str,
    task: &Task,
    now: Time,
) {
    for (defined, container) in definition.containers().zip(&task.containers) {
        if let Some(place) = place(defined, region, task, container) {
            logs.write(place, &container.writes, now);
        }
    }
}

/// The stream of a container: `PREFIX/CONTAINER/TASK`, or without a prefix the
/// container engine's id. `None` for another driver.
fn place(
    defined: &Map<String, Value>,
    region: &str,
    task: &Task,
    container: &Container,
) -> Option<Place> {
    let configuration = defined.get("logConfiguration")?;
    let option = |name: &str| configuration["options"][name].as_str();
    if configuration["logDriver"] != "awslogs" {
        return None;
    }
    let stream = match option("awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{}/{}", container.name, task.id),
        None => container.runtime_id.clone()?,
    };
    Some(Place {
        region: option("awslogs-region").unwrap_or(region).to_owned(),
        group: option("awslogs-group")?.to_owned(),
        stream,
    })
}
