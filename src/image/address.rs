//! Where in Amazon ECR a repository is asked for.

use super::reference::ImageReference;
use super::registry::RegistryKind;
use super::repository::RepositoryReference;
use crate::names::{AccountId, Region};

/// A private repository in the terms of ECR's API.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EcrRepository {
    /// `registryId`; the caller's own registry where it is absent.
    pub account: Option<AccountId>,
    /// The Region to ask.
    pub region: Region,
    pub name: String,
}

impl EcrRepository {
    /// Where a repository of the inputs is; a bare name is in the caller's own
    /// registry, in `region`.
    pub fn of(reference: &RepositoryReference, region: &Region) -> Self {
        let registry = reference.registry();
        Self {
            region: registry.as_ref().map_or(region, |it| it.region()).clone(),
            account: registry.map(|it| it.account().clone()),
            name: reference.name().to_owned(),
        }
    }

    /// Where an image is; `None` where it is not in a private ECR registry.
    pub fn of_image(image: &ImageReference) -> Option<Self> {
        match image.registry() {
            RegistryKind::Ecr(registry) => Some(Self {
                account: Some(registry.account().clone()),
                region: registry.region().clone(),
                name: image.repository_name().to_owned(),
            }),
            RegistryKind::EcrPublic | RegistryKind::Other(_) => None,
        }
    }
}

impl std::fmt::Display for EcrRepository {
    /// For people: `web1 (account 123456789012, eu-central-1)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.account {
            Some(account) => write!(f, "{} (account {account}, {})", self.name, self.region),
            None => write!(f, "{} ({})", self.name, self.region),
        }
    }
}
