//! Volumes, and the containers that mount them.

use std::collections::HashSet;

use super::findings::Findings;
use super::names;
use super::task::Task;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let mut volumes = HashSet::new();
    for volume in task.top("volumes").items() {
        let node = volume.member("name");
        let Some(name) = node.text() else { continue };
        // ECS API reference, `Volume`; ECS: "volume.name contains invalid characters."
        names::check_name(&node, name, found);
        // A mount point goes by the name. That ECS refuses it is not documented.
        if !volumes.insert(name) {
            let what = format!("is {name:?}, the same as another volume");
            found.warning(&node, what, "Give each volume its own name.");
        }
    }
    for container in &task.containers {
        for mount in container.member("mountPoints").items() {
            let node = mount.member("sourceVolume");
            // ECS: "Unknown volume 'data'."
            if let Some(name) = node.text().filter(|name| !volumes.contains(name)) {
                let what = format!("is {name:?}, but `volumes` has no volume of that name");
                found.error(&node, what, "Add it to `volumes`, or correct the name.");
            }
        }
        for source in container.member("volumesFrom").items() {
            let node = source.member("sourceContainer");
            // ECS: "Invalid 'volumesFrom' setting. Unknown container: 'data'."
            if node.text().is_some_and(|name| task.index_of(name).is_none()) {
                found.no_such_container(&node, task.known_containers());
            }
        }
    }
}
