//! The voice of a run on a GitHub runner: log, annotations, outputs, summary.
//!
//! Everything that is printed goes through one lock, in whole lines, so that
//! what several tasks say at once is not mixed up. There are no colours: the
//! runner's log is read in a browser, in raw downloads and by other programs.

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::problem::Problem;
use crate::reporter::{OutputName, Reporter};

use super::commands::{self, Level};
use super::environment::Environment;
use super::files::{self, SummaryFile, ValueFile};

/// Speaks to the people watching the run, and to the steps after it.
///
/// Outside a runner, where there is no file for outputs or for the summary,
/// they go to the log.
pub struct Console {
    log: Mutex<Box<dyn Write + Send>>,
    outputs: Option<ValueFile>,
    summary: Option<SummaryFile>,
    state: Option<ValueFile>,
}

impl Console {
    /// Makes a console that prints to `log`, which is standard output: the
    /// runner keeps no order between that and standard error.
    pub fn new(log: impl Write + Send + 'static, environment: &Environment) -> Self {
        Self {
            log: Mutex::new(Box::new(log)),
            outputs: environment.path("GITHUB_OUTPUT").map(ValueFile),
            summary: environment.path("GITHUB_STEP_SUMMARY").map(SummaryFile),
            state: environment.path("GITHUB_STATE").map(ValueFile),
        }
    }

    /// Has the runner show `***` in place of this in the log.
    pub(crate) fn mask(&self, secret: &str) {
        self.print(&commands::mask(secret));
    }

    /// Prints text that is already safe, and the end of its last line.
    fn print(&self, safe: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that is gone (a closed pipe) is no reason to leave a rollout
        // unwatched, and there is nobody left to tell.
        let _ = log.write_all(format!("{safe}\n").as_bytes()).and_then(|()| log.flush());
    }

    fn annotate(&self, level: Level, problem: &Problem) {
        self.print(&commands::annotation(level, problem));
    }

    /// A file that could not be written is a warning: what the run is about
    /// happens in AWS and continues.
    fn warn_of(&self, written: Result<(), Problem>) {
        if let Err(problem) = written {
            self.annotate(Level::Warning, &problem);
        }
    }
}

impl Reporter for Console {
    fn line(&self, text: &str) {
        self.print(&commands::text(text));
    }

    fn group(&self, title: &str, lines: &[String]) {
        self.print(&commands::group(title, lines));
    }

    fn notice(&self, problem: &Problem) {
        self.annotate(Level::Notice, problem);
    }

    fn warning(&self, problem: &Problem) {
        self.annotate(Level::Warning, problem);
    }

    fn error(&self, problem: &Problem) {
        self.annotate(Level::Error, problem);
    }

    fn output(&self, name: OutputName, value: &str) {
        match &self.outputs {
            Some(file) => self.warn_of(file.append(name.as_str(), value)),
            None => self.line(&format!("output {name}: {value}")),
        }
    }

    // Outside a runner there is no post step to read it.
    fn state(&self, name: &str, value: &str) {
        if let Some(file) = &self.state {
            self.warn_of(file.append(name, value));
        }
    }

    fn summary(&self, markdown: &str) {
        match &self.summary {
            Some(file) => self.warn_of(file.append(markdown)),
            None => self.line(markdown),
        }
    }

    fn file(&self, path: &Path, content: &str) -> Result<(), Problem> {
        files::write(path, content)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;
    use std::sync::Arc;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::action::ported::{Comparison, commands, pairs};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no test panics while it prints").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            let bytes = self.0.lock().expect("no test panics while it prints").clone();
            String::from_utf8(bytes).expect("a console prints UTF-8")
        }
    }

    /// A console on a runner whose files lie in a scratch folder.
    fn on_a_runner() -> (Console, Log, TempDir) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = |name| folder.path().join(name).into_os_string();
        let environment = Environment::new([
            ("GITHUB_OUTPUT", file("output")),
            ("GITHUB_STEP_SUMMARY", file("summary")),
            ("GITHUB_STATE", file("state")),
        ]);
        let log = Log::default();
        (Console::new(log.clone(), &environment), log, folder)
    }

    fn outside_a_runner() -> (Console, Log) {
        let log = Log::default();
        (Console::new(log.clone(), &Environment::new::<&str, &str>([])), log)
    }

    #[allow(clippy::disallowed_methods, reason = "the test reads what the console wrote")]
    fn read(folder: &TempDir, name: &str) -> String {
        fs::read_to_string(folder.path().join(name)).expect("the console wrote the file")
    }

    #[test]
    fn on_a_runner_words_go_to_the_log_and_values_to_the_files() {
        let (console, log, folder) = on_a_runner();
        console.line("2 of 3 tasks are healthy");
        console.group("Plan", &["web1: image 1.4.1 → 1.4.2".to_owned()]);
        console.notice(&Problem::new("n"));
        console.warning(&Problem::new("w"));
        console.error(&Problem::new("e").hint("h").at("package.json", 3));
        console.output(OutputName::ImageTag, "v1.4.2");
        console.summary("# Deployed");
        console.state("deployment", "42");
        assert_eq!(
            log.text(),
            "2 of 3 tasks are healthy\n\
             ::group::Plan\n\
             web1: image 1.4.1 → 1.4.2\n\
             ::endgroup::\n\
             ::notice title=ecs-release::n\n\
             ::warning title=ecs-release::w\n\
             ::error title=ecs-release,file=package.json,line=3::e%0Ah\n"
        );
        let pair = |name: &str, value: &str| Ok(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(pairs(&read(&folder, "output")), pair("image-tag", "v1.4.2"));
        assert_eq!(pairs(&read(&folder, "state")), pair("deployment", "42"));
        assert_eq!(read(&folder, "summary"), "# Deployed\n");
    }

    #[test]
    fn outside_a_runner_everything_but_the_state_goes_to_the_log() {
        let (console, log) = outside_a_runner();
        console.output(OutputName::Version, "1.4.2");
        console.summary("# Deployed");
        console.state("deployment", "42");
        assert_eq!(log.text(), "output version: 1.4.2\n# Deployed\n");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_a_warning_and_the_run_goes_on() {
        let (console, log, folder) = on_a_runner();
        folder.close().expect("the scratch folder is there");
        console.output(OutputName::Version, "1.4.2");
        console.summary("# Deployed");
        console.line("still here");
        let log = log.text();
        let warnings = commands(&log, Comparison::Ordinal);
        assert_eq!(warnings.len(), 2, "{log}");
        assert!(warnings.iter().all(|warning| warning.name == "warning"), "{log}");
        assert!(log.ends_with("\nstill here\n"), "{log}");
    }

    #[test]
    fn a_log_that_is_gone_does_not_stop_the_run() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let output = folder.path().join("output");
        let environment = Environment::new([("GITHUB_OUTPUT", output)]);
        let console = Console::new(Gone, &environment);
        console.line("nobody hears this");
        console.output(OutputName::Version, "1.4.2");
        assert_eq!(pairs(&read(&folder, "output")).map(|pairs| pairs.len()), Ok(1));
    }

    #[test]
    fn every_output_has_a_name_of_its_own_in_kebab_case() {
        let names: Vec<_> = OutputName::ALL.iter().map(|name| name.as_str()).collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        let kebab = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(names.iter().all(|name| kebab(name)), "{names:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn whatever_is_said_the_runner_sees_no_command_and_no_second_output(
            text in "(::|##\\[|error|\\]|\n|\r| |version=|<<|\\PC|.){0,16}"
        ) {
            let (outside, log) = outside_a_runner();
            outside.line(&text);
            outside.output(OutputName::FailureReason, &text);
            outside.summary(&text);
            for comparison in [Comparison::Ordinal, Comparison::Cultural] {
                prop_assert_eq!(commands(&log.text(), comparison), vec![]);
            }

            let (inside, log, folder) = on_a_runner();
            inside.line(&text);
            inside.output(OutputName::FailureReason, &text);
            inside.summary(&text);
            prop_assert_eq!(commands(&log.text(), Comparison::Cultural), vec![]);
            let one = vec![("failure-reason".to_owned(), text)];
            prop_assert_eq!(pairs(&read(&folder, "output")), Ok(one));
        }
    }
}
