//! What a step says whose program fails by a fault that nobody thought of.
//!
//! No such fault is known, so the hook is tried alone: this test's own executable is the
//! program that fails, started anew with the one test that falls.

use std::path::Path;
use std::process::{Command, Output};

use ecs_release::internals::{Console, Environment, Target, Write, Written, on_panic};
use tempfile::TempDir;

const SECRET: &str = "::error::hunter2 \u{202e}";

fn written() -> Written {
    let target = Target {
        region: "eu-central-1".parse().expect("a Region"),
        cluster: "prod".parse().expect("a name"),
        service: "web1".parse().expect("a name"),
    };
    let written = Written::default();
    if std::env::var("WRITTEN").is_ok() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:2";
        written.journal(&target).note(|it| {
            it.register = Write::Done(arn.parse().expect("an ARN"));
            it.update = Write::Sent;
        });
    }
    written
}

#[test]
#[ignore = "it is started by the tests below, and falls"]
fn a_program_that_fails() {
    let environment = Environment::of_this_process();
    on_panic(Console::new(std::io::stdout(), &environment), written());
    match std::env::var("FALLS").as_deref() {
        Ok("with a value") => panic!("a value that was put in: {SECRET}"),
        Ok("elsewhere") => {
            let thread = std::thread::spawn(|| panic!("on a thread of its own"));
            let _ = thread.join();
            unreachable!("the process has ended");
        }
        _ => panic!("::error::a fault\n##[error]of a library"),
    }
}

/// Runs it as a step and gives what it printed, and what stands in the runner's files.
fn fall(variables: &[(&str, &str)]) -> (Output, String, String) {
    let folder: TempDir = tempfile::tempdir().expect("a temporary folder can be made");
    let file = |name: &str| folder.path().join(name);
    let output = Command::new(std::env::current_exe().expect("a test has an executable"))
        .args(["--exact", "last_words::a_program_that_fails", "--ignored", "--nocapture"])
        .env("GITHUB_OUTPUT", file("output"))
        .env("GITHUB_STEP_SUMMARY", file("summary"))
        .envs(variables.iter().copied())
        .output()
        .expect("a test can be started");
    let read = |path: &Path| std::fs::read_to_string(path).expect("the hook wrote the file");
    (output, read(&file("output")), read(&file("summary")))
}

/// The value of an output that was set last; the file has `name<<end`, value, `end`.
fn value<'a>(file: &'a str, name: &str) -> Option<&'a str> {
    let lines: Vec<&str> = file.lines().collect();
    let at = lines.iter().rposition(|line| line.starts_with(&format!("{name}<<")))?;
    Some(lines[at + 1])
}

#[test]
fn a_fault_leaves_an_annotation_a_result_and_what_had_been_written() {
    let (output, outputs, summary) = fall(&[("WRITTEN", "yes")]);
    let log = String::from_utf8(output.stdout).expect("it prints UTF-8");
    assert_eq!(output.status.code(), Some(1), "{log}");
    let errors: Vec<&str> = log.lines().filter(|it| it.starts_with("::error")).collect();
    let [error] = errors[..] else { panic!("one error is enough: {log}") };
    for part in [
        "::error title=ecs-release::ecs-release ",
        "itself failed at ",
        "last_words.rs:",
        "by then web1:2 was registered; a deployment of service web1 (cluster prod, eu-central-1) was being requested",
        "look at the service in the console, then run the step again",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!log.contains("\n##[error]") && !error.contains(" ##[error]"), "{log}");
    assert_eq!(value(&outputs, "result"), Some("failed"));
    assert_eq!(value(&outputs, "running-version"), Some(""), "what runs is not known any more");
    assert!(
        value(&outputs, "failure-reason").is_some_and(|it| it.contains("web1:2 was registered"))
    );
    assert!(
        summary.contains("ecs-release itself failed") && summary.contains("web1:2"),
        "{summary}"
    );
}

#[test]
fn a_fault_before_any_write_says_that_nothing_was_changed() {
    for falls in ["with a value", "elsewhere"] {
        let (output, outputs, summary) = fall(&[("FALLS", falls)]);
        let log = String::from_utf8(output.stdout).expect("it prints UTF-8");
        assert_eq!(output.status.code(), Some(1), "{falls}: {log}");
        assert!(log.contains("nothing had been written by then%0ANothing was changed."), "{log}");
        assert_eq!(value(&outputs, "result"), Some("failed"));
        assert_eq!(value(&outputs, "running-version"), None, "what ran before still does");
        assert!(summary.contains("nothing had been written by then"), "{summary}");
        let errors = String::from_utf8_lossy(&output.stderr);
        for text in [log.as_str(), &outputs, &summary, &errors] {
            assert!(!text.contains("hunter2"), "a message that holds a value is not shown: {text}");
        }
    }
}
