use super::{fargate, holds, on_instances, web};

#[test]
fn an_image_is_there_and_names_a_tag_or_a_digest() {
    let image = |member: &str| {
        fargate(&format!("containerDefinitions:\n- essential: true\n  name: web\n{member}"))
    };
    let digest = "0123456789abcdef".repeat(4);
    for legal in [
        "nginx:1.29".to_owned(),
        format!("registry:5000/web@sha256:{digest}"),
        format!("web:1@sha256:{digest}"),
        "web:latest".to_owned(),
    ] {
        holds(&image(&format!("  image: {legal}\n")));
    }
    for member in [
        "  image: '' #! error containerDefinitions[0].image: is missing",
        "  image: null #! error containerDefinitions[0].image: is missing",
        "  image: nginx #! warning containerDefinitions[0].image: is \"nginx\", without a tag",
        "  image: registry:5000/web #! warning containerDefinitions[0].image: which means `latest`",
        "  image: Web:1 #! error containerDefinitions[0].image: can't be pulled: \"Web:1\"",
        "  image: 'web:' #! error containerDefinitions[0].image: an image tag can't be empty",
        "  image: web@sha256:12 #! error containerDefinitions[0].image: is not an image digest",
        "  image: https://registry.example/web:1 #! error containerDefinitions[0].image: not a host",
        "  image: web:${TAG} #! warning containerDefinitions[0].image: still contains the placeholder \"${TAG}\"",
        "  image: <IMAGE1_NAME> #! warning containerDefinitions[0].image: \"<IMAGE1_NAME>\"",
        "  image: '{{ image }}:1' #! warning containerDefinitions[0].image: \"{{ image }}\"",
    ] {
        holds(&image(member));
    }
    // Missing altogether: the line is that of the container.
    holds(&fargate(
        "containerDefinitions:\n- name: web #! error containerDefinitions[0].image: is missing\n",
    ));
}

#[test]
fn a_container_says_what_memory_it_takes_where_the_task_does_not() {
    let bare = |compatibilities: &str, container: &str| {
        format!("family: a\n{compatibilities}\ncontainerDefinitions:\n- {container}")
    };
    let comment = "#! error containerDefinitions[0]: has neither `memory` nor `memoryReservation`";
    for compatibilities in ["", "requiresCompatibilities: [EC2, EXTERNAL]"] {
        let missing = format!("{{name: web, image: 'web:1'}} {comment}");
        holds(&bare(compatibilities, &missing));
        let nothing = format!("{{name: web, image: 'web:1', memory: 0}} {comment}");
        holds(&bare(compatibilities, &nothing));
        for member in ["memory", "memoryReservation"] {
            let enough = format!("{{name: web, image: 'web:1', {member}: 128}}");
            holds(&bare(compatibilities, &enough));
        }
    }
    // What ECS asks for there is not documented.
    holds(&bare("requiresCompatibilities: [MANAGED_INSTANCES]", "{name: web, image: 'web:1'}"));
}

#[test]
fn what_containers_reserve_fits_into_the_task() {
    holds(
        "
family: a
cpu: 1 vCPU #! error cpu: is 1024, but `cpu` of the containers adds up to 1025
memory: 1GB #! error memory: is 1024, but `memoryReservation` of the containers adds up to 1100
containerDefinitions:
- name: web
  image: web:1
  cpu: 1000
  memory: 1025 #! error containerDefinitions[0].memory: is 1025, more than the task's `memory`, 1024
  memoryReservation: 600
- name: log
  image: log:1
  cpu: 25
  memory: 499
  memoryReservation: 500 #! error containerDefinitions[1].memoryReservation: more than its `memory`, 499
",
    );
    // Just so. The limits may add up to more than there is.
    holds(
        "
family: a
cpu: '1024'
memory: '1024'
containerDefinitions:
- {name: web, image: 'web:1', cpu: 1000, memory: 1024, memoryReservation: 512}
- {name: log, image: 'log:1', cpu: 24, memory: 1024, memoryReservation: 512}
",
    );
    // ECS ignores the size of the task there.
    holds(
        "
family: a
cpu: '256'
memory: '2048'
runtimePlatform: {operatingSystemFamily: WINDOWS_SERVER_2022_CORE}
containerDefinitions:
- {name: web, image: 'web:1', cpu: 1000}
",
    );
}

#[test]
fn docker_starts_nothing_with_less_than_six_mebibytes() {
    holds(&on_instances(
        "bridge",
        &web(
            "  memory: 6\n  memoryReservation: 5 #! warning containerDefinitions[0].memoryReservation: is 5 MiB",
        ),
    ));
    holds(&on_instances(
        "bridge",
        &web("  memory: 4 #! warning containerDefinitions[0].memory: Docker needs at least 6"),
    ));
}

#[test]
fn a_soft_limit_is_no_higher_than_the_hard_one() {
    holds(&fargate(&web("
  ulimits:
  - {name: nofile, softLimit: 1024, hardLimit: 1024}
  - {name: memlock, softLimit: -1, hardLimit: -1}
  - {name: core, softLimit: 5, hardLimit: -1}
  - name: nproc
    softLimit: 11 #! error containerDefinitions[0].ulimits[3].softLimit: more than its `hardLimit`, 10
    hardLimit: 10
")));
}

#[test]
fn a_health_check_stays_within_its_limits() {
    holds(&fargate(&web("
  healthCheck:
    command: [CMD-SHELL, exit 0]
    interval: 4 #! error containerDefinitions[0].healthCheck.interval: is 4, but ECS accepts 5 to 300
    timeout: 1 #! error containerDefinitions[0].healthCheck.timeout: 2 to 60
    retries: 0 #! error containerDefinitions[0].healthCheck.retries: 1 to 10
    startPeriod: -1 #! error containerDefinitions[0].healthCheck.startPeriod: 0 to 300
")));
    holds(&fargate(&web("
  healthCheck:
    command: [CMD, /bin/true]
    interval: 301 #! error containerDefinitions[0].healthCheck.interval: is 301
    timeout: 121 #! error containerDefinitions[0].healthCheck.timeout: is 121
    retries: 11 #! error containerDefinitions[0].healthCheck.retries: is 11
    startPeriod: 301 #! error containerDefinitions[0].healthCheck.startPeriod: is 301
")));
    holds(&fargate(&web("
  healthCheck:
    command: [NONE]
    interval: 300
    timeout: 61 #! warning containerDefinitions[0].healthCheck.timeout: is 61
    retries: 10
    startPeriod: 300
")));
    holds(&fargate(&web("
  healthCheck: {command: [CMD, a], interval: 5, timeout: 2, retries: 1, startPeriod: 0}
")));
}

#[test]
fn a_health_check_has_a_command_that_says_how_it_is_run() {
    holds(&fargate(&web(
        "  healthCheck: {interval: 5} #! error containerDefinitions[0].healthCheck.command: is missing",
    )));
    holds(&fargate(&web("
  healthCheck:
    command: [curl, localhost] #! warning containerDefinitions[0].healthCheck.command: does not begin with CMD, CMD-SHELL
")));
}

#[test]
fn a_name_is_once_in_the_variables_or_once_in_the_secrets() {
    holds(&fargate(&web("
  environment:
  - {name: A, value: '1'}
  - {name: B, value: '2'}
  - value: '3'
    name: A #! warning containerDefinitions[0].environment[2].name: names a variable that is already in the list
  secrets:
  - {name: C, valueFrom: arn}
  - {name: B, valueFrom: arn} #! error containerDefinitions[0].secrets[1].name: is \"B\", which is also in `environment`
  - valueFrom: arn
    name: C #! error containerDefinitions[0].secrets[2].name: names a secret that is already in the list
")));
    // In two containers it is two variables.
    holds(&fargate(
        "
containerDefinitions:
- {name: web, image: 'web:1', environment: [{name: A, value: '1'}]}
- {name: log, image: 'log:1', secrets: [{name: A, valueFrom: arn}]}
",
    ));
}

#[test]
fn a_secret_says_where_it_comes_from() {
    holds(&fargate(&web("
  secrets:
  - name: A
    valueFrom: '' #! error containerDefinitions[0].secrets[0].valueFrom: is missing or empty
  - name: B #! error containerDefinitions[0].secrets[1].valueFrom: is missing or empty
")));
}
