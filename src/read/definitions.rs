//! Task definitions, as ECS has them.

use super::optional::optional;
use super::service_reads::ServiceReads;
use crate::aws::{Answer, Cause, Ecs};
use crate::ecs::TaskDefinitionArn;
use crate::plan::{Base, Fact};
use crate::problem::Problem;
use crate::read::checkout::Checkout;
use crate::request::TaskDefinitionSource;
use crate::task_definition::TaskDefinition;

pub(super) async fn registered(
    reads: &ServiceReads<'_>,
    source: &TaskDefinitionSource,
) -> Option<Result<TaskDefinition, Problem>> {
    match source {
        TaskDefinitionSource::Registered(name) => Some(definition(reads, name).await),
        TaskDefinitionSource::Running | TaskDefinitionSource::File(_) => None,
    }
}

pub(super) async fn definition(
    reads: &ServiceReads<'_>,
    name: &str,
) -> Result<TaskDefinition, Problem> {
    named(name, reads.task_definition(name).await)
}

/// What was read under a name that the request gives.
pub(super) fn named(name: &str, answer: Answer<Vec<u8>>) -> Result<TaskDefinition, Problem> {
    let raw = answer.map_err(|error| match error.cause {
        Cause::Refused => {
            Problem::new(format!("there is no task definition {name}: {}", error.message))
                .hint("Check `task-definition`: a file, a family, family:revision or an ARN.")
        }
        Cause::Denied | Cause::Credentials | Cause::Throttled | Cause::Unclear => {
            error.problem(&format!("task definition {name}"))
        }
    })?;
    TaskDefinition::from_describe(&raw)
}

pub(super) async fn newest(ecs: &Ecs, running: &TaskDefinitionArn) -> Fact<TaskDefinitionArn> {
    optional(ecs.newest_revision(running.family())).await
}

/// The definition that the request names to be patched, in ECS or in the checkout.
pub(super) fn named_base(registered: Option<TaskDefinition>, checkout: &Checkout) -> Option<Base> {
    match (registered, &checkout.task_definition) {
        (Some(definition), _) => Some(registered_base(definition)),
        (None, Some(definition)) => Some(Base { definition: definition.clone(), arn: None }),
        (None, None) => None,
    }
}

/// A definition that was read from ECS, to be patched.
pub(super) fn registered_base(definition: TaskDefinition) -> Base {
    Base { arn: definition.arn().and_then(|arn| arn.parse().ok()), definition }
}
