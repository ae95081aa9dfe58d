//! AWS STS: whose credentials sign a request, and no credentials for a web identity.

use serde_json::json;

use crate::wire::{Answered, AwsError};
use crate::world::ACCOUNT;

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(operation: &str) -> Option<Answered> {
    Some(match operation {
        "GetCallerIdentity" => Ok(json!({
            "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session"),
            "UserId": "AROAEXAMPLE:session",
            "Account": ACCOUNT,
        })),
        // No trust policy is played.
        "AssumeRoleWithWebIdentity" => Err(AwsError {
            status: 403,
            code: "AccessDenied",
            message: "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned(),
        }),
        _ => return None,
    })
}
