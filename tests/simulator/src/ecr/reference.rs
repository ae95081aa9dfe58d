//! Image references as a task definition writes them, and what ECS finds
//! behind them.

use crate::ecr::image::{Manifest, Runs};
use crate::ecr::registry::{Place, Registry};

/// The `image` of a container definition that points into ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) place: Place,
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<String>,
}

impl Reference {
    /// `None` for an image of any other registry.
    pub(crate) fn parse(image: &str) -> Option<Self> {
        let (host, path) = image.split_once('/')?;
        let (account, rest) = host.split_once(".dkr.ecr.")?;
        let region = rest.split('.').next()?;
        let (name, digest) = match path.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (path, None),
        };
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (name, None),
        };
        Some(Self { place: Place::new(account, region, repository), tag, digest })
    }

    /// What a pull finds: a digest wins over a tag, nothing means `latest`, and
    /// an archived image is as good as none.
    pub(crate) fn pull<'a>(&self, registry: &'a Registry) -> Option<&'a Manifest> {
        let repository = registry.repository(&self.place)?;
        let digest = match &self.digest {
            Some(digest) => digest.as_str(),
            None => repository.resolve(self.tag.as_deref().unwrap_or("latest"))?,
        };
        let image = repository.find(digest)?;
        image.archived.is_none().then_some(&image.manifest)
    }
}

/// Whether an image starts on a platform such as `("linux", "amd64")`.
pub(crate) fn fits(manifest: &Manifest, os: &str, architecture: &str) -> Fit {
    match &manifest.runs {
        Runs::Only(it) if it.os == os && it.architecture == architecture => Fit::Runs,
        Runs::Only(_) => Fit::WrongFormat,
        Runs::On(all) if all.iter().any(|it| it.os == os && it.architecture == architecture) => {
            Fit::Runs
        }
        Runs::On(_) | Runs::Nothing => Fit::NotListed,
    }
}

/// What becomes of an image on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Runs,
    /// It is pulled, and the kernel cannot execute it.
    WrongFormat,
    /// The pull finds no entry for the platform.
    NotListed,
}
