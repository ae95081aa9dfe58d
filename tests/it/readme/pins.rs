//! How the examples name actions: this one by the tag of its release, others by a commit.

use std::collections::{BTreeMap, BTreeSet};

use super::markdown::code;
use super::{address, documents, expect, read};

/// Raising the version in Cargo.toml is all that a release needs: `UPDATE_EXPECT=1`
/// writes its tag into every example.
#[test]
fn every_example_names_the_release_of_cargo_toml() {
    for document in documents().into_iter().chain(["docs/iam/main.tf".to_owned()]) {
        expect(&document, with_this_release);
    }
}

#[test]
fn a_release_is_named_by_its_tag_in_a_pin_behind_a_commit_and_in_an_address() {
    let (action, tag) = (address(), tag());
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let cases = [
        (format!("uses: {action}@v1\n  with:"), format!("uses: {action}@{tag}\n  with:")),
        (format!("{action}@{commit} # v1.2.3\n"), format!("{action}@{commit} # {tag}\n")),
        (format!("{action}/v1.0.0-rc.1/a.json"), format!("{action}/{tag}/a.json")),
        (format!("{action}//docs/iam?ref=v1.0.0\""), format!("{action}//docs/iam?ref={tag}\"")),
        (format!("`{action}` and v1"), format!("`{action}` and v1")),
    ];
    for (text, expected) in cases {
        assert_eq!(with_this_release(&text), expected);
    }
}

#[test]
fn every_other_action_is_pinned_by_one_commit_in_all_examples() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for document in documents() {
        let examples =
            code(&read(&document)).into_iter().filter(|(language, _)| language == "yaml");
        for (_, example) in examples {
            let uses = example.lines().filter_map(|line| line.split_once("uses: "));
            for (action, pin) in uses.filter_map(|(_, action)| action.split_once('@')) {
                if action != address() {
                    let (commit, version) = pin.split_once(" # v").unwrap_or((pin, ""));
                    assert!(is_commit(commit) && !version.is_empty(), "{document}: {action}@{pin}");
                    pins.entry(action.to_owned()).or_default().insert(pin.to_owned());
                }
            }
        }
    }
    assert!(!pins.is_empty(), "the documents use other actions");
    pins.retain(|_, pins| pins.len() > 1);
    assert!(pins.is_empty(), "{pins:?}");
}

/// The text with the tag of this release wherever it names one.
fn with_this_release(text: &str) -> String {
    let mut pieces = text.split(address());
    let mut updated = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let mut leads = ["@", "/", "//docs/iam?ref="].into_iter();
        let named = leads.find(|it| piece.strip_prefix(it).is_some_and(|it| it.starts_with('v')));
        let named = named.map(str::len);
        let pinned = piece.get(1..41).is_some_and(is_commit) && piece[41..].starts_with(" # v");
        let (lead, rest) = piece.split_at(named.or(pinned.then_some(44)).unwrap_or(piece.len()));
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let rest =
            if rest.is_empty() { String::new() } else { tag() + rest.trim_start_matches(is_part) };
        updated += &format!("{}{lead}{rest}", address());
    }
    updated
}

fn tag() -> String {
    concat!("v", env!("CARGO_PKG_VERSION")).to_owned()
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
