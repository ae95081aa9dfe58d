//! Secrets, parameters and registry credentials that a task can't get.

use super::{DENIED, NO_ROUTE};
use crate::diagnosis::row::{Rank, Row};

const SIGN_IN: &[&str] = &["ecr registry auth", "registry auth from ecr"];

const SECRET: &[&str] =
    &["unable to pull secrets", "the secret", "fetch secret", "from ssm", "from asm"];

const fn row(
    when: &'static [&'static [&'static str]],
    cause: &'static str,
    next: &'static str,
) -> Row {
    Row::says(Rank::Start, when, cause, next)
}

pub(super) const SECRETS: &[Row] = &[
    row(
        &[SIGN_IN, NO_ROUTE],
        "The task can't reach Amazon ECR to sign in",
        "Give its subnets a way there: a public IP address, a NAT gateway, or the endpoints \
         ecr.api, ecr.dkr and S3; and let its security groups out on port 443",
    ),
    row(
        &[SIGN_IN, DENIED],
        "{role|the execution role} may not sign in to Amazon ECR",
        "Grant it ecr:GetAuthorizationToken",
    )
    .never_heals(),
    row(
        &[SECRET, NO_ROUTE],
        "The task can't reach {store|Secrets Manager or Systems Manager} to read \
         {secret|its secrets}",
        "Give its subnets a way there: a public IP address, a NAT gateway, or the endpoints \
         secretsmanager, ssm and kms; and let its security groups out on port 443",
    ),
    row(
        &[SECRET, DENIED, &["kms"]],
        "{role|the execution role} may not decrypt {secret|a secret of the task definition}",
        "Grant it kms:Decrypt on the key, and let the key's policy allow it",
    )
    .never_heals(),
    row(
        &[SECRET, DENIED],
        "{role|the execution role} may not read {secret|a secret of the task definition}",
        "Grant it {permission|secretsmanager:GetSecretValue or ssm:GetParameters}, and \
         kms:Decrypt where a key of your own encrypts it",
    )
    .never_heals(),
    row(
        &[&["did not contain json key"]],
        "{secret|a secret of the task definition} has no JSON key {key|of the name asked for}",
        "Correct the key in valueFrom, or add it to the secret",
    )
    .never_heals(),
    row(
        &[SECRET, &["invalid character"]],
        "{secret|a secret of the task definition} is not JSON, but valueFrom asks for one of its \
         keys",
        "Remove the key from valueFrom, or make the secret a JSON object",
    )
    .never_heals(),
    row(
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
    .never_heals(),
    row(
        &[&["unable to pull secrets or registry auth", "can't retrieve the secret"]],
        "The task can't get its secrets or its registry's credentials: {text}",
        "Check the execution role, valueFrom, and the way from its subnets to AWS",
    ),
];
