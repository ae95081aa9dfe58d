//! Health checks that fail.

use crate::diagnosis::row::{Rank, Row};

const UNHEALTHY: &[&str] = &["is unhealthy in", "target."];

pub(super) const HEALTH: &[Row] = &[
    Row::health_detail(
        &[UNHEALTHY, &["request timed out", "target.timeout"]],
        "The health check of {target group|the target group}{port} gets no answer",
        "Check that the application listens on that port on 0.0.0.0, that the tasks' security \
         group lets the load balancer in, and that healthCheckGracePeriodSeconds is long enough",
    ),
    Row::health_detail(
        &[UNHEALTHY, &["these codes", "responsecodemismatch"]],
        "The health check of {target group|the target group}{port} is answered with {codes|an unexpected code}",
        "Correct the path or the accepted codes of the health check, or what the application \
         answers there",
    ),
    Row::health_detail(
        &[UNHEALTHY, &["health checks failed", "failedhealthchecks"]],
        "The health check of {target group|the target group}{port} can't connect or gets no valid answer",
        "Check path and port of the health check, the tasks' security group, and that \
         healthCheckGracePeriodSeconds is long enough",
    ),
    Row::health_detail(
        &[&["elb.internalerror"]],
        "The load balancer reports an internal error for {target group|the target group}",
        "Deploy again; if it happens again, ask AWS Support",
    ),
    Row::health_detail(
        &[&["is unhealthy in", "target.ipunusable", "target.invalidstate"]],
        "The load balancer finds the tasks unhealthy in {target group|the target group}{port}: \
         {reason|it gives no reason}",
        "Check path and port of the health check, and the tasks' security group",
    ),
    Row::says(
        Rank::Health,
        &[&["failed elb health checks"]],
        "The tasks fail the load balancer's health checks in {target group|the target group}",
        "Check path, port and accepted codes of the health check, the tasks' security group, and \
         that healthCheckGracePeriodSeconds is long enough",
    ),
    Row::says(
        Rank::Health,
        &[&["failed container health checks"]],
        "The tasks fail the health check of their container",
        "Check that the command of healthCheck exists in the image and answers within its \
         timeout, and that startPeriod is long enough",
    ),
];
