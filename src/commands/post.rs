//! The post step: closes the GitHub Deployment that the main step left open, because
//! it was killed or GitHub did not listen. It says nothing of ECS, of which it knows
//! nothing.

use std::time::Duration;

use tokio::time::timeout;

pub use super::aside::STATE;

use super::aside::NOT_KNOWN;
use crate::effects::Voice;
use crate::github::{CallError, GitHub, State};
use crate::problem::Problem;
use crate::request::Request;

/// So long GitHub is waited for.
const LONGEST: Duration = Duration::from_secs(20);

/// What the deployment's page then says.
const DESCRIPTION: &str = "The step ended before it could say how the deployment ended.";

/// Closes what was `left` open: its id, or a mark that it was just being created.
pub async fn close(request: &Request, github: &GitHub, left: &str, voice: &dyn Voice) {
    let (Some(record), Some(app)) = (&request.record, request.apps.first()) else { return };
    let closing = async {
        let id = match left.parse() {
            Ok(id) => Some(id),
            Err(_) if left == NOT_KNOWN => {
                github.deployment_of_this_run(&record.environment, &app.target).await?
            }
            Err(_) => None,
        };
        if let Some(id) = id {
            let url = record.url.as_deref();
            github.tell_deployment(id, State::Error, DESCRIPTION, url).await?;
            voice.line(&format!("closed the GitHub Deployment {id}, which was left open"));
        }
        Ok::<(), CallError>(())
    };
    match timeout(LONGEST, closing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => voice.warning(&error.problem("deployments: write")),
        Err(_) => voice.warning(&Problem::new(
            "GitHub did not answer in time; a GitHub Deployment is left open",
        )),
    }
}
