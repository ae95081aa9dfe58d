use serde_json::json;

use super::super::{Container, TaskDefinition};
use super::{body, definition, shop};
use crate::image::RuntimePlatform;
use crate::problem::Problem;

fn refused(name: &str, text: &str) -> Problem {
    TaskDefinition::from_file(name, text.as_bytes()).expect_err(text)
}

fn line(problem: &Problem) -> Option<usize> {
    problem.location.as_ref().map(|location| location.line)
}

#[test]
fn key_order_number_spelling_and_unknown_fields_survive() {
    let text = r#"{"zeta":1.00,"family":"shop","containerDefinitions":[{"new":{"b":1e-7,"a":[12345678901234567890123]},"name":"web"}]}"#;
    let definition = TaskDefinition::from_file("td.json", text.as_bytes()).expect("a definition");
    assert_eq!(String::from_utf8(definition.register_body()).expect("UTF-8"), text);
}

#[test]
fn read_only_members_and_tags_of_aws_are_not_registered_again() {
    let mut described = json!({"taskDefinitionArn": "an ARN", "revision": 7, "status": "ACTIVE"});
    for (key, value) in shop().as_object().expect("an object") {
        described[key] = value.clone();
    }
    for key in super::super::definition::READ_ONLY.iter().skip(3) {
        described[key] = json!("whatever");
    }
    let answer = json!({
        "taskDefinition": described,
        "tags": [
            {"key": "aws:cloudformation:stack-name", "value": "x"},
            {"key": "team", "value": "y"},
        ],
    });
    let definition =
        TaskDefinition::from_describe(answer.to_string().as_bytes()).expect("an answer");
    let mut expected = shop();
    expected["tags"] = json!([{"key": "team", "value": "y"}]);
    // As text: the order is kept as well.
    assert_eq!(body(&definition).to_string(), expected.to_string());
}

#[test]
fn tags_are_left_out_where_none_are_left() {
    for tags in [json!([]), json!(null), json!([{"key": "aws:x", "value": ""}])] {
        let answer = json!({"taskDefinition": shop(), "tags": tags});
        assert_eq!(body(&definition(&answer)), shop(), "{tags}");
    }
}

#[test]
fn an_answer_tells_what_it_is_and_its_parts() {
    let mut described = shop();
    described["taskDefinitionArn"] = json!("arn:aws:ecs:eu-central-1:111122223333:shop:7");
    described["revision"] = json!(7);
    described["status"] = json!("INACTIVE");
    described["runtimePlatform"] = json!({"cpuArchitecture": "ARM64"});
    let answer = json!({"taskDefinition": described}).to_string();
    let shop = TaskDefinition::from_register_answer(answer.as_bytes()).expect("an answer");

    assert_eq!(shop.family(), "shop");
    assert_eq!(shop.arn(), Some("arn:aws:ecs:eu-central-1:111122223333:shop:7"));
    assert_eq!(shop.status(), Some("INACTIVE"));
    assert!(!shop.can_be_started());
    assert!(shop.is_for_fargate_alone());
    assert_eq!(
        shop.runtime_platform(),
        RuntimePlatform { cpu_architecture: Some("ARM64"), operating_system_family: None }
    );
    assert_eq!(
        shop.containers().collect::<Vec<_>>(),
        [
            Container { name: "web", image: Some("registry.example/shop:1.4.1") },
            Container { name: "proxy", image: Some("registry.example/proxy:7") },
        ]
    );
}

#[test]
fn an_answer_without_an_arn_is_a_problem_and_a_file_never_has_one() {
    let bare = json!({"taskDefinition": shop()}).to_string();
    let problem = TaskDefinition::from_describe(bare.as_bytes()).expect_err("no ARN");
    assert_eq!(
        problem.message,
        "the answer to DescribeTaskDefinition has no usable `taskDefinitionArn`"
    );
    let mut described = shop();
    described["taskDefinitionArn"] = json!("arn:aws:ecs:eu-central-1:111122223333:shop:7");
    let wrapped = json!({"taskDefinition": described}).to_string();
    let file = TaskDefinition::from_file("td.json", wrapped.as_bytes()).expect("a definition");
    assert_eq!(file.arn(), None);
    assert!(file.can_be_started());
}

#[test]
fn yaml_is_chosen_by_the_extension_and_means_the_same() {
    let yaml = "
family: shop
containerDefinitions:
  - name: web
    image: &image registry.example/shop:1.4.1
    cpu: 256
    essential: true
    command: [yes, 'on', \"8080\"]
  - {name: copy, image: *image}
";
    let expected = json!({
        "family": "shop",
        "containerDefinitions": [
            {
                "name": "web",
                "image": "registry.example/shop:1.4.1",
                "cpu": 256,
                "essential": true,
                "command": ["yes", "on", "8080"],
            },
            {"name": "copy", "image": "registry.example/shop:1.4.1"},
        ],
    });
    for name in ["td.yml", "deploy/td.YAML"] {
        let read = TaskDefinition::from_file(name, yaml.as_bytes()).expect("a definition");
        assert_eq!(body(&read), expected, "{name}");
    }
    refused("td.json", yaml);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let text = format!("\u{feff}{}", shop());
    for name in ["td.json", "td.yaml"] {
        TaskDefinition::from_file(name, text.as_bytes()).expect(name);
    }
}

#[test]
fn a_key_that_appears_twice_is_refused_at_every_depth_with_its_line() {
    let cases = [
        ("td.json", "{\"family\": \"a\",\n\"family\": \"b\"}", "family", 2),
        ("td.json", "{\"x\": [[{\n\"deep\": 1,\n\"de\\u0065p\": 2}]]}", "deep", 3),
        ("td.yml", "family: a\nx:\n  deep: 1\n  deep: 2\n", "deep", 4),
        ("td.yml", "family: a\n'family': b\n", "family", 2),
    ];
    for (name, text, key, expected_line) in cases {
        let problem = refused(name, text);
        let expected = format!("{name}: the key {key:?} appears twice in one object at line");
        assert!(problem.message.starts_with(&expected), "{}", problem.message);
        assert_eq!(line(&problem), Some(expected_line), "{text}");
    }
}

#[test]
fn a_shape_that_is_no_definitions_is_refused_with_its_line() {
    let cases = [
        ("[]", "a task definition is an object, and this is not one", 1),
        ("{\n}", "`family` is missing", 1),
        ("{\n\"family\": 5}", "`family` is not text, or is empty", 2),
        ("{\"family\": \"a\"}", "`containerDefinitions` has no container", 1),
        (
            "{\"family\": \"a\",\n\"x\": {\"y\": [1, {}]},\n\"containerDefinitions\": {}}",
            "`containerDefinitions` is not a list",
            3,
        ),
        (
            "{\"family\": \"a\", \"containerDefinitions\": [\n{\"name\": \"web\"},\n{}]}",
            "container 2 has no `name`",
            3,
        ),
        (
            "{\"family\": \"a\", \"containerDefinitions\": [\n{\"name\": \"web\"},\n{\"name\": \"web\"}]}",
            "two containers are called \"web\"",
            3,
        ),
        ("{\n\"taskDefinition\":\n[]}", "`taskDefinition` is not an object", 2),
        (
            "{\"taskDefinition\": {\"family\": \"a\", \"tags\": []},\n\"tags\": []}",
            "`tags` are both inside `taskDefinition` and next to it",
            2,
        ),
    ];
    for (text, message, expected_line) in cases {
        let problem = refused("td.json", text);
        assert_eq!(problem.message, format!("td.json: {message}"));
        assert_eq!(line(&problem), Some(expected_line), "{text}");
    }
}

#[test]
fn a_variable_that_is_no_text_is_named_without_its_value() {
    let yaml = "
family: shop
memory: '512'
containerDefinitions:
  - name: web
    image: web:1
    environment:
      - name: DEBUG
        value: 'true'
      - name: PIN
        value: 4711
";
    let read = TaskDefinition::from_file("td.yml", yaml.as_bytes()).expect("a definition");
    assert_eq!(
        read.check().errors,
        [Problem::new("`containerDefinitions[0].environment[1].value` (container \"web\") is a number, but ECS expects text here")
            .hint("Put quotes around the value.")
            .at("td.yml", 11)]
    );
}

#[test]
fn what_is_another_thing_than_a_definition_is_named_as_what_it_is() {
    let cases = [
        ("td.json", "", "the task definition is empty", 1),
        ("td.yml", " \n\n", "the task definition is empty", 1),
        ("td.yml", "# all of it\n", "the task definition is empty", 1),
        (
            "td.json",
            "[{\"name\": \"web\", \"image\": \"web:1\"}]",
            "this is a list of containers, as in Terraform's `container_definitions`, not a task definition",
            1,
        ),
        (
            "td.json",
            "{\n\"Family\": \"a\", \"ContainerDefinitions\": []}",
            "this is spelled as in CloudFormation (`Family`), but members of the ECS API begin in lower case (`family`, `containerDefinitions`)",
            2,
        ),
        (
            "td.yml",
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Task:\n    Properties:\n      Family: !Ref Name\n",
            "this is spelled as in CloudFormation (`AWSTemplateFormatVersion`), but members of the ECS API begin in lower case (`family`, `containerDefinitions`)",
            1,
        ),
        (
            "td.json",
            "{\n  // hush\n  \"family\": \"a\"}",
            "a comment at line 2 column 3, which JSON does not allow",
            2,
        ),
        (
            "td.json",
            "{\"family\": \"a\" /* hush */, \"x\": 1}",
            "a comment at line 1 column 16, which JSON does not allow",
            1,
        ),
        (
            "td.json",
            "{\"family\": \"a\"}\n# hush",
            "a comment at line 2 column 1, which JSON does not allow",
            2,
        ),
        (
            "td.yml",
            "family: a\ncontainerDefinitions:\n\t- name: hush\n",
            "a tab indents line 3, and YAML allows only spaces",
            3,
        ),
        (
            "td.yml",
            "family: a\nruntimePlatform:\n  cpuArchitecture: ARM64\n \toperatingSystemFamily: LINUX\n",
            "a tab indents line 4, and YAML allows only spaces",
            4,
        ),
    ];
    for (name, text, message, expected_line) in cases {
        let problem = refused(name, text);
        assert_eq!(
            (problem.message.as_str(), line(&problem)),
            (&*format!("{name}: {message}"), Some(expected_line)),
            "{text}"
        );
        assert!(!format!("{problem:?}").contains("hush"), "{problem:?}");
    }
}

#[test]
fn a_syntax_error_never_quotes_the_text_around_it() {
    let cases = [
        ("td.json", "{\"family\": \"hush\" hush}"),
        ("td.json", "{\"value\": hush}"),
        ("td.yml", "value: *hush"),
        ("td.yml", "value: !hush [\n"),
        ("td.yml", "value: \"hush\\q\""),
        ("td.yml", "%hush\nvalue: 1"),
        ("td.yml", "value: hush\n---\nvalue: hush"),
        ("td.yml", "value: !!int hush"),
        ("td.yml", "? [hush]\n: hush"),
    ];
    for (name, text) in cases {
        let problem = refused(name, text);
        assert!(!format!("{problem:?}").contains("hush"), "{problem:?}");
        assert!(problem.location.is_some(), "{text}");
    }
}

#[test]
fn a_number_that_yaml_would_round_is_refused() {
    let problem = refused("td.yml", "family: a\nbig: 12345678901234567890123\n");
    assert_eq!(problem.message, "td.yml: a number that cannot be kept exactly at line 2 column 6");
    assert_eq!(line(&problem), Some(2));
}

#[test]
fn bytes_that_cannot_be_a_definition_are_refused() {
    let too_long = vec![b' '; 1024 * 1024 + 1];
    let problem = TaskDefinition::from_file("td.json", &too_long).expect_err("too long");
    assert!(problem.message.contains("1048577 bytes"), "{}", problem.message);

    let problem = TaskDefinition::from_file("td.json", b"{\n\"x\": \"\xff\"}").expect_err("bytes");
    assert_eq!(problem.message, "td.json: not UTF-8 from byte 8 on");
    assert_eq!(line(&problem), Some(2));

    let deep = "[".repeat(100_000);
    for name in ["td.json", "td.yml"] {
        refused(name, &deep);
        refused(name, "");
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    // 100,000 nodes in 300 bytes, still within the reader's own limits.
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..5 {
        let inner = format!("*a{}, ", level - 1).repeat(10);
        yaml.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let problem = refused("td.yml", &yaml);
    assert!(problem.message.contains("invalid YAML"), "{}", problem.message);
}

#[test]
fn debug_shows_no_values() {
    let debug = format!("{:?}", definition(&shop()));
    assert!(debug.contains("registry.example/shop:1.4.1"), "{debug}");
    assert!(!debug.contains("info") && !debug.contains("password"), "{debug}");
}
