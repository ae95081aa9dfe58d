//! GitHub Deployments: the record that a version is in an environment.
//!
//! A record and nothing more. ECS is the truth; what stands here may be missing, or
//! be somebody else's.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::GitHub;
use super::error::CallError;
use crate::text::{cut, one_line};

/// The longest description of a status ("Create a deployment status").
const LONGEST: usize = 140;

const CREATE: &str = "creating the GitHub Deployment";
const TELL: &str = "setting the status of the GitHub Deployment";
const LIST: &str = "listing the GitHub Deployments";

#[derive(Debug, Clone, PartialEq)]
pub struct NewDeployment {
    /// The commit that the image was built of.
    pub commit: String,
    pub environment: String,
    pub description: String,
    pub payload: Value,
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
