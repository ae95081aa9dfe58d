//! What a parser of Markdown makes of any text: that text, and nothing else.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::plain::{line, lines};
use super::{Document, Inline, LONGEST_FENCE, LONGEST_LINE, is_fence};
use crate::text::cut;

pub(crate) fn markdown(bytes: &[u8]) {
    let whole = String::from_utf8_lossy(bytes);
    text_is_only_text(&whole);
    code_is_that_code(&whole);
    prose_loses_only_backticks(&whole);
    nothing_closes_a_block_of_code(&whole);
    let texts: Vec<String> =
        whole.split('\n').map(str::to_owned).chain(vec![String::new(); 6]).collect();
    any_part_of_a_line_is_text(&texts[0], &texts[1], &whole);
    cells_stay_cells(&texts[..6]);
}

pub(crate) const GITHUB: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_MATH)
    .union(Options::ENABLE_GFM);

/// A leaf of the page: a paragraph, a cell, a block of code.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// All of it, as it is read.
    pub(crate) whole: String,
    /// What is not code: where GitHub looks for things to link.
    pub(crate) texts: Vec<String>,
}

/// The leaves of a page, and everything in it that is neither text nor `frame`.
pub(crate) fn read(markdown: &str, frame: &[&str]) -> (Vec<Leaf>, Vec<String>) {
    let (mut leaves, mut strange) = (Vec::new(), Vec::new());
    let mut leaf = Leaf::default();
    let mut in_text = false;
    for event in Parser::new_ext(markdown, GITHUB) {
        match event {
            Event::Text(text) => {
                leaf.whole.push_str(&text);
                if !in_text {
                    leaf.texts.push(String::new());
                }
                leaf.texts.last_mut().expect("one was just pushed").push_str(&text);
                in_text = true;
            }
            Event::Code(code) => {
                leaf.whole.push_str(&code);
                in_text = false;
            }
            Event::Start(tag) => strange.push(name(&tag)),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::TableCell
                | TagEnd::CodeBlock,
            ) => {
                leaves.push(std::mem::take(&mut leaf));
                in_text = false;
            }
            Event::End(_) => {}
            other => strange.push(format!("{other:?}")),
        }
    }
    strange.retain(|name| !frame.contains(&name.as_str()));
    (leaves, strange)
}

fn name(tag: &Tag<'_>) -> String {
    let name = format!("{tag:?}");
    name.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

/// Lines and runs of spaces as a browser shows them, what is obeyed by number.
fn shown(text: &str) -> String {
    line(text, usize::MAX).trim().to_owned()
}

/// What GitHub makes links of, told more coarsely than the product does.
pub(crate) fn is_linked(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let has_digit_after = |mark: &str| {
        text.split(mark).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let commit = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.len() > 6 && word.chars().all(|c| c.is_ascii_hexdigit()));
    text.contains(['@', '$'])
        || ["://", "www.", ":rocket:", ":+1:"].iter().any(|it| text.contains(it))
        || has_digit_after("#")
        || has_digit_after("gh-")
        || commit
}

fn paragraph(line: &Inline) -> String {
    let mut document = Document::default();
    document.paragraph(line);
    document.to_string()
}

pub(super) fn text_is_only_text(text: &str) {
    let (leaves, strange) = read(&paragraph(&Inline::text(text)), &["Paragraph"]);
    assert_eq!(strange, Vec::<String>::new());
    let leaf = leaves.into_iter().next().unwrap_or_default();
    assert_eq!(leaf.whole, shown(text));
    assert!(!leaf.texts.iter().any(|text| is_linked(text)), "{:?}", leaf.texts);
}

pub(super) fn any_part_of_a_line_is_text(a: &str, b: &str, c: &str) {
    let line = Inline::text(a)
        .then(Inline::code(b))
        .then(Inline::text(c))
        .then(Inline::link("console", "https://example.org/"))
        .then(Inline::code(a));
    let mut document = Document::default();
    document.heading(3, &line);
    document.list([line.clone(), line]);
    let frame = ["Heading", "List", "Item", "Link"];
    let (leaves, strange) = read(&document.to_string(), &frame);
    assert_eq!(strange, Vec::<String>::new());
    // A word that becomes code begins at the border of two texts at the latest.
    let expected: String = [a, b, c].map(shown).concat() + "console" + &shown(a);
    let without_spaces = |text: &str| text.replace(' ', "");
    for leaf in &leaves {
        assert_eq!(without_spaces(&leaf.whole), without_spaces(&expected));
    }
    assert_eq!(leaves.len(), 3);
}

pub(super) fn code_is_that_code(text: &str) {
    let (leaves, strange) = read(&paragraph(&Inline::code(text)), &["Paragraph"]);
    assert_eq!(strange, Vec::<String>::new());
    let leaf = leaves.into_iter().next().unwrap_or_default();
    assert_eq!(leaf.whole, shown(text));
    // A pipe alone is left outside.
    assert!(leaf.texts.iter().all(|text| text.chars().all(|c| c == '|')), "{leaf:?}");
}

pub(super) fn prose_loses_only_backticks(text: &str) {
    let (leaves, strange) = read(&paragraph(&Inline::prose(text)), &["Paragraph"]);
    assert_eq!(strange, Vec::<String>::new());
    let leaf = leaves.into_iter().next().unwrap_or_default();
    let bare = |text: &str| text.replace(['`', ' '], "");
    assert_eq!(bare(&leaf.whole), bare(&shown(text)));
    assert!(!leaf.texts.iter().any(|text| is_linked(text)), "{:?}", leaf.texts);
}

/// Of two columns.
pub(super) fn cells_stay_cells(texts: &[String]) {
    let cells: Vec<Vec<Inline>> =
        texts.chunks(2).map(|pair| vec![Inline::text(&pair[0]), Inline::code(&pair[1])]).collect();
    let mut document = Document::default();
    document.table(&cells[0], &cells[1..]);
    let frame = ["Table", "TableHead", "TableRow", "TableCell"];
    let (leaves, strange) = read(&document.to_string(), &frame);
    assert_eq!(strange, Vec::<String>::new());
    let read: Vec<String> = leaves.into_iter().map(|leaf| leaf.whole).collect();
    let expected: Vec<String> = texts.iter().map(|text| shown(text)).collect();
    assert_eq!(read, expected);
}

pub(super) fn nothing_closes_a_block_of_code(text: &str) {
    let mut document = Document::default();
    document.code(text);
    let (leaves, strange) = read(&document.to_string(), &["CodeBlock"]);
    assert_eq!(strange, Vec::<String>::new());
    assert_eq!(leaves.len(), 1);
    let lines: Vec<String> = lines(text, LONGEST_LINE)
        .map(|line| if is_fence(&line) { cut(&line, LONGEST_FENCE) } else { line })
        .collect();
    assert_eq!(leaves[0].whole, lines.join("\n") + "\n");
}
