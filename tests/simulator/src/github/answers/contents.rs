//! Files and folders at a ref.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use serde_json::{Value, json};

use crate::github::history::{DEFAULT_BRANCH, sha_of};
use crate::github::wire::{Answer, Refusal, encode, param};
use crate::github::world::{Call, World};

/// Beyond this the contents stay out: "Between 1-100 MB: [...] the `content`
/// field will be an empty string and the `encoding` field will be `"none"`".
const MEGABYTE: usize = 1024 * 1024;

pub(super) fn get(world: &World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let asked = param(&call.incoming.query, "ref");
    let name = asked.as_deref().unwrap_or(DEFAULT_BRANCH);
    if world.history.is_empty() {
        return Err(Refusal::new(404, "This repository is empty."));
    }
    let no_commit = || Refusal::new(404, format!("No commit found for the ref {name}"));
    let commit = world.history.resolve(name).ok_or_else(no_commit)?;
    let tree = world.history.tree(&commit.sha);
    let path = call.argument.trim_matches('/');
    if let Some(content) = tree.get(path) {
        let (encoding, body) = match content.len() {
            0..=MEGABYTE => ("base64", lines(&base64::encode(content))),
            _ => ("none", String::new()),
        };
        let mut file = entry(call, name, path, Some(content));
        file["content"] = body.into();
        file["encoding"] = encoding.into();
        return Ok(Answer::json(200, &file));
    }
    let folder = folder(&tree, path);
    if folder.is_empty() {
        return Err(Refusal::not_found());
    }
    let entries: Vec<_> = folder.iter().map(|(at, held)| entry(call, name, at, *held)).collect();
    Ok(Answer::json(200, &Value::Array(entries)))
}

/// What lies in a folder: files with what they hold, and folders without.
fn folder<'a>(
    tree: &'a BTreeMap<String, String>,
    path: &str,
) -> BTreeMap<String, Option<&'a String>> {
    let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut found = BTreeMap::new();
    for (at, content) in tree {
        let Some(rest) = at.strip_prefix(&inside) else { continue };
        match rest.split_once('/') {
            Some((name, _)) => found.insert(format!("{inside}{name}"), None),
            None => found.insert(at.clone(), Some(content)),
        };
    }
    found
}

fn entry(call: &Call<'_>, name: &str, path: &str, content: Option<&String>) -> Value {
    let (kind, git, web) = match content {
        Some(_) => ("file", "blobs", "blob"),
        None => ("dir", "trees", "tree"),
    };
    let sha = sha_of(&format!("{kind} {path} {}", content.map_or("", String::as_str)));
    let (at, reference) = (encode(path), encode(name));
    let url = call.links.repo(&format!("contents/{at}?ref={reference}"));
    let git_url = call.links.repo(&format!("git/{git}/{sha}"));
    let html_url = call.links.page(&format!("{web}/{reference}/{at}"));
    let raw = content.map(|_| call.links.page(&format!("raw/{reference}/{at}")));
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": content.map_or(0, String::len),
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": raw,
        "type": kind,
        "_links": { "self": url, "git": git_url, "html": html_url },
    })
}

/// Base64 as GitHub writes it: lines of 60, each with its end.
fn lines(encoded: &str) -> String {
    let mut lines = String::new();
    for (at, character) in encoded.chars().enumerate() {
        lines.push(character);
        if at % 60 == 59 {
            lines.push('\n');
        }
    }
    if !lines.is_empty() && !lines.ends_with('\n') {
        lines.push('\n');
    }
    lines
}
