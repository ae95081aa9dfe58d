//! The definition that is wanted: the images, and what the request merges into their
//! containers, with what is known of each image in its values. What else there is to say of
//! such values.

use super::images::{Image, Images};
use super::state::CurrentState;
use crate::problem::Problem;
use crate::request::{AppRequest, Assignment};
use crate::task_definition::{Patch, TaskDefinition};
use crate::version::{Placeholder, fill};

pub(super) const VARIABLES: &str = "environment-variables";
pub(super) const LABELS: &str = "docker-labels";

/// # Errors
/// A value takes what is not known of the image; where that comes back, it is left out.
pub(super) fn patch(request: &AppRequest, state: &CurrentState) -> Result<TaskDefinition, Problem> {
    patched(request, &state.base.definition, &state.images, state.rollback_source.is_some())
}

/// The same of any definition.
pub(super) fn patched<T>(
    request: &AppRequest<T>,
    base: &TaskDefinition,
    images: &Images,
    comes_back: bool,
) -> Result<TaskDefinition, Problem> {
    let merged = |input, assignments: &[Assignment], image| -> Result<Vec<Assignment>, Problem> {
        let filled = assignments.iter().map(|it| filled(input, it, image));
        if comes_back { Ok(filled.flatten().collect()) } else { filled.collect() }
    };
    images.iter().try_fold(base.clone(), |definition, chosen| {
        definition.patch(&Patch {
            images: chosen.references(),
            environment: merged(VARIABLES, &request.environment, &chosen.image)?,
            labels: merged(LABELS, &request.labels, &chosen.image)?,
            secrets: request.secrets.clone(),
        })
    })
}

/// `assignment` with what is known of `image` in its value.
fn filled(input: &str, assignment: &Assignment, image: &Image) -> Result<Assignment, Problem> {
    let value = fill(&assignment.value, |placeholder| {
        image.known(placeholder).map_err(|(why, hint)| {
            let (name, placeholder) = (&assignment.name, placeholder.as_str());
            let message = format!("`{name}` in `{input}` uses {placeholder}, but {why}");
            Problem::new(message).hint(hint)
        })
    })?;
    Ok(Assignment { name: assignment.name.clone(), value })
}

/// What a rollback does without: it comes first.
pub(super) fn left_out(request: &AppRequest, state: &CurrentState) -> Vec<Problem> {
    if state.rollback_source.is_none() {
        return Vec::new();
    }
    let given = [(VARIABLES, &request.environment), (LABELS, &request.labels)];
    let given = given.into_iter().flat_map(|(input, all)| all.iter().map(move |it| (input, it)));
    let unknown = given.flat_map(|(input, it)| {
        let of_each = state.images.iter();
        of_each.filter_map(move |chosen| filled(input, it, &chosen.image).err())
    });
    let told = |it: Problem| Problem::new(format!("{}: the value is not changed", it.message));
    unknown.map(told).collect()
}

/// Values that were probably meant to take something.
pub(super) fn almost_taken<T>(request: &AppRequest<T>) -> Vec<Problem> {
    let given = [(VARIABLES, &request.environment), (LABELS, &request.labels)];
    let given = given.into_iter().flat_map(|(input, all)| all.iter().map(move |it| (input, it)));
    let almost = given.filter_map(|(input, Assignment { name, value })| {
        let meant = Placeholder::almost_in(value)?.as_str();
        let message =
            format!("the value of `{name}` in `{input}` has something like {meant} in it, which is taken literally");
        Some(Problem::new(message).hint(format!("Did you mean {meant}?")))
    });
    almost.collect()
}
