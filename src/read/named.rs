//! A rollback to a revision that was named: with the image that stands in it.

use super::definition;
use super::image::{self, FoundManifest};
use super::query::ImageQuery;
use crate::aws::{Clients, Ecs};
use crate::ecs::{ServiceArn, TaskDefinitionArn};
use crate::history::History;
use crate::image::ImageReference;
use crate::names::ContainerName;
use crate::plan::{Choice, choose, in_ecr};
use crate::problem::Problem;
use crate::request::{AppRequest, Past, Wanted};
use crate::task_definition::TaskDefinition;

/// The revision that the request names to go back to.
pub(super) async fn describe(
    ecs: &Ecs,
    request: &AppRequest,
) -> Option<Result<TaskDefinition, Problem>> {
    match &request.wanted {
        Wanted::Past { past: Past::Revision(name), .. } => Some(definition(ecs, name).await),
        Wanted::Past { .. } | Wanted::Version { .. } | Wanted::Image(_) => None,
    }
}

/// A revision that was named, and the image that stands in it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) definition: TaskDefinition,
    pub(super) arn: TaskDefinitionArn,
    pub(super) containers: Vec<ContainerName>,
    pub(super) own: ImageReference,
    pub(super) looked: FoundManifest,
    pub(super) query: ImageQuery,
}

impl Named {
    /// Looks for the image that stands in `definition`.
    pub(super) async fn look(
        clients: &Clients,
        request: &AppRequest,
        definition: TaskDefinition,
        service: &ServiceArn,
    ) -> Result<Self, Problem> {
        let arn: TaskDefinitionArn = definition.arn().unwrap_or_default().parse()?;
        let Choice { mut containers, .. } = choose(request, &definition, service)?;
        let own = containers.first().and_then(|first| image_of(&definition, first));
        let own = own.ok_or_else(|| {
            Problem::new(format!("{} has no image reference that can be read", arn.short()))
                .hint("Give an exact `version` in place of a revision.")
        })?;
        // Nothing in it is to change, whatever the other containers run.
        containers.retain(|name| image_of(&definition, name).as_ref() == Some(&own));
        let query = ImageQuery::reference(&own)?;
        let looked = image::look(clients, &in_ecr(&own)?, &query).await?;
        Ok(Self { definition, arn, containers, own, looked, query })
    }

    /// Whether it has succeeded here with this very image.
    pub(super) fn succeeded_here(&self, history: &History) -> bool {
        self.looked.shown_as().iter().any(|digest| {
            let mut entries = history.reusable(digest).filter(|it| !it.is_assumed());
            entries.any(|entry| entry.definition() == Some(&self.arn))
        })
    }
}

/// The image of a container, where it can be read.
pub(super) fn image_of(
    definition: &TaskDefinition,
    name: &ContainerName,
) -> Option<ImageReference> {
    let container = definition.containers().find(|it| it.name == name.as_str())?;
    container.image?.parse().ok()
}
