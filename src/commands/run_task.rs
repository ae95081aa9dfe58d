//! `run`: the one-off task alone, with the version that is asked for. No service is touched,
//! and no revision stays behind that nothing uses.

use tokio::time::Instant;

use crate::deploy::apply::{self, Applied, Journal, Stop};
use crate::deploy::context::{Journals, Run, show};
use crate::deploy::one_off;
use crate::deploy::plan_until_clear::{plan_until_clear, unless_cancelled};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::read::checkout;
use crate::report::{AppReport, Outcome, Subject};
use crate::request::AppRequest;

use super::deploy::{GRACE, end};

/// Runs the task of one service. Never fails: the report says how it ended.
pub(super) async fn run_task(run: &Run<'_>, app: &AppRequest) -> AppReport {
    let subject = Subject::Service(app.target.clone());
    let mut report = AppReport::new(subject, run.request.reason.clone());
    let journals = run.journals(&app.target);
    let ended = tokio::select! {
        ended = to_its_end(run, app, &journals, &mut report) => Some(ended),
        () = run.shutdown.requested_before(GRACE) => None,
    };
    end(&mut report, ended, &journals);
    report.duration = run.begun.elapsed();
    report
}

async fn to_its_end(
    run: &Run<'_>,
    app: &AppRequest,
    journals: &Journals,
    report: &mut AppReport,
) -> Result<Outcome, Stop> {
    let checkout = checkout::read(app).map_err(Stop::Refused)?;
    let (plan, deadline) =
        plan_until_clear(run, app, &checkout, journals, run.begun, report).await?;
    show(run, &plan);
    if run.request.dry_run {
        return Ok(Outcome::Planned);
    }
    run.notifier.decided(run.member.at(), report);
    let decided = Instant::now();
    unless_cancelled(run, run.member.all_decided()).await?.map_err(Stop::Held)?;
    unless_cancelled(run, run.member.turn()).await?.map_err(Stop::Held)?;
    let deadline = deadline + decided.elapsed();
    run.notifier.begins();
    let journal = &journals.deploy;
    let applied =
        apply::apply(run.clients, &plan, journal, deadline, run.shutdown, run.reporter).await;
    one_off::report_on(report, &plan, &journal.entries());
    run.publish_so_far(report);
    match applied {
        Ok(Applied::Ran) => {
            clear_away(run, &plan, journal, report).await;
            Ok(Outcome::Ran)
        }
        Err(Stop::OneOffFailed(failed)) => {
            let problem = one_off::explain(run, app, &plan, *failed, report).await;
            Err(Stop::Failed(problem))
        }
        Ok(_) => Err(Stop::Failed(Problem::new("the plan had more in it than the one-off task"))),
        Err(stop) => Err(stop),
    }
}

/// The revision was for this one task.
async fn clear_away(run: &Run<'_>, plan: &Plan, journal: &Journal, report: &mut AppReport) {
    let ecs = run.clients.ecs(&plan.target.region);
    let left = apply::deregister_unused(&ecs, &plan.target, journal, run.reporter).await;
    if journal.entries().registered().is_some() {
        left.into_iter().for_each(|left| run.notice(report, Problem::new(left)));
    }
}
