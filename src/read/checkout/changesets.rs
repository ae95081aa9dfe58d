//! The changesets that wait in the checkout: which packages the next release raises.

use std::fs;
use std::path::Path;

use super::file::contents_below;
use crate::document::{self, Fault};
use crate::problem::Problem;
use crate::request::Changeset;

/// Where the tool keeps them.
const FOLDER: &str = ".changeset";

/// What raises a version. `none` is the third word, and does not.
const RAISES: [&str; 3] = ["major", "minor", "patch"];

/// All of them; none where there is no such folder.
///
/// # Errors
/// Those that can't be read.
pub(super) fn changesets(root: &Path) -> Result<Vec<Changeset>, Vec<Problem>> {
    #[allow(clippy::disallowed_methods, reason = "the room that reads the checkout")]
    let Ok(entries) = fs::read_dir(root.join(FOLDER)) else { return Ok(Vec::new()) };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".md") && !name.eq_ignore_ascii_case("README.md"));
    names.sort();
    let (mut changesets, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        let file = format!("{FOLDER}/{name}");
        match packages(root, &file) {
            Ok(packages) => changesets.push(Changeset { file, packages }),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(changesets) } else { Err(problems) }
}

fn packages(root: &Path, file: &str) -> Result<Vec<String>, Problem> {
    let bytes = contents_below(root, Path::new(file), "Check the changeset, or remove it.")?;
    let unreadable = |Fault { message, line, .. }: Fault| {
        Problem::new(format!("{file} is not a changeset: {message}")).at(file, line)
    };
    let text = document::text(&bytes, "a changeset").map_err(unreadable)?;
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        let problem =
            Problem::new(format!("{file} is not a changeset: it does not begin with ---"));
        return Err(problem.hint("Write it with `changeset add`, or remove it.").at(file, 1));
    }
    let names: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    // With the line that the dashes are on.
    let value = document::yaml(&format!("\n{}", names.join("\n"))).map_err(unreadable)?;
    let raised = value.as_object().into_iter().flatten();
    let raised = raised.filter(|(_, word)| word.as_str().is_some_and(|it| RAISES.contains(&it)));
    Ok(raised.map(|(name, _)| name.clone()).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the test plays the checkout")]

    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Vec<Changeset>, Vec<Problem>> {
        let root = tempfile::tempdir().expect("a scratch folder can be made");
        fs::create_dir(root.path().join(FOLDER)).expect("it can have a folder");
        for (name, text) in files {
            fs::write(root.path().join(FOLDER).join(name), text).expect("and a file");
        }
        changesets(root.path())
    }

    #[test]
    fn a_changeset_raises_the_packages_that_it_names() {
        let found = read(&[
            ("config.json", "{}"),
            ("README.md", "# Changesets\n"),
            ("brave-cats.md", "---\n\"@shop/web\": minor\n'api': patch\n---\n\nShow: the cart\n"),
            ("crlf.md", "---\r\ndocs: major\r\nui: none\r\n---\r\nText\r\n"),
            ("empty.md", "---\n---\n\nNothing to release\n"),
        ]);
        let found = found.expect("all are changesets");
        let raised: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|it| (it.file.as_str(), it.packages.iter().map(String::as_str).collect()))
            .collect();
        let expected = [
            (".changeset/brave-cats.md", vec!["@shop/web", "api"]),
            (".changeset/crlf.md", vec!["docs"]),
            (".changeset/empty.md", vec![]),
        ];
        assert_eq!(raised, expected);
        let root = tempfile::tempdir().expect("a scratch folder can be made");
        assert_eq!(changesets(root.path()), Ok(Vec::new()));
    }

    #[test]
    fn what_is_none_is_said_with_its_line() {
        let problems = read(&[("a.md", "Text\n"), ("b.md", "---\nweb: minor\nweb: patch\n---\n")]);
        let problems = problems.expect_err("two are none");
        let lines: Vec<_> =
            problems.iter().filter_map(|it| Some(it.location.as_ref()?.line)).collect();
        assert_eq!(lines, [1, 3]);
        assert!(problems[0].message.starts_with(".changeset/a.md is not a changeset"));
        assert!(problems[1].message.contains("twice"), "{}", problems[1].message);
    }
}
