//! AWS STS: whose credentials sign a request, and no credentials for a web identity.

use serde_json::{Value, json};

use crate::wire::AwsError;
use crate::world::Caller;

/// Carries an operation out; `None` if there is no such operation here.
pub(crate) fn answer(operation: &str, caller: &Caller) -> Option<Result<Value, AwsError>> {
    Some(match operation {
        "GetCallerIdentity" => Ok(json!({
            "Arn": format!("arn:aws:sts::{}:assumed-role/deployer/session", caller.account),
            "UserId": "AROAEXAMPLE:session",
            "Account": caller.account,
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
