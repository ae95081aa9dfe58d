//! Whether the image can run where the task runs.

use super::state::CurrentState;
use crate::image::{Fit, Required, fit};
use crate::problem::Problem;
use crate::request::AppRequest;

/// Gives a notice where that could not be checked, or does not matter to the user.
///
/// # Errors
/// The image is for another platform.
pub(super) fn check(
    request: &AppRequest,
    state: &CurrentState,
) -> Result<Option<Problem>, Problem> {
    if state.image.has_run_here {
        return Ok(None);
    }
    let definition = &state.base.definition;
    let on_fargate = state.service.is_on_fargate || definition.is_for_fargate_alone();
    let required = Required::by_task(definition.runtime_platform(), on_fargate);
    let image = &state.image.reference;
    let fit = match &state.image.platforms {
        Ok(platforms) => fit(&required, platforms),
        Err(why) => Fit::Unknown(why.clone()),
    };
    match fit {
        Fit::Fits => Ok(None),
        Fit::Unknown(why) => {
            Ok(Some(Problem::new(format!("the platform of {image} could not be checked: {why}"))))
        }
        Fit::Mismatch { wanted, has } => {
            let has = has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let problem = Problem::new(format!(
                "the image {image} holds {has}, and the task runs on {wanted}"
            ));
            if !request.platform_check {
                return Ok(Some(problem));
            }
            Err(problem.hint(format!(
                "Build it for {wanted} (docker build --platform), or set runtimePlatform in the task definition; \
                 `platform-check: false` deploys it all the same."
            )))
        }
    }
}
