//! `deploy` and `rollback`: version → image confirmed → definition patched →
//! registered → service updated → rollout followed → outcome. A rollback reads the
//! history first and often has nothing to register; the rest of the road is one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep, timeout_at};

use super::aside::Aside;
use super::ending::{Ending, Good};
use super::failed::Failed;
use super::{Run, confirm, ending, turning};
use crate::apply::{self, Applied, Journal, Stop, Write};
use crate::checkout::{self, Checkout};
use crate::decide::{Decision, Plan, Step, decide, in_the_way};
use crate::diagnosis::{Failures, failure_limit};
use crate::gather::{Gathered, gather, gather_past};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome, Subject};
use crate::request::{AppRequest, Command, WaitUntil};
use crate::rollout::{Followed, Phase, Tracker, Until};
use crate::service::{DeploymentId, Service};
use crate::watch::{Ended, Limits, Watched, follow};

/// `timeout` where the input is empty.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// What a write that is on its way gets after a cancel. The runner kills 10 s
/// after its first signal; the report needs a part of that.
const GRACE: Duration = Duration::from_secs(5);
/// Between two decisions; ECS's two views may disagree for a while.
const BETWEEN_DECISIONS: Duration = Duration::from_secs(3);

/// Takes one app down the whole road. Never fails: how it ended stands in the report.
pub(super) async fn deploy(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report =
        AppReport::new(Subject::Service(app.target.clone()), run.request.reason.clone());
    report.is_rollback = run.request.command == Command::Rollback;
    let journals = Journals::default();
    let checkout = checkout::read(app);
    let aside = Aside::of(checkout.as_ref().ok().and_then(|it| it.package.as_ref()));
    let working = Box::pin(aside.work(run, app));
    let on_the_road = Box::pin(async {
        match &checkout {
            Ok(checkout) => tokio::select! {
                // On the heap, like the other long stretches: the SDK's futures are large.
                ended = Box::pin(road(run, app, checkout, &journals, &aside, &mut report)) => Some(ended),
                () = too_late(run) => None,
            },
            Err(problem) => Some(Err(Stop::Refused(problem.clone()))),
        }
    });
    let (ended, working) = match select(on_the_road, working).await {
        Either::Left((ended, working)) => (ended, Some(working)),
        Either::Right(((), on_the_road)) => (on_the_road.await, None),
    };
    match ended {
        Some(Ok(outcome)) => report.outcome = outcome,
        Some(Err(Stop::Refused(problem))) => fail(&mut report, Outcome::Refused, problem),
        Some(Err(Stop::Failed(problem))) => fail(&mut report, Outcome::Failed, problem),
        Some(Err(Stop::TimedOut(problem))) => fail(&mut report, Outcome::TimedOut, problem),
        Some(Err(Stop::Cancelled)) | None => {
            let problem = ending::cancelled(&mut report, &journals);
            fail(&mut report, Outcome::Cancelled, problem);
        }
    }
    let working = async {
        if let Some(working) = working {
            working.await;
        }
    };
    Box::pin(aside.close(run, app, working, &mut report)).await;
    report.duration = run.begun.elapsed();
    report
}

/// The writes of a run, as far as a cancel has to know them.
#[derive(Debug, Default)]
pub(super) struct Journals {
    /// Of the deployment.
    pub(super) there: Journal,
    /// Of its undo.
    pub(super) back: Journal,
}

async fn too_late(run: &Run<'_>) {
    run.shutdown.requested().await;
    tokio::select! {
        () = sleep(GRACE) => {}
        () = run.shutdown.insisted() => {}
    }
}

fn fail(report: &mut AppReport, outcome: Outcome, problem: Problem) {
    report.outcome = outcome;
    report.failure = Some(problem);
}

async fn road(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    journals: &Journals,
    aside: &Aside,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let (plan, deadline) = settle_plan(run, app, checkout, journals, report).await?;
    let deadline = prolonged(deadline, app, &plan.service);
    show(run, &plan);
    run.publish(report);
    if run.request.dry_run {
        aside.show(&plan);
        return Ok(Outcome::Planned);
    }
    if plan.is_unchanged() {
        report.running.clone_from(&report.to);
        return Ok(Outcome::Unchanged);
    }
    if Instant::now() >= deadline {
        return Err(out_of_time());
    }
    let (followed, means) = match &plan.adopt {
        Some(id) => {
            if !plan.steps.is_empty() {
                carry_out(run, &plan, &journals.there, deadline, report).await?;
            }
            (Followed::adopted(id.clone(), &plan.service), Means::Deployment)
        }
        None => match carry_out(run, &plan, &journals.there, deadline, report).await? {
            Some(begun) => begun,
            None => {
                report.running.clone_from(&report.to);
                return Ok(Outcome::Unchanged);
            }
        },
    };
    report.deployment = Some(followed.id.clone());
    run.publish(report);
    if !app.wait.enabled {
        aside.show(&plan);
        return Ok(Outcome::Started);
    }
    let definition = (app.failure.log_lines > 0).then(|| Arc::new(plan.definition.clone()));
    let subscription = run.poller.follow(app.target.clone(), followed.clone(), definition);
    let limits = Limits { begun: Instant::now(), deadline };
    let tracker = tracker(app, &plan, means);
    aside.begin(&plan, report.to.clone().unwrap_or_default());
    let watched = follow(subscription, tracker, limits, run.shutdown, run.voice).await;
    report.service_deployment =
        watched.last.as_ref().and_then(|last| last.service_deployment.clone());
    report.rolling_back = means == Means::Deployment
        && watched.last.as_ref().is_some_and(|last| last.phase == Phase::RollingBack);
    report.timeline.clone_from(&watched.timeline);
    let ending = match means {
        Means::Deployment => ending::ending(report, &plan, &watched)?,
        Means::EcsRollback => turning::turned(report, &plan, &watched)?,
    };
    match ending {
        Ending::Good(good) => {
            // ECS returns to a revision whose digests are fixed.
            if means == Means::Deployment {
                let started_by = started_by(&followed, &watched);
                Box::pin(confirm::confirm(run, app, &plan, &started_by, report)).await?;
            }
            if let Some(kept) = kept_old_tasks(&plan, &watched) {
                run.voice.line(&kept);
            }
            if good == Good::Traffic {
                run.notice(report, Problem::new(
                    format!("all traffic is on the new version; {} goes on with the deployment and may still roll back", plan.by()),
                ));
            }
            Ok(if report.is_rollback { Outcome::RolledBack } else { Outcome::Deployed })
        }
        Ending::Bad(bad) => {
            let (followed, watched) = (&followed, &watched);
            let failed =
                Failed { run, app, plan: &plan, followed, watched, journals, begun: limits.begun };
            Box::pin(failed.explain_and_undo(bad, report)).await
        }
    }
}

fn show(run: &Run<'_>, plan: &Plan) {
    run.voice.group(&plan.title(), &plan.lines());
    for warning in &plan.warnings {
        run.voice.warning(warning);
    }
    for notice in &plan.notices {
        run.voice.notice(notice);
    }
}

/// As long as the old tasks are there, CodeDeploy returns to them in seconds.
fn kept_old_tasks(plan: &Plan, watched: &Watched) -> Option<String> {
    let keeps = plan.by_codedeploy.as_ref()?.keeps_old_tasks?;
    let is_waiting = watched.last.as_ref().is_some_and(|last| last.keeps_old_tasks);
    let minutes = keeps.as_secs() / 60;
    (is_waiting && minutes > 0).then(|| {
        format!(
            "CodeDeploy keeps the old tasks for {minutes} min: until then a rollback takes seconds, \
             and an alarm of the deployment group still brings one about"
        )
    })
}

/// What the tasks of a deployment are started by: under CodeDeploy its task set.
pub(super) fn started_by(followed: &Followed, watched: &Watched) -> DeploymentId {
    let task_set = watched.last.as_ref().and_then(|last| last.task_set.clone());
    task_set.unwrap_or_else(|| followed.id.clone())
}

/// By what the wanted version comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// The deployment that is followed brings it.
    Deployment,
    /// ECS rolls the deployment that is followed back to it.
    EcsRollback,
}

fn tracker(app: &AppRequest, plan: &Plan, means: Means) -> Tracker {
    // That its tasks die is what it is left for.
    if means == Means::EcsRollback {
        return Tracker::default();
    }
    let service = &plan.service;
    let desired = app.desired_count.unwrap_or(service.counts.desired);
    let limit =
        failure_limit(app.failure.max_failed_tasks, service.circuit_breaker.enabled, desired);
    let tracker = Tracker::default().giving_up(Failures::new(limit));
    match app.wait.until {
        WaitUntil::Done => tracker,
        WaitUntil::Traffic => tracker.until_traffic(),
    }
}

/// Steps and bake times of every deployment that is followed come on top of the
/// default; a timeout that was asked for is kept.
fn prolonged(deadline: Instant, app: &AppRequest, service: &Service) -> Instant {
    match app.wait.timeout {
        Some(_) => deadline,
        None => deadline + service.strategy_waits,
    }
}

/// Reads and decides until there is a plan; waits for a deployment that is in
/// the way and then begins anew, because everything may have changed. Gives the
/// time by when the run has to end, too.
///
/// CodeDeploy takes no deployment beside another one, so that one in the way is ended
/// first where that is asked for: once, because two runs that both do it would go on
/// for ever.
async fn settle_plan(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    journals: &Journals,
    report: &mut AppReport,
) -> Result<(Plan, Instant), Stop> {
    let mut deadline = run.begun + app.wait.timeout.unwrap_or(TIMEOUT);
    loop {
        let found = tokio::select! {
            biased;
            () = run.shutdown.requested() => return Err(Stop::Cancelled),
            found = timeout_at(deadline, found(run, app, checkout)) => found,
        };
        let found = match found {
            Ok(found) => found.map_err(Stop::Refused)?,
            Err(_) => return Err(out_of_time()),
        };
        let (service, in_the_way, why) = match found {
            Gathered::RollingBack(service, id) => {
                report.by = service.controller.who();
                (*service, id, None)
            }
            Gathered::All(found) => {
                report.account = Some(found.service.arn.account().clone());
                report.by = found.service.controller.who();
                report.from_since = found.comeback.as_ref().and_then(|comeback| comeback.since);
                report.partition = Some(found.service.arn.partition().to_owned());
                match decide(app, &found).map_err(Stop::Refused)? {
                    Decision::Go(plan) => {
                        planned(report, &plan);
                        let Some(id) = plan.in_the_way().filter(|_| !run.request.dry_run) else {
                            return Ok((*plan, deadline));
                        };
                        if journals.there.entries().room == Write::None {
                            show(run, &plan);
                            make_room(run, &plan, &journals.there).await?;
                        }
                        (found.service, id.clone(), None)
                    }
                    Decision::WaitFor(id) => {
                        let active = found.blue_green.as_ref().and_then(|it| it.active.as_ref());
                        let why = active.map(|it| in_the_way(&app.target, &it.deployment));
                        (found.service, id, why)
                    }
                }
            }
        };
        deadline = prolonged(deadline, app, &service);
        let has_made_room = journals.there.entries().room != Write::None;
        deadline = wait_for(run, app, deadline, &service, in_the_way, why, has_made_room).await?;
    }
}

/// Ends the deployment by CodeDeploy that the plan finds in the way.
async fn make_room(run: &Run<'_>, plan: &Plan, journal: &Journal) -> Result<(), Stop> {
    let codedeploy = run.clients.codedeploy(&plan.target.region);
    for step in &plan.steps {
        if let Step::MakeRoom { id, by } = step {
            let asked = apply::make_room(&codedeploy, id, *by, journal, run.voice).await;
            asked.map_err(Stop::Failed)?;
        }
    }
    Ok(())
}

pub(super) fn planned(report: &mut AppReport, plan: &Plan) {
    report.from = Some(plan.leaves.as_ref().unwrap_or(&plan.from).clone());
    report.to = Some(plan.to.clone());
    report.running = Some(plan.from.clone());
    report.changes = plan.changes.iter().map(ToString::to_string).collect();
    report.warnings.clone_from(&plan.warnings);
    report.notices.clone_from(&plan.notices);
}

fn out_of_time() -> Stop {
    Stop::TimedOut(Problem::new("the time was up before the first write; nothing was changed"))
}

/// What deciding needs; a rollback reads the history of the service, too.
async fn found(run: &Run<'_>, app: &AppRequest, checkout: &Checkout) -> Result<Gathered, Problem> {
    if run.request.command == Command::Rollback {
        return Box::pin(gather_past(run.clients, app, checkout)).await;
    }
    let found = Box::pin(gather(run.clients, app, checkout)).await?;
    Ok(Gathered::All(Box::new(found)))
}

/// Gives the deadline anew: it stood still while that deployment awaited a person.
async fn wait_for(
    run: &Run<'_>,
    app: &AppRequest,
    deadline: Instant,
    service: &Service,
    id: DeploymentId,
    why: Option<Problem>,
    has_made_room: bool,
) -> Result<Instant, Stop> {
    let message = match why {
        Some(why) => format!("{}; waiting for its end before deciding", why.message),
        None => {
            format!("another deployment is under way ({id}); waiting for its end before deciding")
        }
    };
    run.voice.line(&message);
    let followed = Followed { until: Until::GroupIsFree, ..Followed::adopted(id.clone(), service) };
    let subscription = run.poller.follow(app.target.clone(), followed, None);
    let tracker = Tracker::default();
    let limits = Limits { begun: Instant::now(), deadline };
    let watched = follow(subscription, tracker, limits, run.shutdown, run.voice).await;
    match watched.end {
        Ended::Deployment(_) => {
            tokio::select! {
                () = run.shutdown.requested() => Err(Stop::Cancelled),
                () = sleep(BETWEEN_DECISIONS) => Ok(watched.deadline),
            }
        }
        Ended::Cancelled => Err(Stop::Cancelled),
        Ended::Unreadable(problem) => Err(Stop::Refused(problem)),
        Ended::TimedOut => Err(Stop::TimedOut(
            Problem::new(format!("the deployment {id}, which was under way before, did not end in time; nothing was {}", if has_made_room { "deployed" } else { "written" }))
                .hint(format!("Look at it in the {} console. `in-flight: replace` takes its place instead of waiting.", service.controller.who())),
        )),
    }
}

/// Writes; `None` where that started no deployment and none was meant to start.
async fn carry_out(
    run: &Run<'_>,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    report: &mut AppReport,
) -> Result<Option<(Followed, Means)>, Stop> {
    let applied =
        Box::pin(apply::apply(run.clients, plan, journal, deadline, run.shutdown, run.voice)).await;
    let entries = journal.entries();
    if let (Some(to), Some(arn)) = (&mut report.to, entries.registered()) {
        to.task_definition = Some(arn.clone());
    }
    if let Write::Done(Some(id)) = &entries.update {
        report.deployment = Some(id.clone());
    }
    match applied? {
        Applied::Started(followed) => Ok(Some((followed, Means::Deployment))),
        Applied::RollingBack(followed) => Ok(Some((followed, Means::EcsRollback))),
        Applied::Scaled => {
            run.notice(report, Problem::new(
                "only the desired count was changed; ECS starts or stops tasks of the same version",
            ));
            Ok(None)
        }
        Applied::NothingStarted => Err(Stop::Failed(
            Problem::new("ECS took the update and started no deployment")
                .hint("The service's deployments in the ECS console show what it made of it."),
        )),
    }
}
