//! What a request asks the registry for: tags, most wanted first, or one exact
//! reference.

use crate::aws::ImageId;
use crate::image::{Digest, ImageReference};
use crate::problem::{Location, Problem};
use crate::request::{AppRequest, Wanted};
use crate::version::{
    ImageTag, KeepTag, Package, TagTemplate, VersionInput, VersionName, version_of,
};

#[derive(Debug)]
pub(crate) struct ImageQuery {
    pub(crate) ids: Vec<ImageId>,
    pub(crate) what: What,
    template: Option<TagTemplate>,
    name: Option<String>,
    /// What is on images and is no version.
    pub(super) keep: Option<KeepTag>,
    /// Where the version stands, if it was read from package.json.
    pub(crate) at: Option<Location>,
}

#[derive(Debug)]
pub(crate) enum What {
    /// One of these tags, most wanted first.
    Tags,
    /// Whatever version carries the tag `latest`.
    Latest,
    Reference(ImageReference),
    Promoted(Promoted),
}

/// What another service runs.
#[derive(Debug, Clone)]
pub(crate) struct Promoted {
    pub(crate) digest: Digest,
    /// By which it runs there.
    pub(crate) tag: Option<ImageTag>,
    pub(crate) version: Option<VersionName>,
    /// Which service, and since when.
    pub(crate) how: String,
}

impl ImageQuery {
    pub(crate) fn new(wanted: &Wanted, package: Option<&Package>) -> Result<Self, Problem> {
        let (version, template) = match wanted {
            Wanted::Image(reference) => return Self::reference(reference),
            Wanted::Version { version, tag_template, .. } => (version, tag_template),
            Wanted::From { .. } => {
                return Err(Problem::new("which image another service runs has not been read"));
            }
            Wanted::Past { tag_template, .. } => (&None, tag_template),
        };
        let needs_name = template.as_ref().is_some_and(TagTemplate::needs_name);
        let name = match package {
            Some(package) if needs_name => Some(package.short_name()?.to_owned()),
            Some(_) | None => None,
        };
        let mut at = None;
        let (tags, what) = match (version, package) {
            (Some(VersionInput::Latest), _) => (vec![ImageTag::latest()], What::Latest),
            (Some(version), _) => {
                let tags = version.candidates(template.as_ref(), name.as_deref())?;
                (tags, What::Tags)
            }
            (None, Some(package)) => {
                let tags = package.candidates(template.as_ref())?;
                at = Some(package.version_at());
                (tags, What::Tags)
            }
            (None, None) => {
                return Err(Problem::new("no version was given and no package.json was read")
                    .hint("Give the version in `version`, or name a package.json in `package`."));
            }
        };
        let ids = tags.into_iter().map(ImageId::Tag).collect();
        Ok(Self { ids, what, template: template.clone(), name, keep: None, at })
    }

    /// The image that is asked for of a service.
    pub(crate) fn of<T>(
        request: &AppRequest<T>,
        package: Option<&Package>,
    ) -> Result<Self, Problem> {
        let keep = request.keep_tag.clone();
        Ok(Self { keep, ..Self::new(&request.wanted, package)? })
    }

    /// An image by its full reference.
    pub(crate) fn reference(reference: &ImageReference) -> Result<Self, Problem> {
        let id = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => ImageId::Digest(digest.clone()),
            (None, Some(tag)) => ImageId::Tag(tag.clone()),
            (None, None) => {
                return Err(Problem::new(format!("{reference} has neither a tag nor a digest"))
                    .hint("Give `image` with a tag or a digest, as the build step prints it."));
            }
        };
        Ok(Self {
            ids: vec![id],
            what: What::Reference(reference.clone()),
            template: None,
            name: None,
            keep: None,
            at: None,
        })
    }

    /// What another service runs, by its digest and under the tag that it has there.
    pub(crate) fn promoted(promoted: Promoted, keep: Option<KeepTag>) -> Self {
        let tag = promoted.tag.clone().map(ImageId::Tag);
        let ids = std::iter::once(ImageId::Digest(promoted.digest.clone())).chain(tag).collect();
        Self { ids, what: What::Promoted(promoted), template: None, name: None, keep, at: None }
    }

    /// What is wrong with the image, at the place that asks for it.
    pub(crate) fn located(&self, problem: Problem) -> Problem {
        Problem { location: problem.location.or_else(|| self.at.clone()), ..problem }
    }

    /// What `{name}` stands for.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn version_of(&self, tag: &ImageTag) -> Option<semver::Version> {
        version_of(tag, self.template.as_ref(), self.name.as_deref())
    }

    pub(crate) fn version_name(&self, tag: &ImageTag) -> VersionName {
        VersionName::of(tag, self.template.as_ref(), self.name.as_deref())
    }
}
