//! What stands against a task definition file, before anything is written: what ECS
//! refuses in it, what the service's load balancers miss in it, and which other images it
//! brings. What ECS itself gave it has taken before.

use super::filling::patch;
use super::state::CurrentState;
use crate::problem::Problem;
use crate::request::{AppRequest, TaskDefinitionSource};
use crate::task_definition::{Checked, TaskDefinition};

/// Everything that is wrong with the file that a request names, patched; nothing where it
/// names none.
pub(crate) fn check(request: &AppRequest, found: &CurrentState) -> Checked {
    let is_file = matches!(request.task_definition, TaskDefinitionSource::File(_));
    let Some(patched) = patch(request, found).ok().filter(|_| is_file) else {
        return Checked::default();
    };
    // Nor is anything said of what runs already.
    if patched.same_as(&found.running) {
        return Checked::default();
    }
    let mut checked = patched.check();
    // Under CodeDeploy the AppSpec says where traffic goes, and is held against the
    // definition by itself.
    if found.codedeploy.is_none() {
        checked.errors.extend(unserved(request, found, &patched));
    }
    let chosen: Vec<_> = found.images.containers().cloned().collect();
    checked.warnings.extend(patched.other_images(&found.running, &chosen));
    checked
}

/// The containers and ports that load balancers send traffic to and no longer find. ECS
/// refuses the update of the service otherwise ("The container web did not have a
/// container port 80 defined").
fn unserved(
    request: &AppRequest,
    found: &CurrentState,
    definition: &TaskDefinition,
) -> Vec<Problem> {
    let name = &request.target.service;
    let served = found.service.served.iter();
    let lost = served.filter_map(|(container, port)| {
        let what = match definition.has_port(container, *port) {
            Some(true) => return None,
            Some(false) => format!("the container {container} has no port {port}"),
            None => format!("there is no container {container}"),
        };
        Some(
            Problem::new(format!(
                "{what}, and a load balancer of {name} sends traffic to {container}:{port}"
            ))
            .hint("Keep that port mapping in the task definition, or change the service first."),
        )
    });
    lost.collect()
}
