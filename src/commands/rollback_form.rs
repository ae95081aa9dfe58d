//! Where the form of the rollback is.

use crate::github::GitHub;
use crate::report::rollback_form::RollbackForm;

/// That of the workflow in `file` of .github/workflows.
pub(super) async fn rollback_form(github: &GitHub, file: &str) -> RollbackForm {
    let path = format!(".github/workflows/{file}");
    let workflow = github.workflow();
    match github.has_file(&path).await {
        Ok(true) => {
            let (server, repository) = (&workflow.server, &workflow.repository);
            RollbackForm::At(format!("{server}/{repository}/actions/workflows/{file}"))
        }
        Ok(false) => RollbackForm::Missing(path),
        Err(_) => RollbackForm::Unknown(path),
    }
}
