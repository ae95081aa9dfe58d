//! `deploy` and `rollback`: version → image confirmed → definition patched →
//! registered → service updated → rollout followed → outcome. A rollback reads the
//! history first and often has nothing to register; the rest of the road is one.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::Instant;

use super::github_updates::GitHubUpdates;
use crate::deploy::apply::{self, Applied, Journal, Stop, Write};
use crate::deploy::cancelled::cancelled;
use crate::deploy::context::{Journals, Run, Via, desired_count, show};
use crate::deploy::keep::keep;
use crate::deploy::plan_until_clear::{
    VERY_STALE, out_of_time, plan_until_clear, unless_cancelled,
};
use crate::deploy::to_its_end::{Begun, follow_to_its_end, runs};
use crate::deploy::together::held_for;
use crate::deploy::{one_off, schedules};
use crate::ecs::Counts;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::read::checkout::{self, Checkout};
use crate::report::{AppReport, Outcome, Subject};
use crate::request::{AppRequest, Command};
use crate::rollout::Followed;
use crate::shutdown::{Shutdown, shutdown};

/// What a write that is on its way gets after a cancel. The runner kills 10 s
/// after its first signal; the report needs a part of that.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// When others were deployed meanwhile for so long, a decision is made again.
const STALE: Duration = Duration::from_secs(10);

/// Takes one app down the whole road. Never fails: the report says how it ended.
pub(super) async fn deploy(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report =
        AppReport::new(Subject::Service(app.target.clone()), run.request.reason.clone());
    report.asked.is_rollback = run.request.command == Command::Rollback;
    let journals = run.journals(&app.target);
    let checkout = checkout::read(app);
    let github_updates =
        GitHubUpdates::of(checkout.as_ref().ok().and_then(|it| it.package.as_ref()));
    let working = pin!(github_updates.work(run, app));
    let (ended, working) = {
        let on_the_road = pin!(async {
            match &checkout {
                Ok(checkout) => tokio::select! {
                    ended = run_deploy(run, app, checkout, &journals, &github_updates, &mut report) => Some(ended),
                    () = run.shutdown.requested_before(GRACE) => None,
                },
                Err(problem) => Some(Err(Stop::Refused(problem.clone()))),
            }
        });
        match select(on_the_road, working).await {
            Either::Left((ended, working)) => (ended, Some(working)),
            Either::Right(((), on_the_road)) => (on_the_road.await, None),
        }
    };
    end(&mut report, ended, &journals);
    run.member.ended(report.outcome);
    keep(run, app, &mut report).await;
    schedules::follow(run, app, &mut report).await;
    let working = async {
        if let Some(working) = working {
            working.await;
        }
    };
    github_updates.close(run, app, working, &mut report).await;
    report.duration = run.begun.elapsed();
    report
}

/// How it ended, or why it stopped; `None`: a write took too long after a cancel.
pub(super) fn end(
    report: &mut AppReport,
    ended: Option<Result<Outcome, Stop>>,
    journals: &Journals,
) {
    match ended {
        Some(Ok(outcome)) => report.outcome = outcome,
        Some(Err(why)) => fail_as(report, why, journals),
        None => cancel(report, journals),
    }
}

/// Reports what a run stopped with.
fn fail_as(report: &mut AppReport, why: Stop, journals: &Journals) {
    let (outcome, problem) = match why {
        Stop::Cancelled => return cancel(report, journals),
        Stop::Refused(problem) => (Outcome::Refused, problem),
        Stop::Held(problem) => (Outcome::Held, problem),
        Stop::Failed(problem) => (Outcome::Failed, problem),
        Stop::OneOffFailed(failed) => (Outcome::Failed, failed.problem),
        Stop::Unknown(problem) => (Outcome::Unknown, problem),
        Stop::TimedOut(problem) => (Outcome::TimedOut, problem),
    };
    stop(report, outcome, problem, journals);
}

/// What was changed before is said with why it stopped, and `refused` is only what changed
/// nothing.
fn stop(report: &mut AppReport, outcome: Outcome, problem: Problem, journals: &Journals) {
    let Some(changed) = journals.deploy.entries().changed_before() else {
        return fail(report, outcome, problem);
    };
    report.versions.running = None;
    let message = format!("{}; before that {changed}", problem.message);
    let has_changed_nothing = matches!(outcome, Outcome::Refused | Outcome::Held);
    let outcome = if has_changed_nothing { Outcome::Failed } else { outcome };
    fail(report, outcome, Problem { message, ..problem });
}

fn cancel(report: &mut AppReport, journals: &Journals) {
    if journals.deploy.entries().may_have_updated() && !report.rollout.is_done {
        report.versions.running = None;
    }
    let problem = cancelled(report, journals);
    fail(report, Outcome::Cancelled, problem);
}

fn fail(report: &mut AppReport, outcome: Outcome, problem: Problem) {
    if outcome == Outcome::Unknown {
        report.versions.running = None;
    }
    report.outcome = outcome;
    report.failure.problem = Some(problem);
}

async fn run_deploy(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    journals: &Journals,
    github_updates: &GitHubUpdates,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let (plan, deadline) = decided(run, app, checkout, journals, report).await?;
    if run.request.dry_run {
        github_updates.show(&plan);
        return Ok(Outcome::Planned);
    }
    if plan.is_unchanged() {
        return Ok(unchanged(run, &plan, journals, report));
    }
    if Instant::now() >= deadline {
        return Err(out_of_time(&journals.deploy));
    }
    if !plan.steps.is_empty() {
        run.notifier.begins();
    }
    let begun = begin_unless_called_off(run, app, &plan, &journals.deploy, deadline, report).await;
    one_off::report_on(report, &plan, &journals.deploy.entries());
    let deadline = deadline + journals.deploy.entries().one_off_took();
    let begun = begun?;
    run.member.has_run_its_task();
    let Some((followed, via)) = begun else {
        report.versions.tasks = plan
            .service
            .primary_counts()
            .map(|tasks| Counts { desired: desired_count(app, &plan), ..tasks });
        report.versions.running = runs(report);
        return Ok(Outcome::Unchanged);
    };
    report.rollout.deployment = Some(followed.id.clone());
    report.rollout.is_adopted = plan.adopt.is_some();
    run.publish_so_far(report);
    if !app.wait.enabled {
        github_updates.show(&plan);
        return Ok(Outcome::Started);
    }
    github_updates.begin(&plan, report.versions.to.clone().unwrap_or_default());
    follow_to_its_end(run, app, &plan, Begun { followed, via, deadline }, journals, report).await
}

/// Decides, and where there is something to do waits for the other services of the run: for
/// their decisions, and for its turn. Gives the plan, and the time by when the run has to end.
async fn decided(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    journals: &Journals,
    report: &mut AppReport,
) -> Result<(Plan, Instant), Stop> {
    let mut begun = run.begun;
    loop {
        let (mut plan, deadline) =
            plan_until_clear(run, app, checkout, journals, begun, report).await?;
        schedules::look(run, app, &mut plan, report).await?;
        show(run, &plan);
        run.publish_so_far(report);
        let has_waited = begun != run.begun;
        if has_waited || run.request.dry_run || plan.is_unchanged() {
            return Ok((plan, deadline));
        }
        run.notifier.decided(run.member.at(), report);
        let decided = Instant::now();
        unless_cancelled(run, run.member.all_decided()).await?.map_err(Stop::Held)?;
        let gate_opened = Instant::now();
        unless_cancelled(run, run.member.turn()).await?.map_err(Stop::Held)?;
        if gate_opened.elapsed() < STALE && decided.elapsed() < VERY_STALE {
            return Ok((plan, deadline + decided.elapsed()));
        }
        // Meanwhile others have deployed, and what was read may be out of date.
        begun = Instant::now();
    }
}

fn unchanged(run: &Run<'_>, plan: &Plan, journals: &Journals, report: &mut AppReport) -> Outcome {
    report.versions.tasks = plan.service.primary_counts();
    report.versions.running = runs(report);
    let Some(changed) = journals.deploy.entries().changed_before() else {
        return Outcome::Unchanged;
    };
    // The blocking deployment is gone, and with it what the rollback was to leave.
    run.notice(report, Problem::new(format!("{changed}; there was nothing else to do")));
    if report.asked.is_rollback { Outcome::RolledBack } else { Outcome::Unchanged }
}

/// The same, unless all are called off before the service is touched.
async fn begin_unless_called_off(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    report: &mut AppReport,
) -> Result<Option<(Followed, Via)>, Stop> {
    let (stopper, stop) = shutdown();
    let mut who = None;
    let asked_to_stop = async {
        tokio::select! {
            () = run.shutdown.requested() => {}
            other = run.member.called_off() => who = Some(other),
        }
        stopper.stop();
        pending().await
    };
    let begun = tokio::select! {
        begun = begin(run, plan, journal, deadline, &stop, report) => begun,
        never = asked_to_stop => never,
    };
    match (begun, who) {
        (Err(Stop::Cancelled), Some(who)) => Err(match journal.entries().running_one_off() {
            Some(task) => Stop::Failed(one_off::runs_on(held_for(&who), task, &plan.target)),
            None => Stop::Held(held_for(&who)),
        }),
        (Err(Stop::OneOffFailed(failed)), _) => {
            Err(Stop::Failed(one_off::explain(run, app, plan, *failed, report).await))
        }
        (begun, _) => begun,
    }
}

/// Starts what the plan says, or takes up what is in progress; `None` where only the desired
/// count was to be set.
async fn begin(
    run: &Run<'_>,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    stop: &Shutdown,
    report: &mut AppReport,
) -> Result<Option<(Followed, Via)>, Stop> {
    let Some(id) = &plan.adopt else {
        return carry_out(run, plan, journal, deadline, stop, report).await;
    };
    if !plan.steps.is_empty() {
        carry_out(run, plan, journal, deadline, stop, report).await?;
    }
    Ok(Some((Followed::adopted(id.clone(), &plan.service), Via::Deployment)))
}

/// Writes; `None` where that started no deployment and none was meant to start.
async fn carry_out(
    run: &Run<'_>,
    plan: &Plan,
    journal: &Journal,
    deadline: Instant,
    stop: &Shutdown,
    report: &mut AppReport,
) -> Result<Option<(Followed, Via)>, Stop> {
    let applied = apply::apply(run.clients, plan, journal, deadline, stop, run.reporter).await;
    let entries = journal.entries();
    if let (Some(to), Some(arn)) = (&mut report.versions.to, entries.registered()) {
        to.task_definition = Some(arn.clone());
    }
    if let Write::Done(Some(id)) = &entries.update {
        report.rollout.deployment = Some(id.clone());
    }
    match applied? {
        Applied::Started(followed) => Ok(Some((followed, Via::Deployment))),
        Applied::RollingBack(followed) => Ok(Some((followed, Via::Rollback))),
        Applied::Ran | Applied::NothingStarted => Err(Stop::Failed(
            Problem::new("ECS accepted the update but started no deployment")
                .hint("Look at the service's deployments in the ECS console."),
        )),
        Applied::Scaled => {
            run.notice(report, Problem::new(
                "only the desired count was changed; ECS starts or stops tasks of the same version",
            ));
            Ok(None)
        }
    }
}
