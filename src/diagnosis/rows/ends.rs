//! How tasks end: by no fault of the new version, or by a process that ended.

use crate::diagnosis::row::{Rank, Row};

/// Ends that say nothing about the deployment.
pub(super) const OUTSIDE: &[Row] = &[
    Row::says(
        Rank::Normal,
        &[&["scaling activity initiated by"]],
        "ECS replaced a task",
        "There is nothing to do",
    )
    .ordinary(),
    Row::says(
        Rank::Outside,
        &[&["spot task was interrupted", "spot interruption"]],
        SPOT,
        SPOT_NEXT,
    )
    .ordinary(),
    Row::says(
        Rank::Outside,
        &[&["host ec2 (instance", "fargate"], &["terminated", "retirement", "retired"]],
        HOST,
        HOST_NEXT,
    )
    .ordinary(),
    Row::says(Rank::Outside, &[&["task stopped by user"]], USER, USER_NEXT).ordinary(),
    Row::stop_code(Rank::Outside, "SpotInterruption", SPOT, SPOT_NEXT).ordinary(),
    Row::stop_code(Rank::Outside, "TerminationNotice", HOST, HOST_NEXT).ordinary(),
    Row::stop_code(Rank::Outside, "InfrastructureHealth", HOST, HOST_NEXT).ordinary(),
    Row::stop_code(Rank::Outside, "UserInitiated", USER, USER_NEXT).ordinary(),
];

const SPOT: &str = "AWS took back the Spot capacity that the tasks ran on";
const SPOT_NEXT: &str =
    "Deploy again; if it happens often, run a base of tasks on capacity that is not Spot";
const HOST: &str = "The host that the tasks ran on went away";
const HOST_NEXT: &str = "Deploy again";
const USER: &str = "Somebody stopped the tasks by hand or through the API";
const USER_NEXT: &str = "Look for StopTask in CloudTrail to see who did";

/// Processes that ended, from what tells most to what tells least.
pub(super) const ENDS: &[Row] = &[
    Row::says(
        Rank::Exit,
        &[&["outofmemory"]],
        "{container|a container} ran out of memory and was killed",
        "Raise the memory of the container or of the task, or find what uses it",
    ),
    Row::exit(
        0,
        "{container|a container} exited by itself, without an error",
        "Make it run a server in the foreground, or set essential to false if it is meant to exit",
    ),
    Row::exit(
        126,
        "The command of {container|a container} can't be executed (exit code 126)",
        "Correct entryPoint or command, and make the file executable in the image",
    ),
    Row::exit(
        127,
        "The command of {container|a container} was not found (exit code 127)",
        "Correct entryPoint or command: the program has to be in the image and on its PATH",
    ),
    Row::exit(
        137,
        "{container|a container} was killed (exit code 137, SIGKILL)",
        "Check its memory first: ECS itself kills a container only after stopTimeout",
    ),
    Row::exit(
        139,
        "{container|a container} crashed with a segmentation fault (exit code 139)",
        "Check that the native libraries in the image match its CPU and its C library. \
         {log|Then read its log}",
    ),
    Row::exit(
        143,
        "{container|a container} was terminated by SIGTERM (exit code 143)",
        "Find out what sent it: ECS did not stop the task. {log|Then read its log}",
    ),
    Row::any_exit("{container|a container} exited with code {exit code}", "{log|Read its log}"),
    Row::stop_code(
        Rank::Unexplained,
        "EssentialContainerExited",
        "{container|an essential container} exited, and ECS does not say how",
        "{log|Read its log}",
    ),
    Row::stop_code(
        Rank::Unexplained,
        "TaskFailedToStart",
        "ECS could not start a task: {text|it gives no reason}",
        "Compare that with the task definition and the network of the service",
    ),
];
