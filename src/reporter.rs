//! What the lower rooms are given instead of reaching for it themselves: the
//! voice through which a run reports its progress.
//!
//! Only the trait and its vocabulary live here. Where the words go, how they
//! are escaped and what a log looks like is not known in this file.

use std::fmt;
use std::path::Path;

use crate::problem::Problem;

/// What the people watching the run see, as it happens, and what the steps
/// after this one can read.
///
/// Texts may come from anybody (ECS events, commit titles, image labels): an
/// implementation prints them as text, whatever they contain. Nothing here but
/// [`Self::file`] returns an error, because no decision of a run may hang on whether
/// somebody could be told.
pub trait Reporter: Send + Sync {
    /// Prints one line of the log; a line break in `text` starts another one.
    fn line(&self, text: &str);

    /// Prints lines under a title that can be folded. Nothing else is printed
    /// in between.
    fn group(&self, title: &str, lines: &[String]);

    /// Says something worth knowing that needs no action: in the log and as an
    /// annotation of the run.
    fn notice(&self, problem: &Problem);

    /// Says what should be looked at although the run continues: in the log and
    /// as an annotation of the run.
    fn warning(&self, problem: &Problem);

    /// Says why the run fails: in the log and as an annotation of the run.
    fn error(&self, problem: &Problem);

    /// Sets an output at once, so that it survives whatever happens next. Set
    /// twice, the later value counts.
    fn output(&self, name: OutputName, value: &str);

    /// Leaves a value for the post step of this action, which runs also where this
    /// step is killed. Set twice, the later value counts.
    fn state(&self, name: &str, value: &str);

    /// Adds Markdown to the summary of the run. The text is written as it is:
    /// escaping what is untrusted in it is the caller's work.
    fn summary(&self, markdown: &str);

    /// Writes a file that was asked for, in place of the one that may be there.
    ///
    /// # Errors
    /// It could not be written.
    fn file(&self, path: &Path, content: &str) -> Result<(), Problem>;
}

/// One of several that speak at once: each line and annotation begins with its name.
pub(crate) struct Named<'a> {
    pub(crate) reporter: &'a dyn Reporter,
    pub(crate) name: &'a str,
}

impl Named<'_> {
    fn named(&self, text: &str) -> String {
        format!("{}: {text}", self.name)
    }

    fn of(&self, problem: &Problem) -> Problem {
        Problem { message: self.named(&problem.message), ..problem.clone() }
    }
}

impl Reporter for Named<'_> {
    fn line(&self, text: &str) {
        self.reporter.line(&self.named(text));
    }

    fn group(&self, title: &str, lines: &[String]) {
        self.reporter.group(&self.named(title), lines);
    }

    fn notice(&self, problem: &Problem) {
        self.reporter.notice(&self.of(problem));
    }

    fn warning(&self, problem: &Problem) {
        self.reporter.warning(&self.of(problem));
    }

    fn error(&self, problem: &Problem) {
        self.reporter.error(&self.of(problem));
    }

    fn output(&self, name: OutputName, value: &str) {
        self.reporter.output(name, value);
    }

    fn state(&self, name: &str, value: &str) {
        self.reporter.state(name, value);
    }

    fn summary(&self, markdown: &str) {
        self.reporter.summary(markdown);
    }

    fn file(&self, path: &Path, content: &str) -> Result<(), Problem> {
        self.reporter.file(path, content)
    }
}

/// Whether a terminal or a browser obeys a character, or shows nothing in its place: controls,
/// marks that turn the direction of writing, and those without a width. Wherever a text of
/// others is printed they are spelled out.
pub(crate) fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}

macro_rules! outputs {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum OutputName {
            $($(#[$doc])* $variant,)+
        }

        impl OutputName {
            /// Every output, in the order in which they are documented.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name by which a workflow reads it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

outputs! {
    /// How the run ended, in one word.
    Result = "result",
    /// The version that was asked for, without a leading `v`.
    Version = "version",
    PreviousVersion = "previous-version",
    /// The version that runs in the end.
    RunningVersion = "running-version",
    /// The full image reference. It holds the account id.
    Image = "image",
    ImageTag = "image-tag",
    /// The digest of the image: `sha256:` and 64 hex digits.
    ImageDigest = "image-digest",
    /// The ARN of the task definition. It holds the account id.
    TaskDefinitionArn = "task-definition-arn",
    /// The family of the task definition.
    TaskDefinitionFamily = "task-definition-family",
    /// The revision of the task definition, a number.
    TaskDefinitionRevision = "task-definition-revision",
    /// The ARN of the task definition that ran before. It holds the account id.
    PreviousTaskDefinitionArn = "previous-task-definition-arn",
    /// The ARN of the one-off task. It holds the account id.
    OneOffTaskArn = "one-off-task-arn",
    /// The id of the deployment: `ecs-svc/…`, or `d-…` where CodeDeploy makes it.
    DeploymentId = "deployment-id",
    /// The ARN of the service deployment. It holds the account id.
    ServiceDeploymentArn = "service-deployment-arn",
    /// The id of the deployment by CodeDeploy: `d-…`.
    CodedeployDeploymentId = "codedeploy-deployment-id",
    /// The id of the GitHub Deployment, a number.
    GithubDeploymentId = "github-deployment-id",
    /// How long the run took, in whole seconds.
    DurationSeconds = "duration-seconds",
    /// Why the run failed, in one sentence.
    FailureReason = "failure-reason",
    /// Whether anything is to be deployed: `true` or `false`.
    Any = "any",
    /// How many apps are to be deployed.
    Count = "count",
    /// The apps to deploy, as the `matrix` of a job takes them.
    Matrix = "matrix",
    /// The versions that can be rolled back to, as a JSON list, newest first.
    Versions = "versions",
    /// The page that was written, as a path in the checkout.
    PageFile = "page-file",
    /// Everything above as a JSON list with one object per app.
    Report = "report",
}

impl fmt::Display for OutputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
