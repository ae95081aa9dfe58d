//! After a write whose answer said nothing, and after a run that stopped
//! half-way: what is true now, and what is left to clear away.

use std::time::Duration;

use tokio::time::Instant;

use super::journal::{Journal, Write};
use super::outage::{look, patiently};
use super::stop::Stop;
use crate::aws::{Answer, CallError, Cause, Ecs, UpdateService};
use crate::ecs::{Service, TaskDefinitionArn};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::request::Target;
use crate::task_definition::TaskDefinition;

/// ECS shows a write to readers a moment later; so many looks that were answered, a second
/// apart, before it is taken not to have happened.
pub(super) const LOOKS: u32 = 4;
pub(super) const BETWEEN: Duration = Duration::from_secs(1);

/// A revision that is to be registered.
pub(super) struct Registering<'a> {
    pub(super) ecs: &'a Ecs,
    pub(super) definition: &'a TaskDefinition,
    /// The newest revision of its family so far, 0 where there is none; `None`: not known.
    pub(super) newer_than: Option<u32>,
    /// Whether no service gets it.
    pub(super) is_alone: bool,
}

/// The next move where a revision may have been registered.
fn may_be_there(is_alone: bool) -> &'static str {
    match is_alone {
        true => "Run the step again: it reuses the revision if there is one.",
        false => {
            "The service was not touched. Run the step again; if the revision was registered, nothing uses it."
        }
    }
}

/// The revision that ECS's answer names.
pub(super) fn registered_arn(answer: &[u8]) -> Answer<TaskDefinitionArn> {
    let definition = TaskDefinition::from_register_answer(answer).ok();
    let arn = definition.as_ref().and_then(TaskDefinition::arn).and_then(|arn| arn.parse().ok());
    arn.ok_or_else(|| CallError::without("ecs:RegisterTaskDefinition", "the revision"))
}

/// Revisions of others, registered since, below which ours is looked for.
const COVERED: usize = 10;

/// Looks for the revision that a registration would have made: an equal one that is newer
/// than the newest was before. Where that is not known none is taken, because it would be
/// deregistered as our own.
pub(super) async fn adopt_revision(
    registering: &Registering<'_>,
    deadline: Instant,
) -> Result<TaskDefinitionArn, Stop> {
    let Registering { ecs, definition, newer_than, is_alone } = registering;
    let family = definition.family();
    let got_none = format!("RegisterTaskDefinition of family {family} got no clear answer");
    let Some(before) = *newer_than else {
        return Err(Stop::Unknown(
            Problem::new(format!(
                "{got_none}, and it is not known whether there is a new revision"
            ))
            .hint(may_be_there(*is_alone)),
        ));
    };
    let read = async |name: &str| {
        let read = || ecs.task_definition(name);
        match patiently("ecs:DescribeTaskDefinition", deadline, read).await {
            // The family has no revision so far, or this one is gone.
            Err(error) if error.is("ClientException") => Ok(None),
            answer => Ok(TaskDefinition::from_describe(&answer?).ok()),
        }
    };
    let arn = |it: &TaskDefinition| it.arn()?.parse::<TaskDefinitionArn>().ok();
    let newer = async || {
        let Some(newest) = read(family).await? else { return Ok(None) };
        let Some(newest_arn) = arn(&newest).filter(|it| it.revision() > before) else {
            return Ok(None);
        };
        if newest.same_as(definition) {
            return Ok(Some(newest_arn));
        }
        // Somebody else's is newer: ours may be below it.
        for revision in (before + 1..newest_arn.revision()).rev().take(COVERED) {
            let covered = read(&format!("{family}:{revision}")).await?;
            let is_ours = |it: &TaskDefinition| it.can_be_started() && it.same_as(definition);
            if let Some(ours) = covered.filter(is_ours) {
                return Ok(arn(&ours));
            }
        }
        Ok(None)
    };
    match look(LOOKS, BETWEEN, newer).await {
        Ok(Some(arn)) => Ok(arn),
        Ok(None) => Err(Stop::Failed(
            Problem::new(format!("{got_none}, and there is no new revision")).hint(
                match is_alone {
                    true => "Run the step again.",
                    false => "The service was not touched. Run the step again.",
                },
            ),
        )),
        Err(error) => Err(Stop::Unknown(
            Problem::new(format!(
                "{got_none}, and whether there is a new revision could not be read ({error})"
            ))
            .hint(may_be_there(*is_alone)),
        )),
    }
}

/// Looks whether an update happened; `None`: it did not.
///
/// # Errors
/// That could not be read in time.
pub(super) async fn adopt_update(
    ecs: &Ecs,
    update: &UpdateService<'_>,
    before: &Service,
    deadline: Instant,
) -> Answer<Option<Service>> {
    let read = || ecs.service(update.target);
    let updated = async || {
        let service = patiently("ecs:DescribeServices", deadline, read).await?;
        Ok(service.filter(|service| happened(update, before, service)))
    };
    look(LOOKS, BETWEEN, updated).await
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
pub(crate) async fn deregister_unused(
    ecs: &Ecs,
    target: &Target,
    journal: &Journal,
    reporter: &dyn Reporter,
) -> Option<String> {
    let entries = journal.entries();
    let arn = entries.registered()?.clone();
    let kept = |why: String| Some(format!("the revision {} stays registered: {why}", arn.short()));
    if entries.running_one_off().is_some() {
        return kept("the one-off task may use it".to_owned());
    }
    if entries.update == Write::Sent {
        return kept("the service may use it".to_owned());
    }
    match ecs.service(target).await {
        Ok(Some(service)) if service.may_start(&arn) => {
            return kept("the service uses it".to_owned());
        }
        Ok(_) => {}
        Err(error) => return kept(format!("whether anything uses it could not be read ({error})")),
    }
    match ecs.deregister(&arn).await {
        Ok(()) => {
            journal.note(|entries| entries.register = Write::Undone);
            let note =
                format!("the revision {} that this run registered was deregistered", arn.short());
            reporter.line(&format!("deregistered {}, which nothing uses", arn.short()));
            Some(note)
        }
        Err(error) if error.cause == Cause::Unclear => Some(format!(
            "it is not known whether the revision {} was deregistered ({error})",
            arn.short()
        )),
        Err(error) => kept(error.to_string()),
    }
}
