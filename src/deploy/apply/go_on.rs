//! Letting a deployment go on that waits for a person. Each answer is sent once; after one
//! that says nothing, what the deployment waits for says whether it was heard.

use std::time::Duration;

use tokio::time::Instant;

use super::journal::{Journal, Write};
use super::outage::{look, patiently};
use super::patience::Patience;
use super::roll_back::look_at;
use super::stop::Stop;
use crate::aws::{Answer, CallError, Cause, Clients};
use crate::codedeploy::CodeDeployStatus;
use crate::ecs::{CodeDeployId, Pause, ServiceDeploymentArn};
use crate::names::Region;
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::shutdown::Shutdown;

/// AWS shows an answer to readers a moment later; so many looks that were answered, a second
/// apart, before it is taken not to have been heard.
const LOOKS: u32 = 4;
const BETWEEN: Duration = Duration::from_secs(1);

/// By then it may wait where nobody has looked: linear and canary have a hook for each step.
pub(crate) const LOOK_FIRST: &str =
    "Look at the deployment first: a second `continue` answers whatever it waits for by then.";

/// What a deployment waits at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GoOn<'a> {
    Ecs(&'a ServiceDeploymentArn, &'a Pause),
    CodeDeploy(&'a CodeDeployId),
}

/// Answers for as long as AWS refuses that for its rate, until `deadline`.
///
/// # Errors
/// It still waits, or whether it does is not known; or the run is to stop, and nothing was
/// sent.
pub(crate) async fn let_go_on(
    clients: &Clients,
    region: &Region,
    what: GoOn<'_>,
    journal: &Journal,
    deadline: Instant,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Result<(), Stop> {
    if shutdown.is_requested() {
        return Err(Stop::Cancelled);
    }
    let patience = Patience { deadline, shutdown, reporter, queue: journal.queue() };
    let waits = what.in_words();
    let note = |go_on: Write<()>| what.note(journal, go_on);
    note(Write::Sent);
    let error = match patience.send(async || what.send(clients, region).await).await {
        Ok(()) => {
            reporter.line(&format!("told {waits} to continue"));
            note(Write::Done(()));
            return Ok(());
        }
        Err(error) => error,
    };
    let problem = error.problem(&waits);
    if !matches!(error.cause, Cause::Unclear | Cause::Refused) {
        note(Write::Undone);
        return Err(patience.stop(&error, problem));
    }
    reporter.line(&format!("no clear answer ({error}); checking whether it is still waiting"));
    let goes_on = async || {
        let waits = what.still_waits(clients, region, deadline).await?;
        Ok((!waits).then_some(()))
    };
    match look(LOOKS, BETWEEN, goes_on).await {
        // By this answer, by somebody else's, or because its time was up: its end tells.
        Ok(Some(())) => {
            reporter.line(&format!("{waits} is no longer waiting"));
            note(Write::Done(()));
            Ok(())
        }
        Ok(None) => {
            note(Write::Undone);
            let message = format!("{}; the deployment is still waiting", problem.message);
            Err(Stop::Failed(Problem { message, ..problem }))
        }
        Err(unreadable) => Err(Stop::Unknown(
            Problem::new(format!(
                "{}, and whether the deployment continues could not be read ({unreadable})",
                problem.message
            ))
            .hint(LOOK_FIRST),
        )),
    }
}

impl GoOn<'_> {
    fn note(self, journal: &Journal, go_on: Write<()>) {
        journal.note(|entries| {
            if let (Write::Done(()), Self::Ecs(_, pause)) = (&go_on, self) {
                entries.answered.push(pause.hook.clone());
            }
            entries.go_on = go_on;
        });
    }

    async fn send(self, clients: &Clients, region: &Region) -> Answer<()> {
        match self {
            Self::Ecs(arn, pause) => clients.ecs(region).let_go_on(arn, pause).await,
            Self::CodeDeploy(id) => clients.codedeploy(region).let_traffic_move(id).await,
        }
    }

    async fn still_waits(
        self,
        clients: &Clients,
        region: &Region,
        deadline: Instant,
    ) -> Result<bool, CallError> {
        match self {
            Self::Ecs(arn, pause) => {
                let found = look_at(&clients.ecs(region), arn, deadline).await?;
                Ok(found.is_some_and(|it| it.pauses.iter().any(|it| it.hook == pause.hook)))
            }
            Self::CodeDeploy(id) => {
                let codedeploy = clients.codedeploy(region);
                let read = || codedeploy.deployment(id);
                let found = patiently("codedeploy:GetDeployment", deadline, read).await?;
                Ok(found.status == CodeDeployStatus::Ready)
            }
        }
    }

    fn in_words(self) -> String {
        match self {
            Self::Ecs(_, pause) => format!("the hook {}", pause.hook),
            Self::CodeDeploy(id) => format!("the deployment {id}"),
        }
    }
}
