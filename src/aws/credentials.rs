//! Credentials, wherever the SDK finds them: held to what a request can carry, and
//! where there are none, with the reason that the SDK keeps to itself.

use std::error::Error;
use std::fmt;

use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, Result, SharedCredentialsProvider, future,
};

use crate::problem::Problem;

/// A provider of the SDK's, and the profiles that it may read.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) inner: SharedCredentialsProvider,
    pub(super) profiles: Option<ProfileSet>,
}

/// Why there are no credentials that could be used, in words for people.
#[derive(Debug)]
pub(super) struct Unusable(pub(super) Problem);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Unusable {}

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            match self.inner.provide_credentials().await {
                Ok(credentials) => sendable(credentials),
                Err(
                    error @ (CredentialsError::CredentialsNotLoaded(_)
                    | CredentialsError::InvalidConfiguration(_)),
                ) => Err(match self.profiles.as_ref().and_then(why) {
                    Some(problem) => CredentialsError::invalid_configuration(Unusable(problem)),
                    None => error,
                }),
                Err(error) => Err(error),
            }
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

/// The same credentials without the white space around them, which secrets are often
/// pasted with. The SDK panics where a header can't hold one.
fn sendable(credentials: Credentials) -> Result {
    let (key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
    let token = credentials.session_token();
    for (what, value) in
        [("access key", Some(key)), ("secret key", Some(secret)), ("session token", token)]
    {
        if value.is_some_and(|value| !value.trim().bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(CredentialsError::invalid_configuration(Unusable(
                Problem::new(format!(
                    "the {what} of these credentials has an invalid character, such as a line break"
                ))
                .hint("Check where the credentials come from: a profile, a credential process or the machine."),
            )));
        }
    }
    if [Some(key), Some(secret), token].into_iter().flatten().all(|value| value == value.trim()) {
        return Ok(credentials);
    }
    let mut trimmed = Credentials::builder()
        .access_key_id(key.trim())
        .secret_access_key(secret.trim())
        .provider_name("trimmed");
    trimmed.set_session_token(token.map(|token| token.trim().to_owned()));
    trimmed.set_expiry(credentials.expiry());
    trimmed.set_account_id(credentials.account_id().cloned());
    Ok(trimmed.build())
}

/// What is wrong with the selected profile, if it is the reason.
fn why(profiles: &ProfileSet) -> Option<Problem> {
    let name = profiles.selected_profile();
    let Some(profile) = profiles.get_profile(name) else {
        return (name != "default").then(|| {
            let there = profiles.profiles().collect::<Vec<_>>().join(", ");
            let there = if there.is_empty() { "There are no profiles".to_owned() } else { format!("The profiles are: {there}") };
            Problem::new(format!("AWS_PROFILE names the profile `{name}`, which does not exist, and there are no other AWS credentials"))
                .hint(format!("{there}. Set AWS_PROFILE to a profile in ~/.aws/config, or unset it and run aws-actions/configure-aws-credentials before this step."))
        });
    };
    let asks_a_person = ["sso_session", "sso_start_url", "sso_account_id", "login_session"];
    asks_a_person
        .into_iter()
        .find(|key| profile.get(key).is_some())
        .map(|key| needs_a_person(profile, key))
}

fn needs_a_person(profile: &Profile, key: &str) -> Problem {
    Problem::new(format!(
        "the profile `{}` signs in through a browser (`{key}`), which a workflow cannot do",
        profile.name()
    ))
    .hint("Run aws-actions/configure-aws-credentials with a role before this step, or use a profile with a role or keys.")
}
