//! What the runner makes of whatever is printed for it, and written into its files.

use super::commands::{Level, annotation, group, shortened, text};
use super::files::entry;
use super::ported::{Command, Comparison, commands, pairs};
use crate::problem::Problem;

pub(crate) fn log(bytes: &[u8]) {
    let untrusted = String::from_utf8_lossy(bytes);
    text_is_no_command(&untrusted);
    annotation_is_one_command(&Problem::new(&*untrusted).hint(&*untrusted).at(&*untrusted, 7));
    group_is_two_commands(&untrusted, &[untrusted.to_string()]);
    value_is_one_pair(&untrusted);
}

fn every_comparison(log: &str) -> [Vec<Command>; 2] {
    [Comparison::Ordinal, Comparison::Cultural].map(|comparison| commands(log, comparison))
}

pub(super) fn text_is_no_command(untrusted: &str) {
    let log = text(untrusted);
    assert_eq!(every_comparison(&log), [vec![], vec![]], "{log:?}");
    assert_eq!(text(&log), log, "what is safe stays as it is");
}

pub(super) fn annotation_is_one_command(problem: &Problem) {
    let line = annotation(Level::Error, problem);
    assert!(!line.contains(['\n', '\r']), "{line:?}");
    for commands in every_comparison(&line) {
        assert_eq!(commands.len(), 1, "{line:?}");
        assert_eq!(commands[0].name, "error");
    }
    let understood = commands(&line, Comparison::Ordinal).remove(0);
    assert_eq!(understood.data, shortened(text(&problem.to_string())));
}

pub(super) fn group_is_two_commands(title: &str, lines: &[String]) {
    let log = group(title, lines);
    for commands in every_comparison(&log) {
        let names: Vec<_> = commands.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(names, ["group", "endgroup"], "{log:?}");
    }
}

fn value_is_one_pair(value: &str) {
    let expected = vec![("version".to_owned(), value.to_owned())];
    assert_eq!(pairs(&entry("version", value)), Ok(expected));
}
