//! The answer of a run in one sentence: what runs now.

use super::app::{AppReport, Subject, Versions};
use super::outcome::Outcome;
use crate::ecs::{Controller, TaskDefinitionArn};
use crate::plan::VersionInfo;
use crate::problem::utc;

impl AppReport {
    /// Without a full stop. It holds untrusted names as they are.
    pub(crate) fn headline(&self) -> String {
        self.verdict.clone().unwrap_or_else(|| Headline::of(self).sentence())
    }
}

/// The names that a headline is made of.
struct Headline<'a> {
    app: &'a AppReport,
    is_rollback: bool,
    service: &'a str,
    /// Who makes the deployments.
    by: &'a Controller,
    to: String,
    // Two definitions of one version have the same name as `to`: then it says nothing, and
    // is none of these.
    from: Option<String>,
    running: Option<String>,
    back_to: Option<String>,
}

impl<'a> Headline<'a> {
    fn of(app: &'a AppReport) -> Self {
        let is_rollback = app.asked.is_rollback || app.outcome == Outcome::RolledBack;
        let versions = &app.versions;
        let unknown = if is_rollback { "an earlier version" } else { "the new version" };
        let to = versions.to.as_ref().map_or_else(|| unknown.to_owned(), VersionInfo::name);
        let other = |side: &Option<VersionInfo>| {
            side.as_ref().map(VersionInfo::name).filter(|name| *name != to)
        };
        // What a rollback removes is what the service was set to, whether that ran or not.
        let in_flight = other(&versions.from_in_flight).filter(|_| is_rollback);
        Self {
            app,
            is_rollback,
            service: app.asked.subject.name(),
            by: &app.service.controller,
            from: in_flight.or_else(|| other(&versions.from)),
            running: other(&versions.running),
            back_to: other(&app.failure.back_to),
            to,
        }
    }

    fn sentence(&self) -> String {
        if matches!(self.app.asked.subject, Subject::Family { .. }) {
            return self.of_family();
        }
        let Self { is_rollback, service, to, .. } = self;
        match self.app.outcome {
            Outcome::Deployed => self.deployed(),
            Outcome::RolledBack => self.rolled_back(),
            Outcome::Registered => self.of_family(),
            Outcome::Ran => format!("the one-off task of {service} with {to} succeeded"),
            Outcome::Reached => self.reached(),
            Outcome::Listed | Outcome::Mixed => self.listed(),
            // A check has a verdict.
            Outcome::Verified | Outcome::Unverified => format!("{to} was checked for {service}"),
            Outcome::Unchanged => {
                let nothing = if *is_rollback { "changed" } else { "deployed" };
                format!("{}; nothing was {nothing}", self.is_on("already runs", to))
            }
            Outcome::Planned => self.planned(),
            Outcome::Started => {
                let started = match is_rollback {
                    true => format!("{service} is being rolled back to {to}"),
                    false => format!("{to} is being deployed to {service}"),
                };
                format!("{started}; this run does not wait for it to finish")
            }
            Outcome::Undone => self.undone(),
            Outcome::UndoFailed => {
                let back_to = self.back_to.as_ref().or(self.from.as_ref());
                let back_to = back_to.map(|it| format!(" to {it}")).unwrap_or_default();
                match self.app.failure.called_off_for {
                    Some(_) => format!("{}, and the undo{back_to} failed", self.failure()),
                    None => format!("{}, and so did the undo{back_to}", self.failure()),
                }
            }
            Outcome::Failed => self.failed(),
            Outcome::Unknown => self.unknown(),
            Outcome::Superseded => {
                let of = self.running.as_ref().map(|it| format!(", of {it},")).unwrap_or_default();
                format!("another deployment{of} replaced {}", self.rollout())
            }
            Outcome::TimedOut => self.timed_out(),
            Outcome::Cancelled => self.cancelled(),
            Outcome::Refused | Outcome::Held | Outcome::Blocked => self.refused(),
        }
    }

    /// The same of a task definition that no service runs.
    fn of_family(&self) -> String {
        let Self { service: family, to, app, .. } = self;
        let revision = app.versions.to.as_ref().and_then(|it| it.task_definition.as_ref());
        let revision = revision.map_or_else(|| (*family).to_owned(), TaskDefinitionArn::short);
        let before = self.from.as_ref().map(|it| format!(" (before: {it})")).unwrap_or_default();
        match app.outcome {
            Outcome::Registered => format!("{revision} was registered with {to}{before}"),
            Outcome::Unchanged => format!("{revision} already has {to}; nothing was registered"),
            Outcome::Planned => self.planned(),
            Outcome::Cancelled => self.cancelled(),
            Outcome::Unknown => format!("it is not known whether {to} was registered for {family}"),
            Outcome::TimedOut => format!("{to} was not registered for {family} in time"),
            Outcome::Refused if app.versions.to.is_none() => {
                format!("nothing was registered for {family}")
            }
            Outcome::Refused => format!("{to} was not registered for {family}"),
            _ => format!("{to} could not be registered for {family}"),
        }
    }

    fn failure(&self) -> String {
        let Self { service, to, .. } = self;
        match (&self.app.failure.called_off_for, self.is_rollback) {
            (Some(other), true) => {
                format!("the rollback of {service} to {to} was called off, because {other} failed")
            }
            (Some(other), false) => {
                format!("{to} was called off on {service}, because {other} failed")
            }
            (None, true) => format!("the rollback of {service} to {to} failed"),
            (None, false) => format!("{to} failed on {service}"),
        }
    }

    fn rollout(&self) -> String {
        let Self { service, to, .. } = self;
        match self.is_rollback {
            true => format!("the rollback of {service} to {to}"),
            false => format!("{to} on {service}"),
        }
    }

    fn is_started(&self) -> bool {
        self.app.rollout.deployment.is_some()
    }

    fn deployed(&self) -> String {
        let runs = self.is_on("runs", &self.to);
        match &self.from {
            _ if self.is_idle() => runs,
            Some(from) => format!("{runs} (before: {from})"),
            None if self.app.versions.from.is_some() => format!("{runs}, deployed again"),
            None => runs,
        }
    }

    /// What is back, what was removed, and since when that had run.
    fn rolled_back(&self) -> String {
        let verb = match &self.from {
            None => "is back on an earlier configuration of",
            Some(_) if self.goes_forward() => "was rolled forward to",
            Some(_) => "is back on",
        };
        let is_back = self.is_on(verb, &self.to);
        let Some(from) = &self.from else { return is_back };
        let versions = &self.app.versions;
        let since = versions.from_since.and_then(utc);
        let since = since.map_or_else(String::new, |since| match versions.from_in_flight {
            // Most of what ran was something else.
            Some(_) => format!(" (its deployment began at {since})"),
            None => format!(" (it ran since {since})"),
        });
        let is_whole = versions.tasks.is_none_or(|tasks| tasks.running >= tasks.desired);
        let removed = if is_whole { "was removed" } else { "is being removed" };
        format!("{is_back}; {from} {removed}{since}")
    }

    fn reached(&self) -> String {
        let Some(point) = &self.app.rollout.reached else { return self.rollout() };
        let stage = &point.stage;
        match point.is_paused {
            true => format!("{} waits for a person at {stage}", self.rollout()),
            false => format!("{} has reached {stage}; {} continues it", self.rollout(), self.by),
        }
    }

    fn listed(&self) -> String {
        let Self { service, app, .. } = self;
        let set_to = app.versions.from_in_flight.as_ref().map(VersionInfo::name);
        match (app.versions.running.as_ref().map(VersionInfo::name), set_to) {
            (Some(running), None) => self.is_on("runs", &running),
            (Some(running), Some(set_to)) => {
                let runs = format!("{service} runs {running}; it is set to {set_to}");
                let Some(tasks) = app.versions.tasks else { return runs };
                format!("{runs}, of which {} of {} tasks run", tasks.running, tasks.desired)
            }
            (None, Some(set_to)) => self.is_on("is set to", &set_to),
            (None, None) => {
                format!("the versions of {service}; it is not known which of them runs")
            }
        }
    }

    fn planned(&self) -> String {
        let Self { is_rollback, service, to, .. } = self;
        let would = match &self.from {
            Some(from) if !is_rollback => format!("go from {from} to {to}"),
            Some(from) if self.goes_forward() => format!("be rolled forward from {from} to {to}"),
            Some(from) => format!("be rolled back from {from} to {to}"),
            None if *is_rollback => format!("get an earlier configuration of {to}"),
            None => format!("get {to}"),
        };
        format!("{service} would {would}; nothing was written")
    }

    /// The same whether ECS or this run did it: the lines below say who.
    fn undone(&self) -> String {
        let failure = self.failure();
        let back = self.running.as_deref().or(self.from.as_deref()).unwrap_or("what ran before");
        // Only a deployment's sentence ends with the service.
        match self.is_rollback || self.app.failure.called_off_for.is_some() {
            true => format!("{failure}; it is back on {back}"),
            false => format!("{failure}, which is back on {back}"),
        }
    }

    fn failed(&self) -> String {
        let Self { is_rollback, service, to, .. } = self;
        match (self.is_started(), is_rollback, &self.app.failure.remaining) {
            (false, false, _)
                if self.app.one_off.as_ref().is_some_and(|it| !it.has_succeeded()) =>
            {
                format!(
                    "the one-off task of {service} with {to} failed; the service was not touched"
                )
            }
            (false, false, _) => format!("{to} could not be deployed to {service}"),
            (false, true, _) => format!("{service} could not be rolled back to {to}"),
            (true, false, _) => format!("{}; nothing was undone", self.failure()),
            (true, true, Some(remaining)) => format!("{}; {remaining}", self.failure()),
            (true, true, None) => self.failure(),
        }
    }

    fn unknown(&self) -> String {
        let Self { is_rollback, service, to, by, .. } = self;
        let back = self.back_to.as_deref().unwrap_or("what ran before");
        match (self.is_started(), self.app.failure.back_to.is_some(), is_rollback) {
            (false, _, false) => {
                format!("it is not known how far the deployment of {to} to {service} got")
            }
            (false, _, true) => format!("it is not known how far {} got", self.rollout()),
            (true, false, _) => {
                format!("the outcome of {} is not known; {by} continues it", self.rollout())
            }
            (true, true, _) => {
                let failure = self.failure();
                format!("{failure}; it is not known whether {service} is back on {back}")
            }
        }
    }

    fn timed_out(&self) -> String {
        let Self { is_rollback, service, to, by, .. } = self;
        let late = match (self.is_started(), is_rollback) {
            (false, false) => return format!("nothing was deployed to {service} in time"),
            (false, true) => return format!("{service} was not rolled back in time"),
            (true, false) => format!("{to} timed out on {service}"),
            (true, true) => format!("the rollback of {service} to {to} timed out"),
        };
        match self.app.failure.undo {
            None => format!("{late}; {by} continues it"),
            Some(_) => late,
        }
    }

    fn cancelled(&self) -> String {
        let Self { is_rollback, service, to, by, app, .. } = self;
        let has_failed = app.failure.back_to.is_some();
        match (self.is_started(), has_failed, is_rollback) {
            (false, ..) => format!("the run for {service} was cancelled"),
            (true, _, true) if app.rollout.is_rolling_back => {
                format!("the run was cancelled; {by} is undoing the rollback of {service} to {to}")
            }
            (true, ..) if app.rollout.is_rolling_back => {
                format!("the run was cancelled; {by} is rolling {to} back on {service}")
            }
            (true, true, _) if app.failure.called_off_for.is_some() => {
                format!("the run was cancelled while {to} was being undone on {service}")
            }
            (true, true, false) => {
                format!("the run was cancelled after {to} had failed on {service}")
            }
            (true, true, true) => {
                format!("the run was cancelled; {} and was not undone", self.failure())
            }
            (true, false, _) if app.rollout.is_done => {
                format!("the run was cancelled; {}", self.is_on("runs", to))
            }
            (true, false, false) => {
                format!("the run was cancelled; {by} continues deploying {to} to {service}")
            }
            (true, false, true) => {
                format!("the run was cancelled; {by} continues rolling {service} back to {to}")
            }
        }
    }

    fn refused(&self) -> String {
        let Self { is_rollback, service, to, .. } = self;
        match (&self.app.versions.to, is_rollback, &self.running) {
            (None, false, _) => format!("nothing was changed on {service}"),
            (None, true, _) => format!("{service} was not rolled back"),
            (Some(_), false, Some(it)) => {
                format!("{to} was not deployed to {service}, which runs {it}")
            }
            (Some(_), false, None) => format!("{to} was not deployed to {service}"),
            (Some(_), true, Some(it)) => {
                format!("{service} was not rolled back to {to}; it runs {it}")
            }
            (Some(_), true, None) => format!("{service} was not rolled back to {to}"),
        }
    }

    /// Whether no task runs of what the service is set to.
    fn is_idle(&self) -> bool {
        self.app.versions.tasks.is_some_and(|it| it.desired == 0 || it.running == 0)
    }

    /// How the service stands to `version`, which it is set to: that it `runs` it is said
    /// only as far as tasks of it run. Where they were not seen, ECS is believed.
    fn is_on(&self, runs: &str, version: &str) -> String {
        let service = self.service;
        let tasks = self.app.versions.tasks.map(|tasks| (tasks.running, tasks.desired));
        let idle = match tasks {
            Some((0, 0)) => "its desired count is 0, so no task runs".to_owned(),
            Some((_, 0)) => "its desired count is 0, so its tasks stop".to_owned(),
            Some((0, desired)) => format!("none of its {desired} tasks runs yet"),
            Some((running, desired)) if running < desired => {
                return format!(
                    "{service} {runs} {version} with {running} of {desired} tasks so far"
                );
            }
            _ => return format!("{service} {runs} {version}"),
        };
        format!("{service} is set to {version}; {idle}")
    }

    /// Whether the version asked for is newer than the one that ran.
    fn goes_forward(&self) -> bool {
        let Versions { from, to, .. } = &self.app.versions;
        let semver = |it: &'a Option<VersionInfo>| it.as_ref()?.version.as_ref()?.semver();
        semver(from).zip(semver(to)).is_some_and(|(old, new)| new > old)
    }
}

#[cfg(test)]
mod tests;
