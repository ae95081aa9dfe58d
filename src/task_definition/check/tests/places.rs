//! Where a finding is said to be, and what is never said.

use expect_test::expect;
use serde_json::json;

use super::{all, line, path, read};
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::Assignment;
use crate::task_definition::{Patch, TaskDefinition};

/// A file as editors leave it: three findings, on lines 8, 12 and 14.
const JSON: &str = r#"{
  "family": "shop",
  "memory": "512",
  "containerDefinitions": [
    {
      "name": "web",
      "image": "web:1.4.1",
      "cpu": 0, "memory": 1024,
      "environment": [
        { "name": "MODE", "value": "hush" },
        { "name": "PIN", "value": "hush" },
        { "value": "hush", "name": "MODE" }
      ],
      "secrets": [{ "name": "A", "valueFrom": "hush" }]
    }
  ]
}
"#;

fn lines(definition: &TaskDefinition) -> Vec<(usize, String)> {
    let checked = definition.check();
    let mut lines: Vec<_> = all(&checked).map(|it| (line(it), path(it).to_owned())).collect();
    lines.sort();
    lines
}

fn expected(shift: usize) -> Vec<(usize, String)> {
    [
        (8, "containerDefinitions[0].memory"),
        (12, "containerDefinitions[0].environment[2].name"),
        (14, "containerDefinitions[0].secrets"),
    ]
    .map(|(line, path)| (line + shift, path.to_owned()))
    .into()
}

#[test]
fn a_problem_says_what_is_wrong_where_and_what_to_do() {
    let problem = read("deploy/td.json", JSON).check().errors.remove(0);
    let message = "`containerDefinitions[0].memory` (container \"web\") is 1024, more than the \
                   task's `memory`, 512";
    assert_eq!(
        problem,
        Problem::new(message).hint("Lower one or raise the other.").at("deploy/td.json", 8)
    );
}

#[test]
fn a_line_is_found_whatever_is_around_the_definition_and_however_it_is_indented() {
    assert_eq!(lines(&read("td.json", JSON)), expected(0));
    assert_eq!(lines(&read("td.json", &format!("\u{feff}{JSON}"))), expected(0));
    assert_eq!(lines(&read("td.json", &JSON.replace('\n', "\r\n"))), expected(0));
    assert_eq!(lines(&read("td.json", &JSON.replace("  ", "\t"))), expected(0));
    assert_eq!(lines(&read("td.yaml", JSON)), expected(0));
    let wrapped = format!("{{\n\"status\": \"ACTIVE\",\n\"taskDefinition\":\n{JSON}}}");
    assert_eq!(lines(&read("td.json", &wrapped)), expected(3));
}

#[test]
fn tags_are_found_inside_a_definition_and_next_to_it() {
    let tags =
        "\"tags\": [{\"key\": \"aws:x\"},\n{\"key\": \"a\"}, {\"key\": \"b\"},\n{\"key\": \"a\"}]";
    let definition = "\"family\": \"a\", \"memory\": \"512\",\n\
                      \"containerDefinitions\": [{\"name\": \"web\", \"image\": \"web:1\"}]";
    // Those of AWS are not registered, and not counted in the path.
    for text in [
        format!("{{{definition},\n{tags}}}"),
        format!("{{\"taskDefinition\": {{{definition}}},\n{tags}}}"),
    ] {
        assert_eq!(lines(&read("td.json", &text)), [(5, "tags[2].key".to_owned())], "{text}");
    }
    let before = format!("{{{tags},\n\"taskDefinition\": {{{definition}}}}}");
    assert_eq!(lines(&read("td.json", &before)), [(3, "tags[2].key".to_owned())]);
}

#[test]
fn a_missing_member_is_at_the_nearest_one_around_it() {
    let yaml = "
family: a
memory: '512'
containerDefinitions:
- image: web:1
  name: web
  dependsOn:
  - containerName: web
- name: log
  healthCheck:
    interval: 30
";
    let found = [
        (8, "containerDefinitions[0].dependsOn[0].condition"),
        (8, "containerDefinitions[0].dependsOn[0].containerName"),
        (9, "containerDefinitions[1].image"),
        (10, "containerDefinitions[1].healthCheck.command"),
    ];
    assert_eq!(lines(&read("td.yml", yaml)), found.map(|(line, path)| (line, path.to_owned())));
}

#[test]
fn an_alias_is_where_it_stands() {
    let yaml = "
family: a
memory: '512'
x-health: &health
  command: [CMD, a]
  retries: 11
containerDefinitions:
- name: web
  image: web:1
  healthCheck: *health
- name: log
  image: log:1
  healthCheck:
    <<: *health
";
    let found = [
        (10, "containerDefinitions[0].healthCheck.retries".to_owned()),
        (13, "containerDefinitions[1].healthCheck.retries".to_owned()),
    ];
    assert_eq!(lines(&read("td.yml", yaml)), found);
}

fn patch(environment: &[(&str, &str)], secrets: &[(&str, &str)]) -> Patch {
    let assign = |&(name, value): &(&str, &str)| Assignment {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let web: ContainerName = "web".parse().expect("a name");
    Patch {
        images: vec![(web, "web".to_owned())],
        environment: environment.iter().map(assign).collect(),
        secrets: secrets.iter().map(assign).collect(),
        ..Patch::default()
    }
}

#[test]
fn what_a_patch_changed_is_where_it_was_and_what_it_added_is_near() {
    // PIN goes from the list of variables to that of secrets, and B to its end.
    let patch = patch(&[], &[("PIN", "hush"), ("B", "")]);
    let patched = read("td.json", JSON).patch(&patch).expect("a known container");
    let found = [
        (7, "containerDefinitions[0].image"),
        (8, "containerDefinitions[0].memory"),
        (12, "containerDefinitions[0].environment[1].name"),
        (14, "containerDefinitions[0].secrets"),
        (14, "containerDefinitions[0].secrets[2].valueFrom"),
    ];
    assert_eq!(lines(&patched), found.map(|(line, path)| (line, path.to_owned())));

    let yaml = "
family: a
memory: '512'
executionRoleArn: exec
containerDefinitions:
- image: log:1
  name: log
- image: web:1
  name: web
";
    let patched = read("td.yml", yaml).patch(&patch).expect("a known container");
    let found = [
        (8, "containerDefinitions[1].image".to_owned()),
        (8, "containerDefinitions[1].secrets[1].valueFrom".to_owned()),
    ];
    assert_eq!(lines(&patched), found);
}

#[test]
fn a_definition_that_came_from_ecs_has_no_lines() {
    let described = json!({"taskDefinition": {
        "taskDefinitionArn": "arn",
        "family": "a",
        "memory": "512",
        "containerDefinitions": [{"name": "web", "image": "web"}],
    }});
    let described = TaskDefinition::from_describe(described.to_string().as_bytes());
    let checked = described.expect("an answer").check();
    let [problem] = &checked.warnings[..] else { panic!("{checked:?}") };
    assert_eq!((path(problem), &problem.location), ("containerDefinitions[0].image", &None));
}

#[test]
fn neither_a_problem_nor_a_definition_shows_what_may_be_secret() {
    let definition = read("td.json", JSON);
    let patched = definition.patch(&patch(&[("A", "hush")], &[])).expect("a known container");
    for definition in [definition, patched] {
        let shown = format!("{definition:?} {:?}", definition.check());
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[test]
fn what_no_definition_can_be_without_is_refused_when_it_is_read() {
    let refused = [
        "{}",
        "{\"family\": \"\"}",
        "{\"family\": \"a\", \"containerDefinitions\": []}",
        "{\"family\": \"a\", \"containerDefinitions\": [{\"image\": \"web:1\"}]}",
        "{\"family\": \"a\", \"containerDefinitions\": [{\"name\": \"web\"}, {\"name\": \"web\"}]}",
    ]
    .map(|text| {
        let problem = TaskDefinition::from_file("td.json", text.as_bytes()).expect_err(text);
        problem.message.replace("td.json: ", "")
    });
    expect![[r#"
        `family` is missing
        `family` is not text, or is empty
        `containerDefinitions` has no container
        container 1 has no `name`
        two containers are called "web""#]]
    .assert_eq(&refused.join("\n"));
}

#[test]
fn of_very_many_findings_the_first_hundred_of_a_kind_are_told_in_no_time() {
    // As long as a file can be, and every entry is wrong.
    let mappings = vec!["{\"protocol\":\"x\"}"; 50_000].join(",\n");
    let text = format!(
        "{{\"family\": \"a\", \"memory\": \"512\", \"containerDefinitions\": [{{\"name\": \"web\",\n\
         \"image\": \"web:1\", \"portMappings\": [{mappings}]}}]}}"
    );
    let checked = read("td.json", &text).check();
    for problems in [&checked.errors, &checked.warnings] {
        assert_eq!(problems.len(), 100);
        assert_eq!((line(&problems[0]), line(&problems[99])), (2, 101));
    }
}

#[test]
fn a_definition_with_very_many_containers_is_checked_as_well() {
    let container = |index: usize| {
        format!(
            "{{\"name\":\"c{index}\",\"image\":\"a:1\",\
             \"dependsOn\":[{{\"containerName\":\"c{}\",\"condition\":\"START\"}}]}}",
            (index + 1) % 9000
        )
    };
    let containers: Vec<_> = (0..9000).map(container).collect();
    let text = format!(
        "{{\"family\": \"a\", \"memory\": \"512\",\n\"containerDefinitions\": [{}]}}",
        containers.join(",\n")
    );
    let checked = read("td.json", &text).check();
    assert_eq!(checked.errors, []);
    let [problem] = &checked.warnings[..] else { panic!("{:?}", checked.warnings.len()) };
    assert_eq!((line(problem), path(problem)), (2, "containerDefinitions"));
}
