//! What people and later steps get to see of a step.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ecs_release::internals::Problem;
use serde_json::Value;
use simulator::{Asked, Recorded, github};

/// The writes of a deployment, before anything is undone.
pub(crate) const DEPLOYED: [&str; 2] = ["RegisterTaskDefinition", "UpdateService"];

/// What a step said and did.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) code: u8,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) lines: Vec<String>,
    /// When each line was said, counted from the start of the step.
    pub(crate) times: Vec<Duration>,
    pub(crate) annotations: Vec<(&'static str, Problem)>,
    /// What was left for the post step, in its order.
    pub(crate) states: Vec<(String, String)>,
    pub(crate) summary: String,
    /// The files that were written.
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(crate) requests: Vec<Recorded>,
    /// What GitHub was asked.
    pub(crate) github: Vec<github::Recorded>,
    /// What all other hosts were asked.
    pub(crate) web: Vec<Asked>,
    pub(crate) took: Duration,
}

impl Step {
    /// The output `result`.
    pub(crate) fn result(&self) -> &str {
        self.output("result")
    }

    /// An output; empty where it was not set.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// The operations that change something, in their order.
    pub(crate) fn writes(&self) -> Vec<&str> {
        self.requests.iter().filter(|it| it.is_write()).map(|it| it.operation.as_str()).collect()
    }

    /// Those of them that AWS has carried out, answered or not.
    pub(crate) fn carried_out(&self) -> Vec<&str> {
        let done = self.requests.iter().filter(|it| it.is_write() && it.carried_out);
        done.map(|it| it.operation.as_str()).collect()
    }

    /// The only request of an operation.
    pub(crate) fn only(&self, operation: &str) -> &Recorded {
        let mut found = self.requests.iter().filter(|it| it.operation == operation);
        let first = found.next().unwrap_or_else(|| panic!("{operation} was sent"));
        assert_eq!(found.count(), 0, "{operation} was sent once");
        first
    }

    /// The operations that change something at GitHub, in their order.
    pub(crate) fn github_writes(&self) -> Vec<&str> {
        self.github.iter().filter(|it| it.is_write()).map(|it| it.operation).collect()
    }

    /// The image of every container that was registered, without the host.
    pub(crate) fn registered_images(&self) -> Vec<&str> {
        let containers = &self.only("RegisterTaskDefinition").body["containerDefinitions"];
        let containers = containers.as_array().expect("a list of containers");
        let images = containers.iter().filter_map(|container| container["image"].as_str());
        images.map(|image| image.split_once('/').map_or(image, |(_, rest)| rest)).collect()
    }

    /// Everything that was said of a kind: `error`, `warning` or `notice`.
    pub(crate) fn said(&self, kind: &str) -> String {
        let of_kind = self.annotations.iter().filter(|(it, _)| *it == kind);
        of_kind.map(|(_, problem)| problem.to_string()).collect::<Vec<_>>().join("\n")
    }

    /// When the end was known: its sentence is said before anybody looks for
    /// causes. For a success, the end of the step.
    pub(crate) fn decided(&self) -> Duration {
        let error = self.said("error");
        let said =
            self.lines.iter().position(|line| line.len() > 20 && error.contains(line.as_str()));
        said.map_or(self.took, |at| self.times[at])
    }

    /// The log.
    pub(crate) fn log(&self) -> String {
        self.lines.join("\n")
    }

    /// Proves how the step ended, with the exit code that belongs to it.
    #[track_caller]
    pub(crate) fn is(&self, result: &str) {
        let code = match result {
            "failed" | "held" | "mixed" | "refused" | "superseded" | "timed-out"
            | "undo-failed" | "undone" | "unknown" => 1,
            "cancelled" => 130,
            _ => 0,
        };
        // 2 where the inputs were wrong.
        let code = if result == "refused" && self.code == 2 { 2 } else { code };
        let said = format!("{}\n{}", self.log(), self.said("error"));
        assert_eq!((self.result(), self.code), (result, code), "{said}");
    }

    /// Proves that this is part of what was said: of an `error`, a `warning` or a
    /// `notice`, in the `log` or in the `summary`.
    #[track_caller]
    pub(crate) fn says(&self, place: &str, text: &str) {
        let said = match place {
            "log" => self.log(),
            "summary" => self.summary.clone(),
            kind => self.said(kind),
        };
        assert!(said.contains(text), "{text:?} is not in the {place}:\n{said}");
    }

    /// Proves how the step ended and exactly what it wrote, the first writes of
    /// every deployment left out.
    #[track_caller]
    pub(crate) fn ended(&self, result: &str, further_writes: &[&str]) {
        self.is(result);
        let expected: Vec<&str> = DEPLOYED.iter().chain(further_writes).copied().collect();
        let said = format!("{}\n{}", self.log(), self.said("error"));
        assert_eq!(self.writes(), expected, "{said}");
    }

    /// The first line of the summary.
    pub(crate) fn headline(&self) -> &str {
        self.summary.lines().next().unwrap_or_default().trim_start_matches("### ")
    }

    /// The bodies of all updates of the service, in their order.
    pub(crate) fn updates(&self) -> Vec<&Value> {
        let updates = self.requests.iter().filter(|it| it.operation == "UpdateService");
        updates.map(|it| &it.body).collect()
    }

    /// How often an operation was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.requests.iter().filter(|it| it.operation == operation).count()
    }
}
