//! What ECS gives as the reason of a service deployment's end.

use super::patterns::DENIED;
use crate::diagnosis::row::Row;

const HOOK: &[&str] = &["lifecycle hook"];

const NETWORKING: &[&str] = &["networking configuration", "load balancer", "listener rule"];

pub(super) const DEPLOYMENT: &[Row] = &[
    Row::decisive(
        &[HOOK, &["unable to parse the response"]],
        "ECS does not understand what {hook|a lifecycle hook} returned{stage}",
        "Make it return an object whose hookStatus is SUCCEEDED, FAILED or IN_PROGRESS",
    ),
    Row::decisive(
        &[HOOK, &["unable to assume"]],
        "ECS can't assume the role of {hook|a lifecycle hook}{stage}",
        "Check that the role exists and that its trust policy names ecs.amazonaws.com",
    ),
    Row::decisive(
        &[HOOK, &["unable to invoke"]],
        "ECS could not invoke {hook|a lifecycle hook}{stage}",
        "Check that the function exists and that the hook's role has lambda:InvokeFunction on it",
    ),
    Row::decisive(
        &[HOOK, &["timed out", "timed_out", "timeout"]],
        "{hook|a lifecycle hook} did not finish in time{stage}",
        "Read its log; raise timeoutConfiguration if it needs longer",
    ),
    Row::decisive(
        &[HOOK],
        "{hook|a lifecycle hook} failed{stage}",
        "Read the log of the hook's function: it decided that the deployment must not continue",
    ),
    Row::decisive(
        &[NETWORKING, DENIED],
        "The infrastructure role is not allowed to change the load balancer: {text}",
        "Give the role in loadBalancers the policy for load balancers from the ECS documentation",
    ),
    Row::decisive(
        &[&["must be associated with the productionlistenerrule"]],
        "Target groups and listener rules do not match: both target groups must be in the \
         production or the test listener rule",
        "Add targetGroup and alternateTargetGroup to the listener rule, one of them with weight 0",
    ),
    Row::decisive(
        &[&["one or more rules not found"]],
        "A listener rule that the service names does not exist",
        "Correct productionListenerRule and testListenerRule in loadBalancers of the service",
    ),
    Row::decisive(
        &[&["invalid networking configuration"]],
        "ECS rejects the load balancer configuration of the service: {text}",
        "Compare loadBalancers of the service with its target groups and listener rules",
    ),
    Row::decisive(
        &[&["replaced by a new service deployment"]],
        "Another deployment of the service replaced this one",
        "If that was a rollback, there is nothing to do; two deployments are kept apart by a `concurrency` group in the workflow",
    ),
    Row::general(
        &[&["no rollback candidate"]],
        "The deployment failed, and there is no earlier revision to return to",
        "Look at the stopped tasks in the ECS console, and deploy a version that works",
    ),
    Row::general(
        &[&["circuit breaker"]],
        "ECS's circuit breaker gave up{breaker}, and nothing that could be read says why",
        "Look at the stopped tasks in the ECS console: ECS keeps them for about an hour",
    ),
    Row::general(
        &[&["alarm"]],
        "An alarm of the service went off during the deployment",
        "Look at the alarms in deploymentConfiguration.alarms of the service",
    ),
];
