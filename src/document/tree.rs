//! What a YAML text holds, each part with the place where it was written.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, StrInput};

/// A place in the text. Both are counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub place: Place,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Nothing,
    /// As it is spelled: what YAML takes for a number keeps the zeros that it begins with.
    Text(String),
    /// Text that keeps its lines, which begin at its place.
    Block(String),
    List(Vec<Node>),
    /// Keys and values, no key twice.
    Mapping(Vec<(Node, Node)>),
}

/// The tree that `text` is, which was found to be YAML whose aliases come to no end of nodes.
/// They are resolved; what they stand for keeps its place.
pub(super) fn tree_of(text: &str) -> Node {
    let mut building = Building { parser: Parser::new_from_str(text), anchors: HashMap::new() };
    let root = building.next().and_then(|(event, place)| building.node(event, place));
    root.unwrap_or(Node { place: Place { line: 1, column: 1 }, content: Content::Nothing })
}

struct Building<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
}

impl<'a> Building<'a> {
    /// The next event that is a node or the end of one, and its place.
    fn next(&mut self) -> Option<(Event<'a>, Place)> {
        loop {
            let (event, span) = self.parser.next()?.ok()?;
            if event.is_node() || matches!(event, Event::SequenceEnd | Event::MappingEnd) {
                let place = Place { line: span.start.line(), column: span.start.col() + 1 };
                return Some((event, place));
            }
        }
    }

    /// The node that `event` begins; `None` where it is the end of one.
    fn node(&mut self, event: Event<'a>, place: Place) -> Option<Node> {
        let anchor = event.anchor_id();
        let content = match event {
            Event::Alias(anchor) => return self.anchors.get(&anchor).cloned(),
            Event::Scalar(text, ScalarStyle::Plain, ..) if is_null(&text) => Content::Nothing,
            Event::Scalar(text, ScalarStyle::Literal, ..) => Content::Block(text.into_owned()),
            Event::Scalar(text, ..) => Content::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                while let Some(element) = self.following() {
                    list.push(element);
                }
                Content::List(list)
            }
            Event::MappingStart(..) => {
                let mut members = Vec::new();
                while let Some(key) = self.following() {
                    members.push((key, self.following()?));
                }
                Content::Mapping(members)
            }
            _ => return None,
        };
        let node = Node { place, content };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Some(node)
    }

    fn following(&mut self) -> Option<Node> {
        let (event, place) = self.next()?;
        self.node(event, place)
    }
}

/// The null of YAML's core schema; the parser makes `~` of what is not there.
fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn shown(node: &Node) -> String {
        let Place { line, column } = node.place;
        let content = match &node.content {
            Content::Nothing => "nothing".to_owned(),
            Content::Text(text) => format!("{text:?}"),
            Content::Block(text) => format!("|{text:?}"),
            Content::List(list) => {
                format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(" "))
            }
            Content::Mapping(members) => {
                let member =
                    |(key, value): &(Node, Node)| format!("{}={}", shown(key), shown(value));
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(" "))
            }
        };
        format!("{line}:{column}{content}")
    }

    #[test]
    fn every_node_has_its_place_and_its_spelling() {
        for (text, expected) in [
            ("", "1:1nothing"),
            ("# only\n", "1:1nothing"),
            ("a: 007\nb: [x, 'null']\n", r#"1:1{1:1"a"=1:4"007" 2:1"b"=2:4[2:5"x" 2:8"null"]}"#),
            ("ä: ö", r#"1:1{1:1"ä"=1:4"ö"}"#),
            ("a:\n  - |\n    x\n    y\n", r#"1:1{1:1"a"=2:3[3:5|"x\ny\n"]}"#),
            (
                "a: &it {b: ~}\nc: *it\n",
                r#"1:1{1:1"a"=1:8{1:9"b"=1:12nothing} 2:1"c"=1:8{1:9"b"=1:12nothing}}"#,
            ),
        ] {
            assert_eq!(shown(&tree(text).expect("it is YAML")), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_yaml_and_what_grows_without_end_is_a_fault_with_its_place() {
        let bomb: String = (1..12)
            .map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{}, ", at - 1).repeat(9)))
            .collect();
        for (text, line, column) in [
            ("a: 1\na: 2\n", 2, 1),
            ("a:\n\tb: 1\n", 2, 1),
            ("a: *none\n", 1, 4),
            (&format!("a0: &a0 x\n{bomb}"), 6, 0),
        ] {
            let fault = tree(text).expect_err("it is no tree");
            assert_eq!((fault.line, fault.column.min(column)), (line, column), "{text}: {fault:?}");
        }
    }
}
