//! Scheduled tasks follow the service: what EventBridge runs of its family is looked at
//! before the first write, so that it is known what may not be read, and set to what the
//! service runs once that is settled.

use std::time::Duration;

use tokio::time::timeout;

use super::context::Run;
use super::plan_until_clear::unless_cancelled;
use crate::aws::Cause;
use crate::deploy::apply::Stop;
use crate::ecs::{Place, ScheduledTask, TaskDefinitionArn};
use crate::names::ClusterName;
use crate::plan::{Plan, Registration, Runs, scheduled_line};
use crate::problem::Problem;
use crate::read::{Scheduled, scheduled_tasks};
use crate::report::{AppReport, Outcome, ScheduleReport};
use crate::request::{AppRequest, FamilyRequest, Schedules};

/// All reads before the first write, which must not wait long for them.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(30);
/// All reads and writes afterwards.
const SET_WITHIN: Duration = Duration::from_secs(180);

/// Whose scheduled tasks are meant, and what is to become of them.
struct Of<'a> {
    place: Place,
    cluster: &'a ClusterName,
    schedules: Schedules,
    /// What is so of the revision that they are to run; its name follows.
    what: &'static str,
}

impl<'a> Of<'a> {
    fn service(app: &'a AppRequest, place: Place) -> Self {
        let (cluster, schedules) = (&app.target.cluster, app.schedules);
        Self { place, cluster, schedules, what: "the service runs" }
    }

    /// None where they are left alone.
    fn family(app: &'a FamilyRequest, place: Place) -> Option<Self> {
        let (cluster, schedules) = (app.target.cluster.as_ref()?, app.schedules);
        let what = "the revision of this run is";
        (schedules != Schedules::Ignore).then_some(Self { place, cluster, schedules, what })
    }
}

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
    let to = plan.versions.to.task_definition.as_ref();
    let family = to.map_or(plan.revision.definition.family(), TaskDefinitionArn::family);
    let of = Of::service(app, plan.service.arn.place());
    plan.scheduled = look_at(run, &of, (family, to), &mut plan.remarks.notices, report).await?;
    Ok(())
}

/// The same of a family that no service runs.
///
/// # Errors
/// The run is to stop.
pub(crate) async fn look_for_family(
    run: &Run<'_>,
    app: &FamilyRequest,
    plan: &mut Registration,
    report: &mut AppReport,
) -> Result<(), Stop> {
    let Some(of) = Of::family(app, plan.place.clone()) else { return Ok(()) };
    let of_what = (plan.definition.family(), plan.to.task_definition.as_ref());
    plan.scheduled = look_at(run, &of, of_what, &mut plan.remarks.notices, report).await?;
    Ok(())
}

/// Gives the lines of the plan for what runs a family, which is to run `to`, where that is
/// known by now.
async fn look_at(
    run: &Run<'_>,
    of: &Of<'_>,
    (family, to): (&str, Option<&TaskDefinitionArn>),
    notices: &mut Vec<Problem>,
    report: &mut AppReport,
) -> Result<Vec<String>, Stop> {
    if of.schedules == Schedules::Ignore {
        return Ok(Vec::new());
    }
    let looking = scheduled_tasks(run.clients, (&of.place, of.cluster), family);
    let found = unless_cancelled(run, timeout(LOOKED_AT_WITHIN, looking)).await?;
    let found = found.unwrap_or_else(|_elapsed| Scheduled {
        not_checked: ["rules and schedules (no answer in time)".to_owned()].into(),
        ..Scheduled::default()
    });
    if let Some(notice) = not_checked(&found) {
        notices.push(notice.clone());
        report.notices.push(notice);
    }
    Ok(found.tasks.iter().filter_map(|task| scheduled_line(task, to, of.schedules)).collect())
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
        let message = "scheduled tasks were not changed, because it is not known which revision the service runs";
        return run.notice(report, Problem::new(message));
    };
    if !run.claims_scheduled(&app.target, to.family()) {
        let family = to.family();
        return run
            .reporter
            .line(&format!("the scheduled tasks of {family} follow another service of this run"));
    }
    let Some(service) = &report.service.arn else { return };
    let of = Of::service(app, service.place());
    follow_to(run, &of, &to, report).await;
}

/// The same of a family that no service runs.
pub(crate) async fn follow_family(
    run: &Run<'_>,
    app: &FamilyRequest,
    place: Option<Place>,
    report: &mut AppReport,
) {
    let is_there = matches!(report.outcome, Outcome::Registered | Outcome::Unchanged);
    let to = report.versions.to.as_ref().and_then(|it| it.task_definition.clone());
    let of = place.and_then(|place| Of::family(app, place));
    if let (Some(of), Some(to), true) = (of, to, is_there && !run.request.dry_run) {
        follow_to(run, &of, &to, report).await;
    }
}

async fn follow_to(run: &Run<'_>, of: &Of<'_>, to: &TaskDefinitionArn, report: &mut AppReport) {
    let following = timeout(SET_WITHIN, set_all(run, of, to, report));
    let why = match unless_cancelled(run, following).await {
        Ok(Ok(())) => return,
        Ok(Err(_elapsed)) => "time ran out",
        Err(_cancelled) => "the run was cancelled",
    };
    let message =
        format!("{why} before all scheduled tasks that should run {} were checked", to.short());
    run.warn(
        report,
        Problem::new(message).hint("The next run of this step checks all of them again."),
    );
}

async fn set_all(run: &Run<'_>, of: &Of<'_>, to: &TaskDefinitionArn, report: &mut AppReport) {
    let found = scheduled_tasks(run.clients, (&of.place, of.cluster), to.family()).await;
    if let Some(notice) = not_checked(&found).filter(|it| !report.notices.contains(it)) {
        run.notice(report, notice);
    }
    let (mut told, mut newest) = (Vec::new(), Vec::new());
    for task in &found.tasks {
        match Runs::of(task, Some(to)) {
            Runs::It => {}
            Runs::Newest => newest.push(task.to_string()),
            Runs::Another(from) => {
                let is_set = of.schedules == Schedules::Update
                    && set(run, of, (task, &from), to, report).await;
                match of.schedules {
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
        tell(run, of, to, &told.join(", "), report);
    }
    if !newest.is_empty() {
        tell_of_newest(run, of, to, &newest.join(", "), report).await;
    }
}

/// Says which were set, or which are to be.
fn tell(run: &Run<'_>, of: &Of<'_>, to: &TaskDefinitionArn, tasks: &str, report: &mut AppReport) {
    let to = to.short();
    if of.schedules == Schedules::Update {
        return run
            .notice(report, Problem::new(format!("scheduled tasks that now run {to}: {tasks}")));
    }
    let message =
        format!("{} {to}, but these scheduled tasks run another revision: {tasks}", of.what);
    let hint = "`schedules: update` sets them to that.";
    run.warn(report, Problem::new(message).hint(hint));
}

/// Whether the task runs `to` from now on.
async fn set(
    run: &Run<'_>,
    of: &Of<'_>,
    (task, from): (&ScheduledTask, &str),
    to: &TaskDefinitionArn,
    report: &mut AppReport,
) -> bool {
    let asked = run.clients.schedules(&of.place.region);
    let Err(error) = asked.put(&task.set_to(to)).await else {
        run.reporter.line(&format!("{task}: {from} -> {}", to.short()));
        return true;
    };
    let to = to.short();
    let runs = match error.cause {
        Cause::Unclear => format!("it is not known whether it runs {from} or {to}"),
        Cause::Denied | Cause::Credentials | Cause::Throttled | Cause::Refused => {
            format!("it still runs {from}, not {to}")
        }
    };
    let problem = error.problem(&task.to_string());
    let message = format!("{}; {runs}", problem.message);
    run.warn(report, Problem { message, ..problem });
    false
}

/// A target that names no revision is not changed: whoever wrote it wants the newest.
async fn tell_of_newest(
    run: &Run<'_>,
    of: &Of<'_>,
    to: &TaskDefinitionArn,
    tasks: &str,
    report: &mut AppReport,
) {
    let which = match run.clients.ecs(&of.place.region).newest_revision(to.family()).await {
        Ok(Some(newest)) if newest == *to => return,
        Ok(Some(newest)) => format!("{}, while {} {}", newest.short(), of.what, to.short()),
        Ok(None) => "there is none".to_owned(),
        Err(error) => format!("which could not be read: {error}"),
    };
    let family = to.family();
    let message = format!(
        "scheduled tasks that name no revision of {family} run its newest one ({which}): {tasks}"
    );
    run.notice(report, Problem::new(message));
}

fn not_checked(found: &Scheduled) -> Option<Problem> {
    let what = found.not_checked.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
    (!what.is_empty())
        .then(|| Problem::new(format!("could not check these scheduled tasks: {what}")))
}
