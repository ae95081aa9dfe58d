//! ECS's words for what happens to a service.

/// What the event says, and what we say.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements. The closest matching (container-instance 0a1b) is already using a port \
         required by your task.",
        "Every container instance already uses a host port that the task needs",
    ),
    (
        "(service web) was unable to place a task. Reason: RESOURCE:PORTS.",
        "Every container instance already uses a host port that the task needs",
    ),
    (
        "(service web) was unable to place a task. Reason: You've reached the limit on the number \
         of vCPUs you can run concurrently.",
        "A quota of the account for running tasks or vCPUs is reached",
    ),
    (
        "(service web) was unable to place a task. Reason: You've reached the limit on the number \
         of tasks you can run concurrently.",
        "A quota of the account for running tasks or vCPUs is reached",
    ),
    (
        "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. \
         Please try again later or in a different availability zone.",
        "AWS has no capacity for the task in its Availability Zones at this time",
    ),
    (
        "(service web) was unable to place a task. Reason: the tasks provisioning capacity limit \
         was exceeded.",
        "Too many tasks wait for capacity: the limit on tasks in PROVISIONING is reached",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements. The closest matching (container-instance 0a1b) has insufficient CPU units \
         available.",
        "No container instance has enough free CPU for the task",
    ),
    (
        "(service web) was unable to place a task. Reason: RESOURCE:CPU.",
        "No container instance has enough free CPU for the task",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements. The closest matching (container-instance 0a1b) has insufficient memory \
         available.",
        "No container instance has enough free memory for the task",
    ),
    (
        "(service web) was unable to place a task. Reason: RESOURCE:MEMORY.",
        "No container instance has enough free memory for the task",
    ),
    (
        "(service web) was unable to place a task. Reason: RESOURCE:ENI.",
        "No container instance has a network interface left for the task",
    ),
    (
        "(service web) was unable to place a task. Reason: RESOURCE:GPU.",
        "No container instance has enough free GPUs for the task",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements. The closest matching (container-instance 0a1b) encountered error \"AGENT\".",
        "The ECS agent of the container instances is not connected",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements. The closest matching (container-instance 0a1b) is missing an attribute \
         required by your task.",
        "No container instance has an attribute that the task definition requires",
    ),
    (
        "(service web) was unable to place a task. Reason: MemberOf placement constraint \
         unsatisfied.",
        "No container instance meets the placement constraint of the task",
    ),
    (
        "(service web) was unable to place a task. Reason: LOCATION.",
        "The container instances are in another account or Region, or not in the subnets' \
         Availability Zones",
    ),
    (
        "(service web) was unable to place a task. Reason: EMPTY CAPACITY PROVIDER.",
        "The capacity provider has no instances",
    ),
    (
        "(service web) was unable to place a task. Reason: NO ACTIVE INSTANCES.",
        "The cluster has no active container instances",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements. Reason: No Container Instances were found in your cluster.",
        "The cluster has no active container instances",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its \
         requirements.",
        "ECS could not place a task: no container instance meets its requirements",
    ),
    (
        "(service web) was unable to place a task. Reason: Something new.",
        "ECS could not place a task: Something new",
    ),
    (
        "(service web) was unable to place a task. Reason: ResourceInitializationError: unable to \
         pull secrets or registry auth: from ssm: invalid ssm parameters: /prod/db.",
        "The parameter /prod/db does not exist",
    ),
    (
        "(service web) failed to launch a task with (error ECS was unable to assume the role \
         'arn:aws:iam::123456789012:role/web-task' that was provided for this task.).",
        "ECS can't assume the role web-task",
    ),
    (
        "(service web) was unable to stop or start tasks during a deployment because of the \
         service deployment configuration. Update the minimumHealthyPercent or maximumPercent \
         value and try again.",
        "ECS can neither stop an old task nor start a new one: minimumHealthyPercent and \
         maximumPercent leave no room",
    ),
    (
        "(service web) (target-group \
         arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0a1b) TARGET \
         GROUP IS NOT FOUND",
        "The target group web does not exist",
    ),
    (
        "(service web) was unable to scale in due to (reason 2 tasks under protection)",
        "Old tasks are protected from being stopped, so the deployment can't finish",
    ),
    (
        "(service web) operations are being throttled on elb. Will try again later.",
        "AWS throttles what ECS does for the service: too many calls in this account and Region",
    ),
    (
        "(service web) could not launch 2 tasks for deployment ecs-svc/1.",
        "ECS could not start tasks for the deployment: (service web) could not launch 2 tasks for \
         deployment ecs-svc/1",
    ),
    (
        "(service web) is unable to consistently start tasks successfully.",
        "Tasks of the deployment failed to start, and nothing that could be read says why",
    ),
    (
        "(service web) (port 8080) is unhealthy in (target-group \
         arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0a1b) due to \
         (reason Request timed out).",
        "The health check of the target group web on port 8080 gets no answer",
    ),
    (
        "(service web) (port 8080) is unhealthy in (target-group \
         arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0a1b) due to \
         (reason Health checks failed with these codes: [500]).",
        "The health check of the target group web on port 8080 is answered with 500",
    ),
    (
        "(service web) (port 8080) is unhealthy in (target-group \
         arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0a1b) due to \
         (reason Health checks failed).",
        "The health check of the target group web on port 8080 can't connect or gets no valid answer",
    ),
    (
        "(service web) (task 0a1b) failed container health checks.",
        "The tasks fail the health check of their container",
    ),
];
