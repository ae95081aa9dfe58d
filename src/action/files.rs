//! The files that the runner reads after the step, which are outputs, state and summary, and
//! those that a workflow asks for.
//!
//! A value is appended the moment it is known, in one write, so that a run that
//! is killed keeps what it had. The runner reads these files after a cancelled
//! or failed step too.

#![allow(clippy::disallowed_methods, reason = "files are this file's only subject")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// The largest summary of a step that the runner uploads, in bytes; it drops a
/// larger one as a whole (`CreateStepSummaryCommand` in actions/runner).
const LARGEST_SUMMARY: u64 = 1024 * 1024;

/// The end of a summary that was too large.
const CUT: &str = "\n\n**The summary was cut off here: GitHub shows at most 1 MiB per step.**\n";

/// A file of names and values: outputs or state.
#[derive(Debug, Clone)]
pub(super) struct ValueFile(pub(super) PathBuf);

impl ValueFile {
    /// Appends a value; any text is kept to the byte.
    ///
    /// The form is the one for values of several lines, because in the other,
    /// `name=value`, a line feed in the value would begin a second name.
    pub(super) fn append(&self, name: &str, value: &str) -> Result<(), Problem> {
        append(&self.0, &entry(name, value))
    }
}

pub(super) fn entry(name: &str, value: &str) -> String {
    let delimiter = delimiter_for(value);
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

/// A line that doesn't occur in the value, so that the value can't end itself.
fn delimiter_for(value: &str) -> String {
    loop {
        let delimiter = format!("end-{:032x}", fastrand::u128(..));
        if !value.contains(&delimiter) {
            return delimiter;
        }
    }
}

/// The file of the job summary, Markdown.
#[derive(Debug, Clone)]
pub(super) struct SummaryFile(pub(super) PathBuf);

impl SummaryFile {
    /// Appends Markdown and ends its line. What doesn't fit any more is cut at
    /// the end of a line, and a sentence says so.
    pub(super) fn append(&self, markdown: &str) -> Result<(), Problem> {
        // A file that isn't there yet is an empty one.
        let used = fs::metadata(&self.0).map_or(0, |file| file.len());
        let room = LARGEST_SUMMARY.saturating_sub(used);
        append(&self.0, &fitted(markdown, usize::try_from(room).unwrap_or(usize::MAX)))
    }
}

/// The Markdown with its last line ended, cut to at most `room` bytes.
fn fitted(markdown: &str, room: usize) -> String {
    let newline = if markdown.ends_with('\n') { "" } else { "\n" };
    if markdown.len() + newline.len() <= room {
        return format!("{markdown}{newline}");
    }
    let Some(room) = room.checked_sub(CUT.len()) else { return String::new() };
    let longest = &markdown[..markdown.floor_char_boundary(room)];
    let lines = longest.rfind('\n').map_or("", |end| &longest[..end]);
    format!("{lines}{CUT}")
}

/// Writes a file of the checkout, in place of the one that may be there.
pub(super) fn write(path: &Path, content: &str) -> Result<(), Problem> {
    fs::write(path, content).map_err(|error| {
        Problem::new(format!("{} cannot be written: {error}", path.display()))
            .hint("check that the runner's disk is not full and that the folder is writable")
    })
}

fn append(path: &Path, text: &str) -> Result<(), Problem> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| {
            Problem::new(format!("the runner's file {} cannot be written: {error}", path.display()))
                .hint("check that the runner's disk is not full and that its temporary folder is writable")
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::action::ported::pairs;

    fn scratch() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder can be made")
    }

    fn content(path: &Path) -> String {
        fs::read_to_string(path).expect("the file was written")
    }

    #[test]
    fn values_are_appended_one_by_one_behind_what_is_there() {
        let folder = scratch();
        let path = folder.path().join("output");
        fs::write(&path, "earlier=1\n").expect("the folder is writable");
        let file = ValueFile(path.clone());
        file.append("version", "1.4.2").expect("the folder is writable");
        assert_eq!(pairs(&content(&path)).expect("well-formed").len(), 2, "written at once");
        file.append("report", "[\n  {}\n]\n").expect("the folder is writable");
        let expected = [("earlier", "1"), ("version", "1.4.2"), ("report", "[\n  {}\n]\n")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs(&content(&path)), Ok(expected.to_vec()));
    }

    #[test]
    fn a_value_that_holds_the_delimiter_gets_another_one() {
        fastrand::seed(7);
        let guessed = delimiter_for("");
        fastrand::seed(7);
        assert_ne!(delimiter_for(&format!("a\n{guessed}\nimage=evil")), guessed);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_a_problem_that_names_it() {
        let folder = scratch();
        let path = folder.path().join("missing").join("output");
        let problem = ValueFile(path.clone()).append("version", "secret").expect_err("no dir");
        let expected = format!("the runner's file {} cannot be written: ", path.display());
        assert!(problem.message.starts_with(&expected), "{}", problem.message);
        assert!(!problem.to_string().contains("secret"));
        SummaryFile(folder.path().to_owned()).append("x").expect_err("a folder is no file");
    }

    #[test]
    fn a_file_takes_the_place_of_the_one_before() {
        let folder = scratch();
        let path = folder.path().join("page.html");
        for page in ["a longer page", "page"] {
            write(&path, page).expect("the folder is writable");
            assert_eq!(content(&path), page);
        }
        let problem = write(folder.path(), "page").expect_err("a folder is no file");
        let expected = format!("{} cannot be written: ", folder.path().display());
        assert!(problem.message.starts_with(&expected), "{}", problem.message);
    }

    #[test]
    fn a_summary_grows_by_whole_lines() {
        let folder = scratch();
        let path = folder.path().join("summary");
        let file = SummaryFile(path.clone());
        file.append("# One").expect("the folder is writable");
        file.append("two\n").expect("the folder is writable");
        assert_eq!(content(&path), "# One\ntwo\n");
    }

    #[test]
    fn a_summary_never_exceeds_what_the_runner_uploads() {
        let folder = scratch();
        let path = folder.path().join("summary");
        let file = SummaryFile(path.clone());
        let line = format!("{}\n", "ü".repeat(499));
        for _ in 0..3 {
            file.append(&line.repeat(400)).expect("the folder is writable");
        }
        let written = content(&path);
        assert!(written.len() as u64 <= LARGEST_SUMMARY, "{} bytes", written.len());
        assert!(written.len() as u64 > LARGEST_SUMMARY - 2000, "{} bytes", written.len());
        let lines = written.strip_suffix(CUT).expect("it says that it is cut");
        assert!(lines.lines().all(|l| l == line.trim_end()), "only whole lines are kept");
    }

    #[test]
    fn what_fits_to_the_byte_is_not_cut() {
        assert_eq!(fitted("abc", 4), "abc\n");
        assert_eq!(fitted("abc\n", 4), "abc\n");
        assert_eq!(fitted("abc", 3), "", "no room even for the sentence");
        assert_eq!(fitted(&"a\n".repeat(99), CUT.len() + 3), format!("a{CUT}"));
        assert_eq!(fitted(&"ü".repeat(99), CUT.len() + 3), CUT, "no line is cut in two");
    }

    proptest! {
        #[test]
        fn the_runner_reads_back_every_value_and_no_second_one(
            values in prop::collection::vec("(\n|\r|=|<<|a|version|end-|\\PC|.){0,12}", 1..4)
        ) {
            let folder = scratch();
            let path = folder.path().join("output");
            let file = ValueFile(path.clone());
            for value in &values {
                file.append("version", value).expect("the folder is writable");
            }
            let expected: Vec<_> =
                values.into_iter().map(|value| ("version".to_owned(), value)).collect();
            prop_assert_eq!(pairs(&content(&path)), Ok(expected));
        }
    }
}
