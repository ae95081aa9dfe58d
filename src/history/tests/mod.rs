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
//! | `~` | is under way, its image resolved |
//! | `~?` | is under way, no task started |
//! | `.` | succeeded and started no task |
//! | `*` | succeeded with tasks and without digests |
//!
//! `(A1)` before the first word ran when the list begins.

mod listing;
mod oracle;
mod record;
mod stories;

use super::previous::{HowReturned, NoPrevious, Previous};
use super::{Coverage, Entry, History, Record, RecordSource, Unknown};
use crate::ecs::tests::{deployment, service, service_deployment};
use crate::ecs::{
    ContainerImage, DigestSource, Rollback, Service, ServiceDeployment, ServiceRevision,
    ServiceRevisionArn,
};
use crate::image::Digest;
use crate::names::ContainerName;

/// The history behind a line of text, to be changed before it is read.
pub(super) struct Story {
    /// Oldest first.
    pub(super) deployments: Vec<ServiceDeployment>,
    pub(super) revisions: Vec<ServiceRevision>,
    pub(super) service: Service,
    pub(super) sources: Vec<ServiceRevisionArn>,
    pub(super) is_cut: bool,
}

impl Story {
    pub(super) fn of(line: &str) -> Self {
        let mut story = Self {
            deployments: Vec::new(),
            revisions: Vec::new(),
            service: service([]),
            sources: Vec::new(),
            is_cut: false,
        };
        // What runs well, and what is primary.
        let (mut good, mut primary) = (None, 0);
        for (word, number) in line.split_whitespace().zip(0_u32..) {
            if let Some(base) = word.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
                story.revisions.push(revision(number, base, true));
                story.sources.push(revision_arn(number));
                (good, primary) = (Some(number), number);
                continue;
            }
            let (content, mark) = word.split_at(2);
            let (status, has_tasks) = status(mark);
            story.revisions.push(revision(number, content, has_tasks));
            let mut deployed = service_deployment(number, status);
            deployed.finished_at = deployed.created_at.filter(|_| !deployed.status.is_under_way());
            if mark == "/" {
                deployed.status_reason = Some("Replaced by a new service deployment.".to_owned());
            }
            primary = number;
            if mark.starts_with('<') && mark != "<!" {
                deployed.rollback = Some(Rollback { reason: None, to: good.map(revision_arn) });
                primary = good.unwrap_or(number);
            }
            if status == "SUCCESSFUL" {
                good = Some(number);
            }
            story.deployments.push(deployed);
        }
        story.runs(primary);
        story.service.current_service_deployment =
            story.deployments.last().map(|it| it.arn.clone());
        if story.revisions.last().is_some_and(|it| it.images[0].digest.is_none()) {
            let has_tasks = line.ends_with('*');
            story.service.deployments[0].counts.running = i32::from(has_tasks);
        }
        story
    }

    /// The primary deployment is that of this number.
    pub(super) fn runs(&mut self, number: u32) {
        self.service.deployments = vec![deployment(number, "PRIMARY", None)];
    }

    /// The list as `ListServiceDeployments` gives it, without where rollbacks led.
    pub(super) fn brief(mut self) -> Self {
        for deployed in &mut self.deployments {
            deployed.rollback = None;
        }
        self
    }

    /// Only the newest `count` deployments were read.
    pub(super) fn cut_to(mut self, count: usize) -> Self {
        self.deployments.drain(..self.deployments.len() - count);
        self.is_cut = true;
        self
    }

    pub(super) fn history(&self) -> History {
        let newest_first: Vec<_> = self.deployments.iter().rev().cloned().collect();
        let coverage =
            if self.is_cut { Coverage::Cut } else { Coverage::End { sources: &self.sources } };
        let record = Record {
            deployments: &newest_first,
            revisions: &self.revisions,
            coverage,
            primary: None,
            source: RecordSource::Ecs,
        };
        History::new(record, &self.service, &containers())
    }

    /// What `previous` answers, in a few words.
    pub(super) fn previous(&self) -> String {
        said(&self.history().previous())
    }
}

fn status(mark: &str) -> (&'static str, bool) {
    match mark {
        "" => ("SUCCESSFUL", true),
        "." | "*" => ("SUCCESSFUL", false),
        "!" | "/" => ("STOPPED", true),
        "<" => ("ROLLBACK_SUCCESSFUL", true),
        "<!" => ("ROLLBACK_FAILED", true),
        "<~" => ("ROLLBACK_IN_PROGRESS", true),
        "~" => ("IN_PROGRESS", true),
        "~?" => ("PENDING", false),
        other => panic!("no such mark: {other}"),
    }
}

pub(super) fn containers() -> Vec<ContainerName> {
    vec!["app".parse().expect("a container's name")]
}

pub(super) fn revision_arn(number: u32) -> ServiceRevisionArn {
    service_deployment(number, "").target.expect("it has one")
}

/// The container `app` with that image, and a sidecar whose tag moves every time.
fn revision(number: u32, content: &str, is_resolved: bool) -> ServiceRevision {
    let (image, definition) = content.split_at(1);
    let definition = definition.parse().expect("a digit");
    let container = |name: &str, image: String, digest: Digest| ContainerImage {
        container: name.to_owned(),
        image,
        digest: is_resolved.then_some(digest),
        source: DigestSource::Ecs,
        pushed_at: None,
    };
    ServiceRevision {
        arn: revision_arn(number),
        task_definition: deployment(definition, "", None).task_definition,
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
