use super::*;

const FILE: &str = "services/worker/Cargo.toml";

fn here(text: &str) -> Package {
    match parse(FILE, text.as_bytes()).expect("a version") {
        FoundVersion::Here(package) => package,
        FoundVersion::InWorkspace(inherited) => panic!("not of the workspace: {inherited:?}"),
    }
}

fn inherited(text: &str) -> Inherited {
    match parse(FILE, text.as_bytes()).expect("a version") {
        FoundVersion::InWorkspace(inherited) => inherited,
        FoundVersion::Here(package) => panic!("of the workspace: {package:?}"),
    }
}

#[test]
fn a_package_has_its_own_version_or_the_one_of_its_workspace() {
    let package = here("[package]\nname = \"worker\"\nversion = \"1.4.2-rc.1\"\n");
    assert_eq!((package.name.as_deref(), package.version_line), (Some("worker"), 3));
    assert_eq!(package.version.to_string(), "1.4.2-rc.1");

    let root = "[package]\nname = 'cli'\nversion = '9.0.0'\n[workspace]\n[workspace.package]\n\
                version = \"1.4.2\"\n";
    for text in [
        "[package]\nname = 'worker'\nversion.workspace = true\n",
        "[package]\nname = 'worker'\nversion = { workspace = true }\n",
    ] {
        let inherited = inherited(text);
        let found = inherited.version_in_root("Cargo.toml", root.as_bytes()).expect("a version");
        let package = found.expect("the root of the workspace");
        assert_eq!(package.version.to_string(), "1.4.2");
        assert_eq!((package.file.as_str(), package.version_line), ("Cargo.toml", 6));
        assert_eq!(package.name.as_deref(), Some("worker"), "not the root's name");
        let other = inherited.version_in_root("services/Cargo.toml", b"[package]\nname = 'x'\n");
        assert_eq!(other, Ok(None), "no root of a workspace");
    }
}

#[test]
fn the_root_that_was_named_gives_the_version_of_all_its_packages() {
    let package = here("[workspace]\nmembers = ['*']\n[workspace.package]\nversion = '1.4.2'\n");
    assert_eq!((package.name, package.version_line), (None, 4));
}

#[test]
fn the_folder_of_the_root_may_be_named() {
    let text = "[package]\nname = 'x'\nworkspace = '../..'\nversion.workspace = true";
    assert_eq!(inherited(text).workspace.as_deref(), Some("../.."));
}

#[test]
fn each_thing_that_can_be_wrong_is_its_own_problem_at_its_line() {
    let cases = [
        ("[package\n", 1, "is not TOML"),
        ("[workspace]\nmembers = []\n", 1, "has no [package]"),
        ("\n[package]\nname = 'x'\n", 2, "has no version in [package]"),
        ("[package]\nname = 'x'\nversion = 1\n", 3, "package.version in"),
        ("[package]\nversion = { workspace = false }\n", 2, "is not a string"),
        ("[package]\nversion = '1.4'\n", 2, "Write three numbers"),
        ("[package]\nname = 1\nversion = '1.4.2'\n", 2, "package.name in"),
        ("[package]\nversion.workspace = true\nworkspace = 1\n", 3, "package.workspace in"),
    ];
    for (text, line, part) in cases {
        let problem = parse(FILE, text.as_bytes()).expect_err(text);
        assert!(problem.to_string().contains(part), "{text}: {problem}");
        let location = problem.location.expect("a place");
        assert_eq!((location.file.as_str(), location.line), (FILE, line), "{text}");
    }
    let inherited = inherited("[package]\nname = 'x'\nversion.workspace = true\n");
    let problem = inherited
        .version_in_root("Cargo.toml", b"\n[workspace]\nmembers = []\n")
        .expect_err("no version");
    assert!(problem.message.contains("which has none in [workspace.package]"), "{problem}");
    assert_eq!(problem.location.expect("a place").line, 2);
    let problem = inherited.without_root();
    assert_eq!(problem.location.expect("a place").line, 3);
}
