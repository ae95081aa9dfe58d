//! Rules over `src/` that the compiler does not know: the order of the rooms,
//! that no files use each other in a circle, and what only one room may name.
//!
//! A room is a module of `src/lib.rs`. The order of the `mod` lines there is
//! the map: each room may use those below it, never one above. Inside a room a file
//! may use those that don't use it, so that there is an order in which to read them:
//! a parent that uses its children, or re-exports from them, is used by none of them. To
//! declare a child is not to use it, so children may use a parent that only declares them.

mod sources;

use std::collections::BTreeSet;
use std::fs;

use self::sources::{Source, circles, sources, src, uses};

/// What only certain rooms may name, and who they are. `main` is `main.rs`.
const RESERVED: [(&[&str], &[&str]); 6] = [
    // One vendor, one room; the SDK's HTTP client serves both.
    (&["aws_sdk_", "aws_config", "aws_types", "aws_credential_types"], &["aws"]),
    (&["aws_smithy_", "hyper_util"], &["aws", "http"]),
    (&["openssl_probe", "rustls"], &["http"]),
    (&["octocrab"], &["github"]),
    // The runner's protocol is spoken in one place.
    (&["INPUT_", "GITHUB_", "RUNNER_"], &["action"]),
    // Nothing else reads the environment or prints.
    (&["std::env", "println!", "eprintln!", "print!", "eprint!"], &["action", "main"]),
];

#[test]
fn what_is_reserved_to_a_room_is_named_nowhere_else() {
    let offences: Vec<String> = sources().iter().flat_map(trespasses).collect();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn every_room_uses_only_those_below_it() {
    let offences = climbs(&sources(), &order());
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let found: Vec<String> =
        circles(&sources()).iter().flatten().map(ToString::to_string).collect();
    assert!(found.is_empty(), "in circles: {found:#?}");
}

#[test]
fn a_trespass_is_seen_in_code_and_allowed_in_comments() {
    let cases = [
        ("aws", "use aws_sdk_ecs::Client;", 0),
        ("image", "use aws_sdk_ecr::Client;", 1),
        ("image", "/// As `aws_sdk_ecr` has it.\n    // println!()", 0),
        ("image", "const MAX_INPUT_LENGTH: usize = 3;", 0),
        ("image", "let name = \"INPUT_TAG\"; eprintln!(\"{name}\");", 2),
        ("main", "std::env::vars_os()", 0),
        ("main", "\"GITHUB_OUTPUT\"", 1),
    ];
    for (room, code, expected) in cases {
        let found: Vec<String> = trespasses(&Source::new(room, code)).collect();
        assert_eq!(found.len(), expected, "{code}: {found:?}");
    }
}

#[test]
fn a_climb_is_seen_in_every_form_of_path() {
    let order = ["top", "middle", "bottom"].map(str::to_owned);
    let cases: [(&str, &str, &[&str]); 8] = [
        ("top/mod.rs", "use crate::middle::A; use crate::bottom::B;", &[]),
        ("middle.rs", "use crate::middle::A;", &[]),
        ("middle.rs", "use crate::top::A;", &["top"]),
        ("middle.rs", "fn a() -> crate::top::A {}", &["top"]),
        ("middle/a.rs", "use super::super::top::A;", &["top"]),
        ("bottom.rs", "use crate::{\n    middle::{top, A},\n    top,\n};", &["middle", "top"]),
        ("bottom.rs", "//! Used by [`crate::top`].", &[]),
        ("main.rs", "use crate::top;", &[]),
    ];
    for (file, code, expected) in cases {
        let empty = ["top.rs", "middle.rs", "bottom.rs"].map(|path| Source::new(path, ""));
        let sources: Vec<Source> = empty.into_iter().chain([Source::new(file, code)]).collect();
        let found = climbs(&sources, &order);
        assert_eq!(found.len(), expected.len(), "{code}: {found:?}");
        for (sentence, above) in found.iter().zip(expected) {
            assert!(sentence.contains(above), "{sentence}");
        }
    }
}

/// Files with their code, and those that are in a circle.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn a_circle_is_seen_through_every_form_of_use() {
    let cases: [Case<'_>; 8] = [
        (&[("a/mod.rs", "mod x;\nstruct A;"), ("a/x.rs", "use super::A;")], &[]),
        (&[("a/mod.rs", "mod x;\nfn f() { x::f() }"), ("a/x.rs", "fn f() {}")], &[]),
        (
            &[("a/mod.rs", "mod x;\npub use self::x::X;"), ("a/x.rs", "fn f(_: super::A) {}")],
            &["a/mod.rs", "a/x.rs"],
        ),
        (
            &[
                ("a/mod.rs", "mod x;\nmod y;\nuse x::X;"),
                ("a/x.rs", "use super::y::{Y, Z};"),
                ("a/y.rs", "use crate::a::{A, B as C};"),
            ],
            &["a/mod.rs", "a/x.rs", "a/y.rs"],
        ),
        // By a module that was imported.
        (
            &[
                ("a.rs", ""),
                ("a/x.rs", "use crate::a::y;\nfn f() { y::f() }"),
                ("a/y.rs", "use super::x;"),
            ],
            &["a/x.rs", "a/y.rs"],
        ),
        (
            &[
                ("a/x/mod.rs", "use crate::b;\nfn f() { b::z::f() }"),
                ("b/mod.rs", ""),
                ("b/z.rs", "use crate::a::x::f;"),
            ],
            &["a/x/mod.rs", "b/z.rs"],
        ),
        // Tests may use everything.
        (
            &[
                ("a.rs", "mod x;\nuse x::X;\n#[cfg(test)]\nmod tests;"),
                ("a/x.rs", "struct X;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}"),
                ("a/tests.rs", "use super::A;"),
                ("a/tests/b.rs", "use super::A;"),
            ],
            &[],
        ),
        (&[("a.rs", "use crate::a::A;"), ("a/x.rs", "// use super::A;\nuse ::std::a;")], &[]),
    ];
    for (files, expected) in cases {
        let sources: Vec<Source> =
            files.iter().map(|(path, code)| Source::new(path, code)).collect();
        let circles = circles(&sources);
        let found: BTreeSet<&str> =
            circles.iter().flatten().filter_map(|it| it.from.path.to_str()).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{files:?}");
    }
}

/// One sentence for each reserved name that `source` has no right to.
fn trespasses(source: &Source) -> impl Iterator<Item = String> {
    RESERVED
        .iter()
        .filter(|(_, rooms)| !rooms.contains(&source.room.as_str()))
        .flat_map(|(names, rooms)| names.iter().map(move |name| (name, rooms)))
        .filter(|(name, _)| names(&source.code, name))
        .map(|(name, rooms)| {
            format!("{} names {name}: only {} may", source.path.display(), rooms.join(" and "))
        })
}

/// One sentence for each file of a room above its own that a file uses.
fn climbs(sources: &[Source], order: &[String]) -> Vec<String> {
    let level = |source: &Source| order.iter().position(|room| *room == source.room);
    let climbs = |from: &Source, to: &Source| {
        level(from).is_some_and(|from| level(to).is_some_and(|to| to < from))
    };
    uses(sources)
        .iter()
        .filter(|it| climbs(it.from, it.to))
        .map(|it| format!("{it}, which src/lib.rs has above it"))
        .collect()
}

/// Whether `name` stands in `code` as the beginning of a word.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

/// The rooms from top to bottom, as `src/lib.rs` declares them.
pub(crate) fn order() -> Vec<String> {
    let map = fs::read_to_string(src().join("lib.rs")).expect("src/lib.rs is the map");
    let order: Vec<String> = map
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    assert!(order.len() > 1, "src/lib.rs declares its rooms as `mod name;`");
    order
}
