//! From a version to the one image in ECR that it names, or to why there is none.
//!
//! "Not found" is said only where ECR said so about this tag: a missing
//! repository, a missing permission and an archived image are each their own
//! answer.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::aws::{Cause, Clients, FoundImage, ImageDetail, ImageId};
use crate::checkout::Checkout;
use crate::decide::{Fact, Image};
use crate::image::{Digest, EcrRepository, ImageConfig, ImageReference, Manifest, Platform};
use crate::names::Region;
use crate::problem::Problem;
use crate::request::{AppRequest, Wanted};
use crate::version::{ImageTag, TagTemplate, VersionInput, nearest, version_in_tag};

/// The blob store may be out of reach from where the runner stands; the
/// platform is then not proved, which is a notice and worth no more than this.
const BLOB_WITHIN: Duration = Duration::from_secs(3);
/// How many pages of 1,000 images are searched for what may have been meant.
const PAGES: usize = 5;
/// How many tags are shown of each kind.
const SHOWN: usize = 5;

/// What to look for.
#[derive(Debug)]
pub(super) struct Sought {
    ids: Vec<ImageId>,
    what: What,
    template: Option<TagTemplate>,
    name: Option<String>,
}

#[derive(Debug)]
enum What {
    /// One of these tags, most wanted first.
    Tags(Vec<ImageTag>),
    /// Whatever version carries the tag `latest`.
    Latest,
    /// This very reference.
    Reference(ImageReference),
}

impl Sought {
    pub(super) fn new(request: &AppRequest, checkout: &Checkout) -> Result<Self, Problem> {
        let (version, template) = match &request.wanted {
            Wanted::Image(reference) => return Self::reference(reference),
            Wanted::Version { version, tag_template, .. } => (version, tag_template),
        };
        let package = checkout.package.as_ref();
        let needs_name = template.as_ref().is_some_and(TagTemplate::needs_name);
        let name = match package {
            Some(package) if needs_name => Some(package.short_name()?.to_owned()),
            Some(_) | None => None,
        };
        let (tags, what) = match (version, package) {
            (Some(VersionInput::Latest), _) => (vec![ImageTag::latest()], What::Latest),
            (Some(version), _) => {
                let tags = version.candidates(template.as_ref(), name.as_deref())?;
                (tags.clone(), What::Tags(tags))
            }
            (None, Some(package)) => {
                let tags = package.candidates(template.as_ref())?;
                (tags.clone(), What::Tags(tags))
            }
            (None, None) => {
                return Err(Problem::new("no version was given and no package.json was read")
                    .hint("Give the version in `version`, or name a package.json in `package`."));
            }
        };
        let ids = tags.into_iter().map(ImageId::Tag).collect();
        Ok(Self { ids, what, template: template.clone(), name })
    }

    fn reference(reference: &ImageReference) -> Result<Self, Problem> {
        let id = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => ImageId::Digest(digest.clone()),
            (None, Some(tag)) => ImageId::Tag(tag.clone()),
            (None, None) => {
                return Err(Problem::new(format!("{reference} names neither a tag nor a digest"))
                    .hint("Give `image` with a tag or a digest, as the step that built it prints it."));
            }
        };
        Ok(Self { ids: vec![id], what: What::Reference(reference.clone()), template: None, name: None })
    }

    fn version_of(&self, tag: &ImageTag) -> Option<semver::Version> {
        match &self.template {
            Some(template) => template.version_of(tag, self.name.as_deref()),
            None => version_in_tag(tag),
        }
    }

    fn version_name(&self, tag: &ImageTag) -> String {
        self.version_of(tag).map_or_else(|| tag.to_string(), |version| version.to_string())
    }
}

/// What ECR holds under the ids.
#[derive(Debug)]
pub(super) struct Looked {
    region: Region,
    repository: EcrRepository,
    image: FoundImage,
    manifest: Manifest,
}

/// What ECR says of the image's digest.
#[derive(Debug)]
pub(super) struct Details {
    detail: Fact<ImageDetail>,
    platforms: Result<Vec<Platform>, String>,
}

/// Asks for all candidates in one call.
pub(super) async fn look(
    clients: &Clients,
    service_region: &Region,
    repository: &EcrRepository,
    sought: &Sought,
) -> Result<Looked, Problem> {
    let region = repository.region().unwrap_or(service_region).clone();
    let ecr = clients.ecr(&region);
    let on = format!("the ECR repository {} ({region})", repository.name());
    let found = ecr.images(repository, &sought.ids).await.map_err(|error| match error.cause {
        Cause::Refused if error.is("RepositoryNotFoundException") => {
            Problem::new(format!("there is no ECR repository {} in {}", repository.name(), place(repository, &region)))
                .hint("Check `repository` (and the account and Region in it, if it is a URI).")
        }
        Cause::Refused | Cause::Denied | Cause::Credentials | Cause::Throttled | Cause::Unclear => error.problem(&on),
    })?;
    // In the order of the candidates, not of the answer.
    let mut found: Vec<FoundImage> = sought
        .ids
        .iter()
        .filter_map(|id| {
            found.iter().find(|image| match id {
                ImageId::Tag(tag) => image.tag.as_ref() == Some(tag),
                ImageId::Digest(digest) => image.digest == *digest,
            })
        })
        .cloned()
        .collect();
    if found.is_empty() {
        return Err(missing(clients, &region, repository, sought).await);
    }
    let image = found.remove(0);
    if let Some(other) = found.iter().find(|other| other.digest != image.digest) {
        let name = |image: &FoundImage| image.tag.as_ref().map(ToString::to_string).unwrap_or_default();
        return Err(Problem::new(format!(
            "{} and {} in {} are different images ({} and {})",
            name(&image),
            name(other),
            repository.name(),
            image.digest.short(),
            other.digest.short()
        ))
        .hint("Say which one a version means with `tag-template`, for example v{version}."));
    }
    let manifest = Manifest::read(image.media_type.as_deref(), &image.manifest);
    if let Manifest::NotAnImage { why } = &manifest {
        return Err(Problem::new(format!(
            "{} in {} is not a container image: {why}",
            name_of(&sought.ids[0]),
            repository.name()
        )));
    }
    Ok(Looked { region, repository: repository.clone(), image, manifest })
}

impl Looked {
    /// Status and tags of the digest beside the platform of a single manifest.
    pub(super) async fn details(&self, clients: &Clients) -> Details {
        let ecr = clients.ecr(&self.region);
        let id = ImageId::Digest(self.image.digest.clone());
        let detail = async {
            match ecr.detail(&self.repository, &id).await {
                Ok(Some(detail)) => Fact::Known(detail),
                Ok(None) => Fact::Absent,
                Err(error) if error.cause == Cause::Denied => Fact::Denied(error.action),
                Err(_) => Fact::Absent,
            }
        };
        let platforms = async {
            match &self.manifest {
                Manifest::Index(platforms) => Ok(platforms.clone()),
                Manifest::Single { config } => {
                    match tokio::time::timeout(BLOB_WITHIN, self.config(clients, config)).await {
                        Ok(platform) => platform.map(|platform| vec![platform]),
                        Err(_) => Err("the blob store of ECR did not answer within 3 s".to_owned()),
                    }
                }
                Manifest::NotAnImage { why } => Err(why.clone()),
            }
        };
        let (detail, platforms) = tokio::join!(detail, platforms);
        Details { detail, platforms }
    }

    async fn config(&self, clients: &Clients, config: &Digest) -> Result<Platform, String> {
        let ecr = clients.ecr(&self.region);
        let address = ecr.blob_address(&self.repository, config).await.map_err(|error| match error.cause {
            Cause::Denied => format!("{} is not allowed", error.action),
            Cause::Credentials | Cause::Throttled | Cause::Refused | Cause::Unclear => error.to_string(),
        })?;
        let bytes = ecr.download(&address).await.map_err(|problem| problem.message)?;
        ImageConfig::platform(&bytes).map_err(|problem| problem.message)
    }

    /// The image as it goes into the plan; `repository` spells its registry.
    pub(super) fn settle(
        self,
        repository: &EcrRepository,
        sought: &Sought,
        details: Details,
    ) -> Result<Image, Problem> {
        let mut warnings = Vec::new();
        let mut notices = Vec::new();
        match &details.detail {
            Fact::Known(detail) if !detail.can_be_pulled() => {
                return Err(archived(&name_of(&sought.ids[0]), repository, detail));
            }
            Fact::Denied(permission) => notices.push(Problem::new(format!(
                "whether the image is archived could not be checked: {permission} is not allowed"
            ))),
            Fact::Known(_) | Fact::Absent => {}
        }
        let tag = match &sought.what {
            What::Latest => Some(self.latest(sought, &details.detail, &mut warnings)?),
            What::Tags(_) => self.image.tag.clone(),
            What::Reference(reference) if reference.digest().is_some() => None,
            What::Reference(reference) => reference.tag().cloned(),
        };
        let (reference, version) = match (&sought.what, &tag) {
            (What::Reference(reference), Some(tag)) => (reference.clone(), Some(sought.version_name(tag))),
            (What::Reference(reference), None) => {
                let version = details.detail.known().and_then(|detail| only_version(sought, &detail.tags));
                (reference.with_digest(&self.image.digest), version)
            }
            (_, Some(tag)) => (repository.reference(tag), Some(sought.version_name(tag))),
            (_, None) => (repository.reference_by_digest(&self.image.digest), None),
        };
        Ok(Image {
            reference,
            digest: self.image.digest,
            tag,
            version,
            platforms: details.platforms,
            warnings,
            notices,
        })
    }

    /// The version tag on the image that `latest` names.
    fn latest(
        &self,
        sought: &Sought,
        detail: &Fact<ImageDetail>,
        warnings: &mut Vec<Problem>,
    ) -> Result<ImageTag, Problem> {
        let repository = self.repository.name();
        let tags = detail.known().map(|detail| detail.tags.as_slice()).unwrap_or_default();
        let versions: BTreeSet<semver::Version> = tags.iter().filter_map(|tag| sought.version_of(tag)).collect();
        if versions.len() > 1 {
            let list = versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Problem::new(format!("latest in {repository} carries several versions: {list}"))
                .hint("Name one of them in `version`."));
        }
        if let Some(tag) = tags.iter().find(|tag| sought.version_of(tag).is_some()) {
            return Ok(tag.clone());
        }
        let why = match detail {
            Fact::Denied(permission) => format!("its other tags can't be read: {permission} is not allowed"),
            Fact::Known(_) | Fact::Absent => "no version tag is on the same image".to_owned(),
        };
        warnings.push(
            Problem::new(format!("latest in {repository} is deployed as latest: {why}"))
                .hint("A tag that moves can't be told from its earlier self; push a version tag beside it."),
        );
        Ok(ImageTag::latest())
    }
}

fn only_version(sought: &Sought, tags: &[ImageTag]) -> Option<String> {
    let versions: BTreeSet<semver::Version> = tags.iter().filter_map(|tag| sought.version_of(tag)).collect();
    match versions.len() {
        1 => versions.first().map(ToString::to_string),
        _ => None,
    }
}

/// Nothing was found: say what was looked for and what there is instead.
async fn missing(clients: &Clients, region: &Region, repository: &EcrRepository, sought: &Sought) -> Problem {
    let wanted: Vec<ImageTag> = sought
        .ids
        .iter()
        .filter_map(|id| match id {
            ImageId::Tag(tag) => Some(tag.clone()),
            ImageId::Digest(_) => None,
        })
        .collect();
    let looked_for = sought.ids.iter().map(name_of).collect::<Vec<_>>().join(" or ");
    let problem = Problem::new(format!(
        "there is no image {looked_for} in the ECR repository {} ({})",
        repository.name(),
        place(repository, region)
    ));
    let (all, cut) = match clients.ecr(region).tagged(repository, PAGES).await {
        Ok(found) => found,
        Err(error) if error.cause == Cause::Denied => {
            return problem.hint(format!("Allow {} to see which tags there are.", error.action));
        }
        Err(_) => return problem,
    };
    let archived_one = all.iter().find(|image| !image.can_be_pulled() && image.tags.iter().any(|tag| wanted.contains(tag)));
    if let Some(image) = archived_one {
        return archived(&looked_for, repository, image);
    }
    problem.hint(candidates(&wanted, all, cut))
}

fn candidates(wanted: &[ImageTag], mut all: Vec<ImageDetail>, cut: bool) -> String {
    all.retain(ImageDetail::can_be_pulled);
    all.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let newest: Vec<ImageTag> = all.iter().filter_map(|image| image.tags.first().cloned()).take(SHOWN).collect();
    if newest.is_empty() {
        return "The repository has no tagged image. Build and push the image before this step.".to_owned();
    }
    let tags: Vec<ImageTag> = all.into_iter().flat_map(|image| image.tags).collect();
    let near = nearest(wanted, &tags, SHOWN);
    let list = |tags: &mut dyn Iterator<Item = &ImageTag>| tags.map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut hint = String::new();
    if !near.is_empty() {
        hint.push_str(&format!("Nearest: {}. ", list(&mut near.into_iter())));
    }
    hint.push_str(&format!("Newest: {}.", list(&mut newest.iter())));
    if cut {
        hint.push_str(&format!(" Only the first {} images were searched.", PAGES * 1_000));
    }
    hint
}

fn archived(name: &str, repository: &EcrRepository, detail: &ImageDetail) -> Problem {
    let status = detail.status.as_deref().unwrap_or("ARCHIVED");
    Problem::new(format!("the image {name} in {} is {status} and can't be pulled", repository.name())).hint(format!(
        "Restore it first: aws ecr update-image-storage-class --repository-name {} --image-id imageDigest={} \
         --target-storage-class STANDARD",
        repository.name(),
        detail.digest
    ))
}

fn place(repository: &EcrRepository, region: &Region) -> String {
    match repository.account() {
        Some(account) => format!("account {account}, {region}"),
        None => region.to_string(),
    }
}

fn name_of(id: &ImageId) -> String {
    match id {
        ImageId::Tag(tag) => tag.to_string(),
        ImageId::Digest(digest) => digest.to_string(),
    }
}
