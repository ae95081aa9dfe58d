//! Images that a file brings beside the one that was asked for.

use serde_json::Value;

use super::findings::Findings;
use super::image::placeholder;
use super::node::Node;
use super::task::{Task, name_of};
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::task_definition::definition::TaskDefinition;

impl TaskDefinition {
    /// Warns of each container that is not `chosen` and would get another image than the
    /// one it has in `running`.
    pub fn other_images(&self, running: &Self, chosen: &[ContainerName]) -> Vec<Problem> {
        let whole = Value::Object(self.body.clone());
        let task = Task::of(Node::root(&whole));
        let mut found = Findings::default();
        for container in &task.containers {
            let name = name_of(container);
            let node = container.member("image");
            let runs = running.containers().find(|it| it.name == name).and_then(|it| it.image);
            let Some((runs, image)) = runs.zip(node.text()) else { continue };
            let is_chosen = chosen.iter().any(|it| it.as_str() == name);
            if is_chosen || runs == image || placeholder(image).is_some() {
                continue;
            }
            found.warning(
                &node,
                format_args!("is {image:?}, but this container runs {runs:?}: the file changes it too"),
                "If that is not intended, put the running image into the file; without `task-definition` only the chosen containers change.",
            );
        }
        found.checked(self).warnings
    }
}
