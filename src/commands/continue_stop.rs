//! `continue` and `stop`: the deployment that an earlier step named goes on, or back, and is
//! followed to its end. Of a service whose deployment is another one nothing is changed.

use std::mem::take;

use tokio::time::Instant;

use super::deploy::{GRACE, end};
use crate::deploy::apply::{
    GoOn, Returning, Stop, Stopping, let_go_on, roll_back, stop_and_roll_back,
};
use crate::deploy::context::{Journals, Run, TIMEOUT, Via};
use crate::deploy::keep::keep;
use crate::deploy::plan_until_clear::unless_cancelled;
use crate::deploy::schedules;
use crate::deploy::to_its_end::{Begun, follow_to_its_end, runs};
use crate::names::DeploymentName;
use crate::plan::{ByWhom, NamedDeployment, NextStep, Plan, RollBack, VersionInfo};
use crate::problem::Problem;
use crate::read::named_deployment;
use crate::report::{AppReport, Outcome, ServiceReport, Subject};
use crate::request::{AppRequest, Command};
use crate::rollout::{Followed, Until};

/// Never fails: the report says how it ended.
pub(super) async fn continue_or_stop(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let mut report =
        AppReport::new(Subject::Service(app.target.clone()), run.request.reason.clone());
    report.asked.is_rollback = run.request.command == Command::Stop;
    let journals = run.journals(&app.target);
    let ended = tokio::select! {
        ended = act(run, app, &journals, &mut report) => Some(ended),
        () = run.shutdown.requested_before(GRACE) => None,
    };
    end(&mut report, ended, &journals);
    keep(run, app, &mut report).await;
    schedules::follow(run, app, &mut report).await;
    let has_begun = report.rollout.deployment.is_some();
    if matches!(report.outcome, Outcome::Failed | Outcome::TimedOut) && !has_begun {
        let what = if report.asked.is_rollback { "stopped" } else { "continued" };
        let service = &app.target.service;
        report.verdict = Some(format!("the deployment of {service} was not {what}"));
    }
    report.duration = run.begun.elapsed();
    report
}

async fn act(
    run: &Run<'_>,
    app: &AppRequest,
    journals: &Journals,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let Some(name) = &app.deployment else {
        return Err(Stop::Refused(Problem::new("input `deployment` is missing")));
    };
    let (named, next, plan) = decided(run, app, name, report).await?;
    run.publish_so_far(report);
    let deadline = match app.wait.timeout {
        Some(timeout) => run.begun + timeout,
        None => run.begun + TIMEOUT + plan.service.strategy_waits,
    };
    let mut followed = Followed::adopted(named.id(), &plan.service);
    let via = match &next {
        NextStep::Nothing => {
            report.versions.tasks = plan.service.primary_counts();
            report.versions.running = runs(report);
            return Ok(Outcome::Unchanged);
        }
        _ if run.request.dry_run => return Ok(Outcome::Planned),
        NextStep::RollBack(asked) => {
            run.notifier.begins();
            go_back(run, app, asked, journals, deadline).await?;
            followed.until = Until::Returned;
            Via::Rollback
        }
        NextStep::GoOn(_) | NextStep::EndWait(_) => {
            run.notifier.begins();
            go_on(run, app, &named, &next, journals, deadline).await?;
            journals.deploy.note(|it| followed.answered = take(&mut it.answered));
            Via::Deployment
        }
    };
    report.rollout.deployment = Some(followed.id.clone());
    report.rollout.is_adopted = true;
    run.publish_so_far(report);
    if !app.wait.enabled {
        return Ok(Outcome::Started);
    }
    follow_to_its_end(run, app, &plan, Begun { followed, via, deadline }, journals, report).await
}

/// Reads the deployment, decides, and says what is going to be done.
async fn decided(
    run: &Run<'_>,
    app: &AppRequest,
    name: &DeploymentName,
    report: &mut AppReport,
) -> Result<(NamedDeployment, NextStep, Plan), Stop> {
    let found = unless_cancelled(run, named_deployment(run.clients, app, name)).await?;
    let named = found.map_err(Stop::Refused)?;
    report.service = ServiceReport::of(&named.service);
    let next = match run.request.command {
        Command::Stop => named.stop(),
        _ => named.go_on(&app.wait),
    };
    let next = next.map_err(Stop::Refused)?;
    let mut plan = named.plan(&app.target, &next).map_err(Stop::Refused)?;
    report.versions.from =
        Some(plan.versions.from.clone()).filter(|it| *it != VersionInfo::default());
    report.versions.from_in_flight.clone_from(&plan.versions.from_in_flight);
    report.versions.to = Some(plan.versions.to.clone());
    schedules::look(run, app, &mut plan, report).await?;
    let line = match &next {
        NextStep::GoOn(pauses) if pauses.is_empty() => {
            format!("follow the deployment {name}, which is not waiting for a person")
        }
        NextStep::GoOn(_) | NextStep::EndWait(_) => format!("let the deployment {name} continue"),
        NextStep::RollBack(_) => format!("let {} roll the deployment {name} back", plan.by()),
        NextStep::Nothing if report.asked.is_rollback => {
            format!("nothing: the deployment {name} is already rolled back")
        }
        NextStep::Nothing => format!("nothing: the deployment {name} has already succeeded"),
    };
    let (from, to) = (plan.versions.from.line(), plan.versions.to.line());
    let mut lines = vec![format!("now:  {from}"), format!("then: {to}"), format!("- {line}")];
    lines.extend(plan.scheduled.iter().map(|line| format!("- {line}")));
    run.reporter.group(&plan.title(), &lines);
    run.notifier.decided(run.member.at(), report);
    Ok((named, next, plan))
}

/// Answers everything that it waits at, one after the other.
async fn go_on(
    run: &Run<'_>,
    app: &AppRequest,
    named: &NamedDeployment,
    next: &NextStep,
    journals: &Journals,
    deadline: Instant,
) -> Result<(), Stop> {
    let (journal, region) = (&journals.deploy, &app.target.region);
    let tell = async |what: GoOn<'_>| {
        let (shutdown, reporter) = (run.shutdown, run.reporter);
        let_go_on(run.clients, region, what, journal, deadline, shutdown, reporter).await
    };
    match (&named.by, next) {
        (ByWhom::Ecs { deployment, .. }, NextStep::GoOn(pauses)) => {
            for pause in pauses {
                tell(GoOn::Ecs(&deployment.arn, pause)).await?;
            }
        }
        (_, NextStep::EndWait(id)) => tell(GoOn::CodeDeploy(id)).await?,
        (_, NextStep::GoOn(_) | NextStep::RollBack(_) | NextStep::Nothing) => {}
    }
    Ok(())
}

async fn go_back(
    run: &Run<'_>,
    app: &AppRequest,
    asked: &RollBack,
    journals: &Journals,
    deadline: Instant,
) -> Result<(), Stop> {
    let (journal, reporter) = (&journals.deploy, run.reporter);
    let target = &app.target;
    match asked {
        RollBack::Ecs { deployment, to, .. } => {
            let ecs = run.clients.ecs(&target.region);
            match roll_back(&ecs, deployment, to, journal, deadline, reporter).await {
                Returning::Following => Ok(()),
                Returning::No => Err(Stop::Refused(
                    Problem::new(format!("the deployment {deployment} has ended meanwhile"))
                        .hint("Run this step again: it says how."),
                )),
                Returning::Declined(problem) | Returning::Unheard(problem) => {
                    Err(Stop::Failed(problem))
                }
                Returning::Unknown(problem) => Err(Stop::Unknown(problem)),
            }
        }
        RollBack::CodeDeploy { id, .. } => {
            let codedeploy = run.clients.codedeploy(&target.region);
            match stop_and_roll_back(&codedeploy, target, id, journal, deadline, reporter).await {
                Stopping::Following | Stopping::MayReturn => Ok(()),
                Stopping::Over => Err(Stop::Refused(
                    Problem::new(format!("the deployment {id} has ended meanwhile"))
                        .hint("To roll back, run `command: rollback`."),
                )),
                Stopping::Refused(problem) => Err(Stop::Failed(problem)),
                Stopping::Unknown(problem) => Err(Stop::Unknown(problem)),
            }
        }
    }
}
