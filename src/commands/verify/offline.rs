//! What can be said of a task definition file without asking anybody.

use crate::checkout::Checkout;
use crate::report::AppReport;
use crate::request::{AppRequest, TaskDefinitionSource};
use crate::task_definition::{Patch, TaskDefinition};

/// Stands in for the image that nobody could look up.
const SOME_IMAGE: &str = "registry.invalid/image:tag";

/// The file as it would be without knowing the image.
pub(super) fn check_file(app: &AppRequest, checkout: &Checkout, report: &mut AppReport) {
    let Some(definition) = &checkout.task_definition else { return };
    // The containers that get the image may hold a placeholder until then.
    let all = || definition.containers();
    let names: Vec<_> = match app.containers.as_slice() {
        [] if all().count() == 1 => all().filter_map(|it| it.name.parse().ok()).collect(),
        [] => all()
            .filter(|it| it.image.is_none_or(|image| !is_reference(image)))
            .filter_map(|it| it.name.parse().ok())
            .collect(),
        named => named.to_vec(),
    };
    let patched = definition.patch(&Patch {
        images: names.into_iter().map(|name| (name, SOME_IMAGE.to_owned())).collect(),
        environment: app.environment.clone(),
        secrets: app.secrets.clone(),
    });
    match patched {
        Ok(patched) => check_patched(app, &patched, report),
        Err(problem) => report.findings.push(problem),
    }
}

/// The definition as it would be registered. What ECS itself gave it has taken before.
pub(super) fn check_patched(app: &AppRequest, definition: &TaskDefinition, report: &mut AppReport) {
    if !matches!(app.task_definition, TaskDefinitionSource::File(_)) {
        return;
    }
    let checked = definition.check();
    report.findings.extend(checked.errors);
    report.warnings.extend(checked.warnings);
}

fn is_reference(image: &str) -> bool {
    image.parse::<crate::image::ImageReference>().is_ok()
}
