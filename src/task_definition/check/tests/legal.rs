//! Definitions of many shapes that ECS takes: there is nothing to say about them.

use super::holds;
use crate::task_definition::tests::{definition, shop};

#[test]
fn a_minimal_definition_for_fargate() {
    holds(
        "
family: web
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: '256'
memory: '512'
containerDefinitions:
- name: web
  image: public.ecr.aws/nginx/nginx:1.29
",
    );
}

#[test]
fn a_service_on_fargate_with_all_that_one_usually_has() {
    holds(
        "
family: shop-prod_1
taskRoleArn: arn:aws:iam::123456789012:role/shop
executionRoleArn: arn:aws:iam::123456789012:role/ecsTaskExecutionRole
requiresCompatibilities: [EC2, FARGATE]
networkMode: awsvpc
cpu: 1 vCPU
memory: 2 GB
pidMode: task
ephemeralStorage: {sizeInGiB: 40}
runtimePlatform: {cpuArchitecture: ARM64, operatingSystemFamily: LINUX}
enableFaultInjection: false
containerDefinitions:
- name: migrate
  image: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2
  essential: false
  command: [migrate]
- name: web
  image: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2
  cpu: 512
  memory: 2048
  memoryReservation: 1024
  portMappings:
  - {name: http, containerPort: 8080, hostPort: 8080, protocol: tcp, appProtocol: http}
  - {name: metrics, containerPort: 9090}
  dependsOn:
  - {containerName: migrate, condition: SUCCESS}
  - {containerName: cache, condition: HEALTHY}
  environment: [{name: MODE, value: prod}, {name: EMPTY, value: ''}]
  secrets:
  - {name: TOKEN, valueFrom: 'arn:aws:ssm:eu-central-1:123456789012:parameter/token'}
  healthCheck:
    command: [CMD-SHELL, curl -f localhost:8080 || exit 1]
    interval: 10
    timeout: 60
    retries: 10
    startPeriod: 300
  linuxParameters: {initProcessEnabled: true, capabilities: {add: [SYS_PTRACE]}}
  ulimits: [{name: nofile, softLimit: 65536, hardLimit: 1048576}]
  restartPolicy: {enabled: true, restartAttemptPeriod: 60}
  stopTimeout: 120
  readonlyRootFilesystem: true
  mountPoints: [{sourceVolume: scratch, containerPath: /tmp}]
  logConfiguration: &log
    logDriver: awslogs
    options:
      awslogs-group: /ecs/shop
      awslogs-region: eu-central-1
      awslogs-stream-prefix: ecs
- name: cache
  image: redis:8
  healthCheck: {command: [CMD, redis-cli, ping]}
  logConfiguration: *log
volumes: [{name: scratch}]
tags: [{key: team, value: shop}, {key: Team, value: shop}]
",
    );
}

#[test]
fn two_ports_on_instances_behind_the_network_mode_bridge() {
    holds(
        "
family: web
requiresCompatibilities: [EC2]
placementConstraints: [{type: memberOf, expression: 'attribute:ecs.os-type == linux'}]
containerDefinitions:
- name: web
  image: web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  memoryReservation: 128
  privileged: true
  hostname: web
  links: ['db:database']
  portMappings:
  - {containerPort: 80}
  - {containerPort: 443, hostPort: 8443}
- name: db
  image: registry.example:5000/db:1
  memory: 512
  portMappings: [{containerPort: 80, hostPort: 0}]
  mountPoints: [{sourceVolume: data, containerPath: /data, readOnly: true}]
  volumesFrom: [{sourceContainer: web}]
  logConfiguration: {logDriver: json-file, options: {max-size: 10m}}
  stopTimeout: 600
volumes:
- {name: data, host: {sourcePath: /data}}
- {name: unused, dockerVolumeConfiguration: {scope: task}}
",
    );
}

#[test]
fn a_daemon_in_the_network_of_the_host() {
    holds(
        "
family: agent
networkMode: host
pidMode: host
ipcMode: host
containerDefinitions:
- name: agent
  image: agent:7
  memory: 256
  portMappings:
  - {containerPort: 8125, hostPort: 8125, protocol: udp}
  - {containerPort: 8125, protocol: tcp}
  linuxParameters: {maxSwap: 0, sharedMemorySize: 64, devices: [{hostPath: /dev/fuse}]}
",
    );
}

#[test]
fn a_job_with_a_gpu() {
    holds(
        "
family: train
requiresCompatibilities: [EC2]
cpu: '2048'
memory: '8192'
containerDefinitions:
- name: train
  image: train:1
  resourceRequirements: [{type: GPU, value: '1'}]
",
    );
}

#[test]
fn windows_on_fargate_and_on_instances() {
    holds(
        "
family: iis
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: '1024'
memory: '4096'
runtimePlatform: {operatingSystemFamily: WINDOWS_SERVER_2022_CORE, cpuArchitecture: X86_64}
containerDefinitions:
- {name: iis, image: 'mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2022'}
",
    );
    holds(
        "
family: iis
requiresCompatibilities: [EC2]
networkMode: default
runtimePlatform: {operatingSystemFamily: WINDOWS_SERVER_2019_FULL}
containerDefinitions:
- {name: iis, image: 'iis:1', cpu: 512, memory: 1024, portMappings: [{containerPort: 80, hostPort: 8080}]}
",
    );
}

#[test]
fn a_file_system_that_is_shared_and_one_that_is_chosen_at_launch() {
    holds(
        "
family: files
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: '512'
memory: '1024'
containerDefinitions:
- name: web
  image: web:1
  mountPoints:
  - {sourceVolume: shared, containerPath: /shared}
  - {sourceVolume: disk, containerPath: /disk}
volumes:
- name: shared
  efsVolumeConfiguration: {fileSystemId: fs-12345678, transitEncryption: ENABLED, rootDirectory: /}
- {name: disk, configuredAtLaunch: true}
",
    );
}

#[test]
fn a_log_router_beside_the_app() {
    holds(
        "
family: routed
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: '512'
memory: '1024'
executionRoleArn: exec
containerDefinitions:
- name: router
  image: public.ecr.aws/aws-observability/aws-for-fluent-bit:stable
  memoryReservation: 50
  user: '0'
  firelensConfiguration: {type: fluentbit, options: {enable-ecs-log-metadata: 'true'}}
  logConfiguration:
    logDriver: awslogs
    options: {awslogs-group: a, awslogs-region: b, awslogs-stream-prefix: c, mode: non-blocking}
- name: app
  image: app:1
  dependsOn: [{containerName: router, condition: START}]
  logConfiguration:
    logDriver: awsfirelens
    options: {Name: http}
    secretOptions: [{name: apikey, valueFrom: arn}]
",
    );
}

#[test]
fn members_from_the_future_are_for_ecs_to_judge() {
    holds(
        "
family: future
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: '256'
memory: '512'
attestation: {policy: [1, {deep: null}]}
containerDefinitions:
- name: web
  image: web:1
  memory: 1.5
  portMappings: [null, {containerPort: 1e3}]
  healthCheck: {command: [CMD, 'true'], sinceTomorrow: [0]}
  futureLimits: [{softLimit: 2, hardLimit: 1}]
  mountPoints: [{}]
",
    );
}

#[test]
fn the_definitions_of_other_tests() {
    let checked = definition(&shop()).check();
    assert_eq!(checked, super::Checked::default());
    // As the simulator registers one, and as `describe-task-definition` prints it.
    holds(
        r#"{
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:1",
    "family": "web1",
    "revision": 1,
    "status": "ACTIVE",
    "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
      { "name": "web1", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.1",
        "essential": true, "portMappings": [{ "containerPort": 8080 }],
        "logConfiguration": { "logDriver": "awslogs", "options": {
          "awslogs-group": "/ecs/web1", "awslogs-region": "eu-central-1",
          "awslogs-stream-prefix": "ecs" } } },
      { "name": "proxy", "image": "public.ecr.aws/docker/library/envoy:1.31", "essential": false,
        "x-unknownLimit": 1.50 }
    ]
  },
  "tags": [{ "key": "aws:cloudformation:stack-name", "value": "web1" }]
}"#,
    );
}
