//! Asking ECS to return from a deployment by itself: faster than an update, above
//! all for blue/green, and it restores a whole revision.
//!
//! ECS is asked only where it would return to the wanted revision and no other,
//! and never twice: after an answer that says nothing, what the deployment does
//! says whether it was heard.

use std::time::Duration;

use tokio::time::Instant;

use super::journal::{Journal, Write};
use super::outage::{look, patiently};
use crate::aws::{Answer, CallError, Cause, Ecs};
use crate::ecs::{
    Pause, ServiceDeployment, ServiceDeploymentArn, ServiceDeploymentStatus as Status,
    ServiceRevisionArn,
};
use crate::problem::Problem;
use crate::reporter::Reporter;

/// After an answer that says nothing: so many looks that were answered, a second apart,
/// before the request is taken not to have been heard.
const LOOKS: u32 = 4;
const BETWEEN: Duration = Duration::from_secs(1);

/// The first look at the deployment is not waited for longer: where it can't be had, there
/// is another way back.
const FIRST_LOOK: Duration = Duration::from_secs(60);

/// What came of the wish that ECS return from a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Returning {
    /// ECS was asked, or returns already: the end of the deployment tells.
    Following,
    /// It has ended, or there is none.
    No,
    /// ECS declined, or these credentials may not ask it to, or it was not asked: it would
    /// return to another revision, or how it stands can't be read.
    Declined(Problem),
    /// ECS was asked but did not receive it: the deployment continues.
    Unheard(Problem),
    /// Whether ECS has heard is not known.
    Unknown(Problem),
}

/// Lets ECS return from `deployment` to the revision `to`; looks until `deadline` whether
/// it was heard.
pub(crate) async fn roll_back(
    ecs: &Ecs,
    deployment: &ServiceDeploymentArn,
    to: &ServiceRevisionArn,
    journal: &Journal,
    deadline: Instant,
    reporter: &dyn Reporter,
) -> Returning {
    let first_look = deadline.min(Instant::now() + FIRST_LOOK);
    let found = match look_at(ecs, deployment, first_look).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let message = format!("ECS no longer has the deployment {deployment}");
            return Returning::Declined(Problem::new(message));
        }
        Err(error) => {
            return Returning::Declined(error.problem(&format!("the deployment {deployment}")));
        }
    };
    if found.status.is_rollback() {
        reporter.line("ECS is already rolling it back; following that");
        note(journal, Write::Done(()));
        return Returning::Following;
    }
    if !found.status.is_under_way() {
        return Returning::No;
    }
    if found.sources != [to.clone()] {
        let message = format!(
            "ECS would no longer roll {deployment} back to the revision {}; it was not asked to, and the deployment continues",
            to.number()
        );
        return Returning::Declined(
            Problem::new(message).hint("Deploy the version that you want."),
        );
    }
    ask(ecs, &found, journal, deadline, reporter).await
}

async fn ask(
    ecs: &Ecs,
    found: &ServiceDeployment,
    journal: &Journal,
    deadline: Instant,
    reporter: &dyn Reporter,
) -> Returning {
    let deployment = &found.arn;
    note(journal, Write::Sent);
    let asked = match found.pauses.first() {
        Some(pause) => ecs.roll_back_paused(deployment, pause).await,
        None => ecs.roll_back(deployment).await,
    };
    match asked {
        Ok(()) => {
            reporter.line("asked ECS to stop the deployment and roll it back");
            note(journal, Write::Done(()));
            Returning::Following
        }
        Err(error) if error.cause == Cause::Unclear => {
            reporter.line(&format!(
                "ECS gave no clear answer ({error}); checking whether it rolls back"
            ));
            match has_heard(ecs, deployment, deadline).await {
                Ok(true) => {
                    note(journal, Write::Done(()));
                    Returning::Following
                }
                Ok(false) => {
                    note(journal, Write::Undone);
                    Returning::Unheard(unheard(found, &error))
                }
                Err(unreadable) => Returning::Unknown(not_known(deployment, &error, &unreadable)),
            }
        }
        Err(error) => {
            reporter.line(&format!("ECS does not roll it back ({error})"));
            note(journal, Write::Undone);
            Returning::Declined(error.problem(&format!("the deployment {deployment}")))
        }
    }
}

fn note(journal: &Journal, roll_back: Write<()>) {
    journal.note(|entries| entries.roll_back = roll_back);
}

pub(super) async fn look_at(
    ecs: &Ecs,
    arn: &ServiceDeploymentArn,
    deadline: Instant,
) -> Answer<Option<ServiceDeployment>> {
    let read = || ecs.service_deployments(std::slice::from_ref(arn));
    let found = patiently("ecs:DescribeServiceDeployments", deadline, read).await?;
    Ok(found.into_iter().next())
}

/// Whether ECS no longer continues the deployment.
async fn has_heard(ecs: &Ecs, arn: &ServiceDeploymentArn, deadline: Instant) -> Answer<bool> {
    let stopped = async || {
        let found = look_at(ecs, arn, deadline).await?;
        Ok(found.filter(|it| !matches!(it.status, Status::Pending | Status::InProgress)))
    };
    Ok(look(LOOKS, BETWEEN, stopped).await?.is_some())
}

/// How to do it without this tool. ECS does not stop what waits for a person.
pub(crate) fn stop_by_hand(arn: &ServiceDeploymentArn, pause: Option<&Pause>) -> String {
    let (call, how) = match pause {
        Some(pause) => ("continue", format!("--hook-id {} --action ROLLBACK", pause.hook)),
        None => ("stop", "--stop-type ROLLBACK".to_owned()),
    };
    let region = arn.region();
    format!(
        "`aws ecs {call}-service-deployment --region {region} --service-deployment-arn {arn} {how}`"
    )
}

fn unheard(asked: &ServiceDeployment, error: &CallError) -> Problem {
    let by_hand = stop_by_hand(&asked.arn, asked.pauses.first());
    Problem::new(format!(
        "{} got no clear answer ({}), and ECS did not receive it: the deployment continues",
        error.action, error.message
    ))
    .hint(format!("To stop it and roll back, run this step again, or {by_hand}"))
}

fn not_known(arn: &ServiceDeploymentArn, error: &CallError, unreadable: &CallError) -> Problem {
    Problem::new(format!(
        "{} got no clear answer ({}), and whether ECS rolls the deployment back could not be read ({unreadable})",
        error.action, error.message
    ))
    .hint(format!("Look at {arn} in the ECS console."))
}
