//! What is known of a run for which there is no plan: a refusal sets it, too.

use std::time::Duration;

use tokio::time::timeout;

use super::context::Run;
use crate::image::ImageReference;
use crate::plan::{CurrentState, VersionInfo, choose_all, versions};
use crate::read::checkout::Checkout;
use crate::report::AppReport;
use crate::request::{AppRequest, Wanted};
use crate::task_definition::TaskDefinition;
use crate::version::{VersionInput, VersionName};

/// A refusal does not wait longer to say what runs.
const WITHIN: Duration = Duration::from_secs(2);

/// What is asked for, before anything was looked up.
pub(crate) fn asked_for_by<T>(app: &AppRequest<T>, checkout: &Checkout) -> Option<VersionInfo> {
    let first = (app.containers.first().cloned(), asked_for(&app.wanted, checkout)?);
    let further = app.further_images.iter();
    let further = further.map(|(name, image)| (Some(name.clone()), of_reference(image)));
    Some(VersionInfo::of_containers(std::iter::once(first).chain(further), None))
}

fn of_reference(reference: &ImageReference) -> VersionInfo {
    VersionInfo {
        image: Some(reference.to_string()),
        tag: reference.tag().map(ToString::to_string),
        digest: reference.digest().cloned(),
        ..VersionInfo::default()
    }
}

/// The same of one image.
pub(crate) fn asked_for(wanted: &Wanted, checkout: &Checkout) -> Option<VersionInfo> {
    let version = match wanted {
        Wanted::Version { version: Some(VersionInput::Semver { version, .. }), .. } => {
            Some(VersionName::Semver(version.clone()))
        }
        Wanted::Version { version: Some(version), .. } => {
            Some(VersionName::Other(version.to_string()))
        }
        Wanted::Version { version: None, .. } => {
            checkout.package.as_ref().map(|package| VersionName::Semver(package.version.clone()))
        }
        Wanted::Image(reference) => return Some(of_reference(reference)),
        Wanted::Past { .. } | Wanted::From { .. } => None,
    };
    version.map(|version| VersionInfo { version: Some(version), ..VersionInfo::default() })
}

/// Everything was found; what is decided comes after it.
pub(crate) fn found(report: &mut AppReport, app: &AppRequest, found: &CurrentState) {
    let (from, to) = versions(app, found);
    report.versions.running = found.service.running().map(|_| from.clone());
    (report.versions.from, report.versions.to) = (Some(from), Some(to));
}

/// Something was not found: then what runs has to be read for itself.
pub(crate) async fn not_found(run: &Run<'_>, app: &AppRequest, report: &mut AppReport) {
    report.versions.from = timeout(WITHIN, running(run, app)).await.ok().flatten();
    report.versions.running.clone_from(&report.versions.from);
}

async fn running(run: &Run<'_>, app: &AppRequest) -> Option<VersionInfo> {
    let ecs = run.clients.ecs(&app.target.region);
    let service = ecs.service(&app.target).await.ok()??;
    let arn = service.running()?.task_definition.clone()?;
    let raw = ecs.task_definition(arn.as_str()).await.ok()?;
    let definition = TaskDefinition::from_describe(&raw).ok()?;
    let sides = choose_all(app, &definition, &service.arn.place()).into_iter().map(|choice| {
        let ours = choice.ok()?.containers;
        let is_ours = |name: &str| ours.iter().any(|it| it.as_str() == name);
        let image = definition.containers().find(|it| is_ours(it.name))?.image?;
        let reference: ImageReference = image.parse().ok()?;
        let version =
            reference.tag().map(|tag| VersionName::of(tag, app.wanted.tag_template(), None));
        Some((ours.first().cloned(), VersionInfo { version, ..of_reference(&reference) }))
    });
    Some(VersionInfo::of_containers(sides.collect::<Option<Vec<_>>>()?, Some(arn)))
}
