//! Which containers get the image, and from which repository it comes.

use crate::ecs::Place;
use crate::image::{EcrRepository, ImageReference, RegistryKind};
use crate::names::{ContainerName, Region};
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};
use crate::task_definition::TaskDefinition;
use crate::text::nearest;

/// The containers to patch and the repository of their image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Never empty.
    pub containers: Vec<ContainerName>,
    /// The image's repository, under the host to spell it with; a tag or digest in
    /// it means nothing.
    pub repository: ImageReference,
}

/// The repository that the request names by itself, so that the image can be
/// looked for before the definition is known.
pub(crate) fn named_repository(
    wanted: &Wanted,
    region: &Region,
) -> Result<Option<EcrRepository>, Problem> {
    match wanted {
        Wanted::Image(reference) => in_ecr(reference).map(Some),
        Wanted::Version { repository, .. }
        | Wanted::From { repository, .. }
        | Wanted::Past { repository, .. } => {
            Ok(repository.as_ref().map(|it| EcrRepository::of(it, region)))
        }
    }
}

/// One choice for each image that is asked for.
pub(crate) fn choose_all<T>(
    request: &AppRequest<T>,
    definition: &TaskDefinition,
    place: &Place,
) -> Vec<Result<Choice, Problem>> {
    let of_line = |(name, image): &(ContainerName, ImageReference)| {
        named(definition, &containers(definition)?, name)?;
        Ok(Choice { containers: vec![name.clone()], repository: image.clone() })
    };
    std::iter::once(choose(request, definition, place))
        .chain(request.further_images.iter().map(of_line))
        .collect()
}

/// Containers by name, else by the repository, else the only one.
pub(crate) fn choose<T>(
    request: &AppRequest<T>,
    definition: &TaskDefinition,
    place: &Place,
) -> Result<Choice, Problem> {
    let all = containers(definition)?;
    let repository = match &request.wanted {
        Wanted::Image(reference) => Some(reference.clone()),
        Wanted::Version { repository, .. }
        | Wanted::From { repository, .. }
        | Wanted::Past { repository, .. } => {
            repository.as_ref().map(|it| it.in_registry_of(&place.account, &place.region))
        }
    };
    let chosen = if !request.containers.is_empty() {
        let by_name = request.containers.iter().map(|name| named(definition, &all, name));
        by_name.collect::<Result<_, _>>()?
    } else if all.len() == 1 {
        all
    } else if let Some(repository) = &repository {
        by_repository(definition, &all, repository)?
    } else {
        by_only_ecr_image(definition, &all)?
    };
    let repository = match repository {
        Some(repository) => as_spelled_already(repository, &chosen),
        None => repository_of(&chosen)?,
    };
    Ok(Choice { containers: chosen.into_iter().map(|(name, _)| name).collect(), repository })
}

/// One registry answers under several hosts; a container that uses one of them
/// (FIPS, dual-stack) keeps it.
fn as_spelled_already(repository: ImageReference, chosen: &Containers) -> ImageReference {
    let same = chosen
        .iter()
        .filter_map(|(_, image)| image.clone())
        .find(|image| image.is_same_repository(&repository));
    same.unwrap_or(repository)
}

type Containers = Vec<(ContainerName, Option<ImageReference>)>;

fn containers(definition: &TaskDefinition) -> Result<Containers, Problem> {
    let containers = definition.containers().map(|container| {
        let image = container.image.and_then(|image| image.parse().ok());
        Ok((container.name.parse()?, image))
    });
    containers.collect()
}

/// The container of that name.
fn named(
    definition: &TaskDefinition,
    all: &Containers,
    name: &ContainerName,
) -> Result<(ContainerName, Option<ImageReference>), Problem> {
    all.iter().find(|(known, _)| known == name).cloned().ok_or_else(|| {
        let known = all.iter().map(|(known, _)| known.as_str());
        let meant = nearest(name.as_str(), known, |known| (known.len() / 3).max(1));
        let meant = meant.map(|it| format!("Did you mean {it}? ")).unwrap_or_default();
        Problem::new(format!("the task definition {} has no container {name}", definition.family()))
            .hint(format!("{meant}Its containers: {}.", names(all)))
    })
}

fn by_repository(
    definition: &TaskDefinition,
    all: &Containers,
    repository: &ImageReference,
) -> Result<Containers, Problem> {
    let matching: Containers = all
        .iter()
        .filter(|(_, image)| {
            image.as_ref().is_some_and(|image| image.is_same_repository(repository))
        })
        .cloned()
        .collect();
    let name = repository.repository_name();
    let ambiguous = |what: &str| {
        Problem::new(format!("{what} of the task definition {}", definition.family())).hint(
            format!("Its containers: {}. Name the ones to update in `container`.", names(all)),
        )
    };
    match matching.first() {
        None => Err(ambiguous(&format!("the repository {name} is not used by any container"))),
        Some((_, first)) if matching.iter().any(|(_, image)| image != first) => {
            Err(ambiguous(&format!("different tags of {name} are used by the containers")))
        }
        Some(_) => Ok(matching),
    }
}

fn by_only_ecr_image(definition: &TaskDefinition, all: &Containers) -> Result<Containers, Problem> {
    let from_ecr: Containers = all
        .iter()
        .filter(|(_, image)| {
            image.as_ref().is_some_and(|image| matches!(image.registry(), RegistryKind::Ecr(_)))
        })
        .cloned()
        .collect();
    let repositories: std::collections::BTreeSet<String> = from_ecr
        .iter()
        .filter_map(|(_, image)| image.as_ref().map(ImageReference::repository_uri))
        .collect();
    match (from_ecr.first(), repositories.len()) {
        (Some((_, first)), 1) if from_ecr.iter().all(|(_, image)| image == first) => Ok(from_ecr),
        _ => Err(Problem::new(format!(
            "the task definition {} has {} containers, and it is not clear which of them to update",
            definition.family(),
            all.len()
        ))
        .hint(format!("Its containers: {}. Name the ones to update in `container`.", names(all)))),
    }
}

fn repository_of(chosen: &Containers) -> Result<ImageReference, Problem> {
    let mut found: Option<(&ContainerName, &ImageReference)> = None;
    for (name, image) in chosen {
        let image = image.as_ref().ok_or_else(|| {
            Problem::new(format!("the image reference of the container {name} is not valid"))
                .hint("Name the repository in `repository`.")
        })?;
        in_ecr(image)?;
        match found {
            Some((first, other)) if !other.is_same_repository(image) => {
                return Err(Problem::new(format!(
                    "the containers {first} and {name} come from different repositories ({} and {})",
                    other.repository_name(),
                    image.repository_name()
                ))
                .hint("Name one of them, or one `repository`; `deploy` sets several by `images`."));
            }
            Some(_) => {}
            None => found = Some((name, image)),
        }
    }
    found
        .map(|(_, image)| image.clone())
        .ok_or_else(|| Problem::new("the task definition has no containers"))
}

/// Where to ask for an image; a refusal where it is not in a private ECR registry.
pub(crate) fn in_ecr(image: &ImageReference) -> Result<EcrRepository, Problem> {
    EcrRepository::of_image(image).ok_or_else(|| {
        let place = match image.registry() {
            RegistryKind::Other(host) => host,
            RegistryKind::Ecr(_) | RegistryKind::EcrPublic => "public ECR".to_owned(),
        };
        Problem::new(format!("the image {image} is in {place}; only images in a private Amazon ECR can be confirmed"))
            .hint("Name the ECR repository in `repository`, the full reference of an image there in `image`, or the container that has one in `container`.")
    })
}

fn names(all: &Containers) -> String {
    all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}
