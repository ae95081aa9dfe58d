//! The health checks of containers.

use super::findings::Findings;
use super::node::Node;
use super::task::Task;

struct Limits {
    key: &'static str,
    lowest: i64,
    highest: i64,
    /// From where on it is refused for certain.
    refused_above: i64,
}

/// ECS API reference, `HealthCheck`; ECS: "Health check interval must be less than or
/// equal to the maximum allowed value 300 for container 'web'". So it says of a timeout
/// above 60 as well; up to 120 that is a warning, in case AWS has raised it.
const LIMITS: [Limits; 4] = [
    Limits { key: "interval", lowest: 5, highest: 300, refused_above: 300 },
    Limits { key: "timeout", lowest: 2, highest: 60, refused_above: 120 },
    Limits { key: "retries", lowest: 1, highest: 10, refused_above: 10 },
    Limits { key: "startPeriod", lowest: 0, highest: 300, refused_above: 300 },
];

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for container in &task.containers {
        let health = container.member("healthCheck");
        if health.exists() {
            check_command(&health.member("command"), found);
            for limits in &LIMITS {
                limits.check(&health.member(limits.key), found);
            }
        }
    }
}

/// The command itself is never said: it may hold a password.
fn check_command(command: &Node<'_>, found: &mut Findings) {
    let hint = "Write [\"CMD-SHELL\", \"…\"] for a shell, [\"CMD\", \"…\", \"…\"] without one.";
    if !command.exists() {
        found.error(command, "is missing", hint);
        return;
    }
    // The API reference wants one of these first, the developer guide takes any other
    // beginning for CMD.
    let first = command.items().first().and_then(Node::text);
    if first.is_some_and(|first| !["CMD", "CMD-SHELL", "NONE"].contains(&first)) {
        found.warning(command, "does not begin with CMD, CMD-SHELL or NONE", hint);
    }
}

impl Limits {
    fn check(&self, node: &Node<'_>, found: &mut Findings) {
        let Self { lowest, highest, refused_above, .. } = *self;
        let Some(number) = node.number().filter(|it| !(lowest..=highest).contains(it)) else {
            return;
        };
        let what = format!("is {number}, but ECS accepts {lowest} to {highest}");
        let hint = "Choose a number within these limits.";
        if (highest..=refused_above).contains(&number) {
            found.warning(node, what, hint);
        } else {
            found.error(node, what, hint);
        }
    }
}
