//! GitHub Deployments: the record that a version is in an environment.
//!
//! A record and nothing more. ECS is the truth; what stands here may be missing, or
//! be somebody else's.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::GitHub;
use super::comment::blurred;
use super::error::CallError;
use crate::names::AccountId;
use crate::request::Target;
use crate::text::{cut, one_line};

/// The longest description of a status ("Create a deployment status").
const LONGEST: usize = 140;

const CREATE: &str = "creating the GitHub Deployment";
const TELL: &str = "setting the status of the GitHub Deployment";
const LIST: &str = "listing the GitHub Deployments";

/// Pages of a hundred deployments that are read of all services together.
const PAGES: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub struct NewDeployment {
    /// The commit that the image was built of.
    pub commit: String,
    pub environment: String,
    pub description: String,
    pub payload: Value,
}

/// A deployment of the past, as this action recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The commit that the image was built of.
    pub commit: String,
    /// By GitHub's clock.
    pub at: SystemTime,
    /// Who set its run off, by the name of the account.
    pub by: Option<String>,
    pub reason: Option<String>,
    /// The page of the run.
    pub run: Option<String>,
    /// What it brought, and where to.
    payload: Value,
}

impl Recorded {
    /// Whether it brought the image of this digest.
    pub fn is_of(&self, digest: &str) -> bool {
        self.payload["digest"] == digest
    }

    /// Whether it is one of this service. Those of before there was an `account` in them may
    /// be of any account.
    pub fn is_to(&self, target: &Target, account: &AccountId) -> bool {
        let is = |key: &str, value: &str| self.payload[key] == value;
        let may_be_its =
            self.payload.get("account").is_none_or(|it| *it == blurred(account.as_str()));
        may_be_its
            && is("region", target.region.as_str())
            && is("cluster", target.cluster.as_str())
            && is("service", target.service.as_str())
    }
}

/// How a deployment stands, as GitHub spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    InProgress,
    Success,
    /// It did not succeed.
    Failure,
    /// Nobody knows, or it is no failure of the version.
    Error,
}

#[derive(Deserialize)]
struct Created {
    id: u64,
}

#[derive(Deserialize)]
struct Listed {
    id: u64,
    sha: String,
    created_at: String,
    #[serde(default)]
    payload: Value,
}

impl GitHub {
    /// Creates a deployment, whose payload has this `key`, and gives its id. It merges
    /// nothing and waits for no check: whether to deploy was decided elsewhere.
    ///
    /// # Errors
    /// Also where the answer got lost and no deployment with the key is found then; one
    /// may be there all the same if the error is unclear.
    pub async fn create_deployment(
        &self,
        new: &NewDeployment,
        key: &str,
    ) -> Result<u64, CallError> {
        let body = json!({
            "ref": new.commit,
            "environment": new.environment,
            "description": cut(&one_line(&new.description), LONGEST),
            "payload": new.payload,
            "auto_merge": false,
            "required_contexts": [],
        });
        match self.post::<Created>(CREATE, &self.path(["deployments"]), &body).await {
            Ok(created) => Ok(created.id),
            // It may be there.
            Err(error) if error.is_unclear() => {
                let found = self.deployment_by_key(&new.environment, key).await;
                found.ok().flatten().ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Says how a deployment stands. `environment_url` is where it can be seen.
    pub async fn tell_deployment(
        &self,
        id: u64,
        state: State,
        description: &str,
        environment_url: Option<&str>,
    ) -> Result<(), CallError> {
        let mut body = json!({
            "state": state,
            "description": cut(&one_line(description), LONGEST),
            "log_url": self.workflow().run_page(),
        });
        if let Some(url) = environment_url {
            body["environment_url"] = url.into();
        }
        let id = id.to_string();
        let path = self.path(["deployments", &id, "statuses"]);
        self.post::<Created>(TELL, &path, &body).await.map(|_| ())
    }

    /// The commit of the newest deployment of an image, to this environment or to
    /// any, by what this action wrote into its payload.
    pub async fn deployed_commit(
        &self,
        environment: Option<&str>,
        digest: &str,
    ) -> Result<Option<String>, CallError> {
        let listed = self.deployments(environment).await?;
        let ours = listed.into_iter().find(|it| payload(it)["digest"] == digest);
        Ok(ours.map(|it| it.sha))
    }

    /// The id of the deployment whose payload has this `key`.
    pub async fn deployment_by_key(
        &self,
        environment: &str,
        key: &str,
    ) -> Result<Option<u64>, CallError> {
        let listed = self.deployments(Some(environment)).await?;
        Ok(listed.iter().find(|it| payload(it)["key"] == key).map(|it| it.id))
    }

    /// What this action recorded of all services, newest first, as far back as it is
    /// read.
    pub async fn recorded(&self) -> Result<Vec<Recorded>, CallError> {
        let path = self.path(["deployments"]);
        let (listed, _) = self.pages::<Listed>(LIST, &path, &[], PAGES, |_| false).await?;
        let recorded = listed.into_iter().filter_map(|it| {
            let payload = payload(&it);
            let text = |key: &str| payload[key].as_str().map(str::to_owned);
            Some(Recorded {
                at: humantime::parse_rfc3339(&it.created_at).ok()?,
                by: text("by"),
                reason: text("reason"),
                run: text("run").filter(|page| self.is_page(page)),
                commit: it.sha,
                payload,
            })
        });
        Ok(recorded.collect())
    }

    /// Whether an address is one of the repository's own pages: a payload may be anybody's.
    fn is_page(&self, address: &str) -> bool {
        let workflow = self.workflow();
        let runs = format!("{}/{}/actions/runs/", workflow.server, workflow.repository);
        let run = address.strip_prefix(&runs);
        run.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
    }

    /// The newest hundred.
    async fn deployments(&self, environment: Option<&str>) -> Result<Vec<Listed>, CallError> {
        let environment = environment.map(|it| ("environment", it));
        let query: Vec<_> = environment.into_iter().chain([("per_page", "100")]).collect();
        self.get(LIST, &self.path(["deployments"]), &query).await
    }
}

/// GitHub gives a payload back as the object that it got, or as a text of it.
fn payload(listed: &Listed) -> Value {
    match &listed.payload {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    }
}
