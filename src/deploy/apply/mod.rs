//! Carries a plan out: the first writes of a run.
//!
//! One `RegisterTaskDefinition`, beside it the last look at the service, then
//! one `UpdateService` with nothing in it that was not asked for, or one
//! `CreateDeployment` where CodeDeploy deploys. No write is
//! repeated blindly: after an answer that says nothing the state is read, and
//! what happened is adopted. A revision that comes to no use is deregistered.

mod codedeploy;
mod journal;
mod outage;
mod patience;
mod roll_back;
mod settle;

pub(crate) use codedeploy::{Stopping, clear_blocker, stop_and_roll_back, stop_by_hand};
pub(crate) use journal::{Entries, Journal};
pub use journal::{Write, Written};
pub(crate) use outage::patiently;
pub(crate) use roll_back::{Returning, roll_back};
pub(crate) use settle::deregister_unused;

use std::time::Duration;

use tokio::time::Instant;

use patience::Patience;

use crate::aws::{CallError, Cause, Clients, Ecs, UpdateService};
use crate::ecs::{Deployment, DeploymentId, Service, TaskDefinitionArn};
use crate::plan::{Plan, Step, UpdateTo};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::rollout::{Followed, Until};
use crate::shutdown::Shutdown;
use crate::task_definition::TaskDefinition;

/// A look at the service counts as the last one before the update for so long.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// What carrying out a plan led to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Applied {
    Started(Followed),
    /// ECS returns from this deployment by itself.
    RollingBack(Followed),
    /// ECS took the update and started none.
    NothingStarted,
    /// Only the count was changed.
    Scaled,
}

/// Why it was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The service is no longer what the plan was made on, and was not deployed to.
    Refused(Problem),
    Failed(Problem),
    /// Whether a write happened could not be found out in time.
    Unknown(Problem),
    TimedOut(Problem),
    /// The run was asked to stop before the service was touched.
    Cancelled,
}

/// Carries out `plan`, unless `deadline` comes before the service is touched; every write goes into `journal` before and after.
pub(crate) async fn apply(
    clients: &Clients,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Result<Applied, Stop> {
    let ecs = &clients.ecs(&plan.target.region);
    let patience = &Patience { deadline, shutdown, reporter };
    if shutdown.is_requested() {
        return Err(Stop::Cancelled);
    }
    let register = plan.steps.iter().find_map(|step| match step {
        Step::Register(definition) => Some(definition),
        Step::Update { .. }
        | Step::RollBack { .. }
        | Step::ClearBlocker { .. }
        | Step::CreateDeployment(_) => None,
    });
    let begun = Instant::now();
    let look = || patiently("ecs:DescribeServices", deadline, || ecs.service(&plan.target));
    let (registered, last_look) = tokio::join!(
        async {
            match register {
                Some(definition) => {
                    self::register(ecs, plan, definition, journal, patience).await.map(Some)
                }
                None => Ok(None),
            }
        },
        look()
    );
    let registered = registered?;
    // Behind a registration that had to wait its turn it was not the last one.
    let last_look = if begun.elapsed() < LAST_LOOK { last_look } else { look().await };
    let before = match last_look.map_err(|error| error.problem(&plan.target.to_string())) {
        Ok(found) => found,
        Err(problem) => {
            let problem = abandon(ecs, plan, journal, reporter, problem).await;
            let is_late = Instant::now() >= deadline;
            return Err(if is_late { Stop::TimedOut(problem) } else { Stop::Failed(problem) });
        }
    };
    if shutdown.is_requested() {
        deregister_unused(ecs, &plan.target, journal, reporter).await;
        return Err(Stop::Cancelled);
    }
    if Instant::now() >= deadline {
        let problem = Problem::new("the time was up before the service could be updated");
        return Err(Stop::TimedOut(abandon(ecs, plan, journal, reporter, problem).await));
    }
    let mut before = match unchanged_since(plan, before) {
        Ok(before) => before,
        Err(problem) => {
            return Err(Stop::Refused(abandon(ecs, plan, journal, reporter, problem).await));
        }
    };
    for step in &plan.steps {
        if let Step::RollBack { deployment, id, to } = step {
            let turns_round = if id.is_codedeploys() {
                turns_round(clients, plan, id, journal, deadline, reporter).await?
            } else {
                match roll_back(ecs, deployment, to, journal, deadline, reporter).await {
                    Returning::Following => true,
                    Returning::No => false,
                    Returning::Unknown(problem) => return Err(Stop::Unknown(problem)),
                }
            };
            if turns_round {
                let followed = Followed::adopted(id.clone(), &before);
                return Ok(Applied::RollingBack(Followed { until: Until::Returned, ..followed }));
            }
            before = look_again(ecs, plan, deadline).await?;
            if shutdown.is_requested() {
                return Err(Stop::Cancelled);
            }
            if Instant::now() >= deadline {
                return Err(Stop::TimedOut(Problem::new(
                    "the time was up before the service could be updated",
                )));
            }
            reporter.line(match id.is_codedeploys() {
                true => "deploying it instead",
                false => "updating the service instead",
            });
        }
        if let Step::CreateDeployment(new) = step {
            let definition = match &new.definition {
                UpdateTo::Registered => registered.as_ref(),
                UpdateTo::Existing(arn) => Some(arn),
                UpdateTo::Unchanged => None,
            };
            let Some(definition) = definition else { continue };
            let codedeploy = clients.codedeploy(&plan.target.region);
            let created = codedeploy::create(&codedeploy, plan, new, definition, journal, patience);
            return match created.await {
                Ok(id) => Ok(Applied::Started(Followed::started(id, &before))),
                Err(stop) => Err(abandoned(ecs, plan, journal, reporter, stop).await),
            };
        }
        if let Step::Update { definition, force, desired_count } = step {
            let definition = match definition {
                UpdateTo::Registered => registered.as_ref(),
                UpdateTo::Existing(arn) => Some(arn),
                UpdateTo::Unchanged => None,
            };
            let update = UpdateService {
                target: &plan.target,
                task_definition: definition,
                force_new_deployment: *force,
                desired_count: *desired_count,
            };
            let after = match self::update(ecs, &update, &before, journal, patience).await {
                Ok(after) => after,
                Err(stop) => return Err(abandoned(ecs, plan, journal, reporter, stop).await),
            };
            let applied = applied(&update, &before, &after, reporter)?;
            if applied != Applied::Scaled || is_last(plan, step) {
                return Ok(applied);
            }
            // The count is another matter than the deployment that comes after it.
            reporter.line("set the desired count");
            journal
                .note(|entries| (entries.update, entries.scaled) = (Write::None, *desired_count));
            if shutdown.is_requested() {
                deregister_unused(ecs, &plan.target, journal, reporter).await;
                return Err(Stop::Cancelled);
            }
        }
    }
    Ok(Applied::NothingStarted)
}

/// Whether CodeDeploy returns from the deployment under way; `false` where that has ended
/// by itself. As long as it goes on its group takes no other.
async fn turns_round(
    clients: &Clients,
    plan: &Plan,
    id: &DeploymentId,
    journal: &Journal,
    deadline: Instant,
    reporter: &dyn Reporter,
) -> Result<bool, Stop> {
    let codedeploy = clients.codedeploy(&plan.target.region);
    match stop_and_roll_back(&codedeploy, &plan.target, id, journal, deadline, reporter).await {
        Stopping::Following | Stopping::MayReturn => Ok(true),
        Stopping::Over => Ok(false),
        Stopping::Refused(problem) => Err(Stop::Failed(problem)),
        Stopping::Unknown(problem) => Err(Stop::Unknown(problem)),
    }
}

fn is_last(plan: &Plan, step: &Step) -> bool {
    plan.steps.last().is_some_and(|last| std::ptr::eq(last, step))
}

/// ECS was asked for something and has not done it: that takes a moment in which
/// others may have acted, or ECS itself.
async fn look_again(ecs: &Ecs, plan: &Plan, deadline: Instant) -> Result<Service, Stop> {
    let read = || ecs.service(&plan.target);
    let found = patiently("ecs:DescribeServices", deadline, read).await;
    let found = found.map_err(|error| Stop::Failed(error.problem(&plan.target.to_string())))?;
    unchanged_since(plan, found).map_err(Stop::Refused)
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
    .hint("Somebody else deployed at the same moment. Look at what runs now and run this step again; a `concurrency` group in the workflow keeps two runs apart."))
}

async fn register(
    ecs: &Ecs,
    plan: &Plan,
    definition: &TaskDefinition,
    journal: &Journal,
    patience: &Patience<'_>,
) -> Result<TaskDefinitionArn, Stop> {
    let (family, reporter) = (definition.family(), patience.reporter);
    journal.note(|entries| entries.register = Write::Sent);
    // ECS may quote what it refuses.
    let masked =
        |error: CallError| CallError { message: definition.masked(&error.message), ..error };
    let body = definition.register_body();
    let send = async || ecs.register(body.clone()).await.map_err(masked);
    let answer = patience.send(send).await;
    let arn = match answer.and_then(|answer| settle::registered_arn(&answer)) {
        Ok(arn) => arn,
        Err(error) if error.cause == Cause::Unclear => {
            reporter.line(&format!(
                "RegisterTaskDefinition got no clear answer ({error}); looking whether it happened"
            ));
            let deadline = patience.deadline;
            settle::adopt_revision(ecs, plan, definition, deadline).await.inspect_err(|stop| {
                if matches!(stop, Stop::Failed(_)) {
                    journal.note(|entries| entries.register = Write::Undone);
                }
            })?
        }
        Err(error) => {
            journal.note(|entries| entries.register = Write::Undone);
            return Err(patience.stop(&error, error.problem(&format!("family {family}"))));
        }
    };
    journal.note(|entries| entries.register = Write::Done(arn.clone()));
    reporter.line(&format!("registered {}", arn.short()));
    Ok(arn)
}

async fn update(
    ecs: &Ecs,
    update: &UpdateService<'_>,
    before: &Service,
    journal: &Journal,
    patience: &Patience<'_>,
) -> Result<Service, Stop> {
    let on = update.target.to_string();
    journal.note(|entries| entries.update = Write::Sent);
    let after = match patience.send(async || ecs.update_service(update).await).await {
        Ok(after) => after,
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
                        .hint("Look at its deployments in the ECS console, or run this step again: it adopts the deployment that is there."),
                    ));
                }
            }
        }
        Err(error) => {
            journal.note(|entries| entries.update = Write::Undone);
            return Err(patience.stop(&error, error.problem(&on)));
        }
    };
    let started = started(update, before, &after).map(|it| it.id.clone());
    journal.note(|entries| entries.update = Write::Done(started));
    Ok(after)
}

fn applied(
    update: &UpdateService<'_>,
    before: &Service,
    after: &Service,
    reporter: &dyn Reporter,
) -> Result<Applied, Stop> {
    if let Some(deployment) = started(update, before, after) {
        reporter.line(&format!("updated the service: deployment {}", deployment.id));
        let mut followed = Followed::started(deployment.id.clone(), before);
        // Somebody may have deployed between the last look and the update: that
        // deployment was there before ours, too.
        let others = after.deployments.iter().map(|it| &it.id);
        followed.before.extend(others.filter(|id| **id != deployment.id).cloned());
        return Ok(Applied::Started(followed));
    }
    match newcomer(before, after) {
        Some(theirs) => Err(Stop::Failed(
            Problem::new(format!(
                "the service was updated, and another deployment had begun at the same moment: {}",
                theirs.id
            ))
            .hint("Look at what runs now and run this step again."),
        )),
        None if update.task_definition.is_none() => Ok(Applied::Scaled),
        None => Ok(Applied::NothingStarted),
    }
}

/// The deployment that the update has started. One of another definition than
/// was asked for is somebody else's, and a change of the count starts none.
fn started<'a>(
    update: &UpdateService<'_>,
    before: &Service,
    after: &'a Service,
) -> Option<&'a Deployment> {
    let definition = update.task_definition?;
    newcomer(before, after).filter(|it| it.task_definition.as_ref() == Some(definition))
}

fn newcomer<'a>(before: &Service, after: &'a Service) -> Option<&'a Deployment> {
    after.primary().filter(|now| before.primary().map(|it| &it.id) != Some(&now.id))
}

/// Says why the run stops, after clearing away what would be left behind.
async fn abandon(
    ecs: &Ecs,
    plan: &Plan,
    journal: &Journal,
    reporter: &dyn Reporter,
    problem: Problem,
) -> Problem {
    match deregister_unused(ecs, &plan.target, journal, reporter).await {
        None => problem,
        Some(note) => Problem { message: format!("{} ({note})", problem.message), ..problem },
    }
}

/// The same for whatever a write stopped with.
async fn abandoned(
    ecs: &Ecs,
    plan: &Plan,
    journal: &Journal,
    reporter: &dyn Reporter,
    stop: Stop,
) -> Stop {
    let why = async |problem| abandon(ecs, plan, journal, reporter, problem).await;
    match stop {
        Stop::Refused(problem) => Stop::Refused(why(problem).await),
        Stop::Failed(problem) => Stop::Failed(why(problem).await),
        Stop::Unknown(problem) => Stop::Unknown(why(problem).await),
        Stop::TimedOut(problem) => Stop::TimedOut(why(problem).await),
        Stop::Cancelled => {
            deregister_unused(ecs, &plan.target, journal, reporter).await;
            Stop::Cancelled
        }
    }
}
