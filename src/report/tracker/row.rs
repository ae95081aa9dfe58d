//! A service as the table of all services shows it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::report::accounts::without_accounts;
use crate::report::app::AppReport;
use crate::report::listing::{Period, Version, minute};
use crate::text::cut;

/// Characters of a text in a cell.
pub(super) const LONGEST: usize = 100;

/// A service in the table of all. Times and names as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    pub(super) app: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) service: String,
    pub(super) cluster: String,
    pub(super) region: String,
    /// What tasks run; `None`: nothing, as far as is known.
    pub(super) runs: Option<String>,
    pub(super) since: Option<String>,
    pub(super) by: Option<String>,
    /// The newest deployment, and how it ended.
    pub(super) newest: Option<String>,
    /// When it began, in seconds since the epoch.
    pub(super) newest_at: Option<u64>,
}

impl Row {
    /// The row of a service; `None` where its versions were not read.
    pub(crate) fn new(report: &AppReport) -> Option<Self> {
        let target = report.asked.subject.target()?;
        let versions = report.listing.as_ref()?;
        let running: Vec<&Version> = versions.iter().filter(|it| it.running).collect();
        let names: Vec<String> = running.iter().map(|it| it.name.to_string()).collect();
        let last = running.iter().find_map(|it| it.runs.first());
        let newest = versions.iter().filter_map(|it| Some((it.runs.first()?, it)));
        let newest = newest.max_by_key(|(run, _)| age(run));
        let text =
            |text: String| cut(&without_accounts(&text, std::slice::from_ref(report)), LONGEST);
        Some(Self {
            app: report.asked.app.clone().map(text),
            environment: report.asked.environment.clone().map(text),
            service: text(target.service.to_string()),
            cluster: text(target.cluster.to_string()),
            region: target.region.to_string(),
            runs: (!names.is_empty()).then(|| text(names.join(", "))),
            since: last.and_then(|run| run.from).and_then(minute),
            newest_at: newest.and_then(|(run, _)| run.from).and_then(seconds),
            by: last.and_then(|run| run.by.clone()).map(text),
            newest: newest.map(|(run, version)| text(format!("{}: {}", version.name, run.ended))),
        })
    }

    /// What a comment says of its service; `None` where that is no row.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok().filter(|it| !it.service.is_empty())
    }

    pub(crate) fn object(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether it is not to give way to `new`: it knows of the end of a later deployment, or
    /// says the same and who asked for it as well.
    pub(crate) fn stays(&self, new: &Self) -> bool {
        let is_over = |(_, is_over): &(u64, bool)| *is_over;
        let old = self.reach().filter(is_over);
        let is_later = old.zip(new.reach()).is_some_and(|(old, new)| old > new);
        let knows_more = self.by.is_some() && new.by.is_none();
        is_later || knows_more && *self == Self { by: self.by.clone(), ..new.clone() }
    }

    /// How far its knowledge goes: when the newest deployment began, and whether that is over.
    fn reach(&self) -> Option<(u64, bool)> {
        let newest = self.newest.as_deref().unwrap_or_default();
        let (_, ended) = newest.rsplit_once(": ").unwrap_or_default();
        Some((self.newest_at?, !is_open(ended)))
    }

    /// By this the rows are sorted.
    pub(super) fn place(&self) -> [Option<&str>; 5] {
        let Self { app, environment, service, cluster, region, .. } = self;
        [app.as_deref(), environment.as_deref(), Some(service), Some(cluster), Some(region)]
    }
}

/// What AWS does not show yet has no time, and has its run; what ran before all that AWS shows
/// has neither.
pub(super) fn age(run: &Period) -> (bool, Option<SystemTime>) {
    (run.from.is_none() && run.run.is_some(), run.from)
}

/// Whether a deployment that stands there in these words may go on.
pub(super) fn is_open(ended: &str) -> bool {
    matches!(ended, "in progress" | "rolling back")
}

fn seconds(at: SystemTime) -> Option<u64> {
    Some(at.duration_since(UNIX_EPOCH).ok()?.as_secs())
}
