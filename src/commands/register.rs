//! `register`: a version into a new revision of a family that no service runs, for scheduled
//! tasks and one-off jobs. What is registered is decided as for a deployment.

use tokio::time::{Instant, timeout_at};

use super::deploy::{GRACE, end};
use crate::deploy::apply::{self, Stop};
use crate::deploy::context::{Journals, Run, TIMEOUT, show_all};
use crate::deploy::plan_until_clear::{look_for_needs, out_of_time, refused, unless_cancelled};
use crate::deploy::{known, schedules};
use crate::ecs::Place;
use crate::plan::{Registration, decide_family};
use crate::read::checkout::{self, Checkout};
use crate::read::read_family;
use crate::report::{AppReport, Outcome, Subject};
use crate::request::{FamilyRequest, TaskDefinitionSource};
use crate::task_definition::TaskDefinition;

/// Registers it, if the newest revision is another. Never fails: the report says how it
/// ended.
pub(super) async fn register(run: &Run<'_>, app: &FamilyRequest) -> AppReport {
    let checkout = checkout::read(app);
    let in_file = checkout.as_ref().ok().and_then(|it| it.task_definition.as_ref());
    let name = in_file.map_or_else(|| named(app), |it| it.family().to_owned());
    let region = app.target.region.clone();
    let journals = run.journals(&name);
    let subject = Subject::Family { name, region, account: None };
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let mut place = None;
    let ended = match &checkout {
        Ok(checkout) => tokio::select! {
            ended = to_its_end(run, app, checkout, &journals, (&mut place, &mut report)) => Some(ended),
            () = run.shutdown.requested_before(GRACE) => None,
        },
        Err(problem) => Some(Err(Stop::Refused(problem.clone()))),
    };
    end(&mut report, ended, &journals);
    schedules::follow_family(run, app, place, &mut report).await;
    report.duration = run.begun.elapsed();
    report
}

/// The definition, as the input names it.
fn named(app: &FamilyRequest) -> String {
    match &app.task_definition {
        TaskDefinitionSource::File(path) => path.display().to_string(),
        TaskDefinitionSource::Registered(name) => name.clone(),
        TaskDefinitionSource::Running => String::new(),
    }
}

async fn to_its_end(
    run: &Run<'_>,
    app: &FamilyRequest,
    checkout: &Checkout,
    journals: &Journals,
    (place, report): (&mut Option<Place>, &mut AppReport),
) -> Result<Outcome, Stop> {
    let deadline = run.begun + app.wait.timeout.unwrap_or(TIMEOUT);
    report.versions.to = known::asked_for_by(app, checkout);
    let deciding = timeout_at(deadline, decided(run, app, checkout, report));
    let plan = deciding.await.unwrap_or_else(|_| Err(out_of_time(&journals.deploy)))?;
    *place = Some(plan.place.clone());
    show_all(run, (&plan.title(), &plan.lines()), &plan.remarks);
    run.publish_so_far(report);
    if run.request.dry_run {
        return Ok(Outcome::Planned);
    }
    if plan.is_there {
        return Ok(Outcome::Unchanged);
    }
    if Instant::now() >= deadline {
        return Err(out_of_time(&journals.deploy));
    }
    run.notifier.decided(run.member.at(), report);
    run.notifier.begins();
    let ecs = run.clients.ecs(&app.target.region);
    let (shutdown, reporter) = (run.shutdown, run.reporter);
    let registering =
        apply::register_alone(&ecs, &plan, &journals.deploy, deadline, shutdown, reporter);
    let registered = registering.await?;
    if let Some(to) = &mut report.versions.to {
        to.task_definition = Some(registered);
    }
    run.publish_so_far(report);
    Ok(Outcome::Registered)
}

/// The plan, once all is found that it takes.
async fn decided(
    run: &Run<'_>,
    app: &FamilyRequest,
    checkout: &Checkout,
    report: &mut AppReport,
) -> Result<Registration, Stop> {
    let reading = read_family(run.clients, app, checkout, run.sources);
    let state = unless_cancelled(run, reading).await?;
    let state = state.map_err(|problems| refused(problems, report))?;
    let definition: &TaskDefinition = &state.base;
    report.asked.subject = Subject::Family {
        name: definition.family().to_owned(),
        region: state.place.region.clone(),
        account: Some(state.place.account.clone()),
    };
    let mut plan = decide_family(app, &state).map_err(|problems| refused(problems, report))?;
    report.versions.from.clone_from(&plan.from);
    report.versions.to = Some(plan.to.clone());
    report.versions.changes = plan.changes.iter().map(ToString::to_string).collect();
    report.warnings.clone_from(&plan.remarks.warnings);
    report.notices.clone_from(&plan.remarks.notices);
    if app.preflight && !plan.is_there {
        let found = look_for_needs(run, &plan.place, &plan.new_needs).await;
        found.map_err(|problems| refused(problems, report))?;
    }
    schedules::look_for_family(run, app, &mut plan, report).await?;
    Ok(plan)
}
