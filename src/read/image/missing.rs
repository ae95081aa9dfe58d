//! Why there is no image to deploy, and which ones there are instead.
//!
//! Only for words: nothing found here is ever deployed.

use super::tagged::tagged;
use crate::aws::{Cause, Clients, Ecr, ImageDetail, ImageId};
use crate::image::EcrRepository;
use crate::problem::{Problem, ProblemKind};
use crate::version::{ImageTag, KeepTag, nearest};

/// How many pages of 1,000 images are searched for what may have been meant.
const PAGES: usize = 5;
/// How many tags are shown of each kind.
const SHOWN: usize = 5;

/// ECR holds nothing that can be pulled under `ids`: says what was looked for
/// and what there is.
pub(super) async fn missing(
    clients: &Clients,
    repository: &EcrRepository,
    ids: &[ImageId],
    keep: Option<&KeepTag>,
) -> Problem {
    let ecr = clients.ecr(&repository.region);
    let looked_for = ids.iter().map(name_of).collect::<Vec<_>>().join(" or ");
    let message = format!("there is no image {looked_for} in the ECR repository {repository}");
    let problem = Problem::new(message).of_kind(ProblemKind::Blocked);
    if let Some(problem) = archived_by_digest(&ecr, repository, ids).await {
        return problem;
    }
    let (all, cut) = match tagged(&ecr, repository, keep, PAGES).await {
        Ok(found) => found,
        Err(error) if error.cause == Cause::Denied => {
            return problem.hint(format!("Allow {} to see which tags there are.", error.action));
        }
        Err(_) => return problem,
    };
    let wanted: Vec<ImageTag> = ids
        .iter()
        .filter_map(|id| match id {
            ImageId::Tag(tag) => Some(tag.clone()),
            ImageId::Digest(_) => None,
        })
        .collect();
    let archived_one = all.iter().filter(|image| !image.can_be_pulled()).find_map(|image| {
        let tag = wanted.iter().find(|tag| image.tags.contains(tag))?;
        Some(archived(tag.as_str(), repository, image))
    });
    archived_one.unwrap_or_else(|| problem.hint(candidates(&wanted, all, cut)))
}

/// An archived image need not have a tag by which a list would show it.
async fn archived_by_digest(
    ecr: &Ecr,
    repository: &EcrRepository,
    ids: &[ImageId],
) -> Option<Problem> {
    let id = ids.iter().find(|id| matches!(id, ImageId::Digest(_)))?;
    let detail = ecr.detail(repository, id).await.ok().flatten()?;
    (!detail.can_be_pulled()).then(|| archived(&name_of(id), repository, &detail))
}

/// The image is there, and no task can pull it.
pub(super) fn archived(name: &str, repository: &EcrRepository, detail: &ImageDetail) -> Problem {
    let status = detail.status.as_deref().unwrap_or("ARCHIVED");
    let registry =
        repository.account.as_ref().map(|it| format!(" --registry-id {it}")).unwrap_or_default();
    let message =
        format!("the image {name} in {} is {status} and can't be pulled", repository.name);
    Problem::new(message).of_kind(ProblemKind::Blocked).hint(format!(
        "Restore it first: aws ecr update-image-storage-class --region {}{registry} \
         --repository-name {} --image-id imageDigest={} --target-storage-class STANDARD",
        repository.region, repository.name, detail.digest
    ))
}

fn candidates(wanted: &[ImageTag], mut all: Vec<ImageDetail>, cut: bool) -> String {
    all.retain(ImageDetail::can_be_pulled);
    all.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let newest: Vec<ImageTag> =
        all.iter().filter_map(|image| image.tags.first().cloned()).take(SHOWN).collect();
    if newest.is_empty() {
        return "The repository has no tagged image. Build and push the image before this step."
            .to_owned();
    }
    let tags: Vec<ImageTag> = all.into_iter().flat_map(|image| image.tags).collect();
    let near = nearest(wanted, &tags, SHOWN);
    let mut hint = match wanted.is_empty() {
        true => String::new(),
        false => "Use another version, or push this image first. ".to_owned(),
    };
    if wanted.iter().any(|tag| means_previous(tag.as_str())) {
        hint.push_str(
            "To roll back one version, use `command: rollback` with `version: previous`. ",
        );
    }
    if !near.is_empty() {
        hint.push_str(&format!("Nearest: {}. ", list(near)));
    }
    hint.push_str(&format!("Newest: {}.", list(&newest)));
    if cut {
        hint.push_str(&format!(" Only the first {} images were searched.", PAGES * 1_000));
    }
    hint
}

/// What people type who want the version before: it is taken for a tag, as it may be one.
fn means_previous(tag: &str) -> bool {
    let is_a_count = tag.len() == 1 && tag.bytes().all(|byte| byte.is_ascii_digit());
    is_a_count || ["last", "prev", "before"].iter().any(|word| tag.eq_ignore_ascii_case(word))
}

fn list<'a>(tags: impl IntoIterator<Item = &'a ImageTag>) -> String {
    tags.into_iter().map(ImageTag::as_str).collect::<Vec<_>>().join(", ")
}

fn name_of(id: &ImageId) -> String {
    match id {
        ImageId::Tag(tag) => tag.to_string(),
        ImageId::Digest(digest) => digest.to_string(),
    }
}
