use super::{fargate, holds, on_instances, web};

#[test]
fn family_container_and_volume_have_names_of_legal_characters() {
    holds(
        "
family: my.shop #! error family: is \"my.shop\", but must be 1 to 255 letters
memory: '512'
containerDefinitions:
- name: web/1 #! error containerDefinitions[0].name: (container \"web/1\") is \"web/1\"
  image: web:1
volumes:
- name: .cache #! error volumes[0].name: is \".cache\"
",
    );
    let longest = "a".repeat(255);
    holds(&format!(
        "family: {longest}\nmemory: '512'\ncontainerDefinitions:\n- {{name: {longest}, image: a:1}}\n"
    ));
    holds(&format!("family: {longest}a #! error family: 1 to 255\nmemory: '512'\n{}", web("")));
}

#[test]
fn one_container_at_least_is_essential_and_one_that_does_not_say_is() {
    holds(&fargate(
        "
containerDefinitions: #! error containerDefinitions: has no essential container
- {name: web, image: 'web:1', essential: false}
- {name: log, image: 'log:1', essential: false}
",
    ));
    for essential in ["true", "null"] {
        holds(&fargate(&format!(
            "
containerDefinitions:
- {{name: web, image: 'web:1', essential: false}}
- {{name: log, image: 'log:1', essential: {essential}}}
"
        )));
    }
}

#[test]
fn fargate_has_certain_pairs_of_cpu_and_memory() {
    let size = |cpu: &str, memory: &str| {
        format!(
            "family: a\nrequiresCompatibilities: [EC2, FARGATE]\nnetworkMode: awsvpc\n\
             cpu: {cpu}\nmemory: {memory}\n{}",
            web("")
        )
    };
    for (cpu, memory) in [
        ("'256'", "'512'"),
        ("'.25 vCPU'", "'0.5 GB'"),
        ("'0.25vcpu'", "'2GB'"),
        ("'512'", "'3072'"),
        ("'.5 vcpu'", "'4 gb'"),
        ("'1 vCPU'", "'8 GB'"),
        ("'2048'", "'16384'"),
        ("'4 vCPU'", "'30 GB'"),
        ("'8192'", "'20480'"),
        ("'16 VCPU'", "'120 GB'"),
    ] {
        holds(&size(cpu, memory));
    }
    for (cpu, memory) in [
        ("'256'", "'768' #! error memory: allows 512, 1024 or 2048"),
        ("'256'", "'3 GB' #! error memory: is 3072 MiB, but with 256 CPU units Fargate allows"),
        ("'512'", "'512' #! error memory: 1024 to 4096 in steps of 1024"),
        ("'512'", "'1536' #! error memory: is 1536 MiB"),
        ("'1 vCPU'", "'1 GB' #! error memory: 2048 to 8192"),
        ("'2048'", "'2048' #! error memory: 4096 to 16384"),
        ("'4096'", "'32768' #! error memory: 8192 to 30720"),
        ("'8192'", "'17408' #! error memory: 16384 to 61440 in steps of 4096"),
        ("'16384'", "'36864' #! error memory: 32768 to 122880 in steps of 8192"),
        ("'300' #! error cpu: is 300, but Fargate is known to support 256, 512", "'512'"),
        ("'3 vCPU' #! error cpu: is 3072", "'8192'"),
        // AWS has added larger ones before.
        ("'32768' #! warning cpu: is 32768", "'61440'"),
    ] {
        holds(&size(cpu, memory));
    }
}

#[test]
fn a_task_on_fargate_has_a_size_and_the_network_mode_awsvpc() {
    holds(
        "{family: a, requiresCompatibilities: [FARGATE], \
         containerDefinitions: [{name: web, image: 'web:1'}]} \
         #! error cpu: is missing #! error memory: is missing #! error networkMode: is missing",
    );
    holds(
        "
family: a
requiresCompatibilities: [FARGATE]
networkMode: bridge #! error networkMode: is \"bridge\", but Fargate supports only awsvpc
cpu: '' #! error cpu: a task on Fargate needs it
memory: '512'
containerDefinitions: [{name: web, image: 'web:1'}]
",
    );
}

#[test]
fn a_size_that_cannot_be_read_is_wrong_where_it_has_no_digit_and_doubtful_elsewhere() {
    holds(&format!(
        "
family: a
cpu: one core #! error cpu: is \"one core\", which is not a known size
memory: ${{MEMORY_1}} #! error memory: is \"${{MEMORY_1}}\"
{}",
        web("")
    ));
    holds(&format!(
        "
family: a
cpu: 1 core #! warning cpu: is \"1 core\"
memory: 512 MB #! warning memory: is \"512 MB\"
{}",
        web("")
    ));
}

#[test]
fn windows_on_fargate_needs_a_whole_cpu() {
    let windows = |cpu: &str| {
        format!(
            "family: a\nrequiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\n{cpu}\n\
             memory: '4096'\nruntimePlatform: {{operatingSystemFamily: WINDOWS_SERVER_2022_CORE}}\n{}",
            web("")
        )
    };
    holds(&windows("cpu: '512' #! error cpu: is 512, but Windows on Fargate needs at least 1024"));
    holds(&windows("cpu: '1024'"));
}

#[test]
fn the_disk_of_a_task_on_fargate_has_21_to_200_gibibytes() {
    let disk =
        |size: &str| fargate(&format!("ephemeralStorage:\n  sizeInGiB: {size}\n{}", web("")));
    for size in ["21", "200", "1e2"] {
        holds(&disk(size));
    }
    for size in ["20", "201"] {
        let comment = "#! error ephemeralStorage.sizeInGiB: but Fargate accepts 21 to 200";
        holds(&disk(&format!("{size} {comment}")));
    }
}

#[test]
fn what_only_an_instance_has_is_refused_on_fargate() {
    let members = "
ipcMode: none #! error ipcMode: is not supported on Fargate
pidMode: host #! error pidMode: is not supported on Fargate
placementConstraints: #! error placementConstraints: is not supported
- {type: memberOf, expression: 'true'}
volumes:
- name: a
  host:
    sourcePath: /a #! error volumes[0].host.sourcePath: is not supported
- name: b
  dockerVolumeConfiguration: {} #! error volumes[1].dockerVolumeConfiguration: is not supported
- name: c
  host: {}
containerDefinitions:
- name: web
  image: web:1
  privileged: true #! error containerDefinitions[0].privileged: (container \"web\") is not supported
  dockerSecurityOptions: [no-new-privileges] #! error containerDefinitions[0].dockerSecurityOptions: is
  linuxParameters:
    initProcessEnabled: true
    devices: [{hostPath: /dev/fuse}] #! error containerDefinitions[0].linuxParameters.devices: is not
    sharedMemorySize: 64 #! error containerDefinitions[0].linuxParameters.sharedMemorySize: is not
    maxSwap: 1 #! error containerDefinitions[0].linuxParameters.maxSwap: is not
  resourceRequirements:
  - type: GPU #! error containerDefinitions[0].resourceRequirements[0].type: is not supported
    value: '1'
  startTimeout: 1 #! warning containerDefinitions[0].startTimeout: is 1
  stopTimeout: 121 #! warning containerDefinitions[0].stopTimeout: but Fargate accepts 2 to 120 seconds
";
    holds(&fargate(members));
    let without: String = members
        .lines()
        .map(|line| line.split(" #!").next().unwrap_or_default().to_owned() + "\n")
        .collect();
    holds(&on_instances("awsvpc", &without));
}

#[test]
fn what_is_switched_off_or_empty_is_not_there() {
    holds(&fargate(
        "
ipcMode: null
pidMode: task
placementConstraints: []
volumes: [{name: a, host: {sourcePath: null}}, {name: b, dockerVolumeConfiguration: null}]
containerDefinitions:
- name: web
  image: web:1
  privileged: false
  links: []
  dockerSecurityOptions: []
  linuxParameters: {devices: [], maxSwap: 0, sharedMemorySize: null}
  disableNetworking: false
  stopTimeout: 120
",
    ));
}

#[test]
fn a_role_is_needed_for_secrets_private_registries_and_on_fargate_for_ecr_and_awslogs() {
    let ecr = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1";
    let awslogs = "{awslogs-group: a, awslogs-region: eu-central-1, awslogs-stream-prefix: a}";
    let on = |compatibility: &str, members: &str| {
        format!(
            "family: a\nrequiresCompatibilities: [{compatibility}]\nnetworkMode: awsvpc\n\
             cpu: '256'\nmemory: '512'\ncontainerDefinitions:\n- name: web\n{members}"
        )
    };
    let needs = "needs an `executionRoleArn`, and the definition has none";
    for members in [
        format!("  image: {ecr} #! error containerDefinitions[0].image: {needs}"),
        format!(
            "  image: web:1
  logConfiguration:
    logDriver: awslogs #! error containerDefinitions[0].logConfiguration.logDriver: {needs}
    options: {awslogs}"
        ),
    ] {
        holds(&on("FARGATE", &members));
        let without = members.replace("#! error", "#");
        holds(&on("EC2", &without));
    }
    for members in [
        format!(
            "  image: web:1
  repositoryCredentials: #! error containerDefinitions[0].repositoryCredentials: {needs}
    credentialsParameter: arn"
        ),
        // Once for all of them.
        format!(
            "  image: web:1
  secrets: #! error containerDefinitions[0].secrets: {needs}
  - {{name: A, valueFrom: arn}}
- name: two
  image: two:1
  secrets: [{{name: A, valueFrom: arn}}]"
        ),
    ] {
        holds(&on("EXTERNAL", &members));
    }
}

#[test]
fn what_is_not_known_of_platforms_is_a_warning() {
    holds(&format!(
        "
family: a
memory: '512'
requiresCompatibilities:
- EC2
- Fargate #! warning requiresCompatibilities[1]: is \"Fargate\"
runtimePlatform:
  cpuArchitecture: RISCV #! warning runtimePlatform.cpuArchitecture: is \"RISCV\"
  operatingSystemFamily: PLAN9
{}",
        web("")
    ));
}

#[test]
fn tags_are_at_most_50_and_their_keys_unique() {
    let tags = |range: std::ops::Range<usize>| {
        range.map(|it| format!("- {{key: k{it}}}\n")).collect::<String>()
    };
    holds(&fargate(&format!("{}tags:\n{}- {{key: 'aws:x'}}\n", web(""), tags(0..50))));
    holds(&fargate(&format!(
        "{}tags: #! error tags: has 51 tags, but a definition can have at most 50\n{}",
        web(""),
        tags(0..51)
    )));
    holds(&fargate(&format!(
        "
tags:
- {{key: 'aws:x', value: a}}
- {{key: team, value: a}}
- value: b
  key: team #! error tags[1].key: is \"team\" again
{}",
        web("")
    )));
}
