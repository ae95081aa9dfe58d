//! What GitHub is asked and told beside a deployment: the commits added and removed,
//! the record of the deployment, the git tag and its release.
//!
//! ECS is the truth. The work goes on beside the whole road, is waited for a little
//! when that has ended, and makes no deployment fail or succeed: what GitHub does not
//! do is a line in the log.

mod git_tag;
mod learned;
mod record;
mod source;

use std::time::Duration;

use tokio::time::sleep;

use crate::deploy::context::Run;
use crate::github::{Comparison, GitHub};
use crate::plan::{Plan, VersionInfo};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::AppRequest;
use crate::version::Package;
use git_tag::TAG_AGAIN;
use learned::Begun;
pub(super) use learned::GitHubUpdates;
pub(super) use source::{added, commit_of, labelled_or_tagged};
use source::{compare, in_words};

/// So long GitHub is waited for when everything else is done.
const WAIT_FOR_GITHUB: Duration = Duration::from_secs(15);
/// The same where nobody waits for the deployment either.
const LITTLE_PATIENCE: Duration = Duration::from_secs(3);
/// The same once the workflow was cancelled: the runner kills the process soon.
const PATIENCE_CANCELLED: Duration = Duration::from_millis(1_500);

impl GitHubUpdates {
    /// Takes the name that a git tag may hold from the package.json that was read.
    pub(super) fn of(package: Option<&Package>) -> Self {
        let name = package.and_then(|package| package.short_name().ok()).map(str::to_owned);
        Self { name, ..Self::default() }
    }

    /// ECS has accepted a deployment that is followed.
    pub(super) fn begin(&self, plan: &Plan, to: VersionInfo) {
        self.set_off(plan, to, true);
    }

    /// The plan is only shown, or nobody waits for what it comes to.
    pub(super) fn show(&self, plan: &Plan) {
        self.set_off(plan, plan.versions.to.clone(), false);
    }

    fn set_off(&self, plan: &Plan, to: VersionInfo, is_real: bool) {
        let begun = Begun {
            target: plan.target.clone(),
            account: plan.service.arn.account().clone(),
            from: plan.versions.from.clone(),
            to,
            is_real,
        };
        // A road has one plan.
        let _ = self.begun.set(begun);
    }

    /// Asks and tells, from when there is something to ask about; ends by itself.
    pub(super) async fn work(&self, run: &Run<'_>, app: &AppRequest) {
        let Some(github) = run.github else { return };
        let begun = self.begun.wait().await;
        let commit = async {
            let _ = self
                .commit
                .set(commit_of(run, github, app, self.name(), &begun.to, begun.is_real).await);
        };
        let compare = self.compare(run, github, app, begun);
        let open = self.open(run, github, app, begun);
        tokio::join!(commit, compare, open);
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
        if let Some(github) = run.github {
            let patience = match report.outcome {
                Outcome::Started => LITTLE_PATIENCE,
                _ => WAIT_FOR_GITHUB,
            };
            // Where nothing has begun, nothing is in progress.
            let working = async {
                if self.begun.get().is_some() {
                    working.await;
                }
            };
            let closing = async {
                let told = self.tell(run, github, app, report);
                let tagged = self.tag(run, github, app, report);
                let ((), (), tag) = tokio::join!(working, told, tagged);
                if let Some(tag) = tag {
                    self.release(run, github, &tag).await;
                }
            };
            if patiently(run, patience, closing).await.is_none() {
                self.say_what_is_missing(run, app);
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
        if patiently(run, WAIT_FOR_GITHUB, self.work(run, app)).await.is_none() {
            self.say_what_is_missing(run, app);
        }
        self.hand_over(report);
    }

    /// Finds what lies between the commits of both images.
    async fn compare(&self, run: &Run<'_>, github: &GitHub, app: &AppRequest, begun: &Begun) {
        // Only the configuration changes, or nothing.
        if begun.from.digest == begun.to.digest {
            return;
        }
        let from = commit_of(run, github, app, self.name(), &begun.from, begun.is_real).await;
        let commits = match (from, self.commit.wait().await) {
            (Ok(from), Ok(to)) => compare(github, app, &from, to).await,
            (Err(why), _) => Err(why),
            (_, Err(why)) => Err(why.clone()),
        };
        self.compared(run, commits);
    }

    fn compared(&self, run: &Run<'_>, commits: Result<Comparison, String>) {
        // Why they are not listed stands in the summary alone: it needs no action.
        if let Ok(comparison) = &commits {
            let (title, lines) = in_words(comparison);
            run.reporter.group(&title, &lines);
        }
        self.learn(|it| it.commits = Some(commits));
    }

    /// GitHub was not waited for any longer.
    fn say_what_is_missing(&self, run: &Run<'_>, app: &AppRequest) {
        const LATE: &str = "GitHub did not answer in time";
        if let Some(begun) = self.begun.get() {
            let is_asked = begun.from.digest != begun.to.digest;
            if is_asked && self.learned(|it| it.commits.is_none()) {
                self.compared(run, Err(LATE.to_owned()));
            }
            let is_wanted = begun.is_real && app.record.is_some();
            if self.learned(|it| it.left.is_some() && !it.is_left_aloud) {
                self.warn(run, Problem::new(
                    "GitHub did not accept the deployment's final status in time; the post step of this action tries again",
                ));
            } else if is_wanted && self.record.get().is_none() {
                self.warn(run, Problem::new(format!("no GitHub Deployment is recorded: {LATE}")));
            }
        }
        if let Some(tag) = self.learned(|it| it.tagging.clone()) {
            let message = format!("it is not known whether the git tag {tag} was created: {LATE}");
            self.warn(run, Problem::new(message).hint(TAG_AGAIN));
        }
        if let Some(tag) = self.learned(|it| it.releasing.clone()) {
            let message =
                format!("it is not known whether the GitHub Release {tag} was created: {LATE}");
            self.notice(run, Problem::new(message).hint(TAG_AGAIN));
        }
    }

    fn hand_over(&self, report: &mut AppReport) {
        let opened = self.record.get().copied().flatten();
        self.learn(|it| {
            // It may be there before GitHub has taken that it has begun.
            let opened = opened.or(it.left.as_ref().and_then(|left| left.id));
            report.github.deployment = report.github.deployment.or(opened);
            report.github.commits = it.commits.take();
            report.warnings.append(&mut it.warnings);
            report.notices.append(&mut it.notices);
        });
    }
}

/// Waits so long for what is not worth more, and hardly at all once the workflow was
/// cancelled.
pub(super) async fn patiently<T>(
    run: &Run<'_>,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = sleep(patience) => None,
        () = run.shutdown.requested_before(PATIENCE_CANCELLED) => None,
    }
}
