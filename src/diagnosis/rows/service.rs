//! What ECS's scheduler reports of a service: tasks that find no place, and
//! deployments that can't get on.

use crate::diagnosis::row::Row;

const NO_PLACE: &[&str] = &["unable to place a task", "resource:", "encountered error"];

/// Why a task finds no place.
pub(super) const PLACEMENT: &[Row] = &[
    Row::event(
        &[&["already using a port", "resource:ports"]],
        "Every container instance already uses a host port that the task needs",
        "Let ECS choose the host port (hostPort 0), use the network mode awsvpc, or add instances",
    ),
    Row::event(
        &[&["limit on the number of"]],
        "A quota of the account for running tasks or vCPUs is reached",
        "Ask for more in Service Quotas, or stop tasks that are not needed",
    ),
    Row::event(
        &[&["capacity is unavailable"]],
        "AWS has no capacity for the task in its Availability Zones at this time",
        "Give the service subnets in more Availability Zones, or deploy again later",
    ),
    Row::event(
        &[&["capacity limit was exceeded"]],
        "Too many tasks wait for capacity: the limit on tasks in PROVISIONING is reached",
        "Wait until the capacity provider has scaled out, and check that it does",
    ),
    Row::event(
        &[NO_PLACE, &["resource:cpu", "insufficient cpu"]],
        "No container instance has enough free CPU for the task",
        "Add instances, or lower the cpu of the task",
    ),
    Row::event(
        &[NO_PLACE, &["resource:memory", "insufficient memory"]],
        "No container instance has enough free memory for the task",
        "Add instances, or lower the memory of the task",
    ),
    Row::event(
        &[NO_PLACE, &["resource:eni"]],
        "No container instance has a network interface left for the task",
        "Add instances, use a larger instance type, or switch on awsvpcTrunking",
    ),
    Row::event(
        &[NO_PLACE, &["resource:gpu", "insufficient gpu"]],
        "No container instance has enough free GPUs for the task",
        "Add instances with GPUs",
    ),
    Row::event(
        &[NO_PLACE, &["\"agent\"", "error agent", "reason: agent", "agent is disconnected"]],
        "The ECS agent of the container instances is not connected",
        "Restart the agent, and check the instances' route to ECS and their role",
    ),
    Row::event(
        &[NO_PLACE, &["attribute"]],
        "No container instance has an attribute that the task definition requires",
        "Compare requiresAttributes of the task definition with the instances: log driver, ENI, \
         CPU architecture",
    ),
    Row::event(
        &[&["memberof placement constraint unsatisfied", "distinctinstance placement constraint"]],
        "No container instance meets the placement constraint of the task",
        "Correct placementConstraints, or add instances that meet it",
    ),
    Row::event(
        &[NO_PLACE, &["location"]],
        "The container instances are in another account or Region, or not in the subnets' \
         Availability Zones",
        "Compare the subnets of the service with the Availability Zones of the instances",
    ),
    Row::event(
        &[&["empty capacity provider"]],
        "The capacity provider has no instances",
        "Check its Auto Scaling group: maximum size, launch template, and that its instances join \
         the cluster",
    ),
    Row::event(
        &[&["no active instances", "no container instances were found"]],
        "The cluster has no active container instances",
        "Start instances that join the cluster, or use a capacity provider or Fargate",
    ),
    Row::event(
        &[&["unable to place a task"]],
        "ECS could not place a task: {reason|no container instance meets its requirements}",
        "Compare that with the instances of the cluster and the requirements of the task",
    ),
];

/// Why a service or its deployment can't get on.
pub(super) const SERVICE: &[Row] = &[
    Row::event(
        &[&["was unable to stop or start tasks during a deployment"]],
        "ECS can neither stop an old task nor start a new one: minimumHealthyPercent and \
         maximumPercent leave no room",
        "Set maximumPercent to 200, or minimumHealthyPercent to 0 if the service may be interrupted",
    ),
    Row::event(
        &[&["target group is not found", "target group not found", "targetgroupnotfound"]],
        "{target group|a target group of the service} does not exist",
        "Correct loadBalancers of the service, or create the target group again",
    ),
    Row::event(
        &[&["under protection"]],
        "Old tasks are protected from being stopped, so the deployment can't finish",
        "Wait for the protection to end, or remove it with UpdateTaskProtection",
    ),
    Row::event(
        &[&["being throttled"]],
        "AWS throttles what ECS does for the service: too many calls in this account and Region",
        "Deploy fewer services at once, or wait",
    ),
    Row::event(
        &[&["could not launch"]],
        "ECS could not start tasks for the deployment: {text}",
        "Look at the stopped tasks of the service in the ECS console",
    ),
    Row::general(
        &[&["unable to consistently start tasks successfully", "tasks failed to start"]],
        "Tasks of the deployment failed to start{breaker}, and nothing that could be read says why",
        "Look at the stopped tasks in the ECS console: ECS keeps them for about an hour",
    ),
];
