//! What holds for any bytes: one law for each kind of text that others write, and its name.
//!
//! A law stands beside the code that it is about, is shared with the tests there, and panics
//! where it does not hold. `cargo test` holds all of them to the files of `fuzz/corpus` and to
//! what two of these make together; `.ci/fuzz` looks for bytes that break one.

use crate::workspace;
use crate::{action, codedeploy, diagnosis, image, release_file, report, task_definition, version};

/// Panics where the bytes break it.
type Law = fn(&[u8]);

/// The laws by the names of their folders in `fuzz/corpus`.
pub const LAWS: [(&str, Law); 12] = [
    ("app-spec", codedeploy::app_spec::laws::app_spec),
    ("failure", diagnosis::laws::failure),
    ("html", report::laws::html),
    ("image", image::laws::image),
    ("inputs", action::inputs::laws::inputs),
    ("log", action::laws::log),
    ("markdown", report::laws::markdown),
    ("release-file", release_file::laws::release_file),
    ("report", report::laws::report),
    ("task-definition", task_definition::laws::task_definition),
    ("version-file", version::laws::version_file),
    ("workspace", workspace::laws::workspace),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the corpus is a folder of files")]

    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    type Corpus = BTreeMap<PathBuf, Vec<u8>>;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
    }

    fn entries(folder: &Path) -> Vec<PathBuf> {
        let entries =
            fs::read_dir(folder).unwrap_or_else(|it| panic!("{}: {it}", folder.display()));
        let mut entries: Vec<_> = entries.map(|it| it.expect("an entry").path()).collect();
        entries.sort();
        entries
    }

    fn corpus(law: &str) -> Corpus {
        let files = entries(&folder().join(law)).into_iter();
        files.map(|file| (file.clone(), fs::read(file).expect("a file"))).collect()
    }

    #[test]
    fn every_law_holds_for_its_corpus() {
        for (name, law) in LAWS {
            for (file, bytes) in corpus(name) {
                let held = std::panic::catch_unwind(|| law(&bytes));
                assert!(held.is_ok(), "{}: the law is broken, see above", file.display());
            }
        }
    }

    #[test]
    fn every_folder_of_the_corpus_is_that_of_a_law() {
        let names: Vec<_> = LAWS.iter().map(|(name, _)| folder().join(name)).collect();
        assert_eq!(entries(&folder()), names);
    }

    proptest! {
        #[test]
        fn every_law_holds_for_what_two_of_its_files_make_together(
            (name, law) in select(&LAWS[..]),
            [one, other, from, until] in any::<[Index; 4]>(),
            between in "[ -~]?\\PC?",
        ) {
            let files: Vec<Vec<u8>> = corpus(name).into_values().collect();
            let (one, other) = (one.get(&files), other.get(&files));
            let head = &one[..from.index(one.len() + 1)];
            let tail = &other[until.index(other.len() + 1)..];
            law(&[head, between.as_bytes(), tail].concat());
        }
    }
}
