//! What the rules found, and how it becomes a problem: the place, the container, the
//! words, the line.

use std::fmt::{Display, Write as _};

use serde_json::{Map, Value};

use super::node::Node;
use crate::document::{self, Step};
use crate::problem::Problem;
use crate::task_definition::definition::TaskDefinition;
use crate::task_definition::origin::Origin;
use crate::task_definition::places::Places;

/// Errors that are told, and warnings: whoever has fixed these is told the rest. To find
/// the line of each takes a walk through the file.
const MOST: usize = 100;

/// What a check has found, in the order in which it stands in the file; of each kind
/// the first hundred.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What ECS refuses to register, or can't start.
    pub errors: Vec<Problem>,
    /// What it may refuse, and what is hardly meant.
    pub warnings: Vec<Problem>,
}

/// What the rules found, in the order of the rules.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    /// How many of them, the first ones, are members of another kind: there is nothing
    /// else to say of these.
    of_another_kind: usize,
}

struct Finding {
    is_error: bool,
    path: Vec<Step>,
    /// The rest of a sentence that begins with the place.
    what: String,
    hint: String,
}

impl Findings {
    /// ECS refuses `node`: it `what`, and `hint` is the next move.
    pub(super) fn error(&mut self, node: &Node<'_>, what: impl Display, hint: impl Display) {
        self.push(true, node, &what, &hint);
    }

    /// `node` is of another kind than ECS takes; said before any other rule is asked.
    pub(super) fn other_kind(&mut self, node: &Node<'_>, what: impl Display, hint: impl Display) {
        self.error(node, what, hint);
        self.of_another_kind = self.list.len();
    }

    /// Whether there is something to say of `node` already.
    pub(super) fn are_there_of(&self, node: &Node<'_>) -> bool {
        self.list.iter().any(|finding| finding.path == node.path)
    }

    /// ECS may refuse `node`, or takes it for something else than it seems.
    pub(super) fn warning(&mut self, node: &Node<'_>, what: impl Display, hint: impl Display) {
        self.push(false, node, &what, &hint);
    }

    /// The text of `node` is none of those that are known here; it may be younger.
    pub(super) fn warn_of_unknown(&mut self, node: &Node<'_>, known: &[&str]) {
        if let Some(text) = node.text().filter(|text| !known.contains(text)) {
            let what = format_args!("is {text:?}, which is not a known value");
            self.warning(node, what, format_args!("The known values are {}.", known.join(", ")));
        }
    }

    /// `node` names a container that the task does not have.
    pub(super) fn no_such_container(&mut self, node: &Node<'_>, hint: impl Display) {
        let text = node.text().unwrap_or_default();
        self.error(node, format_args!("is {text:?}, but there is no such container"), hint);
    }

    fn push(&mut self, is_error: bool, node: &Node<'_>, what: &dyn Display, hint: &dyn Display) {
        if self.list[..self.of_another_kind].iter().any(|it| it.path == node.path) {
            return;
        }
        let (what, hint) = (what.to_string(), hint.to_string());
        self.list.push(Finding { is_error, path: node.path.clone(), what, hint });
    }

    /// The findings as problems, in the order in which they stand in the file.
    pub(super) fn checked(mut self, definition: &TaskDefinition) -> Checked {
        if self.list.is_empty() {
            return Checked::default();
        }
        let body = &definition.body;
        self.list.sort_by_cached_key(|finding| position(body, &finding.path));
        let (errors, warnings) = self.list.into_iter().partition(|finding| finding.is_error);
        let origin = definition.origin.as_deref();
        let places = origin.map(|origin| (origin, Places::of(origin, body)));
        let problems = |list: Vec<Finding>| {
            let mut problems: Vec<_> = list
                .into_iter()
                .take(MOST)
                .map(|finding| finding.into_problem(body, places.as_ref()))
                .collect();
            // The members may have been moved about since the file was read.
            problems.sort_by_key(|problem| problem.location.as_ref().map(|it| it.line));
            problems
        };
        Checked { errors: problems(errors), warnings: problems(warnings) }
    }
}

impl Finding {
    fn into_problem(
        self,
        body: &Map<String, Value>,
        places: Option<&(&Origin, Places<'_>)>,
    ) -> Problem {
        let message = format!("{} {}", subject(body, &self.path), self.what);
        let problem = Problem::new(message).hint(self.hint);
        match places {
            Some((origin, places)) => problem.at(&origin.file, places.line_of(&self.path)),
            None => problem,
        }
    }
}

/// Where a member stands among all: the ordinal of each step on the way to it.
fn position(body: &Map<String, Value>, path: &[Step]) -> Vec<usize> {
    let ordinal = |(depth, step): (usize, &Step)| match step {
        Step::Index(index) => Some(*index),
        Step::Key(_) | Step::Named(_) => {
            let parent = match depth {
                0 => Some(body),
                depth => document::value_at(body, &path[..depth])?.as_object(),
            };
            parent?.keys().position(|other| Some(other.as_str()) == step.key())
        }
    };
    path.iter().enumerate().map_while(ordinal).collect()
}

/// The place as a message names it, with the name of the container that it is in.
fn subject(body: &Map<String, Value>, path: &[Step]) -> String {
    let mut text = format!("`{}`", spelled(path));
    if let [Step::Key("containerDefinitions"), Step::Index(_), ..] = path
        && let Some(name) = document::value_at(body, &path[..2]).and_then(|it| it["name"].as_str())
    {
        let _ = write!(text, " (container {name:?})");
    }
    text
}

/// `containerDefinitions[0].portMappings[1].hostPort`.
pub(super) fn spelled(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        let _ = match step {
            Step::Index(index) => write!(text, "[{index}]"),
            Step::Key(_) | Step::Named(_) => {
                let dot = if text.is_empty() { "" } else { "." };
                write!(text, "{dot}{}", step.key().unwrap_or_default())
            }
        };
    }
    text
}
