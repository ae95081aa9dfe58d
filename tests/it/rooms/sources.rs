//! The files of `src/`, and which of them uses which.
//!
//! A path of modules leads to the deepest file that it names: `crate::aws::Clients` to
//! `src/aws/mod.rs`, also where that file only re-exports it. `crate`, `self`, `super`,
//! the modules below a file and those that it imports by name are followed. A method
//! that is called without a path is not seen, nor what a macro writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What stands above that which no release has.
const OF_TESTS: [&str; 2] = ["#[cfg(test)]", "#[cfg(any(test, feature = \"fuzz\"))]"];

/// A file of `src/`.
pub(super) struct Source {
    /// Below `src/`.
    pub(super) path: PathBuf,
    /// The first part of its path.
    pub(super) room: String,
    /// Without lines of comments, which may name everything.
    pub(super) code: String,
    module: Vec<String>,
}

/// That a file uses another one, by this path.
pub(super) struct Use<'a> {
    pub(super) from: &'a Source,
    pub(super) to: &'a Source,
    path: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let code: Vec<&str> =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let mut module: Vec<String> =
            path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        let room = module[0].clone();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        Self { path: path.into(), room, code: code.join("\n"), module }
    }

    /// The code without what is compiled for tests only.
    fn product(&self) -> String {
        let mut lines = self.code.lines();
        let mut product = Vec::new();
        while let Some(line) = lines.next() {
            if !OF_TESTS.contains(&line.trim_start()) {
                product.push(line);
                continue;
            }
            // rustfmt puts the end of an item below its beginning.
            let indent = &line[..line.len() - line.trim_start().len()];
            let ends = |line: &str| {
                line.strip_prefix(indent).is_some_and(|line| {
                    !line.starts_with(' ') && line.ends_with([';', '}']) && !line.ends_with("{}")
                })
            };
            lines.by_ref().find(|line| ends(line));
        }
        product.join("\n")
    }

    /// The modules that this file has for tests only.
    fn test_modules(&self) -> impl Iterator<Item = Vec<String>> {
        self.code.lines().zip(self.code.lines().skip(1)).filter_map(|(above, line)| {
            // `pub(crate) mod laws;`
            let (visibility, name) = line.trim_start().split_once("mod ")?;
            let name = name.strip_suffix(';')?;
            if !(visibility.is_empty() || visibility.starts_with("pub")) {
                return None;
            }
            let module = [&self.module[..], &[name.to_owned()]].concat();
            OF_TESTS.contains(&above.trim_start()).then_some(module)
        })
    }
}

impl std::fmt::Display for Use<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to, path } = self;
        write!(f, "{} uses {} ({path})", from.path.display(), to.path.display())
    }
}

/// Every file of `src/`.
pub(super) fn sources() -> Vec<Source> {
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
                sources.push(Source::new(&below.to_string_lossy(), &code));
            }
        }
    }
    assert!(!sources.is_empty(), "there is code in src/");
    sources
}

pub(super) fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every use of one file by another, tests included.
pub(super) fn uses(sources: &[Source]) -> Vec<Use<'_>> {
    let files = files(sources);
    sources.iter().flat_map(|source| uses_in(source, &source.code, &files)).collect()
}

type Files<'a> = BTreeMap<&'a [String], &'a Source>;

fn files(sources: &[Source]) -> Files<'_> {
    sources.iter().map(|source| (&source.module[..], source)).collect()
}

/// Files of the product that use each other in a circle: for each circle the uses
/// that close it.
pub(super) fn circles(sources: &[Source]) -> Vec<Vec<Use<'_>>> {
    let tests: BTreeSet<Vec<String>> = sources.iter().flat_map(Source::test_modules).collect();
    let is_product =
        |it: &&Source| !(1..=it.module.len()).any(|end| tests.contains(&it.module[..end]));
    let files = files(sources);
    let products = sources.iter().filter(is_product);
    let uses: BTreeMap<&Path, Vec<Use<'_>>> = products
        .map(|source| (&*source.path, uses_in(source, &source.product(), &files)))
        .collect();
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = sources
        .iter()
        .map(|source| {
            let mut reached = BTreeSet::new();
            let mut next = vec![&*source.path];
            while let Some(path) = next.pop() {
                let used = uses.get(path).into_iter().flatten().map(|it| &*it.to.path);
                next.extend(used.filter(|to| reached.insert(*to)));
            }
            (&*source.path, reached)
        })
        .collect();
    // Two files are in one circle if each reaches the other.
    let mut circles: BTreeMap<BTreeSet<&Path>, Vec<Use<'_>>> = BTreeMap::new();
    for it in uses.into_values().flatten() {
        let there = &reached[&*it.to.path];
        let back = |path: &&Path| reached[path].contains(&*it.to.path);
        let circle: BTreeSet<&Path> = there.iter().copied().filter(back).collect();
        if circle.contains(&*it.from.path) {
            circles.entry(circle).or_default().push(it);
        }
    }
    circles.into_values().collect()
}

/// What the code of one file uses, each other file once.
fn uses_in<'a>(from: &'a Source, code: &str, files: &Files<'a>) -> Vec<Use<'a>> {
    let paths = paths(code);
    let mut known: BTreeMap<String, Vec<String>> = files
        .keys()
        .filter_map(|module| {
            let (name, parent) = module.split_last()?;
            (parent == from.module).then(|| (name.clone(), module.to_vec()))
        })
        .collect();
    for path in &paths {
        let whole = absolute(path, from, &known).filter(|whole| files.contains_key(&whole[..]));
        if let (Some(name), Some(whole)) = (path.last(), whole) {
            known.insert(name.clone(), whole);
        }
    }
    let mut uses: BTreeMap<&Path, Use<'_>> = BTreeMap::new();
    for path in &paths {
        let Some(whole) = absolute(path, from, &known) else { continue };
        let to = (0..=whole.len()).rev().find_map(|end| files.get(&whole[..end]));
        if let Some(to) = to.filter(|to| to.path != from.path) {
            uses.entry(&to.path).or_insert_with(|| Use { from, to, path: path.join("::") });
        }
    }
    uses.into_values().collect()
}

/// A path from the root of the crate; `None` where it leads out of the crate.
fn absolute(
    path: &[String],
    from: &Source,
    known: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    let (head, rest) = path.split_first()?;
    let start = match head.as_str() {
        "crate" => Vec::new(),
        "self" => from.module.clone(),
        "super" => from.module.split_last()?.1.to_vec(),
        name => known.get(name)?.clone(),
    };
    Some(rest.iter().fold(start, |mut module, name| {
        match name.as_str() {
            "super" => drop(module.pop()),
            "self" => {}
            _ => module.push(name.clone()),
        }
        module
    }))
}

/// Every path of at least two parts, those in braces one by one.
fn paths(code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = is_word(tokens[at]) && tokens.get(at + 1) == Some(&"::");
        let goes_on = at > 0 && tokens[at - 1] == "::";
        at = if begins && !goes_on { branch(&tokens, at, &[], &mut paths) } else { at + 1 };
    }
    paths
}

/// Reads the path that goes on at this token, and says where it ends.
fn branch(tokens: &[&str], from: usize, head: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let mut path = head.to_vec();
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        at += 1;
        if is_word(token) {
            path.push((*token).to_owned());
            if tokens.get(at) != Some(&"::") {
                break;
            }
            at += 1;
        } else if *token == "{" {
            while tokens.get(at).is_some_and(|token| *token != "}") {
                at = match tokens[at] {
                    "," => at + 1,
                    "as" => at + 2,
                    _ => branch(tokens, at, &path, paths),
                };
            }
            return at + 1;
        } else {
            break;
        }
    }
    paths.push(path);
    at
}

fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if is_word(rest) => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            ':' if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}
