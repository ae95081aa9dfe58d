//! What is wanted, held against what was read: the same definition, the same images, and the
//! steps from the one to the other.

use super::codedeploy::{self, Active};
use super::fact::Fact;
use super::in_flight::ServiceState;
use super::state::CurrentState;
use super::steps::{Plan, PlannedVersions, Remarks, Revision, Step, UpdateTo};
use super::{filling, one_off, rolled_back, sides};
use crate::ecs::{DeploymentId, TaskDefinitionArn};
use crate::image::Digest;
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::{Need, TaskDefinition, diff};

pub(super) struct Comparison<'a> {
    pub(super) request: &'a AppRequest,
    pub(super) state: &'a CurrentState,
    /// The definition that is wanted.
    pub(super) patched: TaskDefinition,
    pub(super) same_definition: bool,
    /// Of every container; `None` where nobody knows which digest runs.
    pub(super) same_image: Option<bool>,
    /// What each chosen container runs; `None` where one of them is not known.
    pub(super) running: Option<Vec<(&'a ContainerName, Digest)>>,
}

impl<'a> Comparison<'a> {
    /// # Errors
    /// The definition can't be patched.
    pub(super) fn of(request: &'a AppRequest, state: &'a CurrentState) -> Result<Self, Problem> {
        let patched = filling::patch(request, state)?;
        let running = sides::digests_of(state, &state.running, &state.running_images);
        let same_image = match &running {
            Some(digests) => Some(digests.iter().all(|(container, digest)| {
                let image = state.images.of_container(container.as_str());
                image.is_some_and(|image| image.is(digest))
            })),
            None if nothing_was_started(state) => Some(true),
            None => None,
        };
        let same_definition = patched.same_as(&state.running);
        Ok(Self { request, state, patched, same_definition, same_image, running })
    }

    /// The plan, before its steps are chosen.
    pub(super) fn plan(&self) -> Plan {
        let Self { request, state, .. } = self;
        let (from, from_in_flight) = sides::from_sides(request, state);
        Plan {
            target: request.target.clone(),
            service: state.service.clone(),
            versions: PlannedVersions { from, to: sides::to_side(&state.images), from_in_flight },
            revision: Revision {
                definition: self.patched.clone(),
                new_needs: self.new_needs(),
                changes: diff(&state.running, &self.patched),
                newest: state.newest.known().cloned(),
            },
            images: Some(state.images.clone()),
            steps: Vec::new(),
            adopt: None,
            check: None,
            scheduled: Vec::new(),
            expected: state.rollback_source.as_ref().and_then(|it| it.times),
            return_to: state.last_good.known().cloned(),
            by_codedeploy: state.codedeploy.as_ref().map(|it| it.deployment(request)),
            remarks: Remarks { warnings: state.images.warnings(), notices: state.images.notices() },
        }
    }

    fn new_needs(&self) -> Vec<Need> {
        let known = self.state.running.needs();
        let mut needs = self.patched.needs();
        needs.retain(|need| !known.contains(need));
        needs
    }

    /// Whether the service is set to what is wanted already.
    pub(super) fn is_wanted(&self) -> bool {
        self.same_definition && self.same_image == Some(true)
    }

    /// The deployment by CodeDeploy that is in progress.
    pub(super) fn active(&self) -> Option<&'a Active> {
        self.state.codedeploy.as_ref()?.active.as_ref()
    }

    pub(super) fn service_state(&self) -> ServiceState {
        let state = self.state;
        let service_state =
            ServiceState::of(&state.service, state.current.known(), state.codedeploy.as_ref());
        // A deployment that has moved all traffic keeps its group busy, but it is done.
        let is_done = matches!(service_state, ServiceState::UnderWay(_))
            && self.is_wanted()
            && self.active().is_some_and(Active::traffic_complete)
            && self.reason_to_force(&ServiceState::Settled).is_none();
        if is_done { ServiceState::Settled } else { service_state }
    }

    /// Why a deployment is started although definition and digest are the same.
    pub(super) fn reason_to_force(&self, service_state: &ServiceState) -> Option<String> {
        let Self { request, state, .. } = self;
        let counts = state.service.counts;
        if request.force_new_deployment {
            return Some(
                "the same definition and image are deployed again, because force-new-deployment is set"
                    .to_owned(),
            );
        }
        if let ServiceState::Failed(id) = service_state {
            return Some(format!(
                "the same definition and image are deployed again, because their deployment {id} failed"
            ));
        }
        if let Some(id) = state.codedeploy.as_ref().and_then(|it| it.split.as_ref()) {
            return Some(format!(
                "the same definition and image are deployed again, because part of the traffic is \
                 still on what the deployment {id} deployed"
            ));
        }
        // Tasks on their way beside others that run are those of a scale-out, or in the place of
        // some that went. Where none runs they may be those of a crash loop.
        let is_short = counts.running + counts.pending < counts.desired;
        let none_runs = counts.running == 0 && counts.desired > 0;
        (is_short || none_runs).then(|| {
            let pending = match counts.pending {
                0 => String::new(),
                some => format!(" and {some} start"),
            };
            format!(
                "the same definition and image are deployed again, because only {} of {} tasks \
                 run{pending}",
                counts.running, counts.desired
            )
        })
    }

    /// Whether what is wanted is on its way already. Where ECS deploys, that is the primary
    /// deployment; CodeDeploy keeps what was there before as the primary one for a while.
    ///
    /// The digests of a deployment in progress are known only once a task has pulled the image;
    /// whether they are the wanted ones is proved at its end in any case.
    pub(super) fn is_under_way(&self, id: &DeploymentId) -> bool {
        if self.state.codedeploy.is_some() {
            return codedeploy::brings(self.state, &self.patched);
        }
        self.same_definition
            && self.same_image != Some(false)
            && self.state.service.primary().is_some_and(|it| it.id == *id)
    }

    /// The revision that needs no registration.
    pub(super) fn existing(&self) -> Option<TaskDefinitionArn> {
        let Self { state, .. } = self;
        if self.same_definition {
            let own = state.service.task_definition.clone();
            return own.filter(|_| state.running.can_be_started());
        }
        let base = &state.base.definition;
        state.base.arn.clone().filter(|_| base.can_be_started() && self.patched.same_as(base))
    }

    /// The steps that bring what is wanted.
    ///
    /// # Errors
    /// The one-off task before them can't be run.
    pub(super) fn deploy(&self) -> Result<Vec<Step>, Problem> {
        let existing = self.existing();
        let is_new = existing.is_none();
        let register = is_new.then(|| Step::Register(self.patched.clone()));
        let definition = existing.map_or(UpdateTo::Registered, UpdateTo::Existing);
        let one_off = self.one_off(definition.clone())?;
        let deploy = match &self.state.codedeploy {
            Some(codedeploy) => codedeploy.create(self.request, definition),
            None => vec![Step::Update {
                definition,
                // Without it ECS starts nothing for a definition that is the same.
                force: self.request.force_new_deployment || (self.same_definition && !is_new),
                desired_count: self.request.desired_count,
            }],
        };
        Ok(register.into_iter().chain(one_off).chain(deploy).collect())
    }

    /// The steps that run the one-off task and nothing else.
    ///
    /// # Errors
    /// It can't be run.
    pub(super) fn run_alone(&self) -> Result<Vec<Step>, Problem> {
        let existing = self.existing();
        let register = existing.is_none().then(|| Step::Register(self.patched.clone()));
        let definition = existing.map_or(UpdateTo::Registered, UpdateTo::Existing);
        let one_off = self.one_off(definition)?;
        Ok(register.into_iter().chain(one_off).collect())
    }

    fn one_off(&self, definition: UpdateTo) -> Result<Option<Step>, Problem> {
        one_off::step(&self.request.before, &self.patched, &self.state.images, definition)
    }

    /// The step for a service that runs, or is getting, what is wanted.
    pub(super) fn scale_only(&self) -> Vec<Step> {
        let desired = self.state.service.counts.desired;
        let count = self.request.desired_count.filter(|count| *count != desired);
        count.map(Step::scale).into_iter().collect()
    }

    /// The revision that will run, where it exists already.
    pub(super) fn definition_of_target(&self, plan: &Plan) -> Option<TaskDefinitionArn> {
        let existing = |definition: &UpdateTo| match definition {
            UpdateTo::Existing(arn) => Some(arn.clone()),
            UpdateTo::Registered | UpdateTo::Unchanged => None,
        };
        let brought = plan.steps.iter().find_map(|step| match step {
            Step::Register(_) => Some(None),
            Step::CreateDeployment(new) => Some(existing(&new.definition)),
            // It returns to a revision that was found and is the base.
            Step::RollBack(_) => Some(self.state.base.arn.clone()),
            Step::Update { definition, .. } => existing(definition).map(Some),
            Step::ClearBlocker { .. } | Step::RunTask(_) => None,
        });
        let adopted = || {
            let active = self.active().filter(|_| plan.adopt.is_some())?;
            active.definition.known()?.arn()?.parse().ok()
        };
        let stays = || self.state.service.task_definition.clone().filter(|_| self.same_definition);
        brought.unwrap_or_else(|| adopted().or_else(stays))
    }

    /// The deployment's own way back, where that leads exactly to what is wanted. It starts
    /// tasks, too, which a revision that was deregistered may not.
    pub(super) fn roll_back(&self, id: &DeploymentId) -> Option<Step> {
        let can_be_started = self.state.base.definition.can_be_started();
        can_be_started
            .then(|| rolled_back::by_itself(self.request, self.state, &self.patched, id))
            .flatten()
    }
}

/// Whether the service has had no task yet that could have fixed a digest: the
/// first one will pull what the tag names then, whatever is deployed now.
fn nothing_was_started(state: &CurrentState) -> bool {
    let counts = state.service.counts;
    let is_denied = matches!(state.running_images, Fact::Denied(_));
    counts.desired == 0 && counts.running == 0 && counts.pending == 0 && !is_denied
}

/// What the tasks of the definition need that is wanted; `None` where it can't be patched,
/// which is said elsewhere.
pub(crate) fn needs(request: &AppRequest, state: &CurrentState) -> Option<Vec<Need>> {
    Some(filling::patch(request, state).ok()?.needs())
}
