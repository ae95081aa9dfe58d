//! What has to be there before a container runs: its log, its file systems, its
//! role, its network, and a program that the runtime can start.

use super::patterns::{DENIED, NO_ROUTE};
use crate::diagnosis::row::Row;

const LOG: &[&str] = &["logger args", "log stream", "log group"];

const RUNTIME: &[&str] = &[
    "cannotstart",
    "cannotcreate",
    "containerruntime",
    "oci runtime",
    "unable to start container process",
];

pub(super) const SETUP: &[Row] = &[
    Row::start(
        &[&["log group does not exist", "cannot find the amazon cloudwatch log group"]],
        "{log group|the log group of the task definition} does not exist",
        "Create it, or set awslogs-create-group to true and grant the execution role \
         logs:CreateLogGroup",
    )
    .not_retryable(),
    Row::start(
        &[LOG, DENIED],
        "{role|the execution role} is not allowed to write to {log group|the log group}",
        "Grant it {permission|logs:CreateLogStream} and logs:PutLogEvents",
    )
    .not_retryable(),
    Row::start(
        &[LOG, NO_ROUTE],
        "The task can't reach CloudWatch Logs",
        "Give its subnets a route there: a public IP address, a NAT gateway, or the endpoint logs; \
         and allow outbound traffic on port 443 in its security groups",
    ),
    Row::start(
        &[&["failed to validate logger args"]],
        "The log driver could not be set up: {text}",
        "Check logConfiguration in the task definition: driver, group, Region and prefix",
    ),
    Row::start(
        &[&["efs utils", "mount.nfs4"]],
        "{file system|the EFS file system} could not be mounted",
        "Open port 2049 from the tasks to its mount targets, and check the access point, the policy and the VPC's DNS",
    ),
    Row::start(
        &[&["unable to assume the role", "unable to assume role", "unable to assume the service"]],
        "ECS can't assume {role|a role of the task definition}",
        "Check that the role exists and that its trust policy names ecs-tasks.amazonaws.com",
    )
    .not_retryable_if_repeated(),
    Row::start(
        &[&["free addresses", "insufficientfreeaddresses"]],
        "There is no free IP address left in {subnet|a subnet of the service}",
        "Add larger subnets to the service, or free up addresses",
    ),
    Row::start(
        &[&["timeout waiting for network interface provisioning"]],
        "No network interface could be set up for the task in time",
        "Deploy again; if it happens again, check the limits and free IP addresses of the subnets",
    ),
    Row::start(
        &[&["create network interface"]],
        "EC2 could not create a network interface in {subnet|a subnet of the service}",
        "Check the subnets and security groups of the service, and the limit on network interfaces",
    ),
    Row::start(
        &[&["exec"], &["executable file not found", "no such file or directory"]],
        "The command {executable|of the task definition} is not in {image|the image}",
        "Correct entryPoint or command in the task definition, or the image",
    )
    .not_retryable(),
    Row::start(
        &[RUNTIME, &["permission denied"]],
        "The command {executable|of the task definition} can't be executed in {image|the image} (permission denied)",
        "Make the file executable in the image, and check the user that the container runs as",
    )
    .not_retryable_if_repeated(),
    Row::start(
        &[&["timeouterror"]],
        "{container|a container} did not start or stop in time: {text}",
        "Deploy again; if it happens again, check what the container waits for and the load of the host",
    ),
    Row::start(
        &[RUNTIME],
        "The container runtime refused {container|a container}: {text}",
        "Compare that with the container's definition: command, mounts, devices and limits",
    ),
];
