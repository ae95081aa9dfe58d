//! What `previous` means under CodeDeploy, computed once more: from what the simulator
//! knows to have happened, on names, and without a line of the product.
//!
//! CodeDeploy keeps no digests: an image is what its tag names now, unless that was pushed
//! later; but for what runs.

use std::time::Duration;

use simulator::{CodeDeployDeployment, CodeDeployTruth};

/// The newest so many deployments are looked at, rollbacks among them.
const NEWEST: usize = 50;

/// What a definition runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Version {
    /// An ARN.
    pub(super) definition: String,
    /// How the definition spells its image.
    pub(super) reference: String,
    /// Unless nobody can know it any more.
    pub(super) digest: Option<String>,
    /// What its tag names now, if that was pushed after it was deployed.
    pub(super) moved_to: Option<String>,
    /// When that was pushed, of what is known and still in ECR; zero for long ago.
    pub(super) pushed: Duration,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Back to this.
    To(Version),
    /// The service is back, or on its way.
    AlreadyBack,
    /// A deployment that was to bring an earlier version back has failed.
    ReturnFailed,
    /// There is nothing before it.
    OnlyOne,
    /// The record does not show it.
    Unknown,
}

/// A task set of the service.
#[derive(Debug, Clone)]
pub(super) struct TaskSet {
    pub(super) is_primary: bool,
    pub(super) definition: String,
    /// The deployment that made it.
    pub(super) made_by: Option<String>,
    /// Of its tasks.
    pub(super) digest: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Succeeded,
    RolledBack,
    RollingBack,
    Failed,
    UnderWay,
}

impl Version {
    fn has_image_of(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(own), Some(others)) => own == others,
            (Some(digest), None) if other.moved_to.as_ref() == Some(digest) => false,
            (None, Some(digest)) if self.moved_to.as_ref() == Some(digest) => false,
            _ => self.reference == other.reference,
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.definition == other.definition && self.has_image_of(other)
    }
}

fn end(it: &CodeDeployDeployment, truth: &CodeDeployTruth) -> End {
    let rollback = it.rolled_back_by.as_ref().map(|id| truth.deployment(id));
    match (it.status.as_str(), rollback) {
        ("Succeeded", _) => End::Succeeded,
        // Only its old tasks were left to remove, and nothing came back.
        ("Stopped", None) if it.served.is_some() => End::Succeeded,
        ("Failed" | "Stopped", None) => End::Failed,
        ("Failed" | "Stopped", Some(rollback)) => match rollback.status.as_str() {
            "Failed" | "Stopped" => End::Failed,
            _ if rollback.served.is_some() => End::RolledBack,
            _ => End::RollingBack,
        },
        _ if it.served.is_some() => End::Succeeded,
        _ => End::UnderWay,
    }
}

/// The answer; `version` says what a definition ran that was deployed then, by what its
/// tasks tell if there are some.
pub(super) fn previous(
    truth: &CodeDeployTruth,
    sets: &[TaskSet],
    version: impl Fn(&str, Option<&TaskSet>, Duration) -> Version,
) -> Answer {
    let first = truth.deployments.len().saturating_sub(NEWEST);
    let listed = &truth.deployments[first..];
    let own: Vec<&CodeDeployDeployment> =
        listed.iter().filter(|it| it.rolls_back.is_none()).collect();
    if own.is_empty() {
        return Answer::Unknown;
    }
    let maker = |set: &TaskSet| {
        let made = own.iter().find(|it| Some(&it.id) == set.made_by.as_ref());
        let same = || own.iter().rev().filter(|it| it.task_definition == set.definition);
        let served = || same().find(|it| end(it, truth) == End::Succeeded);
        made.or_else(served).or_else(|| same().next()).copied()
    };
    let before = sets.iter().rev().find(|set| maker(set).is_none());
    let since = (first > 0).then(|| own[0].created);
    let mut replayed = Replayed { since, ..Replayed::default() };
    let before = before.filter(|_| since.is_none());
    replayed.stack.extend(before.map(|set| version(&set.definition, Some(set), Duration::MAX)));
    let is_of_its_own = |set: &&TaskSet| own.iter().any(|it| Some(&it.id) == set.made_by.as_ref());
    let brought = |it: &CodeDeployDeployment| {
        let made = sets.iter().find(|set| set.made_by.as_ref() == Some(&it.id));
        let stands_for = |set: &&TaskSet| maker(set).is_some_and(|maker| maker.id == it.id);
        let set = made.or_else(|| sets.iter().filter(|set| !is_of_its_own(set)).find(stands_for));
        version(&it.task_definition, set, it.created)
    };
    let primary = sets.iter().find(|set| set.is_primary).expect("there is a primary one");
    let runs = maker(primary).map_or("", |it| &it.id);
    // Several may have failed in a row, after one that failed and kept the traffic.
    let failed = own.iter().rev().take_while(|it| end(it, truth) == End::Failed).count();
    let tail = own[own.len() - failed..].iter().position(|it| it.id == runs);
    let at = tail.map_or(own.len() - 1, |it| own.len() - failed + it);
    let last = own[at];
    for deployment in &own[..at] {
        replayed.take(brought(deployment), end(deployment, truth));
    }
    let runs_newest = last.finished.is_none() || runs == last.id;
    let (last, end) = (brought(last), end(last, truth));
    match end {
        End::Succeeded | End::RolledBack => {
            replayed.take(last, end);
            replayed.below()
        }
        _ if replayed.stack.is_empty() => Answer::Unknown,
        End::RollingBack => Answer::AlreadyBack,
        End::Failed if !runs_newest => Answer::AlreadyBack,
        End::Failed | End::UnderWay => replayed.in_the_middle(&last, end),
    }
}

/// What succeeded and was not returned from.
#[derive(Debug, Default)]
struct Replayed {
    stack: Vec<Version>,
    /// When the list begins, if older ones were not read.
    since: Option<Duration>,
    /// What may lie below the stack then, beside what was not read.
    below: Vec<Version>,
    /// Tried since the last success or rollback, without success.
    failures: Vec<Version>,
    is_back: bool,
}

impl Replayed {
    fn take(&mut self, it: Version, end: End) {
        match end {
            End::Succeeded => {
                match self.lies(&it) {
                    Some(at) if at + 1 == self.stack.len() => {
                        self.is_back |= self.failures.iter().any(|failed| !failed.is(&it));
                        self.stack[at] = it;
                    }
                    Some(at) => {
                        self.stack.truncate(at);
                        self.stack.push(it);
                        self.is_back = true;
                    }
                    None => {
                        if self.may_be_older(&it) {
                            self.below.append(&mut self.stack);
                        }
                        self.stack.push(it);
                        self.is_back = false;
                    }
                }
                self.failures.clear();
            }
            End::RolledBack => {
                self.is_back = true;
                self.failures.clear();
            }
            End::RollingBack | End::Failed | End::UnderWay => self.failures.push(it),
        }
    }

    /// Where a version lies on the stack: exactly or else by its image.
    fn lies(&self, it: &Version) -> Option<usize> {
        let (top, lower) = self.stack.split_last()?;
        if top.is(it) {
            return Some(lower.len());
        }
        let exact = lower.iter().rposition(|other| other.is(it));
        // The image of the top by another definition is a new configuration.
        let by_image = || lower.iter().rposition(|other| other.has_image_of(it));
        exact.or_else(|| (!top.has_image_of(it)).then(by_image).flatten())
    }

    /// Whether a version may have run before the list begins.
    fn may_be_older(&self, it: &Version) -> bool {
        self.since.is_some_and(|since| {
            it.digest.is_none()
                || it.pushed <= since
                || self.below.iter().any(|below| below.has_image_of(it))
        })
    }

    fn below(&self) -> Answer {
        match self.stack.as_slice() {
            [] => Answer::Unknown,
            _ if self.is_back => Answer::AlreadyBack,
            [_] if self.since.is_some() => Answer::Unknown,
            [_] => Answer::OnlyOne,
            [.., below, _] => Answer::To(below.clone()),
        }
    }

    /// The last deployment is under way, or has failed and has the traffic.
    fn in_the_middle(&self, own: &Version, end: End) -> Answer {
        let goes_back = match end {
            End::UnderWay => Answer::AlreadyBack,
            _ => Answer::ReturnFailed,
        };
        let top = &self.stack[self.stack.len() - 1];
        match self.lies(own) {
            Some(at) if at + 1 < self.stack.len() => goes_back,
            // The tag is the top's, and what it names now nobody can know.
            _ if own.digest.is_none() && own.has_image_of(top) => Answer::Unknown,
            None if self.may_be_older(own) => Answer::Unknown,
            None => Answer::To(top.clone()),
            Some(_) if self.failures.iter().any(|failed| !failed.is(own)) => goes_back,
            Some(_) => self.below(),
        }
    }
}
