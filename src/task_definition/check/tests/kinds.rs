//! Members of another kind than ECS takes, empty ones, and those that go together.

use super::{fargate, holds, on_instances, web};

#[test]
fn a_member_of_another_kind_is_refused_and_nothing_else_is_said_of_it() {
    holds(&fargate(
        "volumes: {name: data} #! error volumes: is an object, but ECS expects a list
ephemeralStorage: 21 #! error ephemeralStorage: is a number, but ECS expects an object
runtimePlatform: LINUX #! error runtimePlatform: is text, but ECS expects an object
enableFaultInjection: 'false' #! error enableFaultInjection: is text, but ECS expects true or false
containerDefinitions:
- name: web
  image: 5 #! error containerDefinitions[0].image: is a number, but ECS expects text
  essential: 'true' #! error containerDefinitions[0].essential: is text, but ECS expects true or false
  stopTimeout: '30' #! error containerDefinitions[0].stopTimeout: is text, but ECS expects a number
  portMappings: {containerPort: 443} #! error containerDefinitions[0].portMappings: is an object, but ECS expects a list
  command: npm start #! error containerDefinitions[0].command: is text, but ECS expects a list
  entryPoint: [sh, -c, 5] #! error containerDefinitions[0].entryPoint[2]: is a number, but ECS expects text
  environment: {A: b} #! error containerDefinitions[0].environment: is an object, but ECS expects a list
  secrets:
  - {name: A, valueFrom: [b]} #! error containerDefinitions[0].secrets[0].valueFrom: is a list, but ECS expects text
  healthCheck: {command: curl -f localhost} #! error containerDefinitions[0].healthCheck.command: is text, but ECS expects a list
  linuxParameters:
    capabilities:
      add: SYS_PTRACE #! error containerDefinitions[0].linuxParameters.capabilities.add: is text, but ECS expects a list
  dockerLabels:
    a: 1 #! error containerDefinitions[0].dockerLabels.a: is a number, but ECS expects text
  mountPoints:
  - readOnly: 'false' #! error containerDefinitions[0].mountPoints[0].readOnly: is text, but ECS expects true or false
  ulimits:
  - name: nofile
    softLimit: '1024' #! error containerDefinitions[0].ulimits[0].softLimit: is text, but ECS expects a number
    hardLimit: '2048' #! error containerDefinitions[0].ulimits[0].hardLimit: is text, but ECS expects a number
  logConfiguration:
    logDriver: splunk
    options:
      max-buffer-size: 25 #! error containerDefinitions[0].logConfiguration.options.max-buffer-size: is a number
",
    ));
}

#[test]
fn cpu_without_quotes_is_a_number_where_ecs_takes_text() {
    holds(
        "
family: shop
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: 256 #! error cpu: is a number, but ECS expects text
memory: 512 #! error memory: is a number, but ECS expects text
containerDefinitions:
- {name: web, image: 'web:1'}
",
    );
}

#[test]
fn fargate_as_text_is_refused_and_its_rules_hold() {
    holds(
        "
family: shop #! error cpu: is missing #! error memory: is missing #! error networkMode: is missing
requiresCompatibilities: FARGATE #! error requiresCompatibilities: is text, but ECS expects a list
containerDefinitions:
- name: web
  image: web:1
  privileged: true #! error containerDefinitions[0].privileged: is not supported on Fargate
",
    );
}

#[test]
fn a_member_that_the_api_requires_is_missed() {
    holds(&fargate(&web(
        "  logConfiguration: {options: {}} #! error containerDefinitions[0].logConfiguration.logDriver: is missing
  restartPolicy: {restartAttemptPeriod: 60} #! error containerDefinitions[0].restartPolicy.enabled: is missing
  dependsOn: [{condition: START}] #! error containerDefinitions[0].dependsOn[0].containerName: is missing
  healthCheck: {interval: 30} #! error containerDefinitions[0].healthCheck.command: is missing
  environment: #! error containerDefinitions[0].environment[0].name: is missing
  - value: a
",
    )));
}

#[test]
fn an_empty_text_that_ecs_refuses_is_to_be_left_out() {
    holds(&on_instances(
        "''",
        "ipcMode: '' #! error ipcMode: is empty, which ECS refuses
pidMode: '' #! error pidMode: is empty, which ECS refuses
containerDefinitions:
- name: web
  image: web:1
  versionConsistency: '' #! error containerDefinitions[0].versionConsistency: is empty
  repositoryCredentials:
    credentialsParameter: '' #! error containerDefinitions[0].repositoryCredentials.credentialsParameter: is empty
  portMappings:
  - containerPort: 80
    appProtocol: '' #! error containerDefinitions[0].portMappings[0].appProtocol: is empty
    protocol: '' #! warning containerDefinitions[0].portMappings[0].protocol: is empty, which is not one of its values
  environment:
  - name: '' #! error containerDefinitions[0].environment[0].name: is empty
    value: ''
  logConfiguration:
    logDriver: awslogs
    options:
      awslogs-group: '' #! error containerDefinitions[0].logConfiguration.options.awslogs-group: is empty
      awslogs-region: a
      awslogs-stream-prefix: ''
",
    ).replace("networkMode: ''", "networkMode: '' #! error networkMode: is empty, which ECS refuses"));
}

#[test]
fn a_file_system_needs_encryption_for_iam_and_no_directory_beside_an_access_point() {
    let volumes = "volumes:
- name: a
  efsVolumeConfiguration:
    fileSystemId: fs-1
    authorizationConfig: {iam: ENABLED} #! error volumes[0].efsVolumeConfiguration.authorizationConfig.iam: needs `transitEncryption`
- name: b
  efsVolumeConfiguration:
    fileSystemId: fs-1
    transitEncryption: ENABLED
    rootDirectory: /data #! error volumes[1].efsVolumeConfiguration.rootDirectory: is \"/data\"
    authorizationConfig: {accessPointId: fsap-1}
- name: c
  efsVolumeConfiguration:
    fileSystemId: fs-1
    transitEncryption: ENABLED
    rootDirectory: /
    authorizationConfig: {accessPointId: fsap-1, iam: ENABLED}
- name: d
  efsVolumeConfiguration: {rootDirectory: /data, fileSystemId: fs-1}
";
    holds(&fargate(&format!("{}{volumes}", web(""))));
}

#[test]
fn a_restart_waits_a_minute_at_least() {
    for (seconds, comment) in [
        ("10", "#! error containerDefinitions[0].restartPolicy.restartAttemptPeriod: is 10"),
        ("60", ""),
        ("1800", ""),
        ("1801", "#! warning containerDefinitions[0].restartPolicy.restartAttemptPeriod: is 1801"),
    ] {
        holds(&fargate(&web(&format!(
            "  restartPolicy: {{enabled: true, restartAttemptPeriod: {seconds}}} {comment}\n"
        ))));
    }
}

#[test]
fn roles_secrets_and_files_are_named_as_aws_names_them() {
    for (role, is_wrong) in [
        ("arn:aws:iam::123:role", true),
        ("arn:aws:iam::123456789012:user/a", true),
        ("arn:aws:ecs:eu-central-1:123456789012:cluster/a", true),
        ("arn:aws:iam::123456789012:role/", true),
        ("arn:aws-cn:iam::123456789012:role/service-role/a", false),
        ("arn:aws:iam::ACCOUNT:role/a", false),
        ("'arn:aws:iam::${ACCOUNT}:role/a'", false),
        ("arn:aws:iam::<account>:role/a", false),
        ("a", false),
    ] {
        let comment = if is_wrong { " #! error taskRoleArn: is not the ARN of a role" } else { "" };
        let comment = comment.replace("is not", "which is not");
        holds(&fargate(&format!("taskRoleArn: {role}{comment}\n{}", web(""))));
    }
    for (source, is_odd) in [
        ("arn:aws:ssm:::parameter/x", true),
        ("arn:aws:secretsmanager:eu-central-1::secret:a", true),
        ("arn:aws:ssm:eu-central-1:123456789012:parameter/x", false),
        ("'arn:aws:ssm:${REGION}::parameter/x'", false),
        ("'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a-1:key::'", false),
        ("/a/parameter", false),
    ] {
        let comment = if is_odd {
            " #! warning containerDefinitions[0].secrets[0].valueFrom: is an ARN without"
        } else {
            ""
        };
        holds(&fargate(&web(&format!(
            "  secrets:\n  - name: S\n    valueFrom: {source}{comment}\n"
        ))));
    }
    holds(&fargate(&web(
        "  environmentFiles:
  - {value: 'arn:aws:s3:::b/a.env', type: s3}
  - value: arn:aws:s3:::b/x.txt #! warning containerDefinitions[0].environmentFiles[1].value: ends in .env
    type: s3
",
    )));
}
