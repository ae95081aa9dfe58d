//! Which containers get the image, and from which repository it comes.

use crate::image::{EcrRepository, ImageReference, RegistryKind};
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};
use crate::service::ServiceArn;
use crate::task_definition::TaskDefinition;

/// The containers to patch and the repository of their image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Never empty.
    pub containers: Vec<ContainerName>,
    /// Where the image lies.
    pub repository: EcrRepository,
}

/// The repository that the request names by itself, so that the image can be
/// looked for before the definition is known.
pub fn named_repository(request: &AppRequest) -> Result<Option<EcrRepository>, Problem> {
    match &request.wanted {
        Wanted::Image(reference) => ecr(reference).map(Some),
        Wanted::Version { repository, .. } => Ok(repository.as_ref().map(EcrRepository::from)),
    }
}

/// Containers by name, else by the repository, else the only one.
pub fn choose(
    request: &AppRequest,
    definition: &TaskDefinition,
    service: &ServiceArn,
) -> Result<Choice, Problem> {
    let all: Vec<(ContainerName, Option<ImageReference>)> = definition
        .containers()
        .map(|container| (container.name, container.image.and_then(|image| image.parse().ok())))
        .collect();
    let named = named_repository(request)?;
    let chosen = if !request.containers.is_empty() {
        by_name(request, definition, &all)?
    } else if all.len() == 1 {
        all.clone()
    } else if let Some(repository) = &named {
        by_repository(definition, &all, repository, service)?
    } else {
        by_only_ecr_image(definition, &all)?
    };
    let repository = match named {
        Some(repository) => repository.or_in(service, chosen.iter().find_map(|(_, image)| image.as_ref())),
        None => repository_of(&chosen)?,
    };
    Ok(Choice { containers: chosen.into_iter().map(|(name, _)| name).collect(), repository })
}

type Containers = Vec<(ContainerName, Option<ImageReference>)>;

fn by_name(request: &AppRequest, definition: &TaskDefinition, all: &Containers) -> Result<Containers, Problem> {
    request
        .containers
        .iter()
        .map(|name| {
            all.iter().find(|(known, _)| known == name).cloned().ok_or_else(|| {
                Problem::new(format!("the task definition {} has no container {name}", definition.family()))
                    .hint(format!("Its containers: {}. Name one of them in `container`.", names(all)))
            })
        })
        .collect()
}

fn by_repository(
    definition: &TaskDefinition,
    all: &Containers,
    repository: &EcrRepository,
    service: &ServiceArn,
) -> Result<Containers, Problem> {
    let wanted = repository.or_in(service, None);
    let matching: Containers = all
        .iter()
        .filter(|(_, image)| image.as_ref().is_some_and(|image| wanted.holds(image)))
        .cloned()
        .collect();
    let ambiguous = |what: &str| {
        Problem::new(format!("{what} of the task definition {}", definition.family()))
            .hint(format!("Its containers: {}. Name the ones to update in `container`.", names(all)))
    };
    match matching.first() {
        None => Err(ambiguous(&format!("the repository {} is not that of any container", repository.name()))),
        Some((_, first)) if matching.iter().any(|(_, image)| image != first) => Err(ambiguous(&format!(
            "the containers with an image of {} have different tags in the running version",
            repository.name()
        ))),
        Some(_) => Ok(matching),
    }
}

fn by_only_ecr_image(definition: &TaskDefinition, all: &Containers) -> Result<Containers, Problem> {
    let from_ecr: Containers = all
        .iter()
        .filter(|(_, image)| image.as_ref().is_some_and(|image| matches!(image.registry(), RegistryKind::Ecr(_))))
        .cloned()
        .collect();
    let repositories: std::collections::BTreeSet<String> =
        from_ecr.iter().filter_map(|(_, image)| image.as_ref().map(ImageReference::repository_uri)).collect();
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

fn repository_of(chosen: &Containers) -> Result<EcrRepository, Problem> {
    let mut found: Option<(&ContainerName, EcrRepository)> = None;
    for (name, image) in chosen {
        let image = image.as_ref().ok_or_else(|| {
            Problem::new(format!("the container {name} has no image reference that can be read"))
                .hint("Name the repository in `repository`.")
        })?;
        let repository = ecr(image)?;
        match &found {
            Some((first, other)) if *other != repository => {
                return Err(Problem::new(format!(
                    "the containers {first} and {name} come from different repositories ({} and {})",
                    other.name(),
                    repository.name()
                ))
                .hint("Update them in separate steps, or name one `repository`."));
            }
            Some(_) => {}
            None => found = Some((name, repository)),
        }
    }
    found.map(|(_, repository)| repository).ok_or_else(|| Problem::new("the task definition has no containers"))
}

fn ecr(image: &ImageReference) -> Result<EcrRepository, Problem> {
    let other = match image.registry() {
        RegistryKind::Ecr(registry) => return Ok(EcrRepository::new(Some(registry), image.repository())),
        RegistryKind::EcrPublic => "public ECR".to_owned(),
        RegistryKind::Other(host) => host,
    };
    Err(Problem::new(format!("the image {image} lies in {other}; only images in a private Amazon ECR can be confirmed"))
        .hint("Name the ECR repository in `repository`, or the container that has an ECR image in `container`."))
}

fn names(all: &Containers) -> String {
    all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}
