//! Carries a plan out: the first writes of a run.
//!
//! One `RegisterTaskDefinition`, beside it the last look at the service, then
//! one `UpdateService` with nothing in it that was not asked for, or one
//! `CreateDeployment` where CodeDeploy deploys. No write is
//! repeated blindly: after an answer that says nothing the state is read, and
//! what happened is adopted. A revision that is not used is deregistered.

mod codedeploy;
mod go_on;
mod journal;
mod one_off;
mod outage;
mod patience;
mod register;
mod roll_back;
mod settle;
mod stop;

pub(crate) use codedeploy::{Stopping, clear_blocker, stop_and_roll_back, stop_by_hand};
pub(crate) use go_on::{GoOn, LOOK_FIRST, let_go_on};
pub(crate) use journal::{Entries, Journal};
pub use journal::{Write, Written};
pub(crate) use one_off::{by_hand, refuse_beside_another};
pub(crate) use outage::patiently;
pub(crate) use register::register_alone;
pub(crate) use roll_back::{Returning, roll_back, stop_by_hand as stop_ecs_by_hand};
pub(crate) use settle::deregister_unused;
pub(crate) use stop::{Applied, FailedTask, Stop};

use std::time::Duration;

use tokio::time::Instant;

use one_off::OneOff;
use patience::Patience;
use settle::Registering;
use stop::{applied, started};

use crate::aws::{Answer, Cause, Clients, Ecs, UpdateService};
use crate::ecs::{DeploymentId, Service, TaskDefinitionArn};
use crate::plan::{OneOffStep, Plan, RollBack, Step};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::rollout::{Followed, Until};
use crate::shutdown::Shutdown;
use crate::task_definition::TaskDefinition;

/// A look at the service counts as the last one before the update for so long.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Carries out `plan`, unless `deadline` comes before the service is touched; every write goes
/// into `journal` before and after. Where it stops, a revision that nothing uses is deregistered.
pub(crate) async fn apply(
    clients: &Clients,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Result<Applied, Stop> {
    let ecs = clients.ecs(&plan.target.region);
    let patience = Patience { deadline, shutdown, reporter, queue: journal.queue() };
    let mut apply = Apply { clients, ecs, plan, journal, patience };
    match apply.steps().await {
        Err(stop) => Err(apply.abandon(stop).await),
        applied => applied,
    }
}

/// One plan that is being carried out.
struct Apply<'a> {
    clients: &'a Clients,
    ecs: Ecs,
    plan: &'a Plan,
    journal: &'a Journal,
    patience: Patience<'a>,
}

impl Apply<'_> {
    async fn steps(&mut self) -> Result<Applied, Stop> {
        let Self { clients, plan, journal, .. } = *self;
        self.may_go_on()?;
        // What ECS or CodeDeploy returns to by itself needs no revision.
        let rolls_back = matches!(plan.steps.first(), Some(Step::RollBack(_)));
        let (mut registered, mut service) = self.ready(!rolls_back).await?;
        for step in &plan.steps {
            match step {
                Step::Register(_) | Step::ClearBlocker { .. } => {}
                Step::RollBack(asked) => {
                    let (id, instead) = match asked {
                        RollBack::Ecs { id, .. } => {
                            (DeploymentId::Ecs(id.clone()), "updating the service instead")
                        }
                        RollBack::CodeDeploy { id, .. } => {
                            (DeploymentId::CodeDeploy(id.clone()), "deploying it instead")
                        }
                    };
                    if self.rolls_back(asked).await? {
                        let followed = Followed::adopted(id, &service);
                        let until = Until::Returned;
                        return Ok(Applied::RollingBack(Followed { until, ..followed }));
                    }
                    // That took a moment in which others may have acted, or AWS itself.
                    (registered, service) = self.ready(true).await?;
                    self.patience.reporter.line(instead);
                }
                Step::RunTask(step) => {
                    let Some(definition) = step.definition.arn(registered.as_ref()) else {
                        continue;
                    };
                    self.patience.deadline += self.one_off(step).run(definition).await?;
                    if plan.is_of_one_off_alone() {
                        return Ok(Applied::Ran);
                    }
                    // That took its time, and others may have acted.
                    (_, service) = self.ready(false).await?;
                }
                Step::CreateDeployment(new) => {
                    let Some(definition) = new.definition.arn(registered.as_ref()) else {
                        continue;
                    };
                    let codedeploy = clients.codedeploy(&plan.target.region);
                    let created = codedeploy::create(
                        &codedeploy,
                        plan,
                        new,
                        definition,
                        journal,
                        &self.patience,
                        async || self.look_again().await,
                    );
                    let id = DeploymentId::CodeDeploy(created.await?);
                    return Ok(Applied::Started(Followed::started(id, &service)));
                }
                Step::Update { definition, force, desired_count } => {
                    let update = UpdateService {
                        target: &plan.target,
                        task_definition: definition.arn(registered.as_ref()),
                        force_new_deployment: *force,
                        desired_count: *desired_count,
                    };
                    let after = self.update(&update, &service).await?;
                    let applied = applied(&update, &service, &after, self.patience.reporter)?;
                    if applied != Applied::Scaled || self.is_last(step) {
                        return Ok(applied);
                    }
                    // The count is another matter than the deployment that comes after it.
                    self.patience.reporter.line("set the desired count");
                    journal.note(|it| (it.update, it.scaled) = (Write::None, *desired_count));
                    self.may_go_on()?;
                }
            }
        }
        Ok(Applied::NothingStarted)
    }

    fn one_off<'b>(&'b self, step: &'b OneOffStep) -> OneOff<'b> {
        let Self { clients, ecs, plan, journal, patience } = self;
        OneOff { clients, ecs, plan, step, journal, patience }
    }

    fn may_go_on(&self) -> Result<(), Stop> {
        if self.patience.shutdown.is_requested() { Err(Stop::Cancelled) } else { Ok(()) }
    }

    fn is_last(&self, step: &Step) -> bool {
        self.plan.steps.last().is_some_and(|last| std::ptr::eq(last, step))
    }

    /// Registers the definition of the plan, where it has one and that is asked for, and beside
    /// it looks a last time at the service.
    async fn ready(&self, registers: bool) -> Result<(Option<TaskDefinitionArn>, Service), Stop> {
        let definition = self.plan.steps.iter().find_map(Step::registers).filter(|_| registers);
        let begun = Instant::now();
        let register = async {
            match definition {
                Some(definition) => self.register(definition).await.map(Some),
                None => Ok(None),
            }
        };
        let (registered, last_look) = tokio::join!(register, self.look());
        let registered = registered?;
        // Behind a registration that had to wait its turn it was not the last one.
        let last_look = if begun.elapsed() < LAST_LOOK { last_look } else { self.look().await };
        Ok((registered, self.unchanged(last_look)?))
    }

    async fn look(&self) -> Answer<Option<Service>> {
        let Self { ecs, plan, patience, .. } = self;
        let read = || ecs.service(&plan.target);
        patiently("ecs:DescribeServices", patience.deadline, read).await
    }

    /// The service of a look, if the plan still holds for it and there is time to go on.
    fn unchanged(&self, look: Answer<Option<Service>>) -> Result<Service, Stop> {
        let is_late = Instant::now() >= self.patience.deadline;
        let service = look.map_err(|error| {
            let problem = error.problem(&self.plan.target.to_string());
            if is_late { Stop::TimedOut(problem) } else { Stop::Failed(problem) }
        })?;
        self.may_go_on()?;
        if is_late {
            let problem =
                Problem::new("the timeout was reached before the service could be updated");
            return Err(Stop::TimedOut(problem));
        }
        unchanged_since(self.plan, service).map_err(Stop::Refused)
    }

    async fn look_again(&self) -> Result<(), Stop> {
        self.unchanged(self.look().await).map(drop)
    }

    /// Whether ECS or CodeDeploy returns from the deployment in progress by itself. As long as
    /// one by CodeDeploy goes on its group takes no other.
    async fn rolls_back(&self, asked: &RollBack) -> Result<bool, Stop> {
        let Self { clients, ecs, plan, journal, patience } = self;
        let Patience { deadline, reporter, .. } = *patience;
        let id = match asked {
            RollBack::Ecs { deployment, to, .. } => {
                return match roll_back(ecs, deployment, to, journal, deadline, reporter).await {
                    Returning::Following => Ok(true),
                    Returning::No | Returning::Declined(_) | Returning::Unheard(_) => Ok(false),
                    Returning::Unknown(problem) => Err(Stop::Unknown(problem)),
                };
            }
            RollBack::CodeDeploy { id, .. } => id,
        };
        let codedeploy = clients.codedeploy(&plan.target.region);
        match stop_and_roll_back(&codedeploy, &plan.target, id, journal, deadline, reporter).await {
            Stopping::Following | Stopping::MayReturn => Ok(true),
            Stopping::Over => Ok(false),
            Stopping::Refused(problem) => Err(Stop::Failed(problem)),
            Stopping::Unknown(problem) => Err(Stop::Unknown(problem)),
        }
    }

    async fn register(&self, definition: &TaskDefinition) -> Result<TaskDefinitionArn, Stop> {
        let Self { ecs, plan, journal, patience, .. } = self;
        // Of another family the newest revision is not known.
        let newest = plan.revision.newest.as_ref();
        let newest = newest.filter(|it| it.family() == definition.family());
        let newer_than = newest.map(TaskDefinitionArn::revision);
        Registering { ecs, definition, newer_than, is_alone: false }.send(journal, patience).await
    }

    async fn update(&self, update: &UpdateService<'_>, before: &Service) -> Result<Service, Stop> {
        let Self { ecs, journal, patience, .. } = self;
        let on = update.target.to_string();
        journal.note(|entries| entries.update = Write::Sent);
        let send = async || ecs.update_service(update).await;
        let after = match patience.send_while(send, async || self.look_again().await).await {
            Ok(Ok(after)) => after,
            Ok(Err(stop)) => {
                journal.note(|entries| entries.update = Write::Undone);
                return Err(stop);
            }
            Err(error) if error.cause == Cause::Unclear => {
                match settle::adopt_update(ecs, update, before, patience.deadline).await {
                    Ok(Some(after)) => after,
                    Ok(None) => {
                        journal.note(|entries| entries.update = Write::Undone);
                        return Err(Stop::Failed(error.problem(&on)));
                    }
                    Err(unreadable) => {
                        return Err(Stop::Unknown(
                            Problem::new(format!(
                                "ecs:UpdateService on {on} got no clear answer ({}), and whether it was updated could not be read ({unreadable})",
                                error.message
                            ))
                            .hint("Look at its deployments in the ECS console, or run this step again: it adopts the deployment if there is one."),
                        ));
                    }
                }
            }
            Err(error) => {
                journal.note(|entries| entries.update = Write::Undone);
                return Err(patience.stop(&error, error.problem(&on)));
            }
        };
        let started = started(update, before, &after).map(|it| DeploymentId::Ecs(it.id.clone()));
        journal.note(|entries| entries.update = Write::Done(started));
        Ok(after)
    }

    /// What the run stops with, after clearing away what would be left behind.
    async fn abandon(&self, stop: Stop) -> Stop {
        let Self { ecs, plan, journal, patience, .. } = self;
        let Some(note) = deregister_unused(ecs, &plan.target, journal, patience.reporter).await
        else {
            return stop;
        };
        let noted = |problem: Problem| Problem {
            message: format!("{} ({note})", problem.message),
            ..problem
        };
        match stop {
            Stop::Refused(problem) => Stop::Refused(noted(problem)),
            Stop::Held(problem) => Stop::Held(noted(problem)),
            Stop::Failed(problem) => Stop::Failed(noted(problem)),
            Stop::Unknown(problem) => Stop::Unknown(noted(problem)),
            Stop::TimedOut(problem) => Stop::TimedOut(noted(problem)),
            Stop::OneOffFailed(failed) => {
                Stop::OneOffFailed(Box::new(FailedTask { left: Some(note), ..*failed }))
            }
            Stop::Cancelled => Stop::Cancelled,
        }
    }
}

/// The plan holds only as long as the deployment does that it was made on.
fn unchanged_since(plan: &Plan, now: Option<Service>) -> Result<Service, Problem> {
    let now = now.ok_or_else(|| Problem::new(format!("{} was deleted meanwhile", plan.target)))?;
    let primary = |service: &Service| service.primary().map(|it| it.id.clone());
    let (planned, found) = (primary(&plan.service), primary(&now));
    if planned == found && now.status == plan.service.status {
        return Ok(now);
    }
    let found = found.map_or_else(|| "none".to_owned(), |id| id.to_string());
    Err(Problem::new(format!(
        "{} changed while this run was deciding: its deployment is now {found} ({})",
        plan.target, now.status
    ))
    .hint("Somebody else deployed at the same time. Look at what runs now and run this step again; a `concurrency` group in the workflow keeps two runs apart."))
}
