//! How the service stands to the version that it is set to: that it runs it is said only
//! as far as tasks of it run.

use super::AppReport;
use crate::ecs::Counts;
use crate::plan::VersionInfo;

/// How a service stands to a version, in a sentence.
pub(super) enum ServiceState {
    Runs(String),
    /// None does.
    Idle(String),
}

impl ServiceState {
    pub(super) fn words(self) -> String {
        match self {
            Self::Runs(words) | Self::Idle(words) => words,
        }
    }
}

impl AppReport {
    /// How the service stands to `version`, which it is set to. `runs` is the verb where
    /// tasks of it run; where they were not seen, that is taken from ECS's own word for the
    /// end.
    pub(super) fn stands_on(&self, runs: &str, version: &str) -> ServiceState {
        let service = self.asked.subject.name();
        let set = format!("{service} is set to {version}");
        let Some(Counts { desired, running, .. }) = self.versions.tasks else {
            return ServiceState::Runs(format!("{service} {runs} {version}"));
        };
        match (desired, running) {
            (0, 0) => ServiceState::Idle(format!("{set}; its desired count is 0, so no task runs")),
            (0, _) => {
                ServiceState::Idle(format!("{set}; its desired count is 0, so its tasks stop"))
            }
            (_, 0) => ServiceState::Idle(format!("{set}; so far none of its {desired} tasks runs")),
            _ if running < desired => ServiceState::Runs(format!(
                "{service} {runs} {version} with {running} of {desired} tasks so far"
            )),
            _ => ServiceState::Runs(format!("{service} {runs} {version}")),
        }
    }

    pub(super) fn listed(&self) -> String {
        let service = self.asked.subject.name();
        let set_to = self.versions.from_in_flight.as_ref().map(VersionInfo::name);
        match (&self.versions.running, set_to) {
            (Some(running), None) => self.stands_on("runs", &running.name()).words(),
            (Some(running), Some(set_to)) => {
                let runs = format!("{service} runs {}; it is set to {set_to}", running.name());
                let Some(tasks) = self.versions.tasks else { return runs };
                format!("{runs}, of which {} of {} tasks run", tasks.running, tasks.desired)
            }
            (None, Some(set_to)) => self.stands_on("is set to", &set_to).words(),
            (None, None) => format!("the versions of {service}; which of them runs is not known"),
        }
    }
}
