//! Variables and labels that nothing fills in, and that name the version before.

use super::comparison::Comparison;
use super::filling::{LABELS, VARIABLES};
use super::images::ChosenImage;
use super::state::CurrentState;
use crate::image::ImageReference;
use crate::problem::Problem;
use crate::request::{AppRequest, Assignment};
use crate::task_definition::{Named, TaskDefinition};
use crate::version::{ImageTag, VersionName};

/// A shorter one may be any word or number.
const SHORTEST_NAME: usize = 5;

/// Names them all, and no value.
pub(super) fn notice(wanted: &Comparison<'_>) -> Option<Problem> {
    let Comparison { request, state, patched, .. } = wanted;
    let mut left = Vec::new();
    for chosen in state.images.iter() {
        for container in &chosen.containers {
            let before = names_before(request, state, chosen, container.as_str());
            let is_one = |value: &str| before.iter().any(|it| it == value);
            for named in patched.with_values(container.as_str(), is_one) {
                let is_given = |all: &[Assignment], name| all.iter().any(|it| it.name == name);
                left.extend(match named {
                    Named::Variable(name) => (!is_given(&request.environment, name))
                        .then(|| format!("{name} of {container}")),
                    Named::Label(name) => (!is_given(&request.labels, name))
                        .then(|| format!("the label {name} of {container}")),
                });
            }
        }
    }
    (!left.is_empty()).then(|| {
        let message = format!("these still name the version before: {}", left.join(", "));
        Problem::new(message).hint(format!(
            "With `NAME={{version}}` in `{VARIABLES}` or `{LABELS}` they follow the image."
        ))
    })
}

/// What the version of a container was called, unless the new one is called so.
fn names_before(
    request: &AppRequest,
    state: &CurrentState,
    chosen: &ChosenImage,
    container: &str,
) -> Vec<String> {
    let tag_in = |definition: &TaskDefinition| {
        let image = definition.containers().find(|it| it.name == container)?.image?;
        image.parse::<ImageReference>().ok()?.tag().cloned()
    };
    let names = |tag: &ImageTag| {
        let name = state.package_name.as_deref();
        let version = VersionName::of(tag, request.wanted.tag_template(), name).to_string();
        [tag.to_string(), format!("v{version}"), version]
    };
    let image = &chosen.image;
    let new: Vec<String> = image.tag.iter().chain(&image.ran_as).flat_map(names).collect();
    let before = [&state.running, &state.base.definition].into_iter().filter_map(tag_in);
    let is_telling =
        |name: &String| name.len() >= SHORTEST_NAME && name.contains(|c: char| c.is_ascii_digit());
    let before = before.flat_map(|tag| names(&tag)).filter(is_telling);
    before.filter(|it| !new.contains(it)).collect()
}
