//! Whether there is a role for what ECS does before a container starts.

use super::findings::Findings;
use super::node::Node;
use super::task::Task;
use crate::image::{ImageReference, RegistryKind};

/// Developer guide, "Amazon ECS task execution IAM role". One finding for the whole
/// definition: the first member that needs the role.
pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    if task.top("executionRoleArn").is_set() {
        return;
    }
    let first = task.containers.iter().find_map(|container| {
        let needs = needs(container, task.is_fargate);
        needs.into_iter().flatten().next()
    });
    if let Some(node) = first {
        found.error(
            &node,
            "needs an `executionRoleArn`, and the definition has none",
            "Add the role with which ECS pulls images, reads secrets and writes logs.",
        );
    }
}

/// What in a container ECS refuses without the role.
fn needs<'a>(container: &Node<'a>, is_fargate: bool) -> [Option<Node<'a>>; 4] {
    let image = container.member("image");
    let driver = container.member("logConfiguration").member("logDriver");
    let is_awslogs = driver.text() == Some("awslogs");
    [
        // ECS: "Fargate requires task definition to have execution role ARN to support
        // ECR images."
        Some(image).filter(|image| is_fargate && is_in_ecr(image)),
        // ECS: "Private repository authentication requires that the task definition
        // specify a value for executionRoleArn."
        Some(container.member("repositoryCredentials")).filter(Node::is_set),
        // ECS: "When you are specifying container secrets, you must also specify a value
        // for 'executionRoleArn'."
        Some(container.member("secrets")).filter(Node::is_set),
        // ECS: "Fargate requires task definition to have execution role ARN to support
        // log driver awslogs."
        Some(driver).filter(|_| is_fargate && is_awslogs),
    ]
}

fn is_in_ecr(image: &Node<'_>) -> bool {
    let reference = image.text().and_then(|text| text.parse::<ImageReference>().ok());
    reference.is_some_and(|reference| matches!(reference.registry(), RegistryKind::Ecr(_)))
}
