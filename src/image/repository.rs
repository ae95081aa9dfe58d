//! The repository that the versions of an app lie in.

use std::fmt;
use std::str::FromStr;

use super::reference::ImageReference;
use super::registry::{EcrRegistry, RegistryKind};
use crate::names::{AccountId, Region};
use crate::problem::Problem;

/// The input `repository`: the name of a private ECR repository, or its full URI,
/// which may be of another account and Region than the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryReference {
    /// Has neither tag nor digest; no host if only a name was given.
    reference: ImageReference,
}

impl RepositoryReference {
    /// The fewest characters of an ECR repository's name
    /// (ECR `CreateRepository`, parameter `repositoryName`).
    const MIN_CHARS: usize = 2;

    /// The name of the repository in its registry.
    pub fn name(&self) -> &str {
        self.reference.repository_name()
    }

    /// The registry, if the repository was given with it.
    pub fn registry(&self) -> Option<EcrRegistry> {
        match self.reference.registry() {
            RegistryKind::Ecr(registry) => Some(registry),
            RegistryKind::EcrPublic | RegistryKind::Other(_) => None,
        }
    }

    /// The repository as the reference of an image that still lacks its tag. A bare
    /// name is taken to be in the registry of `account` in `region`.
    pub fn in_registry_of(&self, account: &AccountId, region: &Region) -> ImageReference {
        let registry = EcrRegistry::new(account.clone(), region.clone());
        self.reference.clone().with_default_registry(&registry)
    }
}

impl FromStr for RepositoryReference {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let reference = ImageReference::parse(text).map_err(|problem| Problem {
            message: format!("{text:?} is not a repository: {}", problem.message),
            ..problem
        })?;
        if reference.tag().is_some() || reference.digest().is_some() {
            return Err(Problem::new(format!("{text:?} is an image, not a repository")).hint(
                "Give the whole reference as the input image, or the tag as the input version",
            ));
        }
        if reference.repository_name().len() < Self::MIN_CHARS {
            return Err(Problem::new(format!(
                "{text:?} is not a repository: a name in ECR has at least {} characters",
                Self::MIN_CHARS
            )));
        }
        match reference.registry() {
            RegistryKind::Ecr(_) => {}
            RegistryKind::Other(_) if reference.is_without_host() => {}
            RegistryKind::EcrPublic => {
                return Err(Problem::new(format!(
                    "{text:?} is in the public gallery of ECR; versions are looked up in private repositories only"
                ))
                .hint("Give the whole reference as the input image"));
            }
            RegistryKind::Other(host) => {
                return Err(Problem::new(format!(
                    "{text:?} is in the registry {host}; versions are looked up in Amazon ECR only"
                ))
                .hint(
                    "Give the whole reference as the input image; if this is the name of an ECR repository, give its full URI",
                ));
            }
        }
        Ok(Self { reference })
    }
}

impl fmt::Display for RepositoryReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const URI: &str = "444455556666.dkr.ecr.us-west-2.amazonaws.com/team/web1";

    fn repository(text: &str) -> RepositoryReference {
        text.parse().expect("the repository is legal")
    }

    fn image_in_the_services_registry(text: &str) -> String {
        let account = "111122223333".parse().expect("an account id");
        let region = "eu-central-1".parse().expect("a Region");
        repository(text).in_registry_of(&account, &region).to_string()
    }

    #[test]
    fn a_name_is_in_the_registry_of_the_service() {
        assert_eq!(repository("team/web1").registry(), None);
        assert_eq!(
            image_in_the_services_registry("team/web1"),
            "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/web1"
        );
    }

    #[test]
    fn a_full_uri_keeps_its_own_account_and_region() {
        let registry = repository(URI).registry().expect("a registry");
        assert_eq!(registry.account().as_str(), "444455556666");
        assert_eq!(registry.region().as_str(), "us-west-2");
        assert_eq!(repository(URI).name(), "team/web1");
        assert_eq!(image_in_the_services_registry(URI), URI);
    }

    #[test]
    fn what_is_no_private_ecr_repository_is_refused_with_the_way_out() {
        let digest = format!("{URI}@sha256:{}", "a".repeat(64));
        let tag = format!("{URI}:1.4.2");
        for (text, part, hint) in [
            ("", "is not a repository", "lower-case"),
            ("w", "at least 2 characters", ""),
            ("Team/web1", "is not a repository", "lower-case"),
            ("web1:1.4.2", "is an image, not a repository", "the tag as the input version"),
            (tag.as_str(), "is an image, not a repository", "as the input image"),
            (digest.as_str(), "is an image, not a repository", "as the input image"),
            ("public.ecr.aws/nginx/nginx", "public gallery", "as the input image"),
            ("ghcr.io/org/web1", "in the registry ghcr.io", "as the input image"),
            ("my.app/web1", "in the registry my.app", "give its full URI"),
            ("https://444455556666.dkr.ecr.us-west-2.amazonaws.com/web1", "not a host", "scheme"),
        ] {
            let problem = text.parse::<RepositoryReference>().expect_err("no repository");
            assert!(problem.message.contains(part), "{text}: {problem}");
            assert!(problem.hint.unwrap_or_default().contains(hint), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_repository_that_displays_as_given_or_a_problem(
            text in r".*|[a-z0-9.:/_-]{0,20}",
        ) {
            if let Ok(repository) = text.parse::<RepositoryReference>() {
                prop_assert_eq!(repository.to_string(), text);
            }
        }
    }
}
