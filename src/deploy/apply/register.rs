//! One `RegisterTaskDefinition`, for a service or alone.

use tokio::time::Instant;

use super::journal::{Journal, Write};
use super::patience::Patience;
use super::settle::{self, Registering};
use super::stop::Stop;
use crate::aws::{CallError, Cause, Ecs};
use crate::ecs::TaskDefinitionArn;
use crate::plan::Registration;
use crate::reporter::Reporter;
use crate::shutdown::Shutdown;

/// Registers what no service gets.
pub(crate) async fn register_alone(
    ecs: &Ecs,
    registration: &Registration,
    journal: &Journal,
    deadline: Instant,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Result<TaskDefinitionArn, Stop> {
    let patience = Patience { deadline, shutdown, reporter, queue: journal.queue() };
    let Registration { definition, newest, .. } = registration;
    let newer_than = Some(newest.as_ref().map_or(0, TaskDefinitionArn::revision));
    Registering { ecs, definition, newer_than, is_alone: true }.send(journal, &patience).await
}

impl Registering<'_> {
    pub(super) async fn send(
        &self,
        journal: &Journal,
        patience: &Patience<'_>,
    ) -> Result<TaskDefinitionArn, Stop> {
        let Self { ecs, definition, .. } = self;
        let (family, reporter) = (definition.family(), patience.reporter);
        journal.note(|entries| entries.register = Write::Sent);
        // ECS may quote what it refuses.
        let masked =
            |error: CallError| CallError { message: definition.masked(&error.message), ..error };
        let body = definition.register_body();
        let send = async || ecs.register(body.clone()).await.map_err(masked);
        let answer = patience.send(send).await;
        let arn = match answer.and_then(|answer| settle::registered_arn(&answer)) {
            Ok(arn) => arn,
            Err(error) if error.cause == Cause::Unclear => {
                reporter.line(&format!(
                    "RegisterTaskDefinition got no clear answer ({error}); checking whether it happened"
                ));
                let adopted = settle::adopt_revision(self, patience.deadline).await;
                adopted.inspect_err(|stop| {
                    if matches!(stop, Stop::Failed(_)) {
                        journal.note(|entries| entries.register = Write::Undone);
                    }
                })?
            }
            Err(error) => {
                journal.note(|entries| entries.register = Write::Undone);
                return Err(patience.stop(&error, error.problem(&format!("family {family}"))));
            }
        };
        journal.note(|entries| entries.register = Write::Done(arn.clone()));
        reporter.line(&format!("registered {}", arn.short()));
        Ok(arn)
    }
}
