//! What `previous` means, computed once more, on names and without a line of the
//! product: what succeeded and was not returned from is a stack, and `previous` lies below
//! its top.

use std::time::Duration;

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
    /// No task has pulled the image yet.
    NotPulled,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
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

/// What succeeded and was not returned from.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) stack: Vec<Version>,
    /// When the list begins, if older ones were not read.
    since: Option<Duration>,
    /// What may lie below the stack then, beside what was not read.
    below: Vec<Version>,
    /// Tried since the last success or rollback, without success.
    failures: Vec<Version>,
    is_back: bool,
}

impl Replayed {
    /// Of a list that begins then, because older ones were not read.
    pub(super) fn since(since: Option<Duration>) -> Self {
        Self { since, ..Self::default() }
    }

    pub(super) fn take(&mut self, it: Version, end: End) {
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

    pub(super) fn below(&self) -> Answer {
        match self.stack.as_slice() {
            [] => Answer::Unknown,
            _ if self.is_back => Answer::AlreadyBack,
            [_] if self.since.is_some() => Answer::Unknown,
            [_] => Answer::OnlyOne,
            [.., below, _] => Answer::To(below.clone()),
        }
    }

    /// The last deployment is under way, or has failed and has the traffic.
    pub(super) fn in_the_middle(&self, own: &Version, end: End) -> Answer {
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
