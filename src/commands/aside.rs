//! What GitHub is asked and told beside a deployment: the commits that come and go,
//! the record of the deployment, the git tag.
//!
//! ECS is the truth. Nothing in here makes a deployment wait, fail or succeed: what
//! GitHub does not do is a line in the log.

mod source;

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Run;
use crate::decide::{Plan, Side};
use crate::effects::OutputName;
use crate::github::{Comparison, GitHub, NewDeployment, State, Tagged};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::{AppRequest, Record};
use crate::version::Package;
use source::{commit_of, compare, in_words};

/// The name under which the post step finds what was left open.
pub const STATE: &str = "github-deployment";
/// Stands there while a deployment is being created, so that its id is not known.
pub(super) const NOT_KNOWN: &str = "?";

/// So long GitHub is waited for where nothing else goes on.
const LONGEST: Duration = Duration::from_secs(15);
/// The same when the workflow is cancelled: the runner kills the process soon.
const LONGEST_CANCELLED: Duration = Duration::from_millis(1_500);

/// What was learned of GitHub, and told to it.
#[derive(Debug, Default)]
pub(super) struct Aside(Mutex<Learned>);

#[derive(Debug, Default, Clone)]
struct Learned {
    /// What `{name}` stands for in the template of git tags.
    name: Option<String>,
    /// Of which commit the wanted image was built, or why that is not known.
    commit: Option<Result<String, String>>,
    commits: Option<Result<Comparison, String>>,
    /// The GitHub Deployment that is open.
    open: Option<u64>,
    warnings: Vec<Problem>,
    notices: Vec<Problem>,
}

impl Aside {
    /// Takes the name that a git tag may hold from the package.json that was read.
    pub(super) fn of(package: Option<&Package>) -> Self {
        let name = package.and_then(|package| package.short_name().ok()).map(str::to_owned);
        Self(Mutex::new(Learned { name, ..Learned::default() }))
    }

    /// Waits for `road`, and asks GitHub meanwhile; it is not waited for much longer.
    /// `to` is what is deployed, its revision included.
    pub(super) async fn beside<T>(
        &self,
        run: &Run<'_>,
        app: &AppRequest,
        plan: &Plan,
        to: &Side,
        road: impl Future<Output = T>,
    ) -> T {
        let Some(github) = &run.github else { return road.await };
        let asking = Box::pin(async {
            let commit = self.ask(run, github, app, plan);
            let record = async {
                if let Some(record) = &run.request.record {
                    self.open(run, github, record, plan, to).await;
                }
            };
            // The record needs the commit.
            commit.await;
            record.await;
        });
        match select(Box::pin(road), asking).await {
            Either::Left((done, asking)) => {
                let limit = if run.shutdown.is_requested() { LONGEST_CANCELLED } else { LONGEST };
                // What is not there by then is left out.
                let _ = timeout(limit, asking).await;
                done
            }
            Either::Right(((), road)) => road.await,
        }
    }

    /// Asks for the commits alone, for a plan that is only shown.
    pub(super) async fn commits(&self, run: &Run<'_>, app: &AppRequest, plan: &Plan) {
        if let Some(github) = &run.github {
            let asked = tokio::select! {
                asked = timeout(LONGEST, self.ask(run, github, app, plan)) => asked.is_ok(),
                () = run.shutdown.requested() => true,
            };
            if !asked {
                self.learn(|it| it.commits = Some(Err("GitHub did not answer in time".to_owned())));
            }
        }
    }

    /// Finds the commits of both images, and what lies between them.
    async fn ask(&self, run: &Run<'_>, github: &GitHub, app: &AppRequest, plan: &Plan) {
        let name = self.learned().name;
        let name = name.as_deref();
        let (from, to) = tokio::join!(
            commit_of(run, github, app, name, &plan.from),
            commit_of(run, github, app, name, &plan.to)
        );
        self.learn(|it| it.commit = Some(to.clone()));
        // Only the configuration changes, or nothing.
        if plan.from.digest == plan.to.digest {
            return;
        }
        let commits = match (from, to) {
            (Ok(from), Ok(to)) => compare(github, app, &from, &to).await,
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        if let Ok(comparison) = &commits {
            let (title, lines) = in_words(comparison);
            run.voice.group(&title, &lines);
        }
        self.learn(|it| it.commits = Some(commits));
    }

    /// Records that the deployment has begun.
    async fn open(&self, run: &Run<'_>, github: &GitHub, record: &Record, plan: &Plan, to: &Side) {
        let commit = match self.learned().commit {
            Some(Ok(commit)) => commit,
            Some(Err(why)) => {
                let notice = Problem::new(format!("no GitHub Deployment is recorded: {why}"));
                return self.notice(run, notice.hint(
                    "GitHub records deployments of commits. docker/metadata-action labels images with theirs.",
                ));
            }
            None => return,
        };
        let new = NewDeployment {
            commit,
            environment: record.environment.clone(),
            description: format!("{} on {}", plan.to.name(), plan.target.service),
            payload: payload(run, github, plan, to),
        };
        // Whoever kills this process now leaves a deployment of which nobody knows
        // the id; the post step looks for it.
        run.voice.state(STATE, NOT_KNOWN);
        let id = match github.create_deployment(&new).await {
            Ok(id) => id,
            Err(error) => {
                run.voice.state(STATE, "");
                return self.warn(run, error.problem("deployments: write"));
            }
        };
        run.voice.state(STATE, &id.to_string());
        self.learn(|it| it.open = Some(id));
        run.set(OutputName::GithubDeploymentId, &id.to_string());
        let url = record.url.as_deref();
        if let Err(error) =
            github.tell_deployment(id, State::InProgress, &new.description, url).await
        {
            self.warn(run, error.problem("deployments: write"));
        }
    }

    /// Puts what was learned into the report, tells GitHub how it ended, and tags
    /// what was deployed.
    pub(super) async fn close(&self, run: &Run<'_>, app: &AppRequest, report: &mut AppReport) {
        if let Some(github) = &run.github {
            let cancelled = run.shutdown.is_requested();
            let limit = if cancelled { LONGEST_CANCELLED } else { LONGEST };
            let closing = async {
                tokio::join!(self.tell(run, github, report), self.tag(run, github, app, report));
            };
            if timeout(limit, closing).await.is_err() && !cancelled {
                self.warn(
                    run,
                    Problem::new(
                        "GitHub did not answer in time; what it was to be told is missing there",
                    ),
                );
            }
        }
        let learned = self.learned();
        report.commits = learned.commits;
        report.github_deployment = report.github_deployment.or(learned.open);
        report.warnings.extend(learned.warnings);
        report.notices.extend(learned.notices);
    }

    async fn tell(&self, run: &Run<'_>, github: &GitHub, report: &AppReport) {
        let (Some(id), Some(record)) = (self.learned().open, &run.request.record) else { return };
        let state = match report.outcome {
            Outcome::Deployed | Outcome::RolledBack => State::Success,
            Outcome::Undone | Outcome::UndoFailed | Outcome::Failed => State::Failure,
            // Of the version these say nothing.
            _ => State::Error,
        };
        let url = record.url.as_deref();
        match github.tell_deployment(id, state, &report.headline(), url).await {
            Ok(()) => run.voice.state(STATE, ""),
            // The post step tries once more.
            Err(error) => self.warn(run, error.problem("deployments: write")),
        }
    }

    async fn tag(&self, run: &Run<'_>, github: &GitHub, app: &AppRequest, report: &AppReport) {
        let Some(template) = &app.git_tag else { return };
        // Unchanged, too: an earlier run may have been cut off before this.
        if report.is_rollback || !matches!(report.outcome, Outcome::Deployed | Outcome::Unchanged) {
            return;
        }
        let to = report.to.as_ref();
        let version = to.and_then(|to| to.version.as_deref()).unwrap_or_default();
        let untagged = |why: &str| Problem::new(format!("no git tag was created: {why}"));
        let Ok(semver) = semver::Version::parse(version) else {
            return self.warn(run, untagged(&format!("{version:?} is not a semantic version")));
        };
        let learned = self.learned();
        let Some(tag) = template.render(&semver, learned.name.as_deref()) else {
            return self.warn(run, untagged(&format!("{template} needs the name in package.json")));
        };
        let known = match (learned.commit, to) {
            (Some(known), _) => known,
            (None, Some(to)) => commit_of(run, github, app, learned.name.as_deref(), to).await,
            (None, None) => return,
        };
        let commit = match known {
            Ok(commit) => commit,
            Err(why) => return self.warn(run, untagged(&why)),
        };
        match github.tag(&tag, &commit).await {
            Ok(Tagged::Created) => run.voice.line(&format!("created the git tag {tag} on {commit}")),
            Ok(Tagged::There) => {}
            Ok(Tagged::Elsewhere(other)) => self.warn(run, Problem::new(format!(
                "the git tag {tag} is on {other}, and the image was built of {commit}; the tag was left alone"
            ))),
            Err(error) => self.warn(run, error.problem("contents: write")),
        }
    }

    fn learn(&self, change: impl FnOnce(&mut Learned)) {
        change(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    fn learned(&self) -> Learned {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn warn(&self, run: &Run<'_>, warning: Problem) {
        run.voice.warning(&warning);
        self.learn(|it| it.warnings.push(warning));
    }

    fn notice(&self, run: &Run<'_>, notice: Problem) {
        run.voice.notice(&notice);
        self.learn(|it| it.notices.push(notice));
    }
}

/// What was deployed, for the programs that read GitHub Deployments. By its
/// run, attempt and service a deployment is known as this run's own.
fn payload(run: &Run<'_>, github: &GitHub, plan: &Plan, to: &Side) -> Value {
    let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
    let revision = to.task_definition.as_ref().map(|it| it.short());
    json!({
        "service": plan.target.service.as_str(),
        "cluster": plan.target.cluster.as_str(),
        "region": plan.target.region.as_str(),
        "version": text(to.version.clone()),
        "digest": text(to.digest.as_ref().map(ToString::to_string)),
        "revision": text(revision),
        "previous": text(plan.from.version.clone()),
        "reason": text(run.request.reason.clone()),
        "run": github.workflow().run,
        "attempt": github.workflow().attempt,
    })
}
