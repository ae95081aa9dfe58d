//! Scheduled tasks follow the service: what EventBridge runs of its family is looked at
//! before the first write, so that it is known what may not be read, and set to what the
//! service runs once that is settled.

use std::time::Duration;

use tokio::time::timeout;

use super::context::Run;
use super::plan_until_clear::unless_cancelled;
use crate::aws::Cause;
use crate::deploy::apply::Stop;
use crate::ecs::{ScheduledTask, TaskDefinitionArn};
use crate::plan::{Plan, Runs, scheduled_line};
use crate::problem::Problem;
use crate::read::{Scheduled, scheduled_tasks};
use crate::report::{AppReport, Outcome, ScheduleReport};
use crate::request::{AppRequest, Schedules};

/// All reads before the first write, which must not wait long for them.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(30);
/// All reads and writes afterwards.
const SET_WITHIN: Duration = Duration::from_secs(180);

/// Puts into the plan what is to become of scheduled tasks.
///
/// # Errors
/// The run is to stop.
pub(crate) async fn look(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &mut Plan,
    report: &mut AppReport,
) -> Result<(), Stop> {
    if app.schedules == Schedules::Ignore {
        return Ok(());
    }
    let to = plan.versions.to.task_definition.as_ref();
    let family = to.map_or(plan.revision.definition.family(), TaskDefinitionArn::family);
    let looking = scheduled_tasks(run.clients, (&app.target, &plan.service.arn), family);
    let found = unless_cancelled(run, timeout(LOOKED_AT_WITHIN, looking)).await?;
    let found = found.unwrap_or_else(|_elapsed| Scheduled {
        not_checked: ["rules and schedules (no answer in time)".to_owned()].into(),
        ..Scheduled::default()
    });
    let lines = found.tasks.iter().filter_map(|task| scheduled_line(task, to, app.schedules));
    plan.scheduled = lines.collect();
    if let Some(notice) = not_checked(&found) {
        plan.remarks.notices.push(notice.clone());
        report.notices.push(notice);
    }
    Ok(())
}

/// Sets scheduled tasks to what the service runs in the end, or tells of them. Changes
/// nothing about how the run has ended.
pub(crate) async fn follow(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) {
    let runs = match report.outcome {
        Outcome::Deployed | Outcome::RolledBack | Outcome::Unchanged => &report.versions.to,
        Outcome::Undone => &report.versions.running,
        _ => return,
    };
    // A dry run may end as unchanged, too.
    if app.schedules == Schedules::Ignore || run.request.dry_run {
        return;
    }
    let Some(to) = runs.as_ref().and_then(|it| it.task_definition.clone()) else {
        let message = "scheduled tasks were left alone, because it is not known which revision the service runs";
        return run.notice(report, Problem::new(message));
    };
    if !run.claims_scheduled(&app.target, to.family()) {
        let family = to.family();
        return run
            .reporter
            .line(&format!("the scheduled tasks of {family} follow another service of this run"));
    }
    let following = timeout(SET_WITHIN, set_all(run, app, &to, report));
    let why = match unless_cancelled(run, following).await {
        Ok(Ok(())) => return,
        Ok(Err(_elapsed)) => "the time for it was up",
        Err(_cancelled) => "the run was cancelled",
    };
    let message =
        format!("{why} before all scheduled tasks were looked at that are to run {}", to.short());
    run.warn(
        report,
        Problem::new(message).hint("The next run of this step looks at all of them again."),
    );
}

async fn set_all(run: &Run<'_>, app: &AppRequest, to: &TaskDefinitionArn, report: &mut AppReport) {
    let Some(service) = report.service.arn.clone() else { return };
    let found = scheduled_tasks(run.clients, (&app.target, &service), to.family()).await;
    if let Some(notice) = not_checked(&found).filter(|it| !report.notices.contains(it)) {
        run.notice(report, notice);
    }
    let (mut told, mut newest) = (Vec::new(), Vec::new());
    for task in &found.tasks {
        match Runs::of(task, Some(to)) {
            Runs::It => {}
            Runs::Newest => newest.push(task.to_string()),
            Runs::Another(from) => {
                let is_set = app.schedules == Schedules::Update
                    && set(run, app, (task, &from), to, report).await;
                match app.schedules {
                    Schedules::Update if is_set => told.push(format!("{task} (before: {from})")),
                    Schedules::Warn => told.push(format!("{task} ({from})")),
                    Schedules::Update | Schedules::Ignore => {}
                }
                let to = is_set.then(|| to.short());
                let (by, name) = (task.by, task.name.clone());
                report.schedules.push(ScheduleReport { by, name, from, to });
            }
        }
    }
    if !told.is_empty() {
        tell(run, app, to, &told.join(", "), report);
    }
    if !newest.is_empty() {
        tell_of_newest(run, app, to, &newest.join(", "), report).await;
    }
}

/// Says which were set, or which are to be.
fn tell(
    run: &Run<'_>,
    app: &AppRequest,
    to: &TaskDefinitionArn,
    tasks: &str,
    report: &mut AppReport,
) {
    let to = to.short();
    if app.schedules == Schedules::Update {
        return run
            .notice(report, Problem::new(format!("scheduled tasks that run {to} now: {tasks}")));
    }
    let message = format!("the service runs {to}, and these run another revision: {tasks}");
    let hint = "`schedules: update` sets them to what the service runs.";
    run.warn(report, Problem::new(message).hint(hint));
}

/// Whether the task runs `to` from now on.
async fn set(
    run: &Run<'_>,
    app: &AppRequest,
    (task, from): (&ScheduledTask, &str),
    to: &TaskDefinitionArn,
    report: &mut AppReport,
) -> bool {
    let asked = run.clients.schedules(&app.target.region);
    let Err(error) = asked.put(&task.set_to(to)).await else {
        run.reporter.line(&format!("{task}: {from} -> {}", to.short()));
        return true;
    };
    let to = to.short();
    let runs = match error.cause {
        Cause::Unclear => format!("whether it runs {from} or {to} is not known"),
        Cause::Denied | Cause::Credentials | Cause::Throttled | Cause::Refused => {
            format!("it still runs {from}, not {to}")
        }
    };
    let problem = error.problem(&task.to_string());
    let message = format!("{}; {runs}", problem.message);
    run.warn(report, Problem { message, ..problem });
    false
}

/// What names no revision is left so: whoever wrote it wants the newest.
async fn tell_of_newest(
    run: &Run<'_>,
    app: &AppRequest,
    to: &TaskDefinitionArn,
    tasks: &str,
    report: &mut AppReport,
) {
    let which = match run.clients.ecs(&app.target.region).newest_revision(to.family()).await {
        Ok(Some(newest)) if newest == *to => return,
        Ok(Some(newest)) => format!("{}, while the service runs {}", newest.short(), to.short()),
        Ok(None) => "of which there is none".to_owned(),
        Err(error) => format!("and which that is could not be read ({error})"),
    };
    let family = to.family();
    let message = format!(
        "named without a revision of {family}, and so run with the newest: {tasks}; {which}"
    );
    run.notice(report, Problem::new(message));
}

fn not_checked(found: &Scheduled) -> Option<Problem> {
    let what = found.not_checked.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
    (!what.is_empty()).then(|| Problem::new(format!("scheduled tasks, not checked: {what}")))
}
