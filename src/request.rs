//! What was asked for, as types: the shape that the inputs of the action are
//! parsed into, once.
//!
//! Nothing here reads an input, a file or AWS. Later commands and many apps add
//! to these types; a request for one app is a list of one.

mod check;
mod family;
mod notify;
mod page;
mod rollout;
mod schedules;
mod stage;
mod wanted;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use check::Check;
pub(crate) use family::FamilyTarget;
pub(crate) use notify::Notify;
pub(crate) use page::PageFile;
pub(crate) use rollout::{
    Before, CodeDeployOptions, Failure, InFlight, OnFailure, OneOff, Wait, WaitUntil,
};
pub(crate) use schedules::Schedules;
pub(crate) use stage::Stage;
pub(crate) use wanted::{Past, VersionFile, Wanted};

use crate::image::{ImageReference, Severity};
use crate::names::{
    AccountId, AppName, ClusterName, ContainerName, DeploymentName, EnvironmentName, Region,
    ServiceName,
};
use crate::version::{GitTagTemplate, KeepTag, Placeholder, VersionRange};
use crate::workflow::Workflow;

/// Everything one run of the action was asked to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What to do with each app.
    pub command: Command,
    /// The apps; at least one, unless there are `images` or a `family`.
    pub apps: Vec<AppRequest>,
    /// Those without a service are not apps.
    pub only_existing: bool,
    /// Services that those of `apps` require or are required by, and that are not among them:
    /// only for reading.
    pub beside: Vec<AppRequest>,
    /// Images to verify without a service.
    pub images: Vec<ImageRequest>,
    /// A task definition to register for no service.
    pub family: Option<Box<FamilyRequest>>,
    /// Decide and show the plan, write nothing.
    pub dry_run: bool,
    /// Free text for the record.
    pub reason: Option<String>,
    /// The run of the workflow that asks; `None` outside of one.
    pub workflow: Option<Workflow>,
    /// Keep a comment on the pull request up to date.
    pub comment: bool,
    /// How many services are deployed at the same time; `None`: all.
    pub max_parallel: Option<usize>,
    pub notify: Option<Notify>,
    /// Keep the issue up to date that says what runs where.
    pub tracker: bool,
    /// The file of the workflow whose form starts a rollback, without its folder.
    pub rollback_workflow: String,
    /// Where the page goes, where one was asked for.
    pub page: Option<PageFile>,
}

/// A GitHub Deployment to record. An environment shows one deployment, so each service has
/// its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub environment: String,
    /// Where the environment can be seen.
    pub url: Option<String>,
}

/// The input `command`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Bring a version to a service and follow it to its end.
    Deploy,
    /// Restore an earlier version and follow it to its end.
    Rollback,
    /// Check whether that would be possible right now.
    Drill,
    /// Let a deployment continue that waits for a person.
    Continue,
    /// Have a deployment in progress rolled back.
    Stop,
    /// Say whether a version could be deployed, or whether its tag is free.
    Verify,
    /// Show the versions that can be rolled back to.
    List,
    /// Write the same of all apps into a page of HTML.
    Page,
    /// Say what a deployment of each app would do now.
    Plan,
    /// Show what runs where, beside what the checkout asks for.
    Status,
    /// Run the one-off task alone, and deploy nothing.
    Run,
    /// Register a task definition that no service runs.
    Register,
}

impl Command {
    /// Whether it is about a version that ran before.
    pub(crate) fn goes_back(self) -> bool {
        matches!(self, Self::Rollback | Self::Drill)
    }
}

/// What `verify` expects of a version's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// It names an image that can be deployed now.
    Present,
    /// It is still free.
    Absent {
        /// But for this image, which the same workflow may have pushed by then.
        built: Option<ImageReference>,
    },
    /// The version is higher than what runs, where the pull request touches the app.
    Raised {
        /// Or one of these raises it with the next release.
        pending: Vec<Changeset>,
    },
}

/// A changeset, as the tool of this name has them: what waits for the next release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeset {
    /// Its path in the checkout.
    pub file: String,
    /// The packages whose versions it raises, by their whole names.
    pub packages: Vec<String>,
}

/// An image to verify without a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRequest {
    /// Where its repository is, if that doesn't say so itself.
    pub region: Region,
    /// The version, with its repository, or the image.
    pub wanted: Wanted,
    pub expect: Expect,
    /// Refuse it for findings of this severity or a higher one.
    pub fail_on: Option<Severity>,
}

/// The service that a request is about: the key by which calls are batched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    pub region: Region,
    pub cluster: ClusterName,
    pub service: ServiceName,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service {} (cluster {}, {})", self.service, self.cluster, self.region)
    }
}

/// A task definition to register. What it says of a service has no meaning.
pub(crate) type FamilyRequest = AppRequest<FamilyTarget>;

/// What an app needs of another one before it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub app: AppName,
    pub range: VersionRange,
}

/// A file or folder that an app is made of beside its own folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub path: PathBuf,
    pub kind: PartKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// A package of the workspace that the app depends on, however indirectly.
    Dependency,
    /// The file of many apps says that it concerns the app.
    Shared,
    /// The same of every app.
    SharedByAll,
}

/// What was asked for one service.
#[derive(Debug, Clone, PartialEq)]
pub struct AppRequest<T = Target> {
    /// The app of the file that the service belongs to; `None` without a file.
    pub app: Option<AppName>,
    /// The environment of the file that this is about.
    pub in_environment: Option<EnvironmentName>,
    /// The versions of other apps of the file that must run.
    pub requires: Vec<Requirement>,
    pub target: T,
    /// The deployment to continue or to stop.
    pub deployment: Option<DeploymentName>,
    /// The account that the service must belong to.
    pub account: Option<AccountId>,
    /// The containers to patch; empty: found by the image's repository.
    pub containers: Vec<ContainerName>,
    pub wanted: Wanted,
    /// The service that runs already what is wanted.
    pub source: Option<Box<AppRequest>>,
    /// How long that must have been stable there.
    pub from_stable_for: Duration,
    /// The images of further containers, whose repositories are others.
    pub further_images: Vec<(ContainerName, ImageReference)>,
    /// Where the task definition to patch comes from.
    pub task_definition: TaskDefinitionSource,
    /// Variables merged into the patched containers, in the order given.
    pub environment: Vec<Assignment>,
    /// Docker labels merged into the patched containers, in the order given.
    pub labels: Vec<Assignment>,
    /// Secrets merged into the patched containers, in the order given.
    pub secrets: Vec<Assignment>,
    /// Sent only when asked for; never negative.
    pub desired_count: Option<i32>,
    /// Start a new deployment even where nothing changes.
    pub force_new_deployment: bool,
    /// Look whether all is there that the tasks need.
    pub preflight: bool,
    /// Refuse an image that is proved not to hold the task's platform.
    pub platform_check: bool,
    /// Deploy a version of package.json although this service was rolled back
    /// from it.
    pub allow_rolled_back: bool,
    pub list_limit: u32,
    /// What `verify` expects.
    pub expect: Expect,
    /// Refuse an image with findings of this severity or a higher one.
    pub fail_on: Option<Severity>,
    /// The folder of the package: the part of a monorepo whose commits are shown.
    pub folder: PathBuf,
    /// What else the app is made of.
    pub parts: Vec<Part>,
    /// The git tag that a successful deployment gets.
    pub git_tag: Option<GitTagTemplate>,
    /// Whether that tag gets a GitHub Release, with the commits as its notes.
    pub github_release: bool,
    pub record: Option<Record>,
    /// The tags that keep the images of a successful deployment; they are not versions.
    pub keep_tag: Option<KeepTag>,
    /// The task that runs before the service is touched.
    pub before: Before,
    /// What to do when another deployment is in progress.
    pub in_flight: InFlight,
    /// What is only for services whose deployments CodeDeploy makes.
    pub codedeploy: CodeDeployOptions,
    pub wait: Wait,
    /// What the new version has to answer once it is there.
    pub check: Option<Check>,
    /// What becomes of the scheduled tasks of its family.
    pub schedules: Schedules,
    pub failure: Failure,
}

impl<T> AppRequest<T> {
    /// Whether more than images is to change in the patched containers.
    pub(crate) fn merges(&self) -> bool {
        [&self.environment, &self.labels, &self.secrets].iter().any(|it| !it.is_empty())
    }

    /// Whether a value, or a text of the check, takes what is known of the image.
    pub(crate) fn takes(&self, placeholder: Placeholder) -> bool {
        let values = self.environment.iter().chain(&self.labels).map(|it| it.value.as_str());
        let texts = self.check.iter().flat_map(Check::texts).map(|(_, text)| text);
        values.chain(texts).any(|text| placeholder.is_in(text))
    }
}

#[cfg(test)]
impl AppRequest {
    /// What the inputs mean where only these of `target` are given.
    pub(crate) fn with_defaults(target: Target) -> Self {
        Self {
            app: None,
            in_environment: None,
            requires: Vec::new(),
            target,
            deployment: None,
            account: None,
            containers: Vec::new(),
            further_images: Vec::new(),
            source: None,
            from_stable_for: Duration::ZERO,
            wanted: Wanted::Version {
                version: None,
                package: PathBuf::from("package.json"),
                package_given: false,
                version_file: None,
                tag_template: None,
                repository: None,
            },
            task_definition: TaskDefinitionSource::Running,
            environment: Vec::new(),
            labels: Vec::new(),
            secrets: Vec::new(),
            desired_count: None,
            force_new_deployment: false,
            preflight: true,
            platform_check: true,
            allow_rolled_back: false,
            list_limit: 20,
            expect: Expect::Present,
            fail_on: None,
            folder: PathBuf::new(),
            parts: Vec::new(),
            git_tag: None,
            github_release: false,
            record: None,
            keep_tag: None,
            before: Before::Nothing,
            in_flight: InFlight::Wait,
            codedeploy: CodeDeployOptions::default(),
            check: None,
            schedules: Schedules::Ignore,
            wait: Wait { enabled: true, timeout: None, until: WaitUntil::Done },
            failure: Failure {
                on_failure: OnFailure::Undo,
                on_timeout: OnFailure::Keep,
                max_failed_tasks: None,
                log_lines: 20,
            },
        }
    }
}

/// Where the task definition to patch comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskDefinitionSource {
    Running,
    /// A file of the checkout, JSON or YAML.
    File(PathBuf),
    /// A family (its newest active revision), `family:revision` or an ARN: what
    /// `DescribeTaskDefinition` takes.
    Registered(String),
}

/// One line of `environment-variables`, `docker-labels` or `secrets`. The value is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    pub name: String,
    /// Its value, with placeholders for what is known of the image; for a secret where the
    /// value comes from.
    pub value: String,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=***", self.name)
    }
}
