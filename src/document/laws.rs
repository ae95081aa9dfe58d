//! What is said of a text has its place in it.

use crate::problem::Problem;

/// A problem that a person finds in `file`.
pub(crate) fn is_placed(problem: &Problem, file: &str, bytes: &[u8]) {
    assert!(!problem.message.is_empty(), "it says nothing");
    let place = problem.location.as_ref().expect("a place");
    assert_eq!(place.file, file);
    // YAML ends a line at each of the two, and at both together.
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    assert!((1..=lines).contains(&place.line), "there are {lines} lines: {problem:?}");
    assert!(place.column.is_none_or(|column| column >= 1), "{problem:?}");
}
