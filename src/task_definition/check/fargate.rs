//! What an instance of one's own has and Fargate has not.
//!
//! The sizes, the network mode and the log drivers of Fargate are with the rules about
//! these.

use super::findings::Findings;
use super::node::Node;
use super::task::Task;

/// Members of a container. ECS: "Fargate compatible task definitions do not support
/// devices", "Fargate requires that the 'privileged' setting be 'false'" (ECS API
/// reference, `ContainerDefinition` and `LinuxParameters`).
const NOT_IN_A_CONTAINER: [&[&str]; 5] = [
    &["privileged"],
    &["dockerSecurityOptions"],
    &["linuxParameters", "devices"],
    &["linuxParameters", "sharedMemorySize"],
    &["linuxParameters", "maxSwap"],
];

/// Developer guide, "Task definition parameters for Fargate".
const SECONDS_TO_START_OR_STOP: std::ops::RangeInclusive<i64> = 2..=120;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    if !task.is_fargate {
        return;
    }
    // ECS: "Tasks using the Fargate launch type do not support ipcMode.", "Fargate
    // compatible task definitions do not support constraints".
    for key in ["ipcMode", "placementConstraints"] {
        refuse(&task.top(key), found);
    }
    let pid_mode = task.top("pidMode");
    if pid_mode.text() != Some("task") {
        refuse(&pid_mode, found);
    }
    for volume in task.top("volumes").items() {
        refuse(&volume.member("host").member("sourcePath"), found);
        // An empty one asks for a Docker volume as well.
        let of_docker = volume.member("dockerVolumeConfiguration");
        if of_docker.exists() {
            found.error(&of_docker, NOT_THERE, INSTEAD);
        }
    }
    for container in &task.containers {
        for path in NOT_IN_A_CONTAINER {
            let start = container.clone();
            refuse(&path.iter().fold(start, |node, key| node.member(key)), found);
        }
        for requirement in container.member("resourceRequirements").items() {
            let kind = requirement.member("type");
            if kind.text() == Some("GPU") {
                refuse(&kind, found);
            }
        }
        for key in ["startTimeout", "stopTimeout"] {
            check_seconds(&container.member(key), found);
        }
    }
}

const NOT_THERE: &str = "is not supported on Fargate";

const INSTEAD: &str = "Remove it, or remove FARGATE from `requiresCompatibilities`.";

fn refuse(node: &Node<'_>, found: &mut Findings) {
    if node.is_set() {
        found.error(node, NOT_THERE, INSTEAD);
    }
}

/// Whether ECS refuses it or shortens it is not documented.
fn check_seconds(node: &Node<'_>, found: &mut Findings) {
    if let Some(seconds) = node.number().filter(|it| !SECONDS_TO_START_OR_STOP.contains(it)) {
        let (least, most) = SECONDS_TO_START_OR_STOP.into_inner();
        let what = format!("is {seconds}, but Fargate accepts {least} to {most} seconds");
        found.warning(node, what, "Choose a number within these limits.");
    }
}
