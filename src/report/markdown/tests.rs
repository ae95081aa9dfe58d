//! What a parser of Markdown makes of hostile text: that text, and nothing else.

use proptest::prelude::*;

use super::laws::{
    any_part_of_a_line_is_text, cells_stay_cells, code_is_that_code,
    nothing_closes_a_block_of_code, prose_loses_only_backticks, read, text_is_only_text,
};
use super::*;

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

proptest! {
    #[test]
    fn any_text_is_read_as_that_text_and_as_nothing_github_would_link(text in hostile()) {
        text_is_only_text(&text);
    }

    #[test]
    fn any_text_is_only_text_wherever_a_line_has_room_for_it(
        [a, b, c] in [hostile(), hostile(), hostile()],
    ) {
        any_part_of_a_line_is_text(&a, &b, &c);
    }

    #[test]
    fn any_code_is_read_as_that_code(text in hostile()) {
        code_is_that_code(&text);
    }

    #[test]
    fn any_prose_is_text_and_code_and_loses_only_its_backticks(text in hostile()) {
        prose_loses_only_backticks(&text);
    }

    #[test]
    fn any_cell_stays_in_its_cell(texts in prop::collection::vec(hostile(), 6)) {
        cells_stay_cells(&texts);
    }

    #[test]
    fn nothing_inside_closes_a_block_of_code(text in hostile(), ticks in 0..300_usize) {
        nothing_closes_a_block_of_code(&format!("{text}\n{}\n{text}", "`".repeat(ticks)));
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
    let (leaves, strange) = read(&document.to_string(), &["HtmlBlock", "CodeBlock"]);
    assert_eq!(leaves.len(), 1);
    assert_eq!(
        strange,
        [
            r#"Html(Borrowed("<details><summary>Timeline</summary>\n"))"#,
            r#"Html(Borrowed("</details>\n"))"#,
        ]
    );
}
