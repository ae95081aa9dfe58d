//! The input `keep-tag`.

use super::reader::Reader;
use crate::names::ServiceName;
use crate::problem::Problem;
use crate::request::{AppRequest, Command};
use crate::version::{KeepNames, KeepTag, TagTemplate};

/// The tags of a service; `{name}` is its app, without one the service itself.
pub(super) fn keep_tag(
    inputs: &mut Reader<'_>,
    service: Option<&ServiceName>,
    versions: Option<&TagTemplate>,
) -> Option<KeepTag> {
    let settings = inputs.settings();
    let chosen = inputs.is_set("environment").then(|| inputs.trimmed("environment")).flatten();
    let environment = settings.and_then(|it| it.environment).map(|it| it.as_str()).or(chosen);
    let service = service.map_or("service", ServiceName::as_str);
    let name = settings.map_or(service, |it| it.app.name.as_str());
    let names = KeepNames { name, service, environment };
    inputs.with("keep-tag", |text| KeepTag::new(text, names, versions))
}

/// One tag is on one image: two services would take it from each other.
pub(super) fn refuse_one_tag_of_two(
    inputs: &mut Reader<'_>,
    command: Command,
    apps: &[AppRequest],
) {
    if !matches!(command, Command::Deploy | Command::Rollback) {
        return;
    }
    for (at, app) in apps.iter().enumerate() {
        let Some(tags) = &app.keep_tag else { continue };
        let is_other = |it: &&AppRequest| {
            it.keep_tag.as_ref().is_some_and(|other| other.running == tags.running)
        };
        if let Some(other) = apps.iter().skip(at + 1).find(is_other) {
            let (first, second) = (&app.target.service, &other.target.service);
            let message =
                format!("`keep-tag` gives {first} and {second} the same tag: {}", tags.running);
            inputs.note(Problem::new(message).hint("add {service} or {name} to it"));
            return;
        }
    }
}
