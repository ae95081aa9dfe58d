//! The headline of a rollback: which version is back, and if none is, what runs.

use super::{AppReport, Outcome};
use crate::plan::VersionInfo;
use crate::problem::utc;

impl AppReport {
    /// As [`AppReport::headline`]; there "up" and "down" would mean the opposite.
    pub(super) fn headline_back(&self) -> String {
        let (service, by) = (self.asked.subject.name(), self.service.by);
        let to = self
            .versions
            .to
            .as_ref()
            .map_or_else(|| "an earlier version".to_owned(), VersionInfo::name);
        // Two definitions of one version have the same name: then it says nothing.
        let other = |side: &Option<VersionInfo>| {
            side.as_ref().map(VersionInfo::name).filter(|it| *it != to)
        };
        // What goes is what the service was set to, whether that ran or not.
        let from = other(&self.versions.from_in_flight).or_else(|| other(&self.versions.from));
        let running = other(&self.versions.running);
        match self.outcome {
            // No rollback ends as any of the others.
            Outcome::RolledBack
            | Outcome::Deployed
            | Outcome::Listed
            | Outcome::Verified
            | Outcome::Unverified => self.went_back(&to, from),
            Outcome::Unchanged => {
                format!("{}; nothing was changed", self.stands_on("already runs", &to).words())
            }
            Outcome::Planned => match from {
                Some(from) if self.goes_forward() => {
                    format!("{service} would go forward from {from} to {to}; nothing was written")
                }
                Some(from) => {
                    format!("{service} would go back from {from} to {to}; nothing was written")
                }
                None => format!(
                    "{service} would get an earlier configuration of {to}; nothing was written"
                ),
            },
            Outcome::Started => {
                format!("{service} is on its way to {to}; this run does not wait for the end")
            }
            Outcome::Undone => match running.or(from) {
                Some(back) => {
                    format!("the rollback of {service} to {to} failed; it is on {back} again")
                }
                None => format!("the rollback of {service} to {to} failed and was undone"),
            },
            Outcome::UndoFailed => match other(&self.failure.back_to).or(from) {
                Some(back) => format!(
                    "the rollback of {service} to {to} failed, and so did the way back to {back}"
                ),
                None => {
                    format!("the rollback of {service} to {to} failed, and so did the way back")
                }
            },
            Outcome::Failed => match (&self.rollout.deployment, &self.failure.remaining) {
                (Some(_), Some(remaining)) => {
                    format!("the rollback of {service} to {to} failed; {remaining}")
                }
                (Some(_), None) => format!("the rollback of {service} to {to} failed"),
                (None, _) => format!("{service} could not be rolled back to {to}"),
            },
            Outcome::Unknown => match (&self.rollout.deployment, other(&self.failure.back_to)) {
                (Some(_), None) => format!(
                    "what became of the rollback of {service} to {to} is not known; {by} goes on with it"
                ),
                (Some(_), Some(back)) => format!(
                    "the rollback of {service} to {to} failed; whether it is on {back} again is not known"
                ),
                (None, _) => {
                    format!("how far the rollback of {service} to {to} got is not known")
                }
            },
            Outcome::Superseded => {
                let of = running.map(|running| format!(", of {running},")).unwrap_or_default();
                format!(
                    "another deployment{of} took the place of the rollback of {service} to {to}"
                )
            }
            Outcome::TimedOut => match self.rollout.deployment {
                Some(_) if self.failure.undo.is_none() => {
                    format!("{service} was not on {to} in time; {by} goes on with it")
                }
                Some(_) => format!("{service} was not on {to} in time"),
                None => format!("{service} was not rolled back in time"),
            },
            Outcome::Cancelled => match self.rollout.deployment {
                Some(_) if self.rollout.is_rolling_back => {
                    format!("the run was cancelled; {by} is taking {to} back from {service}")
                }
                Some(_) if self.failure.back_to.is_some() => format!(
                    "the run was cancelled; the rollback of {service} to {to} failed and was not undone"
                ),
                Some(_) => {
                    format!("the run was cancelled; {by} goes on bringing {to} to {service}")
                }
                None => format!("the run for {service} was cancelled"),
            },
            Outcome::Refused => match (&self.versions.to, running) {
                (Some(_), Some(running)) => {
                    format!("{service} was not rolled back to {to}; it runs {running}")
                }
                (Some(_), None) => format!("{service} was not rolled back to {to}"),
                (None, _) => format!("{service} was not rolled back"),
            },
        }
    }

    /// What came, what was removed, and since when that had run.
    fn went_back(&self, to: &str, from: Option<String>) -> String {
        let verb = match &from {
            None => "is back on an earlier configuration of",
            Some(_) if self.goes_forward() => "was rolled forward to",
            Some(_) => "is back on",
        };
        let stands = self.stands_on(verb, to).words();
        let Some(from) = from else { return stands };
        let since = self.versions.from_since.and_then(utc);
        let since = since.map_or_else(String::new, |since| match self.versions.from_in_flight {
            // Most of what ran was something else.
            Some(_) => format!(" (its deployment began at {since})"),
            None => format!(" (it ran since {since})"),
        });
        let is_whole = self.versions.tasks.is_none_or(|tasks| tasks.running >= tasks.desired);
        let removed = if is_whole { "was removed" } else { "is being removed" };
        format!("{stands}; {from} {removed}{since}")
    }

    /// Whether the version asked for is newer than the one that ran.
    fn goes_forward(&self) -> bool {
        let version = |side: &Option<VersionInfo>| {
            side.as_ref()?.version.as_deref()?.parse::<semver::Version>().ok()
        };
        version(&self.versions.from)
            .zip(version(&self.versions.to))
            .is_some_and(|(old, new)| new > old)
    }
}
