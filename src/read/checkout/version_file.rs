//! The version of an app that is not read from a package.json of its own.

use std::path::Path;

use super::file::contents_below;
use crate::problem::Problem;
use crate::request::VersionFile;
use crate::version::{FoundVersion, Inherited, Package, version_in};
use crate::workspace::inside;

const HINT: &str = "Check the path in `version-file`.";

/// The version that the file has for its app.
///
/// # Errors
/// There is no such file in the checkout, or no version in it.
pub(super) fn read_version(of: &VersionFile) -> Result<Package, Problem> {
    let VersionFile { root, file, folder, app } = of;
    let read = read(root, file, folder)?;
    Ok(Package { name: read.name.or_else(|| Some(app.to_string())), ..read })
}

fn read(root: &Path, file: &Path, folder: &Path) -> Result<Package, Problem> {
    let bytes = contents_below(root, file, HINT)?;
    let name = file.display().to_string();
    match version_in(&name, &bytes, &folder.display().to_string())? {
        FoundVersion::Here(package) => Ok(package),
        FoundVersion::InWorkspace(inherited) => version_of_workspace(root, file, &inherited),
    }
}

/// Looks for the root of the workspace as Cargo does: where the file names it, or in each
/// folder from that of the file upwards.
fn version_of_workspace(
    root: &Path,
    file: &Path,
    inherited: &Inherited,
) -> Result<Package, Problem> {
    let file = inside(file).unwrap_or_else(|| file.to_owned());
    let folder = file.parent().unwrap_or(Path::new(""));
    let named = inherited.workspace.as_ref().map(|it| inside(&folder.join(it)));
    let folders = match &named {
        Some(Some(folder)) => vec![folder.as_path()],
        Some(None) => Vec::new(),
        None => folder.ancestors().collect(),
    };
    for folder in folders {
        let candidate = inside(&folder.join("Cargo.toml")).unwrap_or_default();
        if !root.join(&candidate).exists() {
            continue;
        }
        let bytes = contents_below(root, &candidate, HINT)?;
        if let Some(package) =
            inherited.version_in_root(&candidate.display().to_string(), &bytes)?
        {
            return Ok(package);
        }
    }
    Err(inherited.without_root())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the test plays the checkout")]

    use std::fs;

    use super::*;

    /// A path, and what is in the file.
    type File<'a> = (&'a str, &'a str);

    /// What is read from `file` of the checkout that `files` make.
    fn read_of(files: &[File<'_>], file: &str) -> Result<Package, Problem> {
        let root = tempfile::tempdir().expect("a temporary folder can be made");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        read(root.path(), Path::new(file), Path::new("services/worker"))
    }

    const WORKER: File<'_> = (
        "services/worker/Cargo.toml",
        "[package]\nname = 'worker'\nversion = { workspace = true }\n",
    );
    const ROOT: &str = "[workspace]\n[workspace.package]\nversion = '1.4.2'\n";

    #[test]
    fn a_package_of_rust_takes_its_version_from_the_root_of_its_workspace() {
        let own = ("services/worker/Cargo.toml", &*format!("{}{ROOT}", WORKER.1));
        let named = ("services/worker/Cargo.toml", &*format!("{}workspace = '../..'\n", WORKER.1));
        let package = ("services/Cargo.toml", "[package]\nname = 'services'\n");
        let cases: [(&[File<'_>], &str, usize); 5] = [
            (&[WORKER, ("Cargo.toml", ROOT)], "Cargo.toml", 3),
            (&[WORKER, ("services/Cargo.toml", ROOT)], "services/Cargo.toml", 3),
            (&[WORKER, package, ("Cargo.toml", ROOT)], "Cargo.toml", 3),
            (&[own], "services/worker/Cargo.toml", 6),
            (&[named, ("services/Cargo.toml", "no TOML"), ("Cargo.toml", ROOT)], "Cargo.toml", 3),
        ];
        for (files, file, line) in cases {
            for path in ["services/worker/Cargo.toml", "./services/worker/Cargo.toml"] {
                let package = read_of(files, path).expect("a version");
                assert_eq!(package.version.to_string(), "1.4.2");
                assert_eq!((package.file.as_str(), package.version_line), (file, line));
                assert_eq!(package.name.as_deref(), Some("worker"));
            }
        }
    }

    #[test]
    fn without_the_root_of_its_workspace_a_package_has_no_version() {
        let out = ("services/worker/Cargo.toml", &*format!("{}workspace = '../../..'\n", WORKER.1));
        for files in [[WORKER], [out]] {
            let problem = read_of(&files, WORKER.0).expect_err("no version");
            assert!(problem.message.contains("which is not in the checkout"), "{problem}");
            assert_eq!(problem.location.map(|at| (at.file, at.line)), Some((WORKER.0.into(), 3)));
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_names_the_key_that_named_it() {
        let problem = read_of(&[WORKER], "VERSION").expect_err("no file");
        assert_eq!(
            problem.to_string(),
            "there is no file VERSION\nCheck the path in `version-file`."
        );
    }

    #[test]
    fn the_manifest_of_release_please_has_the_version_by_the_folder_of_the_app() {
        let manifest = (".release-please-manifest.json", "{\n\"services/worker\": \"1.4.2\"\n}");
        let package = read_of(&[manifest], manifest.0).expect("a version");
        assert_eq!((package.version.to_string().as_str(), package.version_line), ("1.4.2", 2));
    }
}
