//! Why a call was never sent: no credentials, nobody there, a proxy in between.
//!
//! Each has a sentence of its own: only a network that fails for no reason to be seen is
//! called a passing fault.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::credentials::Unusable;
use super::error::{CallError, Cause};
use crate::http::{Obstacle, Unreached, innermost, sources};
use crate::names::Region;

/// What `error`, which is that of a call without an answer, means.
pub(super) fn unsent(action: &'static str, error: &(dyn Error + 'static)) -> CallError {
    let (cause, message, hint) = match (find::<CredentialsError>(error), find::<Unreached>(error)) {
        (_, Some(unreached)) => (Cause::Unclear, unreached.to_string(), next(unreached)),
        // The provider may answer the next time.
        (Some(CredentialsError::ProviderTimedOut(_)) | None, None) => {
            (Cause::Unclear, innermost(error), None)
        }
        (Some(why), None) => {
            let (message, hint) = without_credentials(why);
            (Cause::Credentials, message, hint)
        }
    };
    CallError { action, cause, code: None, message, hint }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    sources(error).find_map(|it| it.downcast_ref())
}

/// Why there are no credentials, and the next move where it is not the usual one.
fn without_credentials(error: &CredentialsError) -> (String, Option<String>) {
    if let Some(Unusable(problem)) = find(error) {
        return (problem.message.clone(), problem.hint.clone());
    }
    if let CredentialsError::CredentialsNotLoaded(_) = error {
        // The SDK tells of every place that it looked at.
        return ("there are no AWS credentials".to_owned(), None);
    }
    if let Some(refused) = refused::<AssumeRoleWithWebIdentityError>(error) {
        let hint = "Check AWS_ROLE_ARN, that the role's trust policy allows this repository (`sub`) and the audience, and that the token has not expired.";
        return (format!("sts:AssumeRoleWithWebIdentity failed: {refused}"), Some(hint.to_owned()));
    }
    if let Some(refused) = refused::<AssumeRoleError>(error) {
        let hint =
            "Check the profile's `role_arn`, and that the role's trust policy allows the caller.";
        return (format!("sts:AssumeRole failed: {refused}"), Some(hint.to_owned()));
    }
    let hint = "Check where they come from: AWS_WEB_IDENTITY_TOKEN_FILE, the profile, its credential process or the \
                machine.";
    let why = match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::NotFound) => "a file that they are read from does not exist".to_owned(),
        // What a credential process printed may be a secret.
        _ => innermost(error).split(" Stderr: ").next().unwrap_or_default().to_owned(),
    };
    (format!("could not get AWS credentials: {why}"), Some(hint.to_owned()))
}

/// What STS answered in place of credentials.
fn refused<E>(error: &CredentialsError) -> Option<String>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let SdkError::ServiceError(answer) = find::<SdkError<E, HttpResponse>>(error)? else {
        return None;
    };
    let code = answer.err().code().unwrap_or("no code");
    Some(format!("{code}: {}", answer.err().message().unwrap_or("STS gives no reason")))
}

/// The next move where nobody was reached; `None` where it may just have been bad luck.
fn next(unreached: &Unreached) -> Option<String> {
    let host = unreached.host.as_str();
    let region = region_of(host).and_then(|region| Some((region.nearest_known()?, region)));
    let region =
        region.map(|(nearest, region)| format!("Is {region} a Region? Nearest: {nearest}."));
    let hint = match &unreached.proxy {
        _ if unreached.obstacle == Obstacle::Certificate => format!(
            "This machine does not trust the certificate of {host}: install ca-certificates, or set SSL_CERT_FILE to a file that has the right authority."
        ),
        Some(proxy) => format!(
            "HTTPS_PROXY or ALL_PROXY sends the call through {proxy}: check that it runs and lets {host} through, or add the host to NO_PROXY."
        ),
        None if region.is_some() => String::new(),
        None if !is_aws(host) => format!(
            "AWS_ENDPOINT_URL or `endpoint_url` sends the call to {host}: check that something listens there."
        ),
        None if unreached.obstacle == Obstacle::Name => {
            "Check that this machine can resolve host names, and run the step again.".to_owned()
        }
        None => return None,
    };
    let both: Vec<String> = region.into_iter().chain([hint]).filter(|it| !it.is_empty()).collect();
    Some(both.join(" "))
}

fn is_aws(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or_default();
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"]
        .iter()
        .any(|suffix| host.ends_with(suffix))
}

/// The Region in the name of one of AWS's hosts: `ecs.eu-central-1.amazonaws.com`.
fn region_of(host: &str) -> Option<Region> {
    let is_numbered = |label: &&str| label.ends_with(|c: char| c.is_ascii_digit());
    let label = host.split('.').skip(1).find(|label| is_numbered(label) && label.contains('-'))?;
    label.parse().ok().filter(|_| is_aws(host))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::provider::error::CredentialsError;
    use aws_sdk_ecs::operation::update_service::UpdateServiceError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    /// A call that failed before there was an answer.
    fn undispatched(source: impl Into<Box<dyn Error + Send + Sync>>) -> CallError {
        let error = ConnectorError::other(source.into(), None);
        let error: SdkError<UpdateServiceError, HttpResponse> = SdkError::dispatch_failure(error);
        unsent("ecs:UpdateService", &error)
    }

    #[test]
    fn missing_credentials_are_told_by_their_type_and_not_by_words() {
        let cases = [
            (undispatched(CredentialsError::not_loaded_no_source()), Cause::Credentials),
            (undispatched(CredentialsError::provider_error("refused")), Cause::Credentials),
            (
                undispatched(CredentialsError::provider_timed_out(Duration::from_secs(5))),
                Cause::Unclear,
            ),
            (
                undispatched(io::Error::other("the proxy wants credentials: connection closed")),
                Cause::Unclear,
            ),
        ];
        for (error, cause) in cases {
            assert_eq!(error.cause, cause, "{error}");
        }
    }

    #[test]
    fn whoever_was_not_reached_is_named_with_the_next_move() {
        let unreached = |host: &str, proxy: Option<&str>, obstacle| {
            let why = io::Error::other("no way");
            let unreached = Unreached::new(host, proxy, obstacle, why);
            let error = undispatched(unreached);
            assert_eq!(error.cause, Cause::Unclear);
            error.problem("web1").to_string()
        };
        use Obstacle::{Certificate, Name, Other};
        let ecs = "ecs.eu-central-1.amazonaws.com";
        let cases = [
            (unreached(ecs, None, Other), "temporary problem"),
            (unreached(ecs, None, Name), "can resolve host names"),
            (
                unreached("ecs.eu-cental-1.amazonaws.com", None, Name),
                "Is eu-cental-1 a Region? Nearest: eu-central-1.",
            ),
            (unreached("api.ecr.us-eats-1.amazonaws.com", None, Name), "Nearest: us-east-1."),
            (
                unreached(ecs, Some("proxy.example:3128"), Other),
                "through proxy.example:3128: check that it runs and lets ecs.eu-central-1.amazonaws.com through",
            ),
            (
                unreached("localhost:4566", None, Other),
                "AWS_ENDPOINT_URL or `endpoint_url` sends the call to localhost:4566",
            ),
            (unreached(ecs, Some("proxy.example:3128"), Certificate), "set SSL_CERT_FILE"),
        ];
        for (told, expected) in cases {
            assert!(told.contains(expected), "{told}");
            assert!(told.contains("no way"), "{told}");
            assert_eq!(
                told.contains("temporary problem"),
                expected == "temporary problem",
                "{told}"
            );
        }
    }
}
