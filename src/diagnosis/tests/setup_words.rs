//! ECS's words for what has to be there before a container runs.

use crate::diagnosis::stop_kind::Retryable::{self, Maybe, No, NoIfRepeated};

/// What ECS says, what we say, and whether a further attempt could end differently.
pub(super) const WORDS: &[(&str, &str, Retryable)] = &[
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve ecr registry auth: service call has \
             been retried 3 time(s): RequestError: send request failed caused by: Post \
             \"https://api.ecr.eu-central-1.amazonaws.com/\": dial tcp 10.0.0.1:443: i/o timeout",
        "The task can't reach Amazon ECR to sign in",
        Maybe,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve ecr registry auth: service call has \
             been retried 1 time(s): AccessDeniedException: User: \
             arn:aws:sts::123456789012:assumed-role/web-execution/0a1b is not authorized to \
             perform: ecr:GetAuthorizationToken on resource: *",
        "The role web-execution is not allowed to sign in to Amazon ECR",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secrets from ssm: service call has \
             been retried 5 time(s): RequestCanceled: request context canceled caused by: context \
             deadli...",
        "The task can't reach Systems Manager to read its secrets",
        Maybe,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secret from asm: service call has been \
             retried 1 time(s): failed to fetch secret \
             arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf from secrets \
             manager: AccessDeniedException: Access to KMS is not allowed",
        "The execution role is not allowed to decrypt the secret prod/db-AbCdEf",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secret from asm: service call has been \
             retried 1 time(s): failed to fetch secret \
             arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf from secrets \
             manager: AccessDeniedException: User: \
             arn:aws:sts::123456789012:assumed-role/web-execution/0a1b is not authorized to \
             perform: secretsmanager:GetSecretValue on resource: it",
        "The role web-execution is not allowed to read the secret prod/db-AbCdEf",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secret from asm: service call has been \
             retried 1 time(s): retrieved secret from Secrets Manager did not contain json key \
             PASSWORD",
        "A secret of the task definition lacks the JSON key PASSWORD",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secret from asm: service call has been \
             retried 1 time(s): invalid character 'h' looking for beginning of value",
        "A secret of the task definition is not JSON, but valueFrom asks for one of its keys",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secrets from ssm: service call has \
             been retried 1 time(s): invalid ssm parameters: /prod/db",
        "The parameter /prod/db does not exist",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secret from asm: service call has been \
             retried 1 time(s): failed to fetch secret \
             arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf from secrets \
             manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        "The secret prod/db-AbCdEf does not exist",
        No,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: something new",
        "The task can't get its secrets or its registry's credentials: \
             ResourceInitializationError: unable to pull secrets or registry auth: something new",
        Maybe,
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been \
             retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: \
             The specified log group does not exist. : exit status 1",
        "The log group of the task definition does not exist",
        No,
    ),
    (
        "ResourceInitializationError: The task cannot find the Amazon CloudWatch log group \
             '/ecs/web' defined in the task definition.",
        "The log group /ecs/web does not exist",
        No,
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been \
             retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: User: \
             arn:aws:sts::123456789012:assumed-role/web-execution/0a1b is not authorized to \
             perform: logs:CreateLogStream on resource: \
             arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/web:log-stream:web/web/0a1b",
        "The role web-execution is not allowed to write to the log group /ecs/web",
        No,
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been \
             retried 4 times: failed to create Cloudwatch log stream: RequestError: send request \
             failed: dial tcp 10.0.0.1:443: i/o timeout : exit status 1",
        "The task can't reach CloudWatch Logs",
        Maybe,
    ),
    (
        "ResourceInitializationError: failed to validate logger args: unknown log opt 'x'",
        "The log driver could not be set up: ResourceInitializationError: failed to validate \
             logger args: unknown log opt 'x'",
        Maybe,
    ),
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS \
             volumes: stderr: Failed to resolve \"fs-0a1b2c3d.efs.eu-central-1.amazonaws.com\"",
        "The file system fs-0a1b2c3d could not be mounted",
        Maybe,
    ),
    (
        "ResourceInitializationError: mount.nfs4: Connection timed out",
        "The EFS file system could not be mounted",
        Maybe,
    ),
    (
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/web-task' that was \
             provided for this task.",
        "ECS can't assume the role web-task",
        NoIfRepeated,
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface with public IP \
             assignment disabled in subnet 'subnet-0a1b2c': \
             InsufficientFreeAddressesInSubnet",
        "There is no free IP address left in the subnet subnet-0a1b2c",
        Maybe,
    ),
    (
        "Timeout waiting for network interface provisioning to complete.",
        "No network interface could be set up for the task in time",
        Maybe,
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface with public IP \
             assignment enabled in subnet 'subnet-0a1b2c': UnauthorizedOperation",
        "EC2 could not create a network interface in the subnet subnet-0a1b2c",
        Maybe,
    ),
    (
        "CannotStartContainerError: Error response from daemon: OCI runtime create failed: \
             unable to start container process: exec: \"serve\": executable file not found in \
             $PATH: unknown",
        "The command serve is not in the image \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2",
        No,
    ),
    (
        "CannotStartContainerError: Error response from daemon: OCI runtime create failed: \
             unable to start container process: exec: \"/app/serve\": permission denied: unknown",
        "The command /app/serve can't be executed in the image \
             123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2 (permission denied)",
        NoIfRepeated,
    ),
    (
        "ContainerRuntimeTimeoutError: Could not transition to running; timed out after \
             waiting 1m: x",
        "The container web did not start or stop in time: ContainerRuntimeTimeoutError: Could \
             not transition to running; timed out after waiting 1m: x",
        Maybe,
    ),
    (
        "CannotCreateContainerError: API error (500): devmapper: Thin Pool has few free data \
             blocks",
        "The container runtime refused the container web: CannotCreateContainerError: API \
             error (500): devmapper: Thin Pool has few free data blocks",
        Maybe,
    ),
    ("Task failed to start", "ECS could not start a task: Task failed to start", Maybe),
];
