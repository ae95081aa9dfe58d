//! Any bytes are a version or a problem with a place, in every file that may hold one.

use serde_json::Value;

use super::cargo_toml::FoundVersion;
use super::package::Package;
use super::version_file::version_in;
use crate::document::laws::is_placed;
use crate::problem::Problem;

const FILES: [&str; 5] =
    ["package.json", "pyproject.toml", "Cargo.toml", ".release-please-manifest.json", "VERSION"];

pub(crate) fn version_file(bytes: &[u8]) {
    for file in FILES {
        let file = format!("apps/web/{file}");
        match version_in(&file, bytes, "apps/web") {
            Ok(FoundVersion::Here(package)) => is_there(&package, &file, bytes),
            Ok(FoundVersion::InWorkspace(inherited)) => {
                if let Err(problem) = inherited.version_in_root("Cargo.toml", bytes) {
                    is_placed(&problem, "Cargo.toml", bytes);
                }
            }
            Err(problem) => is_placed(&problem, &file, bytes),
        }
    }
    if let Ok(package) = Package::parse("package.json", bytes) {
        let text = String::from_utf8_lossy(bytes);
        let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .expect("what is a package is JSON");
        assert_eq!(json["version"], package.version.to_string());
        assert_eq!(json["name"].as_str(), package.name.as_deref());
    }
}

fn is_there(package: &Package, file: &str, bytes: &[u8]) {
    assert_eq!(package.file, file);
    is_placed(&Problem::new(file).at(file, package.version_line), file, bytes);
    let version = package.version.to_string();
    let is_plain = |tag: &str| tag.bytes().all(|it| it.is_ascii_graphic()) && !tag.contains('+');
    match package.candidates(None) {
        Ok(tags) => {
            assert!(!tags.is_empty(), "there is no tag to look for");
            assert!(tags.iter().all(|tag| is_plain(tag.as_str())), "{tags:?} of {version}");
        }
        Err(problem) => {
            assert!(!problem.message.is_empty(), "{version} has no tag, and no word why")
        }
    }
}
