//! Rules over `src/` that the compiler does not know: the order of the rooms,
//! and what only one room may name.
//!
//! A room is a module of `src/lib.rs`. The order of the `mod` lines there is
//! the map: each room may use those below it, never one above.

use std::fs;
use std::path::{Path, PathBuf};

/// What only certain rooms may name, and who they are. `main` is `main.rs`.
const RESERVED: [(&[&str], &[&str]); 5] = [
    // One vendor, one room; the SDK's HTTP client serves both.
    (&["aws_sdk_", "aws_config", "aws_types", "aws_credential_types"], &["aws"]),
    (&["aws_smithy_", "hyper_util"], &["aws", "http"]),
    (&["octocrab"], &["github"]),
    // The runner's protocol is spoken in one place.
    (&["INPUT_", "GITHUB_", "RUNNER_"], &["action"]),
    // Nothing else reads the environment or prints.
    (&["std::env", "println!", "eprintln!", "print!", "eprint!"], &["action", "main"]),
];

/// A file of `src/`: its path below it, the room it belongs to, its code.
struct Source {
    path: PathBuf,
    room: String,
    code: String,
}

#[test]
fn what_is_reserved_to_a_room_is_named_nowhere_else() {
    let offences: Vec<String> = sources().iter().flat_map(trespasses).collect();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn every_room_uses_only_those_below_it() {
    let order = order();
    let offences: Vec<String> =
        sources().iter().flat_map(|source| climbs(source, &order)).collect();
    assert!(offences.is_empty(), "{offences:#?}");
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
        let found: Vec<String> = trespasses(&source(room, code)).collect();
        assert_eq!(found.len(), expected, "{code}: {found:?}");
    }
}

#[test]
fn a_climb_is_seen_in_every_form_of_path() {
    let order = ["top", "middle", "bottom"].map(str::to_owned);
    let cases: [(&str, &str, &[&str]); 7] = [
        ("top", "use crate::middle::A; use crate::bottom::B;", &[]),
        ("middle", "use crate::middle::A;", &[]),
        ("middle", "use crate::top::A;", &["top"]),
        ("middle", "fn a() -> crate::top::A {}", &["top"]),
        ("bottom", "use crate::{\n    middle::{top, A},\n    top,\n};", &["middle", "top"]),
        ("bottom", "//! Used by [`crate::top`].", &[]),
        ("main", "use crate::anything;", &[]),
    ];
    for (room, code, expected) in cases {
        let found: Vec<String> = climbs(&source(room, code), &order).collect();
        assert_eq!(found.len(), expected.len(), "{code}: {found:?}");
        for (sentence, above) in found.iter().zip(expected) {
            assert!(sentence.contains(above), "{sentence}");
        }
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

/// One sentence for each room above its own that `source` uses.
fn climbs(source: &Source, order: &[String]) -> impl Iterator<Item = String> {
    let level = |room: &str| order.iter().position(|other| other == room);
    let own = level(&source.room);
    used_rooms(&source.code)
        .into_iter()
        .filter(move |used| own.is_some_and(|own| level(used).is_some_and(|used| used < own)))
        .map(|used| format!("{} uses {used}, which src/lib.rs has above it", source.path.display()))
}

/// Whether `name` stands in `code` as the beginning of a word.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

/// The first segments of all paths that start with `crate::`, in order.
fn used_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.push(word(rest));
            continue;
        };
        let mut depth = 1;
        rooms.push(word(group));
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => rooms.push(word(&group[at + 1..])),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    rooms
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
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

fn sources() -> Vec<Source> {
    let mut folders = vec![src()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src/ can be listed") {
            let path = entry.expect("src/ can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let code = fs::read_to_string(&path).expect("sources are UTF-8");
                let below = path.strip_prefix(src()).expect("it was found in src/");
                let room = below.iter().next().expect("it has a name").to_string_lossy();
                let code = Source { path: below.into(), ..source(&room, &code) };
                sources.push(code);
            }
        }
    }
    assert!(!sources.is_empty(), "there is code in src/");
    sources
}

/// Comments may name everything, so whole lines of them are left out.
fn source(room: &str, text: &str) -> Source {
    let code: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let room = room.strip_suffix(".rs").unwrap_or(room).to_owned();
    Source { path: PathBuf::from(&room), room, code: code.join("\n") }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
