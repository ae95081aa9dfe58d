use proptest::prelude::*;
use serde_json::Value;

use super::*;

const FILE: &str = "apps/web1/package.json";

fn package(text: &str) -> Package {
    Package::parse(FILE, text.as_bytes()).expect("the package is legal")
}

fn problem(bytes: &[u8]) -> Problem {
    Package::parse(FILE, bytes).expect_err("the package is illegal")
}

#[test]
fn the_name_the_version_and_its_line_are_read() {
    let text = "{\n  \"name\": \"@org/web1\",\n  \"nested\": {\n    \"version\": 7\n  },\n  \
                \"version\": \"1.4.2-rc.1+b7\"\n}\n";
    for text in [text.to_owned(), format!("\u{feff}{text}"), text.replace('\n', "\r\n")] {
        let package = package(&text);
        assert_eq!(package.name.as_deref(), Some("@org/web1"));
        assert_eq!(package.version.to_string(), "1.4.2-rc.1+b7");
        assert_eq!((package.file.as_str(), package.version_line), (FILE, 6));
    }
}

#[test]
fn each_thing_that_can_be_wrong_is_its_own_problem_at_its_line() {
    let too_big = format!("{{\"version\": \"1.4.2\"}}{}", " ".repeat(1 << 20));
    for (bytes, line, part) in [
        (&b""[..], 1, "is not JSON: EOF"),
        (b"{\n\"version\": \"1.4.2\",\n}", 3, "is not JSON: trailing comma"),
        (b"{\"version\": \"1.4.2\"}\n{}", 2, "is not JSON: trailing characters"),
        (b"\n[1]", 2, "is not a JSON object"),
        (b"\"1.4.2\"", 1, "is not a JSON object"),
        (b"{\"name\": \"web1\"}", 1, "has no \"version\""),
        (b"{\n\"version\": 1.4\n}", 2, "\"version\" in apps/web1/package.json is a number"),
        (b"{\n\"version\": null\n}", 2, "is null, not a string"),
        (b"{\n\"version\": [\n]\n}", 2, "is an array, not a string"),
        (b"{\n\"version\": {\n}\n}", 2, "is an object, not a string"),
        (b"{\n\"version\": \"1.4\"\n}", 2, "is \"1.4\", which is not a semantic version"),
        (b"{\n\"version\": \"v1.4.2\"\n}", 2, "Write 1.4.2"),
        (b"{\n\"version\": \"latest\"\n}", 2, "such as 1.4.2"),
        (
            b"{\n\"version\": \"1.4.2\",\n\"version\": \"1.4.2\"\n}",
            3,
            "2 members named \"version\"",
        ),
        (
            b"{\n\"version\": \"1.4.2\",\n\"name\": true\n}",
            3,
            "\"name\" in apps/web1/package.json is",
        ),
        (b"{\n\"version\": \"1.4.2\", \"x\": \"\xff\"}", 2, "not UTF-8"),
        (b"\xff\xfe{\x00}\x00", 1, "not UTF-8"),
        (too_big.as_bytes(), 1, "are too many"),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
        let problem = problem(bytes);
        assert!(problem.to_string().contains(part), "{shown}: {problem}");
        assert!(problem.message.contains(FILE), "{shown}: {problem}");
        let location = problem.location.expect("a location");
        assert_eq!((location.file.as_str(), location.line), (FILE, line), "{shown}");
    }
}

#[test]
fn a_key_written_with_an_escape_is_the_same_key() {
    let text = "{\n\"version\": \"1.4.2\",\n\"\\u0076ersion\": \"1.4.3\"\n}";
    assert_eq!(problem(text.as_bytes()).location.expect("a location").line, 3);
}

proptest! {
    #[test]
    fn any_bytes_are_a_package_or_a_problem_with_a_place(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Err(problem) = Package::parse(FILE, &bytes) {
            prop_assert!(problem.location.is_some_and(|location| location.line >= 1));
        }
    }

    #[test]
    fn any_text_as_the_version_is_a_package_or_a_problem_on_its_line(text in ".*") {
        let json = format!("{{\n\"version\":\n{}}}", Value::String(text.clone()));
        match Package::parse(FILE, json.as_bytes()) {
            Ok(package) => prop_assert_eq!(package.version.to_string(), text),
            Err(problem) => prop_assert_eq!(problem.location.map(|location| location.line), Some(2)),
        }
    }
}

#[test]
fn a_workspaces_root_without_a_version_names_the_input_package() {
    let problem = problem(b"{\"private\": true, \"workspaces\": [\"apps/*\"]}");
    assert!(problem.to_string().contains("in the input package"), "{problem}");
}
