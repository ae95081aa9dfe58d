//! What containers reserve, each and together.

use super::findings::Findings;
use super::node::Node;
use super::size::units;
use super::task::Task;

/// ECS API reference, `ContainerDefinition`, member `memory`: Docker 20.10 takes no
/// less, older ones took 4. That ECS refuses it is not documented.
const LEAST_FOR_DOCKER: i64 = 6;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for container in &task.containers {
        check_container(container, task, found);
    }
    // ECS API reference, `RegisterTaskDefinition`: both are ignored for Windows
    // containers.
    if task.is_windows && !task.is_fargate {
        return;
    }
    // ECS: "The sum of all container 'cpu' values cannot be greater than the value of
    // the task 'cpu'."
    check_sum(task, "cpu", "vCPU", "cpu", found);
    // The same sentence with 'memoryReservation'. The hard limits may exceed it.
    check_sum(task, "memory", "GB", "memoryReservation", found);
}

fn check_container(container: &Node<'_>, task: &Task<'_>, found: &mut Findings) {
    let (limit, reservation) = (container.member("memory"), container.member("memoryReservation"));
    for node in [&limit, &reservation] {
        if let Some(little) = node.number().filter(|it| (1..LEAST_FOR_DOCKER).contains(it)) {
            let what = format!("is {little} MiB, but Docker needs at least {LEAST_FOR_DOCKER}");
            found.warning(node, what, "Raise it.");
        }
    }
    let at_most = limit.number().filter(|it| *it > 0);
    let in_task = units(&task.top("memory"), "GB").and_then(|it| i64::try_from(it).ok());
    // ECS: "'memory' must be greater than or equal to 'memoryReservation'".
    if let Some((at_most, reserved)) = at_most.zip(reservation.number())
        && reserved > at_most
    {
        let what = format!("is {reserved}, more than its `memory`, {at_most}");
        found.error(&reservation, what, "Lower one or raise the other.");
    }
    // ECS: "The 'memory' setting for container 'web' is greater than for the task."
    if let Some((at_most, in_task)) = at_most.zip(in_task)
        && at_most > in_task
    {
        let what = format!("is {at_most}, more than the task's `memory`, {in_task}");
        found.error(&limit, what, "Lower one or raise the other.");
    }
    // ECS API reference, `ContainerDefinition`; ECS: "At least one of 'memory' or
    // 'memoryReservation' must be specified." Fargate asks for it at the task, and what
    // managed instances ask for is not documented.
    if task.is_for_instances
        && !task.top("memory").is_set()
        && !limit.is_set()
        && !reservation.is_set()
    {
        found.error(
            container,
            "has neither `memory` nor `memoryReservation`, and the task has no `memory`",
            "Set in MiB how much the container may use (`memory`) or needs (`memoryReservation`).",
        );
    }
}

fn check_sum(
    task: &Task<'_>,
    of_task: &'static str,
    unit: &str,
    of_container: &'static str,
    found: &mut Findings,
) {
    let node = task.top(of_task);
    let Some(total) = units(&node, unit).and_then(|it| i64::try_from(it).ok()) else { return };
    let shares = task.containers.iter().filter_map(|it| it.member(of_container).number());
    let sum = shares.fold(0, i64::saturating_add);
    if sum > total {
        let what = format!("is {total}, but `{of_container}` of the containers adds up to {sum}");
        found.error(&node, what, "Raise it, or lower that of the containers.");
    }
}
