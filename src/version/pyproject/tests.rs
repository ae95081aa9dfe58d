use proptest::prelude::*;

use super::*;

const FILE: &str = "apps/api/pyproject.toml";

fn read(text: &str) -> Result<Package, Problem> {
    parse(FILE, text.as_bytes())
}

#[test]
fn the_version_is_that_of_project_or_of_poetry() {
    let cases = [
        ("[project]\nname = \"api\"\nversion = \"1.4.2\"\n", 3),
        ("project = { name = 'api', version = '1.4.2' }", 1),
        ("\u{feff}project.name = 'api'\r\nproject.version = '1.4.2'\r\n", 2),
        ("[tool.poetry]\nname = \"api\"\n\nversion = \"1.4.2\"", 4),
        ("[project]\nname = 'api'\ndynamic = ['version']\n[tool.poetry]\nversion = '1.4.2'\n", 5),
        ("[tool.poetry]\nversion = '1.4.2'\n[project]\nname = 'api'\nversion = '1.4.2'", 5),
        ("[tool.x]\nsince = 2026-01-01T00:00:00Z\n[project]\nname='api'\nversion='1.4.2'", 5),
    ];
    for (text, line) in cases {
        let package = read(text).expect("a project with a version");
        assert_eq!(package.version, Version::new(1, 4, 2), "{text}");
        assert_eq!((package.file.as_str(), package.version_line), (FILE, line), "{text}");
        assert_eq!(package.name.as_deref(), Some("api"), "{text}");
    }
}

#[test]
fn each_thing_that_can_be_wrong_is_its_own_problem_at_its_line() {
    let cases = [
        ("[project]\nname = 'api'\nversion = \n", 3, "is not TOML"),
        ("[project]\nversion = '1.4.2'\nversion = '1.4.3'\n", 3, "is not TOML: duplicate key"),
        ("[project]\nname = 'api'\n", 1, "has no version in [project] or"),
        ("[project]\nname = 'api'\ndynamic = [\n'version']", 3, "only known when the package is"),
        ("[project]\nversion = 1.4\n", 2, "project.version in apps/api/pyproject.toml is not a"),
        ("[project]\nversion = '1.4.2'\nname = 7\n", 3, "project.name in"),
        (
            "[project]\nversion = '1.4.2'\n[tool.poetry]\nversion = '1.4.1'",
            4,
            "has two versions: in [project] and in [tool.poetry]",
        ),
        ("[project]\nversion = 'v1.4.2'\n", 2, "Write 1.4.2"),
        ("[project]\nversion = '1.4.2.post1'\n", 2, "which is not a semantic version"),
    ];
    for (text, line, part) in cases {
        let problem = read(text).expect_err(text);
        assert!(problem.to_string().contains(part), "{text}: {problem}");
        let location = problem.location.expect("a place");
        assert_eq!((location.file.as_str(), location.line), (FILE, line), "{text}");
    }
}

#[test]
fn a_version_of_python_alone_is_refused_with_the_spelling_that_both_take() {
    let cases = [
        ("1.4.2rc1", Some("1.4.2-rc.1")),
        ("1.4.2a1", Some("1.4.2-a.1")),
        ("1.4.2b12", Some("1.4.2-b.12")),
        ("1.4.2.dev3", Some("1.4.2-dev.3")),
        ("1.4", Some("1.4.0")),
        ("1.4rc1", Some("1.4.0-rc.1")),
        ("1.04.2", Some("1.4.2")),
        ("1.4.2.post1", None),
        ("1.4.2rc1.dev2", None),
        ("1!1.4.2", None),
        ("1.4.2.7", None),
        ("rc1", None),
        ("", None),
    ];
    for (version, same) in cases {
        let problem = read(&format!("[project]\nversion = '{version}'\n")).expect_err(version);
        let hint = problem.hint.expect("a next move");
        match same {
            Some(same) => {
                let expected = format!("Write {same}: Python treats it as the same version");
                assert_eq!(hint, expected, "{version}");
                assert!(read(&format!("[project]\nversion = '{same}'\n")).is_ok(), "{same}");
            }
            None => assert_eq!(hint, "Write three numbers, such as 1.4.2", "{version}"),
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_version_or_a_problem_with_a_place(
        text in r"(\[project\]\n)?(version ?= ?.{0,20}\n?){0,2}|.{0,60}"
    ) {
        if let Err(problem) = read(&text) {
            prop_assert!(problem.location.is_some_and(|at| at.line >= 1));
        }
    }

    #[test]
    fn the_version_read_is_the_version_written(
        before in r"(#[a-z ]{0,10}\n|\n){0,4}", version in r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9a-z+.-]{1,8}"
    ) {
        let text = format!("{before}[project]\nversion = \"{version}\"\n");
        let line = before.lines().count() + 2;
        match read(&text) {
            Ok(package) => {
                prop_assert_eq!(package.version.to_string(), version);
                prop_assert_eq!(package.version_line, line);
            }
            Err(problem) => {
                prop_assert!(Version::parse(&version).is_err());
                prop_assert_eq!(problem.location.map(|at| at.line), Some(line));
            }
        }
    }
}
