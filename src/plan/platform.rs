//! Whether the images can run where the task runs.

use super::images::{Image, Images};
use crate::image::{Fit, Required, fit};
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::task_definition::TaskDefinition;

/// Gives notices where that could not be checked, or does not matter to the user.
///
/// # Errors
/// The images that are for another platform.
pub(super) fn check<T>(
    request: &AppRequest<T>,
    definition: &TaskDefinition,
    runs_on_fargate: bool,
    images: &Images,
) -> Result<Vec<Problem>, Vec<Problem>> {
    let on_fargate = runs_on_fargate || definition.is_for_fargate_alone();
    let required = Required::by_task(definition.runtime_platform(), on_fargate);
    let (mut notices, mut problems) = (Vec::new(), Vec::new());
    for chosen in images.iter().filter(|it| !it.image.has_run_here) {
        match check_image(request, &required, &chosen.image) {
            Ok(notice) => notices.extend(notice),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(notices) } else { Err(problems) }
}

fn check_image<T>(
    request: &AppRequest<T>,
    required: &Required,
    image: &Image,
) -> Result<Option<Problem>, Problem> {
    let fit = match &image.platforms {
        Ok(platforms) => fit(required, platforms),
        Err(why) => Fit::Unknown(why.clone()),
    };
    let image = &image.reference;
    match fit {
        Fit::Fits => Ok(None),
        Fit::Unknown(why) => {
            Ok(Some(Problem::new(format!("the platform of {image} could not be checked: {why}"))))
        }
        Fit::Mismatch { wanted, has } => {
            let has = has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let problem = Problem::new(format!(
                "the image {image} is built for {has}, but the task runs on {wanted}"
            ));
            if !request.platform_check {
                return Ok(Some(problem));
            }
            Err(problem.hint(format!(
                "Build it for {wanted} (docker build --platform), or set runtimePlatform in the task definition; \
                 `platform-check: false` deploys it anyway."
            )))
        }
    }
}
