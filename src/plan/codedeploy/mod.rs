//! What a deployment by CodeDeploy that is in progress means for the next one.

pub(super) mod state;

pub(crate) use state::{Active, CodeDeployState, Replaced};

use super::images::ChosenImage;
use super::state::CurrentState;
use super::steps::{Blocker, RollBack, Step};
use crate::codedeploy::{Deployment, Served};
use crate::ecs::ContainerImage;
use crate::names::ContainerName;
use crate::problem::{Problem, utc};
use crate::request::{AppRequest, Target};
use crate::task_definition::{Patch, TaskDefinition};

/// Whether the deployment in progress brings exactly this definition, and no other image as
/// far as its tasks tell. One that has only old tasks to remove brings nothing any more.
pub(super) fn brings(found: &CurrentState, patched: &TaskDefinition) -> bool {
    let Some(active) = found.codedeploy.as_ref().and_then(|it| it.active.as_ref()) else {
        return false;
    };
    !active.traffic_complete()
        && active.definition.known().is_some_and(|it| patched.same_as(it))
        && may_be_the_image(found, &active.images)
}

/// Whether none of the chosen containers is known to run another image.
fn may_be_the_image(found: &CurrentState, images: &[ContainerImage]) -> bool {
    images.iter().all(|image| {
        let own = found.images.of_container(&image.container).zip(image.digest.as_ref());
        own.is_none_or(|(wanted, digest)| wanted.is(digest))
    })
}

/// CodeDeploy's own way back from the deployment in progress, where that leads exactly to
/// what is wanted: the tasks of before are still there, so that it takes seconds.
pub(super) fn turn_back(
    request: &AppRequest,
    found: &CurrentState,
    patched: &TaskDefinition,
) -> Option<Step> {
    let codedeploy = found.codedeploy.as_ref()?;
    let active = codedeploy.active.as_ref()?;
    let replaced = active.replaces.as_ref()?;
    let is_more = request.desired_count.is_some() || request.force_new_deployment;
    let is_definition = found.base.arn.as_ref() == Some(&replaced.definition);
    let is_wanted = is_definition
        && ((patched.same_as(&found.base.definition) && may_be_the_image(found, &replaced.images))
            || (is_only_the_image(request, found, patched) && runs_the_image(found, replaced)));
    (is_wanted && codedeploy.returns_to(replaced) && !is_more).then(|| {
        Step::RollBack(RollBack::CodeDeploy {
            id: active.deployment.id.clone(),
            to: replaced.task_set.clone(),
        })
    })
}

/// Whether nothing but the images is to change in the definition.
fn is_only_the_image(request: &AppRequest, found: &CurrentState, patched: &TaskDefinition) -> bool {
    let only = Patch { images: found.images.references(), ..Patch::default() };
    !request.merges() && found.base.definition.patch(&only).is_ok_and(|it| it.same_as(patched))
}

/// Whether the tasks of before are known to run the images, whatever their tags name now.
fn runs_the_image(found: &CurrentState, replaced: &Replaced) -> bool {
    let runs = |chosen: &ChosenImage| {
        let mut names = chosen.containers.iter().map(ContainerName::as_str);
        names.all(|name| {
            let own = replaced.images.iter().find(|it| it.container == name);
            own.and_then(|it| it.digest.as_ref()).is_some_and(|it| chosen.image.is(it))
        })
    };
    found.images.iter().all(runs)
}

/// Ends the deployment in progress, because a group takes no other beside it; `None` where
/// nobody can tell how: a stop would take the traffic off one that may have all of it.
pub(super) fn clear_blocker(active: &Active) -> Option<Step> {
    let by = match active.served {
        Served::Yes => Blocker::EndWait,
        Served::No => Blocker::Stop,
        Served::Unknown(_) => return None,
    };
    Some(Step::ClearBlocker { id: active.deployment.id.clone(), by })
}

/// Which deployment is in the way, since when, and what to do.
pub(crate) fn blocking_deployment(
    target: &Target,
    deployment: &Deployment,
    served: &Served,
) -> Problem {
    let since = deployment.created_at.and_then(utc).map(|at| format!(" since {at}"));
    let since = since.unwrap_or_default();
    let id = &deployment.id;
    let is_under_way = format!(
        "another deployment of {target} is in progress{since}: {id} ({})",
        deployment.status
    );
    match served {
        Served::Yes => Problem::new(format!(
            "the deployment {id} of {target} has kept its group busy{since}: all traffic is on its new tasks, and CodeDeploy keeps the old ones for a while"
        ))
        .hint("`in-flight: replace` removes the old tasks at once and goes on; `in-flight: wait` waits until CodeDeploy does it."),
        Served::No => Problem::new(is_under_way)
            .hint("Wait for it to end, or let `in-flight: wait` do that, or stop it with `in-flight: replace`."),
        Served::Unknown(why) => Problem::new(format!(
            "{is_under_way}; it is not known whether all traffic is on its new tasks already ({why})"
        ))
        .hint(format!(
            "Allow codedeploy:GetDeploymentTarget. Without it, `in-flight: replace` waits as well; `aws deploy stop-deployment --region {} --deployment-id {id} --auto-rollback-enabled` stops it and rolls back.",
            target.region
        )),
    }
}
