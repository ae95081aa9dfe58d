//! The rules, one sentence each, on definitions in YAML in which a comment says what is
//! found on its line:
//!
//! ```yaml
//! cpu: '300' #! error cpu: is 300
//! ```
//!
//! It names the kind, the path and words of the message. A line without one has no
//! finding, and each finding has a next move.

mod containers;
mod kinds;
mod legal;
mod network;
mod order;
mod places;
mod properties;
mod spelling;
mod task;

use crate::problem::Problem;
use crate::task_definition::{Checked, TaskDefinition};

/// Reads the file of this text, checks it, and compares with its comments.
fn holds(yaml: &str) {
    let checked = read("td.yml", yaml).check();
    for (kind, problems) in [("error", &checked.errors), ("warning", &checked.warnings)] {
        let expected: Vec<_> = comments(yaml).filter(|it| it.kind == kind).collect();
        let found: Vec<_> = problems.iter().map(|it| (line(it), path(it))).collect();
        let named: Vec<_> = expected.iter().map(|it| (it.line, it.path)).collect();
        assert_eq!(found, named, "{kind}s of\n{yaml}\n{checked:#?}");
        for (problem, Comment { words, .. }) in problems.iter().zip(&expected) {
            assert!(problem.message.contains(words), "{words:?} in {problem:?}");
            assert!(problem.hint.is_some(), "{problem:?}");
        }
    }
}

/// What a line of a definition says about itself.
struct Comment<'a> {
    line: usize,
    kind: &'a str,
    path: &'a str,
    words: &'a str,
}

fn comments(yaml: &str) -> impl Iterator<Item = Comment<'_>> {
    yaml.lines().enumerate().flat_map(|(index, line)| {
        line.split("#! ").skip(1).map(move |comment| {
            let (kind, rest) = comment.split_once(' ').expect("the kind");
            let (path, words) = rest.split_once(": ").expect("the path");
            Comment { line: index + 1, kind, path, words: words.trim() }
        })
    })
}

fn read(name: &str, text: &str) -> TaskDefinition {
    TaskDefinition::from_file(name, text.as_bytes()).expect(text)
}

fn line(problem: &Problem) -> usize {
    problem.location.as_ref().expect("a place").line
}

/// The path of a message: what stands in its first backticks.
fn path(problem: &Problem) -> &str {
    problem.message.split('`').nth(1).expect("a path")
}

/// All problems, the errors first.
fn all(checked: &Checked) -> impl Iterator<Item = &Problem> {
    checked.errors.iter().chain(&checked.warnings)
}

/// A definition that lacks nothing on Fargate, up to its containers.
fn fargate(rest: &str) -> String {
    format!(
        "family: shop\nrequiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\ncpu: '1024'\n\
         memory: '2048'\nexecutionRoleArn: exec\n{rest}"
    )
}

/// The same on instances: with a network of this mode.
fn on_instances(mode: &str, rest: &str) -> String {
    format!("family: shop\nnetworkMode: {mode}\nmemory: '2048'\nexecutionRoleArn: exec\n{rest}")
}

/// One container with these members, each line of them indented by two.
fn web(members: &str) -> String {
    format!("containerDefinitions:\n- name: web\n  image: web:1.4.2\n{members}")
}
