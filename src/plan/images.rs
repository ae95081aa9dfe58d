//! The images that were asked for, as they lie in ECR, and the containers that get them.

use super::version_info::VersionInfo;
use crate::ecs::TaskDefinitionArn;
use crate::image::{Digest, ImageReference, Platform};
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::version::{ImageTag, Placeholder, VersionName};

/// Why a commit is not known that was not looked up.
pub(crate) const NOT_LOOKED_FOR: &str = "it was not looked up";

/// At least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Images {
    /// The one that gives the version its name.
    pub first: ChosenImage,
    pub others: Vec<ChosenImage>,
}

/// An image and the containers that get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenImage {
    /// Never empty.
    pub containers: Vec<ContainerName>,
    pub image: Image,
}

/// An image that was asked for, as it lies in ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub reference: ImageReference,
    /// What it names now.
    pub digest: Digest,
    /// The images that it lists, where it is an index: ECS may show the one that a task
    /// took of it in its place.
    pub listed: Vec<Digest>,
    /// The tag it was found by; none for a reference by digest.
    pub tag: Option<ImageTag>,
    /// For people and outputs.
    pub version: Option<VersionName>,
    /// The tag by which it ran here, where it comes back without one.
    pub ran_as: Option<ImageTag>,
    /// The commit it was built of, where a value takes that; the text says why it is not known.
    pub commit: Result<String, String>,
    /// The platforms it holds; the text says why they are not known.
    pub platforms: Result<Vec<Platform>, String>,
    /// It has run on this service by the very definition that it comes back with: no
    /// platform is to be proved any more.
    pub has_run_here: bool,
    /// What was odd on the way to it.
    pub warnings: Vec<Problem>,
    /// What could not be looked at.
    pub notices: Vec<Problem>,
}

impl Image {
    /// What stands for a placeholder; or why nothing does, and what to do.
    pub(super) fn known(&self, placeholder: Placeholder) -> Result<String, (String, &'static str)> {
        let no_tag = || {
            let why = format!("{} is deployed by its digest and has none", self.reference);
            (why, "Deploy it by its tag, or take {digest}.")
        };
        match placeholder {
            Placeholder::Version => self.version.as_ref().map(ToString::to_string).ok_or_else(no_tag),
            Placeholder::Tag => {
                self.tag.as_ref().or(self.ran_as.as_ref()).map(ToString::to_string).ok_or_else(no_tag)
            }
            Placeholder::Digest => Ok(self.digest.to_string()),
            Placeholder::Commit => self.commit.clone().map_err(|why| {
                let why = format!("the commit of {} is not known: {why}", self.name());
                (why, "Build the image with that label, as docker/metadata-action does, or take {version}.")
            }),
        }
    }
}

impl Images {
    /// `None` where there is none.
    pub(crate) fn of(images: Vec<ChosenImage>) -> Option<Self> {
        let mut images = images.into_iter();
        Some(Self { first: images.next()?, others: images.collect() })
    }

    /// The only image.
    pub(crate) fn only(containers: Vec<ContainerName>, image: Image) -> Self {
        Self { first: ChosenImage { containers, image }, others: Vec::new() }
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut ChosenImage> {
        std::iter::once(&mut self.first).chain(&mut self.others)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ChosenImage> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// All that get an image.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &ContainerName> {
        self.iter().flat_map(|it| &it.containers)
    }

    /// What the container gets; `None` where it keeps what it has.
    pub(crate) fn of_container(&self, name: &str) -> Option<&Image> {
        self.iter().find(|it| it.is_for(name)).map(|it| &it.image)
    }

    /// The reference that each container gets.
    pub(crate) fn references(&self) -> Vec<(ContainerName, String)> {
        self.iter().flat_map(ChosenImage::references).collect()
    }

    /// What is told of each, as one side.
    pub(crate) fn told(
        &self,
        task_definition: Option<TaskDefinitionArn>,
        of: impl Fn(&ChosenImage) -> VersionInfo,
    ) -> VersionInfo {
        let sides = self.iter().map(|it| (it.containers.first().cloned(), of(it)));
        VersionInfo::of_containers(sides, task_definition)
    }

    /// What was odd on the way to them, each said once.
    pub(crate) fn warnings(&self) -> Vec<Problem> {
        once_each(self.iter().flat_map(|it| &it.image.warnings))
    }

    /// What could not be looked at, each said once.
    pub(crate) fn notices(&self) -> Vec<Problem> {
        once_each(self.iter().flat_map(|it| &it.image.notices))
    }
}

fn once_each<'a>(problems: impl Iterator<Item = &'a Problem>) -> Vec<Problem> {
    let mut all: Vec<Problem> = Vec::new();
    for problem in problems {
        if !all.contains(problem) {
            all.push(problem.clone());
        }
    }
    all
}

impl ChosenImage {
    /// Its reference for each of the containers.
    pub(super) fn references(&self) -> Vec<(ContainerName, String)> {
        let reference = self.image.reference.to_string();
        self.containers.iter().map(|name| (name.clone(), reference.clone())).collect()
    }

    /// Whether the container gets it.
    pub(crate) fn is_for(&self, container: &str) -> bool {
        self.containers.iter().any(|it| it.as_str() == container)
    }
}

impl Image {
    /// Whether what is shown as this digest is the image.
    pub(crate) fn is(&self, digest: &Digest) -> bool {
        self.digest == *digest || self.listed.contains(digest)
    }

    /// Its version, else its reference.
    pub(crate) fn name(&self) -> String {
        let version = self.version.as_ref().map(ToString::to_string);
        version.unwrap_or_else(|| self.reference.to_string())
    }
}
