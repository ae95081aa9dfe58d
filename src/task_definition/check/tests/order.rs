use super::{all, fargate, holds, read, web};

/// Three containers, each with this `dependsOn`, one line each.
fn three(web: &str, log: &str, init: &str) -> String {
    fargate(&format!(
        "containerDefinitions:
- name: web
  image: web:1
  healthCheck: {{command: [CMD, a]}}
  dependsOn:
  - {web}
- name: log
  image: log:1
  dependsOn:
  - {log}
- name: init
  image: init:1
  essential: false
  dependsOn:
  - {init}
"
    ))
}

const NONE: &str = "null";

#[test]
fn a_container_waits_for_one_that_there_is_and_for_a_known_condition() {
    for condition in ["START", "COMPLETE", "SUCCESS"] {
        holds(&three(&format!("{{containerName: init, condition: {condition}}}"), NONE, NONE));
    }
    for entry in [
        "{containerName: db, condition: START} #! error containerDefinitions[0].dependsOn[0].containerName: is \"db\", but there is no such container",
        "{condition: START} #! error containerDefinitions[0].dependsOn[0].containerName: is missing",
        "{containerName: log} #! error containerDefinitions[0].dependsOn[0].condition: is missing",
        "{containerName: log, condition: STARTED} #! error containerDefinitions[0].dependsOn[0].condition: is \"STARTED\"",
    ] {
        holds(&three(entry, NONE, NONE));
    }
    let checked =
        read("td.yml", &three("{containerName: wbe, condition: START}", NONE, NONE)).check();
    let hint = checked.errors[0].hint.as_deref();
    assert_eq!(hint, Some("The containers of the definition: \"web\", \"log\", \"init\"."));
}

#[test]
fn nothing_waits_for_the_end_of_an_essential_container() {
    for condition in ["COMPLETE", "SUCCESS"] {
        holds(&three(
            &format!(
                "{{containerName: log, condition: {condition}}} \
                 #! error containerDefinitions[0].dependsOn[0].condition: but \"log\" is essential"
            ),
            NONE,
            NONE,
        ));
    }
}

#[test]
fn only_a_container_with_a_health_check_gets_healthy() {
    holds(&three(NONE, "{containerName: web, condition: HEALTHY}", NONE));
    holds(&three(
        NONE,
        "{containerName: init, condition: HEALTHY} \
         #! error containerDefinitions[1].dependsOn[0].condition: but \"init\" has no `healthCheck`",
        NONE,
    ));
}

#[test]
fn a_circle_is_named_once_with_all_who_are_in_it() {
    holds(&three(
        "{containerName: web, condition: START} \
         #! error containerDefinitions[0].dependsOn[0].containerName: is circular: web → web",
        NONE,
        NONE,
    ));
    holds(&three(
        NONE,
        "{containerName: init, condition: START} \
         #! error containerDefinitions[1].dependsOn[0].containerName: is circular: log → init → log",
        "{containerName: log, condition: START}",
    ));
    holds(&three(
        "{containerName: log, condition: START} \
         #! error containerDefinitions[0].dependsOn[0].containerName: is circular: web → log → init → web",
        "{containerName: init, condition: START}",
        "{containerName: web, condition: START}",
    ));
    // A way that leads into a circle is none, and two ways to one end aren't either.
    holds(&three(
        "{containerName: log, condition: START}\n  - {containerName: init, condition: START}",
        "{containerName: init, condition: START}",
        NONE,
    ));
}

#[test]
fn what_is_mounted_is_declared_and_from_whom_is_there() {
    holds(&fargate(
        "
containerDefinitions:
- name: web
  image: web:1
  mountPoints:
  - {sourceVolume: data, containerPath: /data}
  - sourceVolume: date #! error containerDefinitions[0].mountPoints[1].sourceVolume: but `volumes` has no volume
    containerPath: /date
  volumesFrom:
  - {sourceContainer: log}
  - sourceContainer: lag #! error containerDefinitions[0].volumesFrom[1].sourceContainer: no such container
- {name: log, image: 'log:1'}
volumes:
- name: data
- name: data #! warning volumes[1].name: is \"data\", the same as another volume
",
    ));
}

#[test]
fn awslogs_is_told_the_group_the_region_and_on_fargate_the_prefix() {
    let log = |options: &str| {
        web(&format!("  logConfiguration:\n    logDriver: awslogs\n    options: {options}\n"))
    };
    let all_three = "{awslogs-group: a, awslogs-region: b, awslogs-stream-prefix: c}";
    holds(&fargate(&log(all_three)));
    let place = "containerDefinitions[0].logConfiguration.options";
    holds(&fargate(&log(&format!(
        "{{mode: non-blocking}} #! error {place}: has no awslogs-group \
         #! error {place}: has no awslogs-region #! error {place}: has no awslogs-stream-prefix"
    ))));
    holds(&format!(
        "family: a\nmemory: '512'\n{}",
        log(&format!("{{awslogs-region: b}} #! error {place}: has no awslogs-group"))
    ));
    holds(&fargate(&web("
  logConfiguration:
    logDriver: awslogs
    options: {awslogs-region: b, awslogs-stream-prefix: c}
    secretOptions: [{name: awslogs-group, valueFrom: arn}]
")));
    // Without any options the line is that of the configuration.
    let bare = read("td.yml", &fargate(&web("  logConfiguration: {logDriver: awslogs}"))).check();
    assert!(all(&bare).all(|problem| super::line(problem) == 10), "{bare:#?}");
    assert_eq!(bare.errors.len(), 3);
}

#[test]
fn fargate_has_three_log_drivers_and_instances_have_more() {
    let log = |driver: &str| web(&format!("  logConfiguration:\n    logDriver: {driver}\n"));
    holds(&fargate(&log("splunk")));
    holds(&fargate(&log(
        "json-file #! error containerDefinitions[0].logConfiguration.logDriver: which Fargate does not support",
    )));
    holds(&format!("family: a\nmemory: '512'\n{}", log("json-file")));
}

#[test]
fn firelens_has_one_router_and_somebody_who_logs_by_it() {
    let containers = |web: &str, log: &str, other: &str| {
        fargate(&format!(
            "
containerDefinitions:
- name: web
  image: web:1
  logConfiguration:
    logDriver: {web}
- name: log
  image: log:1
  firelensConfiguration: {log}
- name: other
  image: other:1
  firelensConfiguration: {other}
"
        ))
    };
    let router = "{type: fluentbit}";
    holds(&containers("awsfirelens", router, "null"));
    holds(&containers(
        "awsfirelens #! error containerDefinitions[0].logConfiguration.logDriver: no container has a `firelensConfiguration`",
        "null",
        "null",
    ));
    holds(&containers(
        "splunk",
        "{type: fluentbit} #! warning containerDefinitions[1].firelensConfiguration: no container uses the log driver",
        "null",
    ));
    holds(&containers(
        "awsfirelens",
        router,
        "{type: fluentd} #! warning containerDefinitions[2].firelensConfiguration: already set in another container",
    ));
}
