//! After a write whose answer said nothing, and after a run that stopped
//! half-way: what is true now, and what is left to clear away.

use std::time::Duration;

use tokio::time::sleep;

use super::journal::{Journal, Write};
use crate::aws::{Cause, Ecs, UpdateService};
use crate::decide::Plan;
use crate::effects::Voice;
use crate::problem::Problem;
use crate::request::Target;
use crate::service::{Service, TaskDefinitionArn};
use crate::task_definition::TaskDefinition;

/// ECS shows a write to readers a moment later; so many looks, a second apart,
/// before it is taken not to have happened.
const LOOKS: usize = 4;
const BETWEEN: Duration = Duration::from_secs(1);

/// The revision that ECS's answer names.
pub(super) fn registered_arn(answer: &[u8]) -> Result<TaskDefinitionArn, Problem> {
    let definition = TaskDefinition::from_register_answer(answer)?;
    let arn = definition.arn().unwrap_or_default();
    arn.parse()
}

/// Looks for the revision that a registration of `definition` would have made:
/// an equal one that is newer than the newest was before. Where that is not known
/// none is taken, because it would be deregistered as our own.
pub(super) async fn adopt_revision(
    ecs: &Ecs,
    plan: &Plan,
    definition: &TaskDefinition,
) -> Result<TaskDefinitionArn, Problem> {
    let family = definition.family();
    let Some(before) = plan.newest.as_ref().filter(|newest| newest.family() == family) else {
        return Err(Problem::new(format!(
            "RegisterTaskDefinition of family {family} got no answer, and whether a new revision is there can't be told"
        ))
        .hint("The service was not touched. Run the step again; a revision that is there is used by nothing."));
    };
    for look in 0..LOOKS {
        if look > 0 {
            sleep(BETWEEN).await;
        }
        let Ok(raw) = ecs.task_definition(family).await else { continue };
        let Ok(newest) = TaskDefinition::from_describe(&raw) else { continue };
        let Some(Ok(arn)) = newest.arn().map(str::parse::<TaskDefinitionArn>) else { continue };
        if arn.revision() > before.revision() && newest.same_as(definition) {
            return Ok(arn);
        }
    }
    Err(Problem::new(format!(
        "RegisterTaskDefinition of family {family} got no answer, and no new revision is there"
    ))
    .hint("The service was not touched. Run the step again."))
}

/// Looks whether an update happened; `None`: it did not.
pub(super) async fn adopt_update(
    ecs: &Ecs,
    update: &UpdateService<'_>,
    before: &Service,
) -> Result<Option<Service>, Problem> {
    let mut seen = false;
    let mut failure = None;
    for look in 0..LOOKS {
        if look > 0 {
            sleep(BETWEEN).await;
        }
        match ecs.service(update.target).await {
            Ok(Some(service)) => {
                if happened(update, before, &service) {
                    return Ok(Some(service));
                }
                seen = true;
            }
            Ok(None) => seen = true,
            Err(error) => failure = Some(error.problem(&update.target.to_string())),
        }
    }
    match (seen, failure) {
        (false, Some(problem)) => Err(problem),
        _ => Ok(None),
    }
}

fn happened(update: &UpdateService<'_>, before: &Service, now: &Service) -> bool {
    let id = |service: &Service| service.primary().map(|it| it.id.clone());
    match update.task_definition {
        Some(definition) => {
            id(now) != id(before)
                && now.primary().and_then(|it| it.task_definition.as_ref()) == Some(definition)
        }
        None => update.desired_count == Some(now.counts.desired),
    }
}

/// Deregisters the revision of this run if a read proves that nothing uses it;
/// says what became of it, where there is one.
pub async fn deregister_unused(
    ecs: &Ecs,
    target: &Target,
    journal: &Journal,
    voice: &dyn Voice,
) -> Option<String> {
    let entries = journal.entries();
    let arn = entries.registered()?.clone();
    let kept = |why: String| Some(format!("the revision {} stays registered: {why}", arn.short()));
    match ecs.service(target).await {
        Ok(Some(service)) if service.may_start(&arn) => {
            return kept("the service uses it".to_owned());
        }
        Ok(_) if entries.update == Write::Sent => {
            return kept("the service may yet use it".to_owned());
        }
        Ok(_) => {}
        Err(error) => return kept(format!("whether anything uses it could not be read ({error})")),
    }
    match ecs.deregister(&arn).await {
        Ok(()) => {
            journal.note(|entries| entries.register = Write::Undone);
            let note =
                format!("the revision {} that it had registered was deregistered", arn.short());
            voice.line(&format!("deregistered {}, which nothing uses", arn.short()));
            Some(note)
        }
        Err(error) if error.cause == Cause::Denied => {
            kept(format!("{} is not allowed", error.action))
        }
        Err(error) => kept(error.to_string()),
    }
}
