//! The post step: closes the GitHub Deployment that the main step left open, because
//! it was killed or GitHub did not listen. It says nothing of ECS, of which it knows
//! nothing.

use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::github::{CallError, GitHub, State};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::request::Record;

/// What the names begin with under which it is left, of each service by itself: one variable
/// of Linux's may have no more than 128 KiB, and a step may have 500 services.
pub(crate) const STATE: &str = "github-deployment";

/// Longer than one read that is tried twice.
const LONGEST: Duration = Duration::from_secs(45);

/// What is to be closed, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OpenRecord {
    /// Stands in the payload of the deployment, and in no other.
    pub(super) key: String,
    /// Not known while the deployment is being created.
    pub(super) id: Option<u64>,
    pub(super) environment: String,
    pub(super) url: Option<String>,
    pub(super) state: State,
    pub(super) description: String,
}

impl OpenRecord {
    /// Of a deployment that is about to be created. What is said of it if nobody
    /// comes to say more.
    pub(super) fn new(record: &Record) -> Self {
        Self {
            key: format!("{:032x}", fastrand::u128(..)),
            id: None,
            environment: record.environment.clone(),
            url: record.url.clone(),
            state: State::Error,
            description: "The step ended before it could report how the deployment ended."
                .to_owned(),
        }
    }
}

/// Closes what was left open; `github` is `None` where there is no token any more.
pub(crate) async fn close(github: Option<&GitHub>, left: &[&str], reporter: &dyn Reporter) {
    let left: Result<Vec<OpenRecord>, _> = left.iter().map(|it| serde_json::from_str(it)).collect();
    let Ok(left) = left else {
        return reporter
            .warning(&Problem::new("could not read what the main step saved for this one"));
    };
    let Some(github) = github else {
        return reporter.warning(&Problem::new(
            "a GitHub Deployment is left open: the post step has no token",
        ));
    };
    let closing = join_all(left.iter().map(async |left| {
        if let Err(error) = close_one(github, left, reporter).await {
            reporter.warning(&error.problem("deployments: write"));
        }
    }));
    if timeout(LONGEST, closing).await.is_err() {
        reporter.warning(&Problem::new(
            "GitHub did not answer in time; a GitHub Deployment is left open",
        ));
    }
}

async fn close_one(
    github: &GitHub,
    left: &OpenRecord,
    reporter: &dyn Reporter,
) -> Result<(), CallError> {
    let id = match left.id {
        Some(id) => Some(id),
        None => github.deployment_by_key(&left.environment, &left.key).await?,
    };
    if let Some(id) = id {
        let url = left.url.as_deref();
        github.tell_deployment(id, left.state, &left.description, url).await?;
        reporter.line(&format!("closed the GitHub Deployment {id}, which was left open"));
    }
    Ok(())
}
