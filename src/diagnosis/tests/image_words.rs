//! ECS's words for images that can't be pulled or can't run.

use crate::diagnosis::stop_kind::Retryable::{self, Maybe, No, NoIfRepeated};

/// What ECS says, what we say, and whether a further attempt could end differently.
pub(super) const WORDS: &[(&str, &str, Retryable)] = &[
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): image \
             Manifest does not contain descriptor matching platform 'linux/arm64'",
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 is not built for \
             linux/arm64",
        No,
    ),
    (
        "CannotPullContainerError: Error response from daemon: no matching manifest for \
             linux/arm64/v8 in the manifest list entries",
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 is not built for \
             linux/arm64/v8",
        No,
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to unpack: no \
             match for platform in manifest: not found",
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 is not built for \
             the task's platform",
        No,
    ),
    (
        "CannotStartContainerError: Error response from daemon: failed to create task for \
             container: OCI runtime create failed: runc create failed: unable to start container \
             process: exec: \"/app/serve\": exec format error: unknown",
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 is built for a different CPU than the task's (exec format error)",
        NoIfRepeated,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to \
             resolve ref web:: failed to normalize image reference \"web:\": invalid reference \
             format",
        "The image web: of the task definition is not a valid reference",
        No,
    ),
    (
        "CannotPullContainerError: inspect image has been retried 5 time(s): \
             httpReaderSeeker: failed open: unexpected status code \
             docker.io/library/nginx/manifests/1: 429 Too Many Requests - Server message: \
             toomanyrequests: You have reached your pull rate limit.",
        "The registry allows no more pulls of the image \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 for now: its rate limit is \
             reached",
        Maybe,
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract \
             layer sha256:0a: write /usr/lib/x.so: no space left on device: unknown",
        "The disk of the task is full",
        Maybe,
    ),
    (
        "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: \
             httpReaderSeeker: failed open: failed to do request: Get \"https://layers\": dial tcp \
             10.1.2.3:443: i/o timeout",
        "A layer of the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 could \
             not be downloaded from where the registry stores it (for ECR: Amazon S3)",
        Maybe,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 3 time(s): failed to \
             resolve ref web:1: unexpected status from HEAD request: 503 Service Unavailable",
        "The registry of the image web:1 did not answer as it should",
        Maybe,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to \
             resolve ref 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2: failed to do \
             request: Head \"https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/v2/\": dial \
             tcp 10.0.3.17:443: i/o timeout",
        "The task can't reach the registry of the image \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2",
        Maybe,
    ),
    (
        "CannotPullContainerError: The task cannot pull 'web:1.4.2' from the Amazon ECR \
             repository '123456789012.dkr.ecr.eu-central-1.amazonaws.com/web'. There is a \
             connection issue between the task and Amazon ECR. Check your task network \
             configuration.",
        "The task can't reach the registry of the image web:1.4.2",
        Maybe,
    ),
    (
        "CannotPullContainerError: Error response from daemon: Get \"https://registry/v2/\": \
             net/http: request canceled while waiting for connection (Client.Timeout exceeded \
             while awaiting headers)",
        "The task can't reach the registry of the image \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2",
        Maybe,
    ),
    (
        "CannotPullContainerError: Error response from daemon: pull access denied for \
             acme/web, repository does not exist or may require 'docker login'",
        "The task is not allowed to pull the image acme/web, or its repository does not exist",
        No,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to \
             resolve ref 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2: pulling from \
             host failed with status code [manifests 1.4.2]: 403 Forbidden",
        "The task is not allowed to pull the image \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2",
        No,
    ),
    (
        "CannotPullContainerError: The task can't pull the image 'web:1.4.2' from Amazon \
             Elastic Container Registry using the task execution role \
             'arn:aws:iam::123456789012:role/web-execution'. Check that the role has the \
             permissions to pull images from the registry.",
        "The role web-execution is not allowed to pull the image web:1.4.2",
        No,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to \
             resolve ref 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.3: \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.3: not found",
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.3 is not in its \
             registry",
        No,
    ),
    (
        "CannotPullContainerError: Error response from daemon: manifest for acme/web:1.4.3 \
             not found: manifest unknown: Requested image not found",
        "The image acme/web:1.4.3 is not in its registry",
        No,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 2 time(s): failed to \
             resolve ref acme/web:1.4.3",
        "The registry does not know the image acme/web:1.4.3",
        NoIfRepeated,
    ),
    (
        "CannotPullContainerError: something new.",
        "The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 could not be \
             pulled: CannotPullContainerError: something new",
        Maybe,
    ),
];
