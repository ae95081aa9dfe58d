//! Histories written as one line of text.
//!
//! Each word is a deployment, oldest first: `B2` brought image `B` by the
//! definition `web1:2` and succeeded. Marks behind it:
//!
//! | mark | the deployment |
//! |---|---|
//! | `!` | failed and stays primary |
//! | `<` | was rolled back by ECS |
//! | `<!` | was to be, and that failed |
//! | `<~` | is being rolled back by ECS |
//! | `/` | was superseded |
//! | `~` | is in progress, its image resolved |
//! | `~?` | is in progress, no task started |
//! | `.` | succeeded and started no task |
//! | `*` | succeeded with tasks and without digests |
//!
//! `(A1)` before the first word ran when the list begins.

mod entries;
mod listing;
mod oracle;
mod stories;

use std::time::{Duration, SystemTime};

use super::entry::Entry;
use super::past_deployment::{
    Coverage, DeploymentName, DeploymentRecord, PastDeployment, PastRevision, PastStatus,
    RevisionId,
};
use super::previous::{HowReturned, NoPrevious, Previous};
use super::service_history::History;
use super::unknown::Unknown;
use crate::ecs::tests::{deployment, service_deployment};
use crate::ecs::{ContainerImage, Controller, DigestSource};
use crate::image::Digest;
use crate::names::ContainerName;

/// The record behind a line of text, to be changed before it is read. Its deployments and
/// revisions are the oldest first.
pub(super) struct Story(DeploymentRecord);

impl Story {
    pub(super) fn of(line: &str) -> Self {
        let mut record = DeploymentRecord {
            controller: Controller::Ecs,
            deployments: Vec::new(),
            revisions: Vec::new(),
            coverage: Coverage::End { sources: Vec::new() },
            primary: None,
            primary_has_tasks: true,
            running: None,
            newest: None,
        };
        // What runs well, and what is primary.
        let (mut good, mut primary) = (None, 0);
        for (word, number) in line.split_whitespace().zip(0_u32..) {
            if let Some(base) = word.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
                record.revisions.push(revision(number, base, true));
                record.coverage = Coverage::End { sources: vec![id(number)] };
                (good, primary) = (Some(number), number);
                continue;
            }
            let (content, mark) = word.split_at(2);
            let (status, has_tasks) = status(mark);
            record.revisions.push(revision(number, content, has_tasks));
            let has_ended = !matches!(status, PastStatus::UnderWay | PastStatus::RollingBack);
            let is_returned_from = mark.starts_with('<') && mark != "<!";
            record.deployments.push(PastDeployment {
                name: name_of(number),
                revision: Some(id(number)),
                created_at: at(number.into()),
                finished_at: at(number.into()).filter(|_| has_ended),
                status: status.clone(),
                started_tasks: false,
                returned_to: good.filter(|_| is_returned_from).map(id),
            });
            primary = if is_returned_from { good.unwrap_or(number) } else { number };
            if status == PastStatus::Succeeded {
                good = Some(number);
            }
        }
        record.newest = record.deployments.last().map(|it| it.name.clone());
        if record.revisions.last().is_some_and(|it| it.images[0].digest.is_none()) {
            record.primary_has_tasks = line.ends_with('*');
        }
        let mut story = Self(record);
        story.runs(primary);
        story
    }

    /// The primary deployment is that of this number.
    pub(super) fn runs(&mut self, number: u32) {
        self.0.primary = Some(id(number));
        self.0.running = Some(id(number));
    }

    pub(super) fn sources(&mut self) -> &mut Vec<RevisionId> {
        match &mut self.0.coverage {
            Coverage::End { sources } => sources,
            Coverage::Newest | Coverage::Cut => panic!("the list is cut"),
        }
    }

    /// The list as `ListServiceDeployments` gives it, without where rollbacks led.
    pub(super) fn brief(mut self) -> Self {
        for deployed in &mut self.0.deployments {
            deployed.returned_to = None;
        }
        self
    }

    /// Only the newest `count` deployments were read.
    pub(super) fn cut_to(mut self, count: usize) -> Self {
        self.0.deployments.drain(..self.0.deployments.len() - count);
        self.0.coverage = Coverage::Cut;
        self
    }

    pub(super) fn history(&self) -> History {
        let mut newest_first = self.0.clone();
        newest_first.deployments.reverse();
        History::new(&newest_first, &containers())
    }

    /// What `previous` answers, in a few words.
    pub(super) fn previous(&self) -> String {
        said(&self.history().previous())
    }
}

fn at(second: u64) -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second))
}

fn status(mark: &str) -> (PastStatus, bool) {
    match mark {
        "" => (PastStatus::Succeeded, true),
        "." | "*" => (PastStatus::Succeeded, false),
        "!" => (PastStatus::Failed, true),
        "/" => (PastStatus::Superseded, true),
        "<" => (PastStatus::RolledBack, true),
        "<!" => (PastStatus::RollbackFailed, true),
        "<~" => (PastStatus::RollingBack, true),
        "~" => (PastStatus::UnderWay, true),
        "~?" => (PastStatus::UnderWay, false),
        other => panic!("no such mark: {other}"),
    }
}

pub(super) fn containers() -> Vec<ContainerName> {
    vec!["app".parse().expect("a container's name")]
}

pub(super) fn id(number: u32) -> RevisionId {
    RevisionId::Ecs(number.to_string())
}

pub(super) fn name_of(number: u32) -> DeploymentName {
    DeploymentName::Ecs(service_deployment(number, "").arn)
}

/// The container `app` with that image, and a sidecar whose tag moves every time.
fn revision(number: u32, content: &str, is_resolved: bool) -> PastRevision {
    let (image, definition) = content.split_at(1);
    let definition = definition.parse().expect("a digit");
    let container = |name: &str, image: String, digest: Digest| ContainerImage {
        container: name.to_owned(),
        image,
        digest: is_resolved.then_some(digest),
        source: DigestSource::Ecs,
        pushed_at: None,
    };
    PastRevision {
        id: id(number),
        definition: deployment(definition, "", None).task_definition,
        images: vec![
            container("proxy", "proxy:1".to_owned(), digest_of(&format!("{number:x}"))),
            container("app", format!("web:{image}"), digest_of(image)),
        ],
    }
}

pub(super) fn digest_of(text: &str) -> Digest {
    let mut hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    hex.extend(std::iter::repeat_n('0', 64 - hex.len()));
    format!("sha256:{hex}").parse().expect("a digest")
}

fn said(previous: &Result<Previous<'_>, NoPrevious<'_>>) -> String {
    match previous {
        Ok(previous) if previous.configuration_only => {
            format!("{}, configuration only", name(previous.entry))
        }
        Ok(previous) => name(previous.entry),
        Err(NoPrevious::AlreadyBack { on, way }) => match way {
            HowReturned::Done { .. } => format!("already back on {}", name(on)),
            HowReturned::UnderWay => format!("on its way back to {}", name(on)),
            HowReturned::Idle => format!("back on {} without tasks", name(on)),
            HowReturned::Stayed => format!("still on {}", name(on)),
        },
        Err(NoPrevious::ReturnFailed { to }) => format!("return to {} failed", name(to)),
        Err(NoPrevious::OnlyOne(entry)) => format!("only {}", name(entry)),
        Err(NoPrevious::Lagging) => "lagging".to_owned(),
        Err(NoPrevious::Unknown(gap)) => match **gap {
            Unknown::NothingListed => "nothing listed",
            Unknown::OnlyNewest => "only the newest",
            Unknown::OlderNotRead => "older not read",
            Unknown::NothingSucceeded => "nothing succeeded",
            Unknown::NoPrimary => "no primary",
            Unknown::SeveralSources => "several sources",
            Unknown::Unread(_) => "unread",
            Unknown::Unpinned(_) => "unpinned",
            Unknown::NotResolved => "not resolved",
            Unknown::Strayed(_) => "strayed",
            Unknown::NewStatus(_) => "unknown status",
            Unknown::Incomplete => "incomplete",
        }
        .to_owned(),
    }
}

/// `B2`, as in the line of text.
pub(super) fn name(entry: &Entry) -> String {
    let image = entry.tag().unwrap_or_default();
    let definition = entry.definition().map(|it| it.revision().to_string());
    format!("{image}{}", definition.unwrap_or_default())
}
