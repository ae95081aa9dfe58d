//! The messages that docs/failures.md quotes are those of the code.

use std::fs;
use std::path::Path;

use super::{read, root};

/// What GitHub and AWS say themselves.
const NOT_OURS: [&str; 2] = [
    "Skip output 'image' since it may contain secret",
    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
];

/// How far apart the parts of a message may stand in the code.
const NEAR: usize = 300;

#[test]
fn every_message_of_the_page_is_said_by_the_code() {
    let page = read("docs/failures.md");
    let code = code();
    let quoted: Vec<&str> =
        page.lines().filter(|line| line.starts_with("**\"")).flat_map(quotes).collect();
    assert!(quoted.len() > 20, "the page quotes messages: {quoted:?}");
    let unsaid: Vec<&str> = quoted
        .into_iter()
        .filter(|it| !NOT_OURS.contains(it) && !code.iter().any(|code| says(code, it)))
        .collect();
    assert!(unsaid.is_empty(), "nothing in src/ says {unsaid:?}");
}

#[test]
fn a_message_is_said_where_its_parts_stand_near_each_other_in_their_order() {
    let code =
        format!("there is no image {{a}} in {{b}}{}there is no {{c}} in {{d}}", " ".repeat(400));
    let cases = [
        ("there is no image … in …", true),
        ("… in … there is no image", false),
        ("there is no picture …", false),
        ("there is no … in …", true),
    ];
    for (message, expected) in cases {
        assert_eq!(says(&code, message), expected, "{message}");
    }
}

/// What stands between quotation marks in the bold beginning of a line.
fn quotes(line: &str) -> impl Iterator<Item = &str> {
    let bold = line[2..].split("**").next().unwrap_or_default();
    bold.split('"').skip(1).step_by(2)
}

/// Whether the fixed parts of a message stand in the code, `…` being anything.
fn says(code: &str, message: &str) -> bool {
    let mut parts = message.split('…').filter(|part| !part.trim().is_empty());
    let Some(first) = parts.next() else { return false };
    let rest: Vec<&str> = parts.collect();
    code.match_indices(first).any(|(at, _)| {
        let mut behind = &code[at + first.len()..];
        rest.iter().all(|part| {
            let found = behind.find(part).filter(|distance| *distance < NEAR);
            found.is_some_and(|distance| {
                behind = &behind[distance + part.len()..];
                true
            })
        })
    })
}

/// The sources without tests, long literals in one line.
fn code() -> Vec<String> {
    let mut files = super::permissions::files_below(&root().join("src"));
    files.push(root().join("dist/main.cjs"));
    let is_product = |path: &Path| !path.components().any(|it| it.as_os_str() == "tests");
    let files =
        files.into_iter().filter(|path| is_product(path.strip_prefix(root()).unwrap_or(path)));
    files.map(|path| joined(&fs::read_to_string(path).expect("sources are UTF-8"))).collect()
}

/// Without the breaks that a literal may have (`\` at the end of a line).
fn joined(code: &str) -> String {
    let product = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut pieces = product.split("\\\n");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |joined, piece| joined + piece.trim_start())
}
