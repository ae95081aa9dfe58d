//! What GitHub is asked and told beside a deployment: the commits that come and go,
//! the record of the deployment, the git tag.
//!
//! ECS is the truth. The work goes on beside the whole road, is waited for a little
//! when that has ended, and makes no deployment fail or succeed: what GitHub does not
//! do is a line in the log.

mod source;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::SetOnce;
use tokio::time::sleep;

use super::Run;
use super::post::{Left, STATE};
use crate::decide::{Plan, Side};
use crate::effects::OutputName;
use crate::github::{Comparison, GitHub, NewDeployment, State, Tagged};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::{AppRequest, Record, Target};
use crate::version::Package;
use source::{commit_of, compare, in_words};

/// So long GitHub is waited for when everything else is done.
const PATIENCE: Duration = Duration::from_secs(15);
/// The same where nobody waits for the deployment either.
const LITTLE_PATIENCE: Duration = Duration::from_secs(3);
/// The same once the workflow was cancelled: the runner kills the process soon.
const PATIENCE_CANCELLED: Duration = Duration::from_millis(1_500);

/// The work beside one deployment.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// What `{name}` stands for in the template of git tags.
    name: Option<String>,
    begun: SetOnce<Begun>,
    /// Of which commit the wanted image was built, or why that is not known.
    commit: SetOnce<Result<String, String>>,
    /// The GitHub Deployment; none where it could not be created.
    record: SetOnce<Option<u64>>,
    learned: Mutex<Learned>,
}

/// What there is to ask about.
#[derive(Debug)]
struct Begun {
    target: Target,
    from: Side,
    /// With the revision that was registered.
    to: Side,
    /// Nothing is only shown: it has begun, and is to be recorded.
    is_real: bool,
}

#[derive(Debug, Default)]
struct Learned {
    commits: Option<Result<Comparison, String>>,
    /// What the post step has to close if this step does not.
    left: Option<Left>,
    warnings: Vec<Problem>,
    notices: Vec<Problem>,
}

impl Aside {
    /// Takes the name that a git tag may hold from the package.json that was read.
    pub(super) fn of(package: Option<&Package>) -> Self {
        let name = package.and_then(|package| package.short_name().ok()).map(str::to_owned);
        Self { name, ..Self::default() }
    }

    /// ECS has accepted a deployment that is followed.
    pub(super) fn begin(&self, plan: &Plan, to: Side) {
        self.set_off(plan, to, true);
    }

    /// The plan is only shown, or nobody waits for what it comes to.
    pub(super) fn show(&self, plan: &Plan) {
        self.set_off(plan, plan.to.clone(), false);
    }

    fn set_off(&self, plan: &Plan, to: Side, is_real: bool) {
        let begun = Begun { target: plan.target.clone(), from: plan.from.clone(), to, is_real };
        // A road has one plan.
        let _ = self.begun.set(begun);
    }

    /// Asks and tells, from when there is something to ask about; ends by itself.
    pub(super) async fn work(&self, run: &Run<'_>, app: &AppRequest) {
        let Some(github) = &run.github else { return };
        let begun = self.begun.wait().await;
        let commit = async {
            let _ = self.commit.set(commit_of(run, github, app, self.name(), &begun.to).await);
        };
        // On the heap, like every long stretch.
        let compare = Box::pin(self.compare(run, github, app, begun));
        let open = Box::pin(self.open(run, github, begun));
        tokio::join!(Box::pin(commit), compare, open);
    }

    /// Puts what was learned into the report, tells GitHub how it ended, and tags
    /// what was deployed; `working` is what is left of [`work`](Self::work).
    pub(super) async fn close(
        &self,
        run: &Run<'_>,
        app: &AppRequest,
        working: impl Future<Output = ()>,
        report: &mut AppReport,
    ) {
        if let Some(github) = &run.github {
            let patience = match report.outcome {
                Outcome::Started => LITTLE_PATIENCE,
                _ => PATIENCE,
            };
            // Where nothing has begun, nothing is under way.
            let working = async {
                if self.begun.get().is_some() {
                    working.await;
                }
            };
            let closing = async {
                let told = self.tell(run, github, report);
                let tagged = self.tag(run, github, app, report);
                tokio::join!(working, Box::pin(told), Box::pin(tagged));
            };
            if patiently(run, patience, closing).await.is_none() {
                self.say_what_is_missing(run);
            }
        }
        self.hand_over(report);
    }

    /// The commits alone, for a check.
    pub(super) async fn look(
        &self,
        run: &Run<'_>,
        app: &AppRequest,
        plan: &Plan,
        report: &mut AppReport,
    ) {
        self.show(plan);
        if patiently(run, PATIENCE, Box::pin(self.work(run, app))).await.is_none() {
            self.say_what_is_missing(run);
        }
        self.hand_over(report);
    }

    /// Finds what lies between the commits of both images.
    async fn compare(&self, run: &Run<'_>, github: &GitHub, app: &AppRequest, begun: &Begun) {
        // Only the configuration changes, or nothing.
        if begun.from.digest == begun.to.digest {
            return;
        }
        let from = commit_of(run, github, app, self.name(), &begun.from).await;
        let commits = match (from, self.commit.wait().await) {
            (Ok(from), Ok(to)) => compare(github, app, &from, to).await,
            (Err(why), _) => Err(why),
            (_, Err(why)) => Err(why.clone()),
        };
        if let Ok(comparison) = &commits {
            let (title, lines) = in_words(comparison);
            run.voice.group(&title, &lines);
        }
        self.learn(|it| it.commits = Some(commits));
    }

    /// Records that the deployment has begun.
    async fn open(&self, run: &Run<'_>, github: &GitHub, begun: &Begun) {
        if let Some(record) = run.request.record.as_ref().filter(|_| begun.is_real) {
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
        let left = Left::new(record);
        let new = NewDeployment {
            commit,
            environment: record.environment.clone(),
            description: format!("{} on {}", begun.to.name(), begun.target.service),
            payload: payload(run, begun, &left.key),
        };
        // Whoever kills this process now leaves a deployment of which nobody knows
        // the id; the post step finds it by its key.
        self.leave(run, Some(left));
        let created =
            github.create_deployment(&new, |payload| payload["key"] == new.payload["key"]);
        let id = match created.await {
            Ok(id) => id,
            Err(error) => {
                // It may be there all the same, and then the post step closes it.
                if !error.is_unclear() {
                    self.leave(run, None);
                }
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

    /// Says how it ended.
    async fn tell(&self, run: &Run<'_>, github: &GitHub, report: &AppReport) {
        let Some(record) = &run.request.record else { return };
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
        self.change_left(run, |left| (left.state, left.description) = (state, description.clone()));
        let Some(id) = self.record.wait().await else { return };
        self.change_left(run, |left| (left.state, left.description) = (state, description.clone()));
        match github.tell_deployment(*id, state, &description, record.url.as_deref()).await {
            Ok(()) => self.leave(run, None),
            Err(error) => self.warn(run, error.problem("deployments: write")),
        }
    }

    async fn tag(&self, run: &Run<'_>, github: &GitHub, app: &AppRequest, report: &AppReport) {
        let Some(template) = &app.git_tag else { return };
        // Unchanged, too: an earlier run may have been cut off before this.
        if !matches!(report.outcome, Outcome::Deployed | Outcome::Unchanged) {
            return;
        }
        let Some(to) = &report.to else { return };
        let untagged = |why: &str| Problem::new(format!("no git tag was created: {why}"));
        let version = to.version.as_deref().unwrap_or_default();
        let Ok(semver) = semver::Version::parse(version) else {
            return self.warn(run, untagged(&format!("{version:?} is not a semantic version")));
        };
        let Some(tag) = template.render(&semver, self.name()) else {
            return self.warn(run, untagged(&format!("{template} needs the name in package.json")));
        };
        let known = match self.begun.get() {
            Some(_) => self.commit.wait().await.clone(),
            None => commit_of(run, github, app, self.name(), to).await,
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
            Err(error) => {
                let problem = error.problem("contents: write");
                let message = format!("the git tag {tag} was not created: {}", problem.message);
                let again = "Run the step again: what is unchanged is tagged, too.";
                let hint = problem.hint.map_or_else(|| again.to_owned(), |it| format!("{it} {again}"));
                self.warn(run, Problem::new(message).hint(hint));
            }
        }
    }

    /// GitHub was not waited for any longer.
    fn say_what_is_missing(&self, run: &Run<'_>) {
        if let Some(begun) = self.begun.get() {
            self.learn(|it| {
                if it.commits.is_none() && begun.from.digest != begun.to.digest {
                    it.commits = Some(Err("GitHub did not answer in time".to_owned()));
                }
            });
        }
        if self.learned(|it| it.left.is_some()) {
            self.warn(run, Problem::new(
                "GitHub did not take in time how the deployment ended; the post step of this action tells it once more",
            ));
        }
    }

    fn hand_over(&self, report: &mut AppReport) {
        let opened = self.record.get().copied().flatten();
        report.github_deployment = report.github_deployment.or(opened);
        self.learn(|it| {
            report.commits = it.commits.take();
            report.warnings.append(&mut it.warnings);
            report.notices.append(&mut it.notices);
        });
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the post step finds; nothing, where there is nothing to close.
    fn leave(&self, run: &Run<'_>, left: Option<Left>) {
        run.voice.state(STATE, &left.as_ref().map(Left::to_text).unwrap_or_default());
        self.learn(|it| it.left = left);
    }

    fn change_left(&self, run: &Run<'_>, change: impl FnOnce(&mut Left)) {
        if let Some(mut left) = self.learned(|it| it.left.clone()) {
            change(&mut left);
            self.leave(run, Some(left));
        }
    }

    fn learn(&self, change: impl FnOnce(&mut Learned)) {
        change(&mut self.learned.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn learned<T>(&self, read: impl FnOnce(&Learned) -> T) -> T {
        read(&self.learned.lock().unwrap_or_else(PoisonError::into_inner))
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

/// Waits so long for what is not worth more, and hardly at all once the workflow was
/// cancelled.
async fn patiently<T>(
    run: &Run<'_>,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let cancelled = async {
        run.shutdown.requested().await;
        tokio::select! {
            () = sleep(PATIENCE_CANCELLED) => {}
            () = run.shutdown.insisted() => {}
        }
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = sleep(patience) => None,
        () = cancelled => None,
    }
}

/// What was deployed, for the programs that read GitHub Deployments; by its `key` it
/// is known again.
fn payload(run: &Run<'_>, begun: &Begun, key: &str) -> Value {
    let Begun { target, from, to, .. } = begun;
    let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
    json!({
        "service": target.service.as_str(),
        "cluster": target.cluster.as_str(),
        "region": target.region.as_str(),
        "version": text(to.version.clone()),
        "digest": text(to.digest.as_ref().map(ToString::to_string)),
        "revision": text(to.task_definition.as_ref().map(|it| it.short())),
        "previous": text(from.version.clone()),
        "reason": text(run.request.reason.clone()),
        "key": key,
    })
}
