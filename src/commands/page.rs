//! `page`: the versions of all apps as a page of HTML.

use std::time::Duration;

use super::github_updates::patiently;
use crate::deploy::context::Run;
use crate::problem::Problem;
use crate::report::rollback_form::RollbackForm;
use crate::report::{self, AppReport, Outcome};
use crate::reporter::OutputName;

/// The page is as good without what is asked for here.
const WITHIN: Duration = Duration::from_secs(10);

/// Writes what was listed, and says what can be done with it.
pub(super) async fn write(run: &Run<'_>, reports: &mut [AppReport]) {
    let Some(file) = &run.request.page else { return };
    // A page of a part would take the place of a whole one.
    if reports.iter().any(|it| it.outcome == Outcome::Cancelled) {
        return;
    }
    let form = form(run).await;
    let workflow = run.request.workflow.as_ref();
    let page = report::page(reports, workflow, form.as_deref(), run.clients.now());
    match run.reporter.file(&file.path, &page) {
        Ok(()) => {
            let (name, kib) = (&file.name, page.len().div_ceil(1024));
            run.reporter.line(&format!(
                "wrote {name} ({kib} KiB): keep it with actions/upload-artifact, or publish its folder with actions/upload-pages-artifact"
            ));
            run.reporter.output(OutputName::PageFile, name);
        }
        Err(problem) => fail(run, reports, problem),
    }
}

/// The address of the form that rolls back, where there is one for all that is known.
async fn form(run: &Run<'_>) -> Option<String> {
    let asked = super::rollback_form::rollback_form(run.github?, &run.request.rollback_workflow);
    match patiently(run, WITHIN, asked).await? {
        RollbackForm::At(address) => Some(address),
        RollbackForm::Missing(_) | RollbackForm::Unknown(_) => None,
    }
}

/// What was read is of no use without it.
fn fail(run: &Run<'_>, reports: &mut [AppReport], problem: Problem) {
    run.reporter.output(OutputName::FailureReason, &problem.message);
    for report in reports.iter_mut() {
        report.outcome = Outcome::Failed;
        report.verdict = Some("the page was not written".to_owned());
    }
    if let Some(first) = reports.first_mut() {
        first.failure.problem = Some(problem);
    }
}
