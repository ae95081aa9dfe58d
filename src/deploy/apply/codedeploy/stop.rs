//! Stopping a deployment for the sake of its rollback. The stop is sent once; after an
//! answer that says nothing, what the deployment does says whether it was heard.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::{CallError, Cause, CodeDeploy};
use crate::codedeploy::{CodeDeployStatus, Deployment};
use crate::deploy::apply::journal::{Journal, Write};
use crate::deploy::apply::outage::{look, patiently};
use crate::ecs::CodeDeployId;
use crate::names::Region;
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::request::Target;

/// A stop is pending for a while before it shows; so many looks that were answered, so far
/// apart, before nobody can say whether it was heard.
const LOOKS: u32 = 10;
const BETWEEN: Duration = Duration::from_secs(3);

/// What came of the wish that a deployment be stopped and rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopping {
    /// CodeDeploy was asked, or returns already: the end of the deployment tells.
    Following,
    /// It has ended by itself, and CodeDeploy may be about to return from it.
    MayReturn,
    /// It has ended, and nothing returns from it.
    Over,
    /// CodeDeploy was not allowed to, or declined: the deployment continues.
    Refused(Problem),
    /// Whether CodeDeploy has heard is not known.
    Unknown(Problem),
}

/// Stops the deployment and lets CodeDeploy bring back what it replaces.
pub(crate) async fn stop_and_roll_back(
    codedeploy: &CodeDeploy,
    target: &Target,
    id: &CodeDeployId,
    journal: &Journal,
    deadline: Instant,
    reporter: &dyn Reporter,
) -> Stopping {
    let note = |roll_back: Write<()>| journal.note(|entries| entries.roll_back = roll_back);
    // Where it can't be read, CodeDeploy's answer to the stop says how it stands.
    let found = codedeploy.deployment(id).await.ok();
    if let Some(ended) = found.as_ref().and_then(ended) {
        if ended == Stopping::Following {
            reporter.line("CodeDeploy is already rolling it back; following that");
            note(Write::Done(()));
        }
        return ended;
    }
    note(Write::Sent);
    match codedeploy.stop_and_roll_back(id).await {
        Ok(()) => {
            reporter.line("asked CodeDeploy to stop the deployment and roll it back");
            note(Write::Done(()));
            Stopping::Following
        }
        Err(error) if error.cause == Cause::Unclear => {
            reporter.line(&format!(
                "CodeDeploy gave no clear answer ({error}); checking whether it stops"
            ));
            let over = match over(codedeploy, id, deadline).await {
                Ok(over) => over,
                Err(why) => return Stopping::Unknown(not_known(&error, &why, target, id)),
            };
            let has_heard = over.status == CodeDeployStatus::Stopped;
            note(if has_heard { Write::Done(()) } else { Write::Undone });
            if has_heard { Stopping::Following } else { ended(&over).unwrap_or(Stopping::Over) }
        }
        Err(error) => {
            reporter.line(&format!("CodeDeploy does not roll it back ({error})"));
            note(Write::Undone);
            match codedeploy.deployment(id).await.ok().as_ref().and_then(ended) {
                // By itself, a moment ago.
                Some(ended) => ended,
                None if error.is("DeploymentAlreadyCompletedException") => Stopping::MayReturn,
                None => Stopping::Refused(declined(&error, target, id)),
            }
        }
    }
}

/// How to do it without this tool.
pub(crate) fn stop_by_hand(region: &Region, id: &CodeDeployId) -> String {
    format!(
        "To stop it and roll back: `aws deploy stop-deployment --region {region} --deployment-id {id} --auto-rollback-enabled`"
    )
}

/// What the end of a deployment means for who wants it rolled back; `None` while it is
/// in progress.
fn ended(found: &Deployment) -> Option<Stopping> {
    if found.rolled_back_by.is_some() {
        return Some(Stopping::Following);
    }
    if found.is_under_way() {
        return None;
    }
    Some(if found.may_be_rolled_back() { Stopping::MayReturn } else { Stopping::Over })
}

/// The deployment as soon as it is seen to be over.
///
/// # Errors
/// What is not known, as the end of a sentence.
async fn over(
    codedeploy: &CodeDeploy,
    id: &CodeDeployId,
    deadline: Instant,
) -> Result<Deployment, String> {
    let read = || codedeploy.deployment(id);
    let over = async || {
        let found = patiently("codedeploy:GetDeployment", deadline, read).await?;
        Ok(Some(found).filter(|found| !found.is_under_way()))
    };
    match look(LOOKS, BETWEEN, over).await {
        Ok(Some(over)) => Ok(over),
        Ok(None) => {
            let seconds = (BETWEEN * (LOOKS - 1)).as_secs();
            Err(format!(
                "; {seconds} s later it had not ended, and it is not known whether CodeDeploy stops it"
            ))
        }
        Err(unreadable) => {
            Err(format!(", and whether CodeDeploy stops it could not be read ({unreadable})"))
        }
    }
}

fn declined(error: &CallError, target: &Target, id: &CodeDeployId) -> Problem {
    let problem = error.problem(&format!("the deployment {id}"));
    let by_hand = stop_by_hand(&target.region, id);
    let hint = problem.hint.map_or_else(|| by_hand.clone(), |hint| format!("{hint} {by_hand}"));
    Problem::new(format!("{}; the deployment continues", problem.message)).hint(hint)
}

/// `why`: what followed the stop that got no clear answer.
fn not_known(error: &CallError, why: &str, target: &Target, id: &CodeDeployId) -> Problem {
    let problem = error.problem(&format!("the deployment {id}"));
    let by_hand = stop_by_hand(&target.region, id);
    Problem::new(format!("{}{why}", problem.message))
        .hint(format!("Look at the deployment in the CodeDeploy console. {by_hand}"))
}
