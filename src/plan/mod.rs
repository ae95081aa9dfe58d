//! From what was asked and what was found to a plan, or to why not.
//!
//! Pure: every read has happened, no write has. `dry-run` prints what this room
//! returns and stops there.

mod codedeploy;
mod containers;
mod definition_file;
mod deployable;
mod state;
mod steps;
mod notices;
mod rolled_back;
mod version_info;
mod in_flight;
#[cfg(test)]
mod tests;
mod undo_target;

pub(crate) use codedeploy::{Active, CodeDeployState, Replaced, blocking_deployment};
pub(crate) use containers::{Choice, choose, in_ecr, named_repository};
pub(crate) use definition_file::check as check_definition_file;
pub(crate) use deployable::deployable;
pub(crate) use in_flight::ServiceState;
pub(crate) use state::{Base, CurrentState, Fact, Image, RollbackSource, Serving};
pub(crate) use steps::{NewDeployment, Plan, Room, Step, UpdateTo, VersionInfo};
pub(crate) use undo_target::undo_target;
pub(crate) use version_info::sides;

use crate::ecs::{DeploymentId, TaskDefinitionArn};
use crate::image::{Fit, Required, fit};
use crate::problem::Problem;
use crate::request::{AppRequest, InFlight};
use crate::task_definition::{Checked, Patch, TaskDefinition, diff};

/// What is to be done next.
#[derive(Debug, Clone)]
pub(crate) enum Decision {
    Go(Box<Plan>),
    /// Another deployment is under way: wait for it, then read and decide anew.
    WaitFor(DeploymentId),
}

/// The plan for one app.
///
/// # Errors
/// Why there is none; all that is wrong with a task definition file stands beside it.
pub(crate) fn decide(request: &AppRequest, found: &CurrentState) -> Result<Decision, Vec<Problem>> {
    let Checked { errors, warnings } = definition_file::check(request, found);
    match decision(request, found) {
        Err(problem) => Err(std::iter::once(problem).chain(errors).collect()),
        Ok(_) if !errors.is_empty() => Err(errors),
        Ok(Decision::Go(mut plan)) => {
            plan.warnings.extend(warnings);
            Ok(Decision::Go(plan))
        }
        Ok(Decision::WaitFor(id)) => Ok(Decision::WaitFor(id)),
    }
}

fn decision(request: &AppRequest, found: &CurrentState) -> Result<Decision, Problem> {
    let unchecked = rolled_back::refuse_what_was_rolled_back(found)?;
    let patched = patch(request, found)?;
    let mut warnings = found.image.warnings.clone();
    let mut notices = found.image.notices.clone();
    notices.extend(unchecked);
    notices.extend(found.codedeploy.iter().flat_map(|it| it.notices.clone()));
    check_platform(request, found, &mut notices)?;
    check_app_spec(found, &patched)?;
    warnings.extend(found.codedeploy.iter().flat_map(|it| it.app_spec.warnings()));

    let same_definition = patched.same_as(&found.running);
    if existing(found, &patched, same_definition).is_none() {
        patched.check_bytes()?;
    }
    let running = version_info::digests_of(found, &found.running, &found.running_images);
    let same_image = match &running {
        Some(digests) => Some(digests.iter().all(|it| found.image.is(it))),
        None if nothing_was_started(found) => Some(true),
        None => None,
    };
    let standing =
        ServiceState::of(&found.service, found.current.known(), found.codedeploy.as_ref());
    let is_wanted = same_definition && same_image == Some(true);
    let active = found.codedeploy.as_ref().and_then(|it| it.active.as_ref());
    // It keeps its group busy, but it is done.
    let traffic_complete = active.is_some_and(Active::traffic_complete);
    let standing = match standing {
        ServiceState::UnderWay(_)
            if is_wanted
                && traffic_complete
                && notices::reason_to_force(request, found, &ServiceState::Settled).is_none() =>
        {
            ServiceState::Settled
        }
        standing => standing,
    };

    let (from, from_in_flight) = version_info::from_sides(request, found, running.as_deref());
    let mut plan = Plan {
        target: request.target.clone(),
        account: found.service.arn.account().clone(),
        from,
        to: version_info::to_side(found),
        from_in_flight,
        changes: diff(&found.running, &patched),
        warnings: Vec::new(),
        notices: Vec::new(),
        definition: patched.clone(),
        steps: Vec::new(),
        adopt: None,
        containers: found.containers.clone(),
        listed: found.image.listed.clone(),
        return_to: found.last_good.known().cloned(),
        by_codedeploy: found.codedeploy.as_ref().map(|it| it.deployment(request)),
        newest: found.newest.known().cloned(),
        service: found.service.clone(),
    };

    match standing {
        // Its digests are known only once a task has pulled the image; whether they
        // are the wanted ones is proved at its end in any case.
        ServiceState::UnderWay(id)
            if !request.force_new_deployment
                && is_under_way(found, &patched, &id, same_definition, same_image) =>
        {
            rolled_back::refuse_to_stay(found)?;
            plan.adopt = Some(id);
            plan.steps = scale_only(request, found);
        }
        ServiceState::RollingBack(id) => return Ok(Decision::WaitFor(id)),
        ServiceState::UnderWay(id) => match request.in_flight {
            InFlight::Wait => return Ok(Decision::WaitFor(id)),
            InFlight::Refuse => {
                if let Some(active) = active {
                    return Err(blocking_deployment(
                        &request.target,
                        &active.deployment,
                        &active.served,
                    ));
                }
                return Err(Problem::new(format!("another deployment of {} is under way: {id}", request.target))
                    .hint("Wait for it to end, or let `in-flight: wait` do that, or take its place with `in-flight: replace`."));
            }
            InFlight::Replace => {
                // It starts tasks, too, which a revision that was deregistered may not.
                if found.base.definition.can_be_started() {
                    let brought =
                        active.and_then(|it| version_info::brought_by(request, found, it));
                    let runs = &found.service.task_definition;
                    let brought = brought.filter(|it| it.task_definition != *runs);
                    plan.from_in_flight = brought.or(plan.from_in_flight);
                    plan.steps.extend(rolled_back::by_ecs(request, found, &patched, &id));
                }
                if plan.steps.is_empty() && active.is_some() {
                    plan.from_in_flight = None;
                }
                if let Some(active) = active.filter(|_| plan.steps.is_empty()) {
                    let Some(step) = codedeploy::clear_blocker(active) else {
                        return Ok(Decision::WaitFor(id));
                    };
                    plan.steps.push(step);
                    let blocking_deployment =
                        blocking_deployment(&request.target, &active.deployment, &active.served);
                    notices.push(Problem::new(blocking_deployment.message));
                } else if plan.steps.is_empty() {
                    notices.push(Problem::new(format!(
                        "the deployment {id}, which is under way, will be replaced"
                    )));
                }
                plan.steps.extend(steps(request, found, patched, same_definition));
            }
        },
        ServiceState::Settled | ServiceState::Failed(_) => {
            if is_wanted {
                rolled_back::refuse_to_stay(found)?;
            }
            let reason_to_force =
                if is_wanted { notices::reason_to_force(request, found, &standing) } else { None };
            if is_wanted && reason_to_force.is_none() {
                plan.steps = scale_only(request, found);
            } else {
                notices.extend(reason_to_force.map(Problem::new));
                plan.steps = steps(request, found, patched, same_definition);
            }
        }
    }
    if same_definition && plan.adopt.is_none() {
        match same_image {
            Some(true) => {}
            Some(false) => warnings.push(notices::moved_tag(found, running.as_deref())),
            None => notices.push(notices::unknown_digest(found)),
        }
        if plan.steps.iter().any(|step| matches!(step, Step::Register(_))) {
            notices.extend(notices::registered_again(found));
        }
    }
    warnings.extend(notices::no_task(request, found));
    if let Some(rollback_source) = &found.rollback_source {
        if !plan.is_unchanged() {
            notices.push(Problem::new(rollback_source.how.clone()));
        }
        // Not what is merely not wrong, because no task was ever started.
        if running.is_some() && same_image == Some(true) && !same_definition {
            notices.push(notices::configuration_only(found));
        }
        warnings.extend(notices::access_goes_back(&plan.changes));
    }
    notices.extend(notices::newer_revision(request, found));
    plan.task_definition_of_target(found, same_definition);
    notices.extend(undo_target::warn_of_none(request, found, &plan));
    plan.warnings = warnings;
    plan.notices = notices;
    Ok(Decision::Go(Box::new(plan)))
}

/// Whether what is wanted is on its way already. Where ECS deploys, that is the primary
/// deployment; CodeDeploy keeps what was there before as the primary one for a while.
fn is_under_way(
    found: &CurrentState,
    patched: &TaskDefinition,
    id: &DeploymentId,
    same_definition: bool,
    same_image: Option<bool>,
) -> bool {
    if found.codedeploy.is_some() {
        return codedeploy::brings(found, patched);
    }
    same_definition
        && same_image != Some(false)
        && found.service.primary().is_some_and(|it| it.id == *id)
}

/// What CodeDeploy would find out only when it installs.
fn check_app_spec(found: &CurrentState, patched: &TaskDefinition) -> Result<(), Problem> {
    let Some(codedeploy) = &found.codedeploy else { return Ok(()) };
    codedeploy.app_spec.check(patched).into_iter().next().map_or(Ok(()), Err)
}

fn patch(request: &AppRequest, found: &CurrentState) -> Result<TaskDefinition, Problem> {
    let image = found.image.reference.to_string();
    found.base.definition.patch(&Patch {
        images: found.containers.iter().map(|name| (name.clone(), image.clone())).collect(),
        environment: request.environment.clone(),
        secrets: request.secrets.clone(),
    })
}

fn check_platform(
    request: &AppRequest,
    found: &CurrentState,
    notices: &mut Vec<Problem>,
) -> Result<(), Problem> {
    if found.image.has_run_here {
        return Ok(());
    }
    let definition = &found.base.definition;
    let on_fargate = found.service.is_on_fargate || definition.is_for_fargate_alone();
    let required = Required::by_task(definition.runtime_platform(), on_fargate);
    let image = &found.image.reference;
    let platforms = match &found.image.platforms {
        Ok(platforms) => platforms,
        Err(why) => {
            notices
                .push(Problem::new(format!("the platform of {image} could not be checked: {why}")));
            return Ok(());
        }
    };
    match fit(&required, platforms) {
        Fit::Fits => Ok(()),
        Fit::Unknown(why) => {
            notices
                .push(Problem::new(format!("the platform of {image} could not be checked: {why}")));
            Ok(())
        }
        Fit::Mismatch { wanted, has } => {
            let has = has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let problem = Problem::new(format!(
                "the image {image} holds {has}, and the task runs on {wanted}"
            ));
            if request.platform_check {
                Err(problem.hint(format!(
                    "Build it for {wanted} (docker build --platform), or set runtimePlatform in the task definition; \
                     `platform-check: false` deploys it all the same."
                )))
            } else {
                notices.push(problem);
                Ok(())
            }
        }
    }
}

/// Whether the service has had no task yet that could have fixed a digest: the
/// first one will pull what the tag names then, whatever is deployed now.
fn nothing_was_started(found: &CurrentState) -> bool {
    let counts = found.service.counts;
    let is_denied = matches!(found.running_images, Fact::Denied(_));
    counts.desired == 0 && counts.running == 0 && counts.pending == 0 && !is_denied
}

/// The revision that needs no registration.
fn existing(
    found: &CurrentState,
    patched: &TaskDefinition,
    same_definition: bool,
) -> Option<TaskDefinitionArn> {
    if same_definition {
        return found.service.task_definition.clone().filter(|_| found.running.can_be_started());
    }
    found.base.arn.clone().filter(|_| {
        found.base.definition.can_be_started() && patched.same_as(&found.base.definition)
    })
}

fn steps(
    request: &AppRequest,
    found: &CurrentState,
    patched: TaskDefinition,
    same_definition: bool,
) -> Vec<Step> {
    let desired_count = request.desired_count;
    let existing = existing(found, &patched, same_definition);
    if let Some(codedeploy) = &found.codedeploy {
        let register = existing.is_none().then(|| Step::Register(patched));
        let definition = existing.map_or(UpdateTo::Registered, UpdateTo::Existing);
        let create = codedeploy.create(request, definition);
        return register.into_iter().chain(create).collect();
    }
    match existing {
        Some(arn) => {
            // Without it ECS starts nothing for a definition that is the same.
            let force = request.force_new_deployment || same_definition;
            vec![Step::Update { definition: UpdateTo::Existing(arn), force, desired_count }]
        }
        None => vec![
            Step::Register(patched),
            Step::Update {
                definition: UpdateTo::Registered,
                force: request.force_new_deployment,
                desired_count,
            },
        ],
    }
}

fn scale_only(request: &AppRequest, found: &CurrentState) -> Vec<Step> {
    match request.desired_count {
        Some(count) if count != found.service.counts.desired => vec![Step::Update {
            definition: UpdateTo::Unchanged,
            force: false,
            desired_count: Some(count),
        }],
        _ => Vec::new(),
    }
}

impl Plan {
    fn task_definition_of_target(&mut self, found: &CurrentState, same_definition: bool) {
        let brought = self.steps.iter().find_map(|step| match step {
            Step::Register(_) => Some(None),
            Step::Update { definition: UpdateTo::Existing(arn), .. } => Some(Some(arn.clone())),
            Step::CreateDeployment(new) => match &new.definition {
                UpdateTo::Existing(arn) => Some(Some(arn.clone())),
                UpdateTo::Registered | UpdateTo::Unchanged => Some(None),
            },
            // It returns to a revision that was found and is the base.
            Step::RollBack { .. } => Some(found.base.arn.clone()),
            Step::ClearBlocker { .. } | Step::Update { .. } => None,
        });
        let adopted = || {
            let active =
                found.codedeploy.as_ref()?.active.as_ref().filter(|_| self.adopt.is_some());
            active?.definition.known()?.arn()?.parse().ok()
        };
        let stays = || found.service.task_definition.clone().filter(|_| same_definition);
        self.to.task_definition = brought.unwrap_or_else(|| adopted().or_else(stays));
    }
}
