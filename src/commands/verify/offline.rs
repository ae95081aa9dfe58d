//! What can be said of a task definition file without asking anybody: where deciding comes
//! about, it says it all.

use crate::codedeploy::app_spec::AppSpec;
use crate::image::ImageReference;
use crate::read::checkout::Checkout;
use crate::report::AppReport;
use crate::request::AppRequest;
use crate::task_definition::Patch;

/// Used in place of the image that could not be looked up.
const SOME_IMAGE: &str = "registry.invalid/image:tag";

/// The files that the request names. Where nobody `else_judges` what the inputs name, that is
/// said here.
pub(super) fn check(
    app: &AppRequest,
    checkout: &Checkout,
    else_judges: bool,
    report: &mut AppReport,
) {
    check_file(app, checkout, else_judges, report);
    warn_of_app_spec(checkout, report);
}

/// The file as it would be without knowing the image.
fn check_file(app: &AppRequest, checkout: &Checkout, else_judges: bool, report: &mut AppReport) {
    let Some(definition) = &checkout.task_definition else { return };
    // The containers that get the image may hold a placeholder until then.
    let all = || definition.containers();
    let names: Vec<_> = match app.containers.as_slice() {
        [] if all().count() == 1 => all().filter_map(|it| it.name.parse().ok()).collect(),
        [] => all()
            .filter(|it| it.image.is_none_or(|image| !is_whole(image)))
            .filter_map(|it| it.name.parse().ok())
            .collect(),
        named => {
            let further = app.further_images.iter().map(|(name, _)| name);
            named.iter().chain(further).cloned().collect()
        }
    };
    let patched = definition.patch(&Patch {
        images: names.into_iter().map(|name| (name, SOME_IMAGE.to_owned())).collect(),
        environment: app.environment.clone(),
        labels: app.labels.clone(),
        secrets: app.secrets.clone(),
    });
    match patched {
        Ok(patched) => {
            if !else_judges {
                report.failure.findings.extend(patched.check_bytes().err());
            }
            let checked = patched.check();
            report.failure.findings.extend(checked.errors);
            report.warnings.extend(checked.warnings);
        }
        Err(problem) if !else_judges => report.failure.findings.push(problem),
        Err(_) => {}
    }
}

/// What the AppSpec has that a deployment to ECS has not.
pub(super) fn warn_of_app_spec(checkout: &Checkout, report: &mut AppReport) {
    report.warnings.extend(checkout.app_spec.iter().flat_map(AppSpec::warnings));
}

/// Whether it is said which image this is. A reference without a tag may be the app's,
/// which gets one.
fn is_whole(image: &str) -> bool {
    let reference = image.parse::<ImageReference>();
    reference.is_ok_and(|it| it.tag().is_some() || it.digest().is_some())
}
