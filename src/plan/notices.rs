//! What a plan says beside its steps: why they are taken, and what else was
//! noticed on the way to them.

use super::comparison::Comparison;
use super::fact::Fact;
use super::images::ChosenImage;
use super::state::CurrentState;
use super::steps::{Plan, Step};
use super::{filling, left_behind, undo_target};
use crate::ecs::Overlap;
use crate::image::Digest;
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::{AppRequest, TaskDefinitionSource};
use crate::task_definition::Change;

/// Adds what there is to say once the steps are chosen.
pub(super) fn add(wanted: &Comparison<'_>, plan: &mut Plan) {
    let Comparison { request, state, same_definition, same_image, .. } = wanted;
    let (mut warnings, mut notices) = (Vec::new(), Vec::new());
    if *same_definition && plan.adopt.is_none() {
        match same_image {
            Some(true) => {}
            Some(false) => warnings.extend(moved_tags(wanted)),
            None => notices.push(unknown_digest(state)),
        }
        if plan.steps.iter().any(|step| matches!(step, Step::Register(_))) {
            notices.extend(registered_again(state));
        }
    }
    warnings.extend(no_task(request, state));
    warnings.extend(side_by_side(wanted));
    if let Some(source) = &state.rollback_source {
        if !plan.is_unchanged() {
            notices.push(Problem::new(source.how.clone()));
        }
        // Not what is merely not wrong, because no task was ever started.
        if wanted.running.is_some() && *same_image == Some(true) && !same_definition {
            notices.push(configuration_only(state));
        }
        warnings.extend(access_goes_back(&plan.revision.changes));
    }
    if !plan.is_unchanged() {
        warnings.extend(filling::left_out(request, state));
        notices.extend(filling::almost_taken(request));
        notices.extend(left_behind::notice(wanted));
    }
    notices.extend(newer_revision(request, state));
    notices.extend(undo_target::warn_of_none(request, state, plan));
    plan.remarks.warnings.extend(warnings);
    plan.remarks.notices.extend(notices);
}

/// Nothing that is done shows whether the version works.
fn no_task(request: &AppRequest, found: &CurrentState) -> Option<Problem> {
    let desired = request.desired_count.unwrap_or(found.service.counts.desired);
    if desired != 0 {
        return None;
    }
    let problem =
        Problem::new("the desired count is 0: no task is started, so the image stays untested");
    // That of a daemon follows from its instances.
    if found.service.is_daemon {
        return Some(problem);
    }
    Some(problem.hint("`desired-count` starts tasks, unless something else sets the count."))
}

/// Old and new tasks that write to one volume. Said where the mount is new and not for ever
/// after, because a warning that every deployment has is read by nobody.
fn side_by_side(wanted: &Comparison<'_>) -> Option<Problem> {
    const FIRST: &str = "minimumHealthyPercent 0 and maximumPercent 100";
    let Comparison { state, patched, .. } = wanted;
    let (how, hint) = match &state.service.overlap {
        Overlap::None => return None,
        Overlap::Rolling { minimum_healthy, maximum } => (
            format!("minimumHealthyPercent {minimum_healthy}, maximumPercent {maximum}"),
            format!("give the service {FIRST}, so that the old tasks stop first"),
        ),
        Overlap::Always(strategy) => (
            strategy.clone(),
            format!("deploy by rolling update with {FIRST}, so that the old tasks stop first"),
        ),
    };
    let mounts = patched.newly_shared(&state.running);
    let mounts = mounts.iter().map(|it| {
        format!("the {} volume {} in the container {}", it.kind, it.volume, it.container)
    });
    let mounts = mounts.collect::<Vec<_>>().join(", ");
    (!mounts.is_empty()).then(|| {
        Problem::new(format!(
            "old and new tasks can write at the same time to {mounts}: the service runs them side by side ({how})"
        ))
        .hint(format!("Unless the app is made for that, {hint}, or mount it with `readOnly: true`."))
    })
}

/// A revision that was deregistered can't be deployed again, so a copy of it is.
fn registered_again(found: &CurrentState) -> Option<Problem> {
    let arn = found.service.task_definition.as_ref()?;
    Some(Problem::new(format!(
        "{} is no longer active, so the same definition is registered again",
        arn.short()
    )))
}

/// A rollback of which nobody sees anything in the image.
fn configuration_only(found: &CurrentState) -> Problem {
    Problem::new(format!(
        "only the configuration changes: the image is the one that runs, {}",
        found.images.first.image.digest.short()
    ))
}

/// With an earlier configuration its roles and secrets come back, too; what was
/// granted or rotated since may be missing there.
fn access_goes_back(changes: &[Change]) -> Option<Problem> {
    let access: Vec<&str> =
        changes.iter().filter(|it| it.is_access).map(|it| it.path.as_str()).collect();
    (!access.is_empty()).then(|| {
        Problem::new(format!(
            "roles or secrets are restored with the configuration: {}",
            access.join(", ")
        ))
        .hint("Check that they still exist and hold what this version needs.")
    })
}

/// The images that a container runs by an earlier digest, each said once.
fn moved_tags(wanted: &Comparison<'_>) -> Vec<Problem> {
    let running = wanted.running.as_deref().unwrap_or_default();
    let moved = wanted.state.images.iter().filter_map(|ChosenImage { containers, image }| {
        let is_other = |(name, digest): &&(&ContainerName, Digest)| {
            containers.contains(name) && !image.is(digest)
        };
        let (_, was) = running.iter().find(is_other)?;
        let problem = Problem::new(format!(
            "the tag of {} has moved: the service runs {}, the tag now names {}",
            image.reference,
            was.short(),
            image.digest.short()
        ));
        Some(problem.hint("The same definition is deployed again to roll out the new image. Immutable tags in ECR prevent this."))
    });
    moved.collect()
}

fn unknown_digest(found: &CurrentState) -> Problem {
    let why = match found.running_images {
        Fact::Denied(permission) => format!("{permission} is not allowed"),
        Fact::Known(_) | Fact::Absent => "ECS does not report it".to_owned(),
    };
    Problem::new(format!(
        "the digest that runs is not known ({why}), so the same definition is deployed again to be sure of the image"
    ))
}

fn newer_revision(request: &AppRequest, found: &CurrentState) -> Option<Problem> {
    let newest = found.newest.known()?;
    let running = found.service.task_definition.as_ref()?;
    let is_newer = newest.family() == running.family() && newest.revision() > running.revision();
    // What a rollback leaves behind is newer, and is what one wants to get away from.
    let is_used = found.rollback_source.is_some()
        || found.newest_was_left
        || found.base.arn.as_ref() == Some(newest)
        || !matches!(request.task_definition, TaskDefinitionSource::Running);
    (is_newer && !is_used).then(|| {
        Problem::new(format!(
            "{} is newer than {}, which the service runs and this deployment is based on",
            newest.short(),
            running.short()
        ))
        .hint(format!(
            "`task-definition: {}` deploys from the newest revision instead.",
            newest.family()
        ))
    })
}
