//! The line of a text on which a member of what it holds stands.
//!
//! Parsing keeps no places, so the text is walked a second time, and only once
//! there is something to say. JSON is walked as the YAML that it nearly is. This
//! serves an annotation: it may be a little off, and must not fail.

use serde_json::{Map, Value};
use serde_saphyr::granit_parser::{Event, Parser, StrInput};

/// One step down from a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the member of an object.
    Key(&'static str),
    /// Into a member whose key only the file knows, as it is spelled there.
    Named(String),
    /// Into the element of a list, counted from 0.
    Index(usize),
}

impl Step {
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Named(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// The value at the end of `path`, if there is one.
pub(crate) fn value_at<'a>(root: &'a Map<String, Value>, path: &[Step]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(root.get(first.key()?)?, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Named(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// The line, counted from 1, on which the end of `path` begins, a member with its
/// key; or that of the last step that could be followed.
pub(crate) fn line_of(text: &str, path: &[Step]) -> usize {
    let mut walk = Walk { parser: Parser::new_from_str(text), line: 1 };
    // `None` is the end of what could be followed; the line reached is kept.
    if let Some((root, line)) = walk.next() {
        walk.line = line;
        let _ = walk.follow(&root, path);
    }
    walk.line
}

struct Walk<'a> {
    parser: Parser<'a, StrInput<'a>>,
    line: usize,
}

impl<'a> Walk<'a> {
    /// The next event that is a node or the end of one, and its line.
    fn next(&mut self) -> Option<(Event<'a>, usize)> {
        loop {
            let (event, span) = self.parser.next()?.ok()?;
            if event.is_node() || matches!(event, Event::SequenceEnd | Event::MappingEnd) {
                return Some((event, span.start.line()));
            }
        }
    }

    /// Reads on to the end of the node that `event` began.
    fn skip(&mut self, event: &Event<'a>) -> Option<()> {
        let mut depth = depth_change(event);
        while depth > 0 {
            depth += depth_change(&self.next()?.0);
        }
        Some(())
    }

    /// Goes on from the value that `event` began.
    fn follow(&mut self, event: &Event<'a>, path: &[Step]) -> Option<()> {
        let (step, rest) = path.split_first()?;
        match (event, step) {
            (Event::MappingStart(..), Step::Key(_) | Step::Named(_)) => loop {
                let (found, line) = self.next()?;
                let is_it = match &found {
                    Event::MappingEnd => return None,
                    Event::Scalar(text, ..) => step.key() == Some(text),
                    other => {
                        self.skip(other)?;
                        false
                    }
                };
                let (value, _) = self.next()?;
                if is_it {
                    self.line = line;
                    return self.follow(&value, rest);
                }
                self.skip(&value)?;
            },
            (Event::SequenceStart(..), Step::Index(index)) => {
                for left in (0..=*index).rev() {
                    let (element, line) = self.next()?;
                    match &element {
                        Event::SequenceEnd => return None,
                        _ if left > 0 => self.skip(&element)?,
                        _ => {
                            self.line = line;
                            return self.follow(&element, rest);
                        }
                    }
                }
                None
            }
            _ => None,
        }
    }
}

fn depth_change(event: &Event<'_>) -> i32 {
    match event {
        Event::SequenceStart(..) | Event::MappingStart(..) => 1,
        Event::SequenceEnd | Event::MappingEnd => -1,
        _ => 0,
    }
}
