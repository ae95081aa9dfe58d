//! The names of the family and of containers, and that one container is essential.

use super::findings::Findings;
use super::node::Node;
use super::task::{Task, name_of};
use crate::names::ContainerName;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let family = task.top("family");
    check_name(&family, family.text().unwrap_or_default(), found);
    for container in &task.containers {
        check_name(&container.member("name"), name_of(container), found);
    }
    // Developer guide, "Task definition parameters": all tasks must have at least
    // one essential container, and one that does not say is.
    if task.containers.iter().all(|container| container.member("essential").is_false()) {
        found.error(
            &task.top("containerDefinitions"),
            "has no essential container",
            "Set `essential` to true for the main container of the task.",
        );
    }
}

/// ECS API reference, `RegisterTaskDefinition`, member `family`, and
/// `ContainerDefinition`, member `name`: the same words for both. ECS: "Family contains
/// invalid characters."
pub(super) fn check_name(node: &Node<'_>, name: &str, found: &mut Findings) {
    if name.parse::<ContainerName>().is_err() {
        let what =
            format!("is {name:?}, but must be 1 to 255 letters, digits, hyphens and underscores");
        found.error(node, what, "Choose another name.");
    }
}
