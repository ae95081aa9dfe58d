//! What a parser of Markdown makes of hostile text: that text, and nothing else.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

const GITHUB: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_MATH)
    .union(Options::ENABLE_GFM);

/// A leaf of the page: a paragraph, a cell, a block of code.
#[derive(Debug, Default, PartialEq, Eq)]
struct Leaf {
    /// All of it, as it is read.
    whole: String,
    /// What is not code: where GitHub looks for things to link.
    texts: Vec<String>,
}

/// The leaves of a page, and everything in it that is neither text nor `frame`.
fn read(markdown: &str, frame: &[&str]) -> (Vec<Leaf>, Vec<String>) {
    let (mut from_in_flight, mut strange) = (Vec::new(), Vec::new());
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
                from_in_flight.push(std::mem::take(&mut leaf));
                in_text = false;
            }
            Event::End(_) => {}
            other => strange.push(format!("{other:?}")),
        }
    }
    strange.retain(|name| !frame.contains(&name.as_str()));
    (from_in_flight, strange)
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
fn is_linked(text: &str) -> bool {
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

/// Arbitrary text, with a liking for what means something to somebody.
fn hostile() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        3 => prop::sample::select(vec![
            " ", "\n", "\r\n", "\t", "    ", "  \n", "a", "1", "web1", "<", ">", "</", "/>", "&",
            "&lt;", "&#64;", "`", "``", "```", "~~~", "~~", "*", "**", "_", "__", "|", "\\", "\\|",
            "[", "](", ")", "![", "[^1]", "[^1]: ", "[x] ", "[!NOTE]", "#", "# ", "#1", "- ", "+ ",
            "---", "===", "> ", "1. ", "1) ", ":", "|--|", "| - | - |", "$", "$$", "!", "(", "{",
            "<b>", "<!--", "-->", "<?", "<![CDATA[", "<script>", "</details>", "<a@b.c>",
            "https://a.b", "http:", "//a.b", "www.", "a.b", "@", "octocat", "GH-1", "0123456",
            "abcdef0", ":rocket:", ":+1:", "\0", "\u{1b}[2K", "\u{202e}", "\u{2028}", "é", "🚀",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(fragment, 0..12).prop_map(|parts| parts.concat())
}

fn paragraph(line: &Inline) -> String {
    let mut document = Document::default();
    document.paragraph(line);
    document.to_string()
}

proptest! {
    #[test]
    fn any_text_is_read_as_that_text_and_as_nothing_github_would_link(text in hostile()) {
        let (from_in_flight, strange) = read(&paragraph(&Inline::text(&text)), &["Paragraph"]);
        prop_assert_eq!(strange, Vec::<String>::new());
        let leaf = from_in_flight.into_iter().next().unwrap_or_default();
        prop_assert_eq!(leaf.whole, shown(&text));
        prop_assert!(!leaf.texts.iter().any(|text| is_linked(text)), "{:?}", leaf.texts);
    }

    #[test]
    fn any_text_is_only_text_wherever_a_line_has_room_for_it(
        [a, b, c] in [hostile(), hostile(), hostile()],
    ) {
        let line = Inline::text(&a)
            .then(Inline::code(&b))
            .then(Inline::text(&c))
            .then(Inline::link("console", "https://example.org/"))
            .then(Inline::code(&a));
        let mut document = Document::default();
        document.heading(3, &line);
        document.list([line.clone(), line]);
        let frame = ["Heading", "List", "Item", "Link"];
        let (from_in_flight, strange) = read(&document.to_string(), &frame);
        prop_assert_eq!(strange, Vec::<String>::new());
        // A word that becomes code begins at the border of two texts at the latest.
        let expected: String = [&a, &b, &c].map(|it| shown(it)).concat() + "console" + &shown(&a);
        let without_spaces = |text: &str| text.replace(' ', "");
        for leaf in &from_in_flight {
            prop_assert_eq!(without_spaces(&leaf.whole), without_spaces(&expected));
        }
        prop_assert_eq!(from_in_flight.len(), 3);
    }

    #[test]
    fn any_code_is_read_as_that_code(text in hostile()) {
        let (from_in_flight, strange) = read(&paragraph(&Inline::code(&text)), &["Paragraph"]);
        prop_assert_eq!(strange, Vec::<String>::new());
        let leaf = from_in_flight.into_iter().next().unwrap_or_default();
        prop_assert_eq!(leaf.whole, shown(&text));
        // A pipe alone is left outside.
        prop_assert!(leaf.texts.iter().all(|text| text.chars().all(|c| c == '|')));
    }

    #[test]
    fn any_prose_is_text_and_code_and_loses_only_its_backticks(text in hostile()) {
        let (from_in_flight, strange) = read(&paragraph(&Inline::prose(&text)), &["Paragraph"]);
        prop_assert_eq!(strange, Vec::<String>::new());
        let leaf = from_in_flight.into_iter().next().unwrap_or_default();
        let bare = |text: &str| text.replace(['`', ' '], "");
        prop_assert_eq!(bare(&leaf.whole), bare(&shown(&text)));
        prop_assert!(!leaf.texts.iter().any(|text| is_linked(text)), "{:?}", leaf.texts);
    }

    #[test]
    fn any_cell_stays_in_its_cell(texts in prop::collection::vec(hostile(), 6)) {
        let cells: Vec<Vec<Inline>> = texts
            .chunks(2)
            .map(|pair| vec![Inline::text(&pair[0]), Inline::code(&pair[1])])
            .collect();
        let mut document = Document::default();
        document.table(&cells[0], &cells[1..]);
        let frame = ["Table", "TableHead", "TableRow", "TableCell"];
        let (from_in_flight, strange) = read(&document.to_string(), &frame);
        prop_assert_eq!(strange, Vec::<String>::new());
        let read: Vec<String> = from_in_flight.into_iter().map(|leaf| leaf.whole).collect();
        let expected: Vec<String> = texts.iter().map(|text| shown(text)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn nothing_inside_closes_a_block_of_code(text in hostile(), ticks in 0..300_usize) {
        let text = format!("{text}\n{}\n{text}", "`".repeat(ticks));
        let mut document = Document::default();
        document.code(&text);
        let (from_in_flight, strange) = read(&document.to_string(), &["CodeBlock"]);
        prop_assert_eq!(strange, Vec::<String>::new());
        prop_assert_eq!(from_in_flight.len(), 1);
        let lines: Vec<String> = plain::lines(&text, LONGEST_LINE)
            .map(|line| if is_fence(&line) { cut(&line, LONGEST_FENCE) } else { line })
            .collect();
        let expected = lines.join("\n") + "\n";
        prop_assert_eq!(from_in_flight[0].whole.as_str(), expected.as_str());
    }
}

#[test]
fn words_are_escaped_no_more_than_they_must_be() {
    for (line, expected) in [
        (Inline::text("web1 runs 1.4.2 (before: 1.4.1)"), "web1 runs 1.4.2 (before: 1.4.1)"),
        (Inline::text("LOG_LEVEL and _this_"), "LOG_LEVEL and &#95;this&#95;"),
        (Inline::text("1. a"), "1&#46; a"),
        (Inline::text("1.4.2"), "1.4.2"),
        (Inline::text("- a - b"), "&#45; a - b"),
        (Inline::text("(task 0123456789abcdef)."), "(task `0123456789abcdef`)."),
        (Inline::text("@one @two"), "`@one` `@two`"),
        (Inline::text("<b> & `c`"), "&lt;b&gt; &amp; &#96;c&#96;"),
        (Inline::prose("Set `in-flight: wait` or `a"), "Set `in-flight: wait` or &#96;a"),
        (Inline::prose("@a`b` `` c"), "`@ab`  c"),
        (Inline::code("a`b"), "``a`b``"),
        (Inline::code("`"), "`` ` ``"),
        (Inline::code("a|b"), "`a`&#124;`b`"),
        (Inline::code(""), ""),
        (Inline::text("www").then(Inline::text(".a.b")), "`www.a.b`"),
        (Inline::markup("**Why:** ").then(Inline::text("- a")), "**Why:** - a"),
        (
            Inline::link("it", "https://a.b/?a=b&c=(d) <e>"),
            "[it](https://a.b/?a=b&amp;c=%28d%29%20%3Ce%3E)",
        ),
        (Inline::joined(vec![Inline::text("a"), Inline::code("b")], " · "), "a · `b`"),
    ] {
        assert_eq!(line.to_string(), expected);
    }
}

#[test]
fn what_is_too_long_is_cut_visibly() {
    let text = Inline::text(&"é".repeat(5_000)).to_string();
    assert_eq!(text, format!("{}…", "é".repeat(999)));
    let mut document = Document::default();
    document.code(&"é".repeat(5_000));
    assert_eq!(document.to_string(), format!("```text\n{}…\n```\n", "é".repeat(499)));
}

#[test]
fn a_folded_part_is_markdown_again_inside() {
    let mut inside = Document::default();
    inside.code("</details>");
    let mut document = Document::default();
    document.folded("Timeline", &inside);
    let (from_in_flight, strange) = read(&document.to_string(), &["HtmlBlock", "CodeBlock"]);
    assert_eq!(from_in_flight.len(), 1);
    assert_eq!(
        strange,
        [
            r#"Html(Borrowed("<details><summary>Timeline</summary>\n"))"#,
            r#"Html(Borrowed("</details>\n"))"#,
        ]
    );
}
