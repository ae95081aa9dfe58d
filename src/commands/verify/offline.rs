//! What can be said of a task definition file without asking anybody.

use crate::checkout::Checkout;
use crate::image::ImageReference;
use crate::problem::Problem;
use crate::report::AppReport;
use crate::request::{AppRequest, TaskDefinitionSource};
use crate::service::Service;
use crate::task_definition::{Patch, TaskDefinition};

/// Stands in for the image that nobody could look up.
const SOME_IMAGE: &str = "registry.invalid/image:tag";

/// The file as it would be without knowing the image. Where nobody `else_judges` what
/// the inputs name, that is said here.
pub(super) fn check_file(
    app: &AppRequest,
    checkout: &Checkout,
    else_judges: bool,
    report: &mut AppReport,
) {
    let Some(definition) = &checkout.task_definition else { return };
    // The containers that get the image may hold a placeholder until then.
    let all = || definition.containers();
    let names: Vec<_> = match app.containers.as_slice() {
        [] if all().count() == 1 => all().filter_map(|it| it.name.parse().ok()).collect(),
        [] => all()
            .filter(|it| it.image.is_none_or(|image| !is_whole(image)))
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
        Err(problem) if !else_judges => report.findings.push(problem),
        Err(_) => {}
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

/// Whether the load balancers still find the containers and ports that they send
/// traffic to. ECS refuses the update of the service otherwise ("The container web did
/// not have a container port 80 defined").
pub(super) fn check_served(
    app: &AppRequest,
    service: &Service,
    definition: Option<&TaskDefinition>,
    report: &mut AppReport,
) {
    let is_file = matches!(app.task_definition, TaskDefinitionSource::File(_));
    let Some(definition) = definition.filter(|_| is_file) else { return };
    for (container, port) in &service.served {
        let what = match definition.has_port(container, *port) {
            Some(true) => continue,
            Some(false) => format!("the container {container} has no port {port}"),
            None => format!("there is no container {container}"),
        };
        report.findings.push(
            Problem::new(format!(
                "{what}, and a load balancer of {} sends traffic to {container}:{port}",
                app.target.service
            ))
            .hint("Keep that port mapping in the task definition, or change the service first."),
        );
    }
}

/// Whether it is said which image this is. A reference without a tag may be the app's,
/// which gets one.
fn is_whole(image: &str) -> bool {
    let reference = image.parse::<ImageReference>();
    reference.is_ok_and(|it| it.tag().is_some() || it.digest().is_some())
}
