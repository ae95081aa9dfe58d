//! Secrets, parameters and registry credentials that a task can't get.

use super::patterns::{DENIED, NO_ROUTE};
use crate::diagnosis::row::Row;

const SIGN_IN: &[&str] = &["ecr registry auth", "registry auth from ecr"];

const SECRET: &[&str] =
    &["unable to pull secrets", "the secret", "fetch secret", "from ssm", "from asm"];

pub(super) const SECRETS: &[Row] = &[
    Row::start(
        &[SIGN_IN, NO_ROUTE],
        "The task can't reach Amazon ECR to sign in",
        "Give its subnets a route there: a public IP address, a NAT gateway, or the endpoints \
         ecr.api, ecr.dkr and S3; and allow outbound traffic on port 443 in its security groups",
    ),
    Row::start(
        &[SIGN_IN, DENIED],
        "{role|the execution role} is not allowed to sign in to Amazon ECR",
        "Grant it ecr:GetAuthorizationToken",
    )
    .not_retryable(),
    Row::start(
        &[SECRET, NO_ROUTE],
        "The task can't reach {store|Secrets Manager or Systems Manager} to read \
         {secret|its secrets}",
        "Give its subnets a route there: a public IP address, a NAT gateway, or the endpoints \
         secretsmanager, ssm and kms; and allow outbound traffic on port 443 in its security groups",
    ),
    Row::start(
        &[SECRET, DENIED, &["kms"]],
        "{role|the execution role} is not allowed to decrypt {secret|a secret of the task definition}",
        "Grant it kms:Decrypt on the key, and allow that in the key's policy",
    )
    .not_retryable(),
    Row::start(
        &[SECRET, DENIED],
        "{role|the execution role} is not allowed to read {secret|a secret of the task definition}",
        "Grant it {permission|secretsmanager:GetSecretValue or ssm:GetParameters}, and kms:Decrypt if your own key encrypts it",
    )
    .not_retryable(),
    Row::start(
        &[&["did not contain json key"]],
        "{secret|a secret of the task definition} lacks the JSON key {key|that valueFrom names}",
        "Correct the key in valueFrom, or add it to the secret",
    )
    .not_retryable(),
    Row::start(
        &[SECRET, &["invalid character"]],
        "{secret|a secret of the task definition} is not JSON, but valueFrom asks for one of its \
         keys",
        "Remove the key from valueFrom, or make the secret a JSON object",
    )
    .not_retryable(),
    Row::start(
        &[
            SECRET,
            &[
                "resourcenotfound",
                "invalid ssm parameters",
                "parameternotfound",
                "can't find the specified secret",
                "check that the secret",
            ],
        ],
        "{secret|a secret of the task definition} does not exist",
        "Correct valueFrom in the task definition, or create it in the Region of the service",
    )
    .not_retryable(),
    Row::start(
        &[&["unable to pull secrets or registry auth", "can't retrieve the secret"]],
        "The task can't get its secrets or its registry's credentials: {text}",
        "Check the execution role, valueFrom, and the route from its subnets to AWS",
    ),
];
