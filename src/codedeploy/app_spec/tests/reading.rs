use super::{file, line, refused};
use crate::codedeploy::app_spec::AppSpec;
use crate::problem::Problem;
use crate::task_definition::TaskDefinition;

const RESOURCE: &str =
    "Resources:\n- A: {Type: AWS::ECS::Service, Properties: {TaskDefinition: x}}\n";

#[test]
fn what_is_said_is_found_in_any_case() {
    let text = "
version: 0.0
resources:
  - first:
      type: AWS::ECS::Service
      PROPERTIES:
        taskdefinition: <TASK_DEFINITION>
        loadBalancerInfo: {CONTAINERNAME: web, containerPort: '8080'}
  - second:
      Type: AWS::ECS::SERVICE
      Properties:
        TaskDefinition: another
        LoadBalancerInfo: {ContainerName: api, ContainerPort: 80}
    third: {Type: AWS::ECS::Service, Properties: {LoadBalancerInfo: {ContainerName: web}}}
HOOKS:
  - BeforeInstall: one
  - AfterInstall: two
    AfterAllowTraffic: arn:aws:lambda:eu-central-1:111122223333:function:three
";
    let app_spec = file(text);
    assert_eq!(app_spec.task_definition(), Some("<TASK_DEFINITION>"));
    assert_eq!(app_spec.served(), [("web".to_owned(), 8080), ("api".to_owned(), 80)]);
    let hooks = [
        ("BeforeInstall", "one"),
        ("AfterInstall", "two"),
        ("AfterAllowTraffic", "arn:aws:lambda:eu-central-1:111122223333:function:three"),
    ];
    assert_eq!(app_spec.hooks(), hooks.map(|(event, name)| (event.to_owned(), name.to_owned())));
}

#[test]
fn hooks_may_be_one_object_or_none_at_all() {
    for (hooks, expected) in [
        ("", vec![]),
        ("Hooks:", vec![]),
        ("Hooks: []", vec![]),
        ("Hooks: text", vec![]),
        ("Hooks: [text, {BeforeInstall: 1}, {AfterInstall: a}]", vec![("AfterInstall", "a")]),
        ("Hooks: {B: b, A: a}", vec![("B", "b"), ("A", "a")]),
    ] {
        let found = file(&format!("{RESOURCE}{hooks}")).hooks();
        let found: Vec<_> =
            found.iter().map(|(event, name)| (event.as_str(), name.as_str())).collect();
        assert_eq!(found, expected, "{hooks}");
    }
}

#[test]
fn a_definition_or_a_port_that_is_none_is_not_told() {
    for (definition, port) in [("", ""), ("5", "x"), ("[a]", "65536"), ("{a: b}", "-1")] {
        let text = format!(
            "Resources:\n- A: {{Type: AWS::ECS::Service, Properties: {{TaskDefinition: {definition}, \
             LoadBalancerInfo: {{ContainerName: web, ContainerPort: {port}}}}}}}\n"
        );
        let app_spec = file(&text);
        assert_eq!(app_spec.task_definition(), None, "{text}");
        assert_eq!(app_spec.served(), [], "{text}");
    }
}

#[test]
fn the_name_of_the_file_does_not_decide_its_format() {
    let json =
        r#"{"Resources":[{"A":{"Type":"AWS::ECS::Service","Properties":{"TaskDefinition":"x"}}}]}"#;
    for name in ["appspec.json", "appspec.yml", "appspec", "rendered.tmp"] {
        let [from_json, from_yaml] =
            [json, RESOURCE].map(|text| AppSpec::from_file(name, text.as_bytes()).expect(name));
        assert_eq!(from_json, from_yaml, "{name}");
    }
}

#[test]
fn a_file_that_is_no_appspec_for_ecs_is_refused_by_name_with_its_line() {
    let cases = [
        ("", "the AppSpec is empty", 1),
        ("\u{feff}# nothing\n\n", "the AppSpec is empty", 1),
        ("- a", "an AppSpec is a mapping of keys to values, and this is not one", 1),
        ("appspec", "an AppSpec is a mapping of keys to values, and this is not one", 1),
        ("version: 0.0\n", "`Resources` is missing", 1),
        ("version: 0.0\nResources:\n", "`Resources` is missing", 1),
        ("version: 0.0\nresources: {A: {}}\n", "`resources` is not a list", 2),
        ("version: 0.0\nResources: []\n", "`Resources` has no resource", 2),
        ("Resources:\n- A\n", "entry 1 of `Resources` is not a named resource", 2),
        ("Resources:\n-\n", "entry 1 of `Resources` is not a named resource", 2),
        ("Resources:\n- {}\n", "entry 1 of `Resources` is not a named resource", 2),
        (
            "Resources:\n- A:\n  Type: AWS::ECS::Service\n  Properties: {}\n",
            "the resource \"A\" is empty",
            2,
        ),
        ("Resources:\n- A:\n    Properties: {}\n", "the resource \"A\" has no `Type`", 2),
        (
            "Resources:\n- A:\n    Type: AWS::ECS::Service\n",
            "the resource \"A\" has no `Properties`",
            2,
        ),
        (
            "Resources:\n- A:\n    Type: AWS::ECS::Service\n    Properties:\n    - a\n",
            "the resource \"A\" has no `Properties`",
            4,
        ),
        (
            "Resources:\n- A:\n    Type: AWS::ECS::TaskSet\n    Properties: {}\n",
            "the type of the resource \"A\" is not AWS::ECS::Service",
            3,
        ),
        (
            "version: 0.0\nResources:\n- f:\n    Type: AWS::Lambda::Function\n    Properties: {Name: f}\n",
            "the resource \"f\" is a Lambda function, not an ECS service",
            4,
        ),
        (
            "version: 0.0\nos: linux\nfiles: [{source: /, destination: /}]\n",
            "`os` belongs in an AppSpec for servers, not for ECS",
            2,
        ),
        ("version: 0.0\nFiles: []\n", "`Files` belongs in an AppSpec for servers, not for ECS", 2),
    ];
    for (text, message, expected_line) in cases {
        let problem = refused(text);
        assert_eq!(problem.message, format!("appspec.yaml: {message}"), "{text}");
        assert_eq!(line(&problem), Some(expected_line), "{text}");
        assert!(problem.hint.is_some(), "{text}");
        let problem = AppSpec::from_revision(text).expect_err(text);
        assert_eq!(problem.message, format!("the AppSpec of the revision: {message}"), "{text}");
        assert_eq!(problem.location, None);
    }
}

#[test]
fn a_refusal_says_what_to_name_instead() {
    let problem = refused("version: 0.0\nos: linux\n");
    assert_eq!(
        problem,
        Problem::new("appspec.yaml: `os` belongs in an AppSpec for servers, not for ECS")
            .hint(
                "Name the AppSpec of an ECS service in `codedeploy-appspec`, or leave that out to \
                 have one made."
            )
            .at("appspec.yaml", 2)
    );
}

#[test]
fn two_keys_that_differ_at_most_in_case_are_refused_wherever_they_stand() {
    let cases = [
        ("version: 0.0\nVersion: 0.0\n", "\"version\" and \"Version\" differ only in case", 2),
        (
            "Resources:\n- A: {}\n  B:\n    Deep: [1, {é: 1,\n      É: 2}]\n",
            "\"é\" and \"É\" differ only in case",
            5,
        ),
        ("Hooks:\n- x: 1\nresources: []\nRESOURCES: []\n", "\"resources\" and \"RESOURCES\"", 4),
        ("a: 1\na: 2\n", "the key \"a\" appears twice in one object", 2),
        ("{\"b\": {\n\"a\": 1,\n\"a\": 2}}", "the key \"a\" appears twice in one object", 3),
    ];
    for (text, message, expected_line) in cases {
        let problem = refused(text);
        assert!(problem.message.contains(message), "{}", problem.message);
        assert_eq!(line(&problem), Some(expected_line), "{text}");
    }
}

#[test]
fn text_that_can_not_be_read_is_told_in_the_words_of_its_format() {
    let cases = [
        ("Resources:\n- A: *gone\n", "invalid YAML at line 2", 2),
        ("Resources: [\n", "invalid YAML", 1),
        ("version: 0.0\n---\nversion: 0.0\n", "a second YAML document begins at line 3", 3),
        ("{\"version\": 0.0,\n\"Resources\": [}", "expected value at line 2 column 15", 2),
        ("{\"version\": 0.0", "EOF while parsing an object", 1),
        ("big: 123456789012345678901234567890\n", "a number that cannot be kept exactly", 1),
    ];
    for (text, message, expected_line) in cases {
        let problem = refused(text);
        assert!(problem.message.contains(message), "{}", problem.message);
        assert_eq!(line(&problem), Some(expected_line), "{text}");
        assert!(problem.hint.is_some(), "{text}");
    }
    let utf16: Vec<u8> = "\u{feff}a: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, message) in [
        (&utf16[..], "appspec.yaml: not UTF-8 from byte 0 on"),
        (b"a: \x80", "appspec.yaml: not UTF-8 from byte 3 on"),
        (&[b' '; 1024 * 1024 + 1], "appspec.yaml: 1048577 bytes are too many for an AppSpec"),
    ] {
        let problem = AppSpec::from_file("appspec.yaml", bytes).expect_err(message);
        assert!(problem.message.starts_with(message), "{}", problem.message);
    }
    refused("\0\u{1}ELF\0");
}

#[test]
fn an_alias_bomb_is_refused_at_once() {
    let mut nodes = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..8 {
        let inner = format!("*a{}, ", level - 1).repeat(10);
        nodes.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    // Few nodes, and yet gigabytes of text.
    let anchors: String = (0..1_000).map(|index| format!("&a{index} x, ")).collect();
    let text =
        format!("big: &big {}\nall: [{anchors}{}]\n", "x".repeat(500_000), "*big, ".repeat(9_000));
    for bomb in [nodes, text] {
        let problem = refused(&bomb);
        assert!(problem.message.contains("invalid YAML"), "{}", problem.message);
    }
}

#[test]
fn a_large_file_is_read_and_checked_in_no_time() {
    let name = "x".repeat(400_000);
    let members: String = (0..40_000).map(|index| format!("a{index}: 1, ")).collect();
    let long = format!(
        "Resources: [{{? {name}\n : {{Type: AWS::ECS::Service, Properties: {{{members}}}}}}}]"
    );
    let many = format!(
        "Resources:\n{}",
        "- A: {Type: AWS::ECS::Service, Properties: {}}\n".repeat(20_000)
    );
    let definition = r#"{"family":"shop","containerDefinitions":[{"name":"web"}]}"#;
    let definition = TaskDefinition::from_file("td.json", definition.as_bytes()).expect("one");
    for (text, problems) in [(long, 3), (many, 100)] {
        assert_eq!(file(&text).check(&definition).len(), problems);
    }
}

#[test]
fn two_are_equal_that_say_the_same_wherever_they_stand() {
    let revision = AppSpec::from_revision(RESOURCE).expect(RESOURCE);
    assert_eq!(file(RESOURCE), revision);
    assert_ne!(file(&RESOURCE.replace('x', "y")), revision);
}

#[test]
fn debug_shows_counts_alone() {
    let debug = format!("{:?}", file(&format!("{RESOURCE}Hooks: [{{BeforeInstall: hush}}]\n")));
    assert_eq!(debug, "AppSpec { file: Some(\"appspec.yaml\"), resources: 1, hooks: 1, .. }");
}
