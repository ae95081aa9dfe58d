//! Where `page` writes to: settled before AWS is asked for anything, so that nothing is read
//! for a page that has no place.

use std::fs;
use std::path::Path;

use super::reader::Reader;
use crate::problem::Problem;
use crate::read::Root;
use crate::request::{Command, PageFile};
use crate::workspace::inside;

const DEFAULT: &str = "ecs-release.html";

pub(super) fn page(inputs: &mut Reader<'_>, command: Command) -> Option<PageFile> {
    let is_given = inputs.is_set("page-file");
    if command != Command::Page {
        if is_given {
            let problem = Problem::new("input `page-file` is only for `command: page`");
            inputs.note(problem.hint("remove it: no other command writes a page"));
        }
        return None;
    }
    let name = if is_given { inputs.text("page-file")? } else { DEFAULT };
    let root = Root::new(inputs.environment().path("GITHUB_WORKSPACE"));
    match file(&root, name) {
        Ok(file) => Some(file),
        Err(problem) => inputs.refuse(inputs.about("page-file", None, problem)),
    }
}

/// A file of the checkout, whether it is there or not; its folder is.
fn file(root: &Root, name: &str) -> Result<PageFile, Problem> {
    let elsewhere = || {
        let problem = Problem::new(format!("{name:?} is not in the checkout"));
        problem.hint("give a path relative to the checkout, such as site/index.html")
    };
    let below = inside(Path::new(name)).ok_or_else(elsewhere)?;
    let path = root.folder().join(&below);
    let folder = root.path().join(below.parent().unwrap_or(Path::new("")));
    if !folder.is_dir() {
        let folder = below.parent().unwrap_or(Path::new("")).display();
        let problem = Problem::new(format!("there is no folder {folder}"));
        return Err(problem.hint(format!("create it before this step: `run: mkdir -p {folder}`")));
    }
    if root.is_left_by(&folder) {
        return Err(elsewhere());
    }
    // A link would lead to a file of somebody's choice.
    let is_taken = fs::symlink_metadata(&path).is_ok_and(|it| !it.is_file());
    if name.ends_with('/') || is_taken {
        let problem = Problem::new(format!("{name:?} is not a file"));
        return Err(problem.hint("name a file, such as site/index.html"));
    }
    Ok(PageFile { name: below.display().to_string(), path })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the test plays the checkout")]

    use super::*;

    #[test]
    fn a_page_stays_in_the_checkout_and_its_folder_is_there() {
        let checkout = tempfile::tempdir().expect("a scratch folder can be made");
        let at = |name: &str| checkout.path().join(name);
        fs::create_dir(at("site")).expect("it can have a folder");
        fs::write(at("site/old.html"), "").expect("and a file");
        for (link, to) in [("out", "/"), ("site/link.html", "/etc/passwd"), ("in", "site")] {
            std::os::unix::fs::symlink(to, at(link)).expect("and a link");
        }
        let root = Root::new(Some(checkout.path().to_owned()));
        let said = |name| match file(&root, name) {
            Ok(file) => {
                assert_eq!(file.path, at(&file.name));
                file.name
            }
            Err(problem) => problem.message,
        };
        for (name, expected) in [
            ("page.html", "page.html"),
            ("./site/../site/index.html", "site/index.html"),
            ("site/old.html", "site/old.html"),
            ("in/index.html", "in/index.html"),
            ("/etc/page.html", "\"/etc/page.html\" is not in the checkout"),
            ("../page.html", "\"../page.html\" is not in the checkout"),
            ("out/page.html", "\"out/page.html\" is not in the checkout"),
            ("public/index.html", "there is no folder public"),
            ("site", "\"site\" is not a file"),
            (".", "\".\" is not a file"),
            ("new/", "\"new/\" is not a file"),
            ("site/link.html", "\"site/link.html\" is not a file"),
        ] {
            assert_eq!(said(name), expected, "{name}");
        }
    }
}
