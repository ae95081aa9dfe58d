use proptest::prelude::*;

use super::*;

fn read(file: &str, text: &str) -> Result<Package, Problem> {
    match version_in(file, text.as_bytes(), "apps/api")? {
        FoundVersion::Here(package) => Ok(package),
        FoundVersion::InWorkspace(inherited) => Err(inherited.without_root()),
    }
}

#[test]
fn a_file_is_read_by_its_name() {
    let manifest = "{\n  \".\": \"9.0.0\",\n  \"apps/api\": \"1.4.2\"\n}";
    let cases = [
        ("apps/api/package.json", "{ \"version\": \"1.4.2\" }", 1),
        ("apps/api/composer.json", "{\n\"version\": \"1.4.2\" }", 2),
        ("apps/api/pyproject.toml", "[project]\nversion = '1.4.2'", 2),
        ("apps/api/Cargo.toml", "[package]\nversion = '1.4.2'", 2),
        (".release-please-manifest.json", manifest, 3),
        ("VERSION", "1.4.2", 1),
        ("apps/api/version.txt", "\u{feff}\n 1.4.2 \r\n\n", 2),
    ];
    for (file, text, line) in cases {
        let package = read(file, text).expect("a version");
        assert_eq!(package.version.to_string(), "1.4.2", "{file}");
        assert_eq!((package.file.as_str(), package.version_line), (file, line));
    }
}

#[test]
fn release_please_has_an_app_by_its_folder_however_that_is_spelled() {
    for (key, folder) in [
        ("apps/api", "./apps/api/"),
        ("./apps/api", "apps/api"),
        ("apps/api/", "apps/api"),
        (".", "."),
        (".", ""),
    ] {
        let text = format!("{{ \"apps\": \"0.1.0\", \"{key}\": \"1.4.2\" }}");
        let found = version_in(RELEASE_PLEASE, text.as_bytes(), folder);
        let Ok(FoundVersion::Here(package)) = found else { panic!("{key}: {found:?}") };
        assert_eq!(package.version.to_string(), "1.4.2", "{key}");
    }
}

#[test]
fn each_thing_that_can_be_wrong_is_its_own_problem_at_its_line() {
    let cases = [
        ("VERSION", "", 1, "VERSION is empty"),
        ("VERSION", "\n \n", 1, "VERSION is empty"),
        ("VERSION", "1.4.2\n\n1.4.3\n", 3, "contains more than the version"),
        ("pom.xml", "<project>\n<version>1.4.2</version>\n", 2, "Name a package.json, pyproject"),
        ("VERSION", "\nv1.4.2\n", 2, "Write 1.4.2"),
        ("VERSION", "1.4", 1, "the version in VERSION is \"1.4\", which is not a semantic"),
        ("x/Cargo.lock.toml", "", 1, "is neither pyproject.toml nor Cargo.toml"),
        (RELEASE_PLEASE, "{\n\"apps/web1\": \"1.4.2\"\n}", 1, "has no version for \"apps/api\""),
        (RELEASE_PLEASE, "{\n\"apps/api\": 1\n}", 2, "is a number, not a string"),
        (RELEASE_PLEASE, "{\n\"apps/api\": \"1.4\"\n}", 2, "\"apps/api\" in .release-please"),
        (RELEASE_PLEASE, "[]", 1, "is not a JSON object"),
    ];
    for (file, text, line, part) in cases {
        let problem = read(file, text).expect_err(text);
        assert!(problem.to_string().contains(part), "{text}: {problem}");
        let location = problem.location.expect("a place");
        assert_eq!((location.file.as_str(), location.line), (file, line), "{text}");
    }
}

#[test]
fn what_is_no_version_is_not_quoted_at_length() {
    let problem = read("VERSION", &"x".repeat(1000)).expect_err("no version");
    assert!(problem.message.len() < 200, "{problem}");
}

proptest! {
    #[test]
    fn any_bytes_are_a_version_or_a_problem_with_a_place(
        file in "VERSION|a.json|\\.release-please-manifest\\.json|pyproject\\.toml|Cargo\\.toml",
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Err(problem) = version_in(&file, &bytes, ".") {
            prop_assert!(problem.location.is_some_and(|at| at.file == file && at.line >= 1));
        }
    }
}
