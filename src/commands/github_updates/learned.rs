//! What is known of one deployment at GitHub, as far as it is known.

use std::sync::{Mutex, PoisonError};

use tokio::sync::SetOnce;

use crate::commands::post::OpenRecord;
use crate::deploy::context::Run;
use crate::github::{Comparison, State};
use crate::names::AccountId;
use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::request::Target;

#[derive(Debug, Default)]
pub(crate) struct GitHubUpdates {
    /// What `{name}` stands for in the template of git tags.
    pub(super) name: Option<String>,
    pub(super) begun: SetOnce<Begun>,
    /// Of which commit the wanted image was built, or why that is not known.
    pub(super) commit: SetOnce<Result<String, String>>,
    /// The GitHub Deployment; none where it could not be created.
    pub(super) record: SetOnce<Option<u64>>,
    pub(super) learned: Mutex<Learned>,
}

/// What there is to ask about.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) target: Target,
    pub(super) account: AccountId,
    pub(super) from: VersionInfo,
    /// With the revision that was registered.
    pub(super) to: VersionInfo,
    /// Nothing is only shown: it has begun, and is to be recorded.
    pub(super) is_real: bool,
}

#[derive(Debug, Default)]
pub(super) struct Learned {
    pub(super) commits: Option<Result<Comparison, String>>,
    /// What the post step has to close if this step does not.
    pub(super) left: Option<OpenRecord>,
    /// That the post step has it to do was said already.
    pub(super) is_left_aloud: bool,
    /// How the deployment ended, once that is known.
    pub(super) ended: Option<(State, String)>,
    /// A git tag that is wanted, and of which nothing is known yet.
    pub(super) tagging: Option<String>,
    /// The same of a tag that is to have a GitHub Release.
    pub(super) releasing: Option<String>,
    pub(super) warnings: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
}

impl GitHubUpdates {
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn learn(&self, change: impl FnOnce(&mut Learned)) {
        change(&mut self.learned.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn learned<T>(&self, read: impl FnOnce(&Learned) -> T) -> T {
        read(&self.learned.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn warn(&self, run: &Run<'_>, warning: Problem) {
        run.reporter.warning(&warning);
        self.learn(|it| it.warnings.push(warning));
    }

    pub(super) fn notice(&self, run: &Run<'_>, notice: Problem) {
        run.reporter.notice(&notice);
        self.learn(|it| it.notices.push(notice));
    }
}
