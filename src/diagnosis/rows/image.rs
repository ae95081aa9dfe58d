//! Images that can't be pulled, or can't run here.

use super::patterns::NO_ROUTE;
use crate::diagnosis::row::Row;

const PULL: &[&str] =
    &["cannotpull", "cannot pull", "can't pull", "failed to resolve ref", "pull image manifest"];

const EXEC_FORMAT_ERROR: Row = Row::start(
    &[&["exec format error"]],
    "{image|the image} is built for a different CPU than the task's (exec format error)",
    "Build it for the task's CPU, or set runtimePlatform in the task definition to the image's",
)
.not_retryable_if_repeated();

/// The one cause that a container's log can show too: the kernel refused its program.
pub(super) const OTHER_CPU: &[Row] = &[EXEC_FORMAT_ERROR];

pub(super) const IMAGE: &[Row] = &[
    Row::start(
        &[&[
            "does not contain descriptor matching platform",
            "no matching manifest for",
            "no match for platform",
        ]],
        "{image|the image} is not built for {platform|the task's platform}",
        "Build it for {platform|that platform}, or set runtimePlatform in the task definition \
         to the image's",
    )
    .not_retryable(),
    EXEC_FORMAT_ERROR,
    Row::start(
        &[&["failed to normalize image reference", "invalid reference"]],
        "{image|the image} of the task definition is not a valid reference",
        "Correct `image` in the task definition: a tag may be empty, or a placeholder left over",
    )
    .not_retryable(),
    Row::start(
        &[&["toomanyrequests", "too many requests", "pull rate limit"]],
        "The registry allows no more pulls of {image|the image} for now: its rate limit is reached",
        "Sign in to the registry with repositoryCredentials, or pull through an ECR \
         pull-through cache",
    ),
    Row::start(
        &[&["no space left on device"]],
        "The disk of the task is full",
        "Raise ephemeralStorage (Fargate) or enlarge the instance's disk (EC2), or make the image \
         smaller",
    ),
    Row::start(
        &[&["httpreaderseeker", "httpreadseeker"]],
        "A layer of {image|the image} could not be downloaded from where the registry stores it \
         (for ECR: Amazon S3)",
        "Check the route to Amazon S3: the gateway endpoint, its policy and its route table",
    ),
    Row::start(
        &[
            PULL,
            &[
                "500 internal server error",
                "502 bad gateway",
                "503 service unavailable",
                "504 gateway",
                "connection reset",
            ],
        ],
        "The registry of {image|the image} did not answer as it should",
        "Deploy again; if it happens again, look at the status page of the registry",
    ),
    Row::start(
        &[PULL, NO_ROUTE],
        "The task can't reach the registry of {image|the image}",
        "Give its subnets a route there: a public IP address, a NAT gateway, or for ECR the \
         endpoints ecr.api, ecr.dkr and S3; and allow outbound traffic on port 443 in its security groups",
    ),
    Row::start(
        &[&["pull access denied"]],
        "The task is not allowed to pull {image|the image}, or its repository does not exist",
        "Check the repository's name; then let the execution role (Fargate) or the instance role \
         (EC2) pull from it",
    )
    .not_retryable(),
    Row::start(
        &[
            PULL,
            &[
                "403 forbidden",
                "has the permissions",
                "not authorized to perform",
                "accessdenied",
                "no basic auth credentials",
                "unauthorized",
            ],
        ],
        "{role|the task} is not allowed to pull {image|the image}",
        "Grant the execution role (Fargate) or the instance role (EC2) \
         ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer; a \
         repository of another account needs a policy too",
    )
    .not_retryable(),
    Row::start(
        &[PULL, &["not found", "manifest unknown", "name unknown", "does not exist"]],
        "{image|the image} is not in its registry",
        "Push it, or deploy a version that is there; a lifecycle policy may have deleted or \
         archived it",
    )
    .not_retryable(),
    Row::start(
        &[&["failed to resolve ref"]],
        "The registry does not know {image|the image}",
        "Check that the tag is in the repository, and that the repository and the Region are correct",
    )
    .not_retryable_if_repeated(),
    Row::start(
        &[&["cannotpull", "cannot pull", "can't pull"]],
        "{image|the image} could not be pulled: {text}",
        "Check that it is in its registry and that the task can reach and read it",
    ),
];
