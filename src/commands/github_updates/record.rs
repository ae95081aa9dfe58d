//! The GitHub Deployment: begun, ended, and left for the post step where that did not
//! work.

use serde_json::{Value, json};

use super::learned::{Begun, GitHubUpdates};
use crate::commands::post::{OpenRecord, STATE};
use crate::deploy::context::Run;
use crate::github::{Cause, GitHub, NewDeployment, State, blurred};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::reporter::OutputName;
use crate::request::{AppRequest, Record};
use crate::workflow::Workflow;

impl GitHubUpdates {
    /// Records that the deployment has begun.
    pub(super) async fn open(
        &self,
        run: &Run<'_>,
        github: &GitHub,
        app: &AppRequest,
        begun: &Begun,
    ) {
        if let Some(record) = app.record.as_ref().filter(|_| begun.is_real) {
            let opened = self.create(run, github, begun, record).await;
            let _ = self.record.set(opened);
        }
    }

    async fn create(
        &self,
        run: &Run<'_>,
        github: &GitHub,
        begun: &Begun,
        record: &Record,
    ) -> Option<u64> {
        let commit = match self.commit.wait().await {
            Ok(commit) => commit.clone(),
            Err(why) => {
                let notice = Problem::new(format!("no GitHub Deployment is recorded: {why}"));
                self.notice(run, notice.hint(
                    "Label the image with `org.opencontainers.image.revision`, as docker/metadata-action does: GitHub records deployments of commits.",
                ));
                return None;
            }
        };
        let mut left = OpenRecord::new(record);
        // The commit may have taken longer to find than the rollout.
        if let Some(ended) = self.learned(|it| it.ended.clone()) {
            (left.state, left.description) = ended;
        }
        let new = NewDeployment {
            commit,
            environment: record.environment.clone(),
            description: format!("{} on {}", begun.to.name(), begun.target.service),
            payload: payload(run, begun, &left.key),
        };
        let left_key = left.key.clone();
        // Whoever kills this process now leaves a deployment of which nobody knows
        // the id; the post step finds it by its key.
        self.leave(run, Some(left));
        let id = match github.create_deployment(&new, &left_key).await {
            Ok(id) => id,
            Err(error) => {
                // It may be there all the same, and then the post step closes it.
                if !error.is_unclear() {
                    self.leave(run, None);
                }
                self.learn(|it| it.is_left_aloud = true);
                self.warn(run, error.problem("deployments: write"));
                return None;
            }
        };
        self.change_left(run, |left| left.id = Some(id));
        run.set(OutputName::GithubDeploymentId, &id.to_string());
        let url = record.url.as_deref();
        if let Err(error) =
            github.tell_deployment(id, State::InProgress, &new.description, url).await
        {
            self.warn(run, error.problem("deployments: write"));
        }
        Some(id)
    }

    pub(super) async fn tell(
        &self,
        run: &Run<'_>,
        github: &GitHub,
        app: &AppRequest,
        report: &AppReport,
    ) {
        let Some(record) = &app.record else { return };
        if self.begun.get().is_none_or(|begun| !begun.is_real) {
            return;
        }
        let state = match report.outcome {
            Outcome::Deployed | Outcome::RolledBack => State::Success,
            Outcome::Undone | Outcome::UndoFailed | Outcome::Failed => State::Failure,
            // Of the version these say nothing.
            _ => State::Error,
        };
        let description = report.headline();
        // Should GitHub not listen, the post step says the same once more.
        self.learn(|it| it.ended = Some((state, description.clone())));
        self.change_left(run, |left| (left.state, left.description) = (state, description.clone()));
        let Some(id) = self.record.wait().await else { return };
        match github.tell_deployment(*id, state, &description, record.url.as_deref()).await {
            Ok(()) => self.leave(run, None),
            Err(error) => {
                // What GitHub has understood and declined it declines again.
                if matches!(error.cause, Cause::Denied | Cause::Missing | Cause::Refused) {
                    self.leave(run, None);
                }
                self.learn(|it| it.is_left_aloud = true);
                self.warn(run, error.problem("deployments: write"));
            }
        }
    }

    /// What the post step finds; nothing, where there is nothing to close.
    fn leave(&self, run: &Run<'_>, left: Option<OpenRecord>) {
        let value = left.as_ref().map(|left| json!(left).to_string());
        run.reporter.state(&format!("{STATE}-{}", run.member.at()), &value.unwrap_or_default());
        self.learn(|it| it.left = left);
    }

    fn change_left(&self, run: &Run<'_>, change: impl FnOnce(&mut OpenRecord)) {
        if let Some(mut left) = self.learned(|it| it.left.clone()) {
            change(&mut left);
            self.leave(run, Some(left));
        }
    }
}

/// What was deployed, for the programs that read GitHub Deployments; by its `key` it
/// is known again.
fn payload(run: &Run<'_>, begun: &Begun, key: &str) -> Value {
    let Begun { target, account, from, to, .. } = begun;
    let workflow = run.request.workflow.as_ref();
    let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
    json!({
        "service": target.service.as_str(),
        "cluster": target.cluster.as_str(),
        "region": target.region.as_str(),
        // Enough to tell two accounts apart, and no account.
        "account": blurred(account.as_str()),
        "version": text(to.version.as_ref().map(ToString::to_string)),
        "digest": text(to.digest.as_ref().map(ToString::to_string)),
        "revision": text(to.task_definition.as_ref().map(|it| it.short())),
        "previous": text(from.version.as_ref().map(ToString::to_string)),
        "reason": text(run.request.reason.clone()),
        "by": text(workflow.and_then(|it| it.actor.clone())),
        "run": text(workflow.map(Workflow::run_page)),
        "key": key,
    })
}
