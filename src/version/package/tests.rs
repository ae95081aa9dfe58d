use proptest::prelude::*;

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
    let too_big = format!("{{\"version\": \"1.4.2\"}}{}", " ".repeat(Package::MAX_BYTES));
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
        (b"{\n\"version\": \"1.4.2\",\n\"version\": \"1.4.2\"\n}", 3, "2 members \"version\""),
        (
            b"{\n\"version\": \"1.4.2\",\n\"name\": true\n}",
            3,
            "\"name\" in apps/web1/package.json is",
        ),
        (b"{\n\"version\": \"1.4.2\", \"x\": \"\xff\"}", 2, "is not UTF-8"),
        (b"\xff\xfe{\x00}\x00", 1, "is not UTF-8"),
        (too_big.as_bytes(), 1, "more than 1 MiB"),
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

#[test]
fn the_short_name_has_no_scope() {
    for (name, short) in [("web1", "web1"), ("@org/web1", "web1"), ("@org/web_1.x", "web_1.x")] {
        let package = package(&format!(r#"{{"name": "{name}", "version": "1.4.2"}}"#));
        assert_eq!(package.short_name().expect("usable in a tag"), short);
    }
    for name in ["", "@org/", "web/1", "web~1", "@web1"] {
        let package = package(&format!(r#"{{"name": "{name}", "version": "1.4.2"}}"#));
        let problem = package.short_name().expect_err("not usable in a tag");
        assert!(problem.message.contains("can't be part of a tag"), "{name}: {problem}");
    }
}

#[test]
fn a_missing_name_matters_only_to_a_template_that_asks_for_it() {
    let package = package(r#"{"version": "1.4.2"}"#);
    let tags = |template: Option<&str>| {
        let template = template.map(|text| text.parse().expect("the template is legal"));
        package.candidates(template.as_ref())
    };
    let both: Vec<ImageTag> =
        ["v1.4.2", "1.4.2"].map(|tag| tag.parse().expect("a legal tag")).to_vec();
    assert_eq!(tags(None), Ok(both.clone()));
    assert_eq!(tags(Some("v{version}")), Ok(both[..1].to_vec()));
    let problem = tags(Some("{name}-{version}")).expect_err("there is no name");
    assert!(problem.message.contains("has no \"name\""), "{problem}");
}

#[test]
fn the_tag_of_a_named_package_carries_its_short_name() {
    let package = package(r#"{"name": "@org/web1", "version": "1.4.2"}"#);
    let template = "{name}-v{version}".parse().expect("the template is legal");
    let tags = package.candidates(Some(&template)).expect("a legal tag");
    assert_eq!(tags, ["web1-v1.4.2".parse().expect("a legal tag")]);
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

#[test]
fn a_placeholder_is_read_but_is_no_version_to_deploy() {
    for version in ["0.0.0-development", "0.0.0-semantically-released", "0.0.0-dev"] {
        let package = package(&format!("{{\n\"version\": \"{version}\"\n}}"));
        let problem = package.candidates(None).expect_err("a placeholder");
        assert!(problem.to_string().contains("Give the released version"), "{problem}");
        assert_eq!(problem.location, Some(package.version_at()));
    }
    for version in ["0.0.0", "0.0.0-rc.1", "0.0.1-dev", "1.0.0-development"] {
        assert!(package(&format!("{{\"version\": \"{version}\"}}")).candidates(None).is_ok());
    }
}
