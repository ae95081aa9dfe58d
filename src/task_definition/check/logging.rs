//! Where the logs of containers go.

use super::empty::{EMPTY, FILL_IN};
use super::findings::Findings;
use super::node::Node;
use super::task::Task;

/// ECS API reference, `LogConfiguration`: the drivers that Fargate has.
const FARGATE_DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let routers: Vec<_> = task
        .containers
        .iter()
        .map(|container| container.member("firelensConfiguration"))
        .filter(Node::exists)
        .collect();
    let mut is_routed = false;
    for container in &task.containers {
        let log = container.member("logConfiguration");
        let node = log.member("logDriver");
        let Some(driver) = node.text() else { continue };
        is_routed |= driver == "awsfirelens";
        // ECS: "When awsfirelens log driver is specified in log configuration, a
        // firelens configuration object must be configured in one of the containers."
        if driver == "awsfirelens" && routers.is_empty() {
            let what = "is awsfirelens, but no container has a `firelensConfiguration`";
            found.error(&node, what, "Add it to the container that routes the logs.");
        }
        // ECS: "fluentd is not a valid log driver. Must be one of …".
        if task.is_fargate && !FARGATE_DRIVERS.contains(&driver) {
            let what = format!("is {driver:?}, which Fargate does not support");
            found.error(&node, what, format_args!("It supports {}.", FARGATE_DRIVERS.join(", ")));
        }
        if driver == "awslogs" {
            check_awslogs(&log, task.is_fargate, found);
        }
    }
    check_routers(&routers, is_routed, found);
}

/// ECS: "Log driver awslogs requires options: awslogs-region, awslogs-group", and
/// "Fargate requires log configuration options to include awslogs-stream-prefix".
fn check_awslogs(log: &Node<'_>, is_fargate: bool, found: &mut Findings) {
    let options = log.member("options");
    // The values of options may also come from secrets.
    let secrets = log.member("secretOptions").items();
    for (key, is_required) in
        [("awslogs-group", true), ("awslogs-region", true), ("awslogs-stream-prefix", is_fargate)]
    {
        let option = options.member(key);
        if is_required && option.is_empty_text() {
            found.error(&option, EMPTY, FILL_IN);
        }
        let is_given = option.exists()
            || secrets.iter().any(|secret| secret.member("name").text() == Some(key));
        if is_required && !is_given {
            let what = format!("has no {key}, which the driver awslogs needs");
            found.error(&options, what, format_args!("Add the option {key}."));
        }
    }
}

/// Developer guide, "Send Amazon ECS logs to an AWS service or AWS Partner". The
/// refusals that are on record are some years old.
fn check_routers(routers: &[Node<'_>], is_routed: bool, found: &mut Findings) {
    // ECS: "When a firelensConfiguration object is specified, at least one container
    // has to be configured with the awsfirelens log driver."
    if let Some(router) = routers.first().filter(|_| !is_routed) {
        let what = "is set, but no container uses the log driver awsfirelens";
        found.warning(router, what, "Set the `logDriver` of a container, or leave it out.");
    }
    for another in routers.iter().skip(1) {
        let what = "is already set in another container: a task has one log router";
        found.warning(another, what, "Keep only one.");
    }
}
