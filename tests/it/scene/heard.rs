//! Hears what a step says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ecs_release::internals::{OutputName, Problem, Reporter};
use simulator::{Recorded, github};
use tokio::time::Instant;

use super::Step;

pub(super) struct Heard {
    begun: Instant,
    words: Mutex<Words>,
}

#[derive(Default)]
struct Words {
    outputs: BTreeMap<String, String>,
    lines: Vec<String>,
    times: Vec<Duration>,
    annotations: Vec<(&'static str, Problem)>,
    states: Vec<(String, String)>,
    summary: String,
    files: BTreeMap<PathBuf, String>,
}

impl Heard {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), words: Mutex::default() }
    }

    fn note(&self, change: impl FnOnce(&mut Words)) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut words);
        let lines = words.lines.len();
        words.times.resize(lines, self.begun.elapsed());
    }

    pub(super) fn step(
        self,
        code: u8,
        requests: Vec<Recorded>,
        github: Vec<github::Recorded>,
        took: Duration,
    ) -> Step {
        let words = self.words.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Words { outputs, lines, times, annotations, states, summary, files } = words;
        let web = Vec::new();
        Step {
            code,
            outputs,
            lines,
            times,
            annotations,
            states,
            summary,
            files,
            requests,
            github,
            web,
            took,
        }
    }
}

impl Reporter for Heard {
    fn line(&self, text: &str) {
        self.note(|words| words.lines.push(text.to_owned()));
    }

    fn group(&self, title: &str, lines: &[String]) {
        self.note(|words| {
            words.lines.push(title.to_owned());
            words.lines.extend_from_slice(lines);
        });
    }

    fn notice(&self, problem: &Problem) {
        self.note(|words| words.annotations.push(("notice", problem.clone())));
    }

    fn warning(&self, problem: &Problem) {
        self.note(|words| words.annotations.push(("warning", problem.clone())));
    }

    fn error(&self, problem: &Problem) {
        self.note(|words| words.annotations.push(("error", problem.clone())));
    }

    fn output(&self, name: OutputName, value: &str) {
        self.note(|words| {
            words.outputs.insert(name.as_str().to_owned(), value.to_owned());
        });
    }

    fn state(&self, name: &str, value: &str) {
        self.note(|words| words.states.push((name.to_owned(), value.to_owned())));
    }

    fn summary(&self, markdown: &str) {
        self.note(|words| words.summary.push_str(markdown));
    }

    fn file(&self, path: &Path, content: &str) -> Result<(), Problem> {
        let failed = |error| Problem::new(format!("it cannot be written: {error}"));
        fs::write(path, content).map_err(failed)?;
        self.note(|words| {
            words.files.insert(path.to_owned(), content.to_owned());
        });
        Ok(())
    }
}
