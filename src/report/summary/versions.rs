//! The table of versions.

use crate::ecs::TaskDefinitionArn;
use crate::names::ContainerName;
use crate::plan::VersionInfo;
use crate::report::app::AppReport;
use crate::report::markdown::{Document, Inline};
use crate::report::outcome::Outcome;

/// What ran, what was asked for and, where the two don't say it, what runs now.
pub(super) fn versions(page: &mut Document, app: &AppReport) {
    let (from, to, running) =
        (app.versions.from.as_ref(), app.versions.to.as_ref(), app.versions.running.as_ref());
    let columns = match app.outcome {
        Outcome::Unchanged => vec![("now", running.or(to))],
        Outcome::Planned
        | Outcome::Blocked
        | Outcome::Held
        | Outcome::Refused
        | Outcome::Verified
        | Outcome::Unverified => {
            vec![("now", from), ("then", to)]
        }
        // No service was touched.
        Outcome::Ran => vec![("now", from), ("of the task", to)],
        Outcome::Deployed | Outcome::RolledBack | Outcome::Registered => {
            vec![("before", from), ("now", running.or(to))]
        }
        Outcome::Listed | Outcome::Mixed => Vec::new(),
        // The rollout goes on: what runs is changing, or not known.
        Outcome::Started | Outcome::Cancelled | Outcome::TimedOut | Outcome::Unknown => {
            vec![("before", from), ("asked for", to)]
        }
        Outcome::Undone
        | Outcome::Superseded
        | Outcome::Failed
        | Outcome::UndoFailed
        | Outcome::Reached => {
            vec![("before", from), ("asked for", to), ("now", running)]
        }
    };
    let columns: Vec<(&str, &VersionInfo)> =
        columns.into_iter().filter_map(|(title, side)| Some((title, side?))).collect();
    if columns.is_empty() {
        return;
    }
    // Without a service there is nothing that would be registered.
    let is_plan = matches!(app.outcome, Outcome::Planned | Outcome::Verified) && from.is_some();
    let all = columns.iter().flat_map(|(_, side)| side.all());
    let registry = registry_of_all(all.filter_map(|side| side.image.as_deref()));
    let image = |side: &VersionInfo| Some(side.image.as_ref()?[registry.len()..].to_owned());
    let digest = |side: &VersionInfo| Some(side.digest.as_ref()?.short().to_owned());
    let of_others = other_containers(&columns).into_iter().flat_map(|container| {
        [
            row(&format!("digest of {container}"), &columns, |side| digest(side.of(container)?)),
            row(&format!("image of {container}"), &columns, |side| image(side.of(container)?)),
        ]
    });
    let rows: Vec<Vec<Inline>> = [
        row("version", &columns, |side| side.version.as_ref().map(ToString::to_string)),
        row("digest", &columns, digest),
        row("revision", &columns, |side| match &side.task_definition {
            None if is_plan && to == Some(side) => Some("new".to_owned()),
            definition => definition.as_ref().map(TaskDefinitionArn::short),
        }),
        row("image", &columns, image),
    ]
    .into_iter()
    .chain(of_others)
    .flatten()
    .collect();
    if rows.is_empty() {
        return;
    }
    let titles: Vec<Inline> = std::iter::once(Inline::default())
        .chain(columns.iter().map(|(title, _)| Inline::text(title)))
        .collect();
    page.table(&titles, &rows);
}

/// The containers beside the first whose images stand in some column.
fn other_containers<'a>(columns: &[(&str, &'a VersionInfo)]) -> Vec<&'a ContainerName> {
    let others = columns.iter().flat_map(|(_, side)| &side.others);
    let mut names: Vec<&ContainerName> = others.filter_map(|it| it.container.as_ref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// `None` where no column has the value.
fn row(
    name: &str,
    columns: &[(&str, &VersionInfo)],
    value: impl Fn(&VersionInfo) -> Option<String>,
) -> Option<Vec<Inline>> {
    let values: Vec<Option<String>> = columns.iter().map(|(_, side)| value(side)).collect();
    values.iter().any(Option::is_some).then(|| {
        let cells = values.iter().map(|value| Inline::code(value.as_deref().unwrap_or_default()));
        std::iter::once(Inline::text(name)).chain(cells).collect()
    })
}

/// The registry and its slash that all `images` begin with, else nothing: three
/// registries side by side would push the last column off the page.
pub(super) fn registry_of_all<'a>(mut images: impl Iterator<Item = &'a str>) -> &'a str {
    let registry = |image: &'a str| match image.find('/') {
        Some(slash) if image[..slash].contains(['.', ':']) => &image[..=slash],
        _ => "",
    };
    let first = images.next().map_or("", registry);
    if images.all(|image| registry(image) == first) { first } else { "" }
}
