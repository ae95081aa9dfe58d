//! What the SDK reads besides our inputs: variables of the environment and keys of a
//! profile, and whether it can work with what stands there.
//!
//! The SDK drops a value that it does not understand without a word, and some it takes
//! as they are and panics on them. So each is judged before the first client is made.
//! No value is ever shown.

use aws_config::SdkConfig;
use aws_config::profile::ProfileSet;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::ServiceConfigKey;

use crate::problem::Problem;

/// What a value has to be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// Goes into a header as it is.
    Credential,
    /// `http://` or `https://` and a host.
    Address,
    /// `true` or `false`.
    Flag,
    /// A whole number, at least this.
    Count(u32),
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
}

/// Every variable that the SDK reads (aws-config 1.13, aws-runtime 1.10), its key in a
/// profile where it has one, and what it holds. Those of endpoints are [`ENDPOINT`] and
/// that with the name of a service behind it.
const SETTINGS: [(&str, Option<&str>, Kind); 39] = {
    use Kind::{Address, Count, Credential, Flag, OneOf, Text};
    [
        ("AWS_ACCESS_KEY_ID", None, Credential),
        ("AWS_SECRET_ACCESS_KEY", None, Credential),
        ("SECRET_ACCESS_KEY", None, Credential),
        ("AWS_SESSION_TOKEN", None, Credential),
        ("AWS_ACCOUNT_ID", None, Text),
        ("AWS_PROFILE", None, Text),
        ("AWS_CONFIG_FILE", None, Text),
        ("AWS_SHARED_CREDENTIALS_FILE", None, Text),
        ("AWS_REGION", None, Text),
        ("AWS_DEFAULT_REGION", None, Text),
        ("AWS_ROLE_ARN", None, Text),
        ("AWS_ROLE_SESSION_NAME", None, Text),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", None, Text),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", None, Text),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", None, Text),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", None, Text),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", None, Address),
        ("AWS_EC2_METADATA_DISABLED", None, Flag),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Some("ec2_metadata_service_endpoint"), Address),
        (
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            Some("ec2_metadata_service_endpoint_mode"),
            OneOf(&["IPv4", "IPv6"]),
        ),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Some("ignore_configured_endpoint_urls"), Flag),
        ("AWS_USE_FIPS_ENDPOINT", Some("use_fips_endpoint"), Flag),
        ("AWS_USE_DUALSTACK_ENDPOINT", Some("use_dualstack_endpoint"), Flag),
        ("AWS_RETRY_MODE", Some("retry_mode"), OneOf(&["standard", "adaptive"])),
        ("AWS_MAX_ATTEMPTS", Some("max_attempts"), Count(1)),
        ("AWS_NEW_RETRIES_2026", None, Flag),
        ("AWS_DISABLE_REQUEST_COMPRESSION", Some("disable_request_compression"), Flag),
        (
            "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
            Some("request_min_compression_size_bytes"),
            Count(0),
        ),
        ("AWS_DISABLE_CLOCK_SKEW_CORRECTION", Some("disable_clock_skew_correction"), Flag),
        (
            "AWS_ACCOUNT_ID_ENDPOINT_MODE",
            Some("account_id_endpoint_mode"),
            OneOf(&["preferred", "disabled", "required"]),
        ),
        (
            "AWS_REQUEST_CHECKSUM_CALCULATION",
            Some("request_checksum_calculation"),
            OneOf(&["when_supported", "when_required"]),
        ),
        (
            "AWS_RESPONSE_CHECKSUM_VALIDATION",
            Some("response_checksum_validation"),
            OneOf(&["when_supported", "when_required"]),
        ),
        ("AWS_AUTH_SCHEME_PREFERENCE", Some("auth_scheme_preference"), Text),
        ("AWS_SIGV4A_SIGNING_REGION_SET", Some("sigv4a_signing_region_set"), Text),
        ("AWS_SDK_UA_APP_ID", Some("sdk_ua_app_id"), Text),
        ("AWS_EXECUTION_ENV", None, Text),
        ("AWS_LAMBDA_FUNCTION_NAME", None, Text),
        ("_X_AMZN_TRACE_ID", None, Text),
        ("AWS_LOGIN_CACHE_DIRECTORY", None, Text),
    ]
};

const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// The services that are called, by the names that the SDK gives them.
const SERVICES: [&str; 6] =
    ["ECS", "ECR", "CodeDeploy", "CloudWatch Logs", "Elastic Load Balancing v2", "STS"];

/// Whether the SDK reads this variable. To it an empty one is a value; to people and to
/// `${{ vars.UNSET }}` it is none.
pub(crate) fn is_read_by_the_sdk(variable: &str) -> bool {
    variable.starts_with(ENDPOINT) || SETTINGS.iter().any(|(name, ..)| *name == variable)
}

/// What is wrong with what the SDK would read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Nothing can be done with these.
    pub(super) wrong: Vec<Problem>,
    /// The SDK goes on without these.
    pub(super) unused: Vec<Problem>,
}

impl Findings {
    fn add(&mut self, name: &str, kind: Kind, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        let is_known = match kind {
            _ if value.chars().any(char::is_control) => {
                let message = format!("{name} contains a line break or another control character");
                let hint = "More than the value was probably pasted. Set it again, in one line.";
                return self.wrong(Problem::new(message).hint(hint));
            }
            Kind::Credential if !value.bytes().all(|byte| byte.is_ascii_graphic()) => {
                let message =
                    format!("{name} contains a character that AWS credentials cannot contain");
                let hint =
                    "A space or an invisible character may have been pasted with it. Set it again.";
                return self.wrong(Problem::new(message).hint(hint));
            }
            Kind::Address if !is_address(value) => {
                return self.wrong(Problem::new(format!("{name} is not the address of a server")).hint(
                    "Write it with its scheme, such as https://aws.example.com or http://localhost:4566, or leave it \
                     empty.",
                ));
            }
            Kind::Text | Kind::Credential | Kind::Address => return,
            Kind::Flag => ["true", "false"].iter().any(|it| it.eq_ignore_ascii_case(value)),
            Kind::Count(least) => value.parse().is_ok_and(|count: u32| count >= least),
            Kind::OneOf(known) => known.iter().any(|it| it.eq_ignore_ascii_case(value)),
        };
        if !is_known {
            let message = format!("{name} is not used, because it is not {kind}");
            let hint = "It counts as unset: correct it, or remove it.";
            self.unused.push(Problem::new(message).hint(hint));
        }
    }

    fn wrong(&mut self, problem: Problem) {
        // One variable may be what several services are given.
        if !self.wrong.contains(&problem) {
            self.wrong.push(problem);
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Credential => f.write_str("a credential"),
            Self::Address => f.write_str("an address"),
            Self::Flag => f.write_str("true or false"),
            Self::Count(least) => write!(f, "a whole number of {least} or more"),
            Self::OneOf(known) => f.write_str(&known.join(" or ")),
        }
    }
}

fn is_address(value: &str) -> bool {
    value.parse().is_ok_and(|uri: http::Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// Judges what the SDK has read, and would still read, into `config`.
pub(super) fn judge(config: &SdkConfig, env: &Env, profiles: Option<&ProfileSet>) -> Findings {
    let mut findings = Findings::default();
    for (variable, key, kind) in SETTINGS {
        let in_profile = || profiles?.get(key?);
        match (env.get(variable), in_profile()) {
            (Ok(value), _) => findings.add(&format!("`{variable}`"), kind, &value),
            (Err(_), Some(value)) => {
                findings.add(&in_the_profile(key.unwrap_or_default(), profiles), kind, value);
            }
            (Err(_), None) => {}
        }
    }
    for service in SERVICES {
        let own = format!("{ENDPOINT}_{}", service.to_uppercase().replace(' ', "_"));
        let Some(value) = endpoint(config, service) else { continue };
        let set = [own.as_str(), ENDPOINT].into_iter().find(|it| env.get(it).is_ok());
        if service == "STS"
            && set.is_none()
            && value.trim().is_empty()
            && assumes_a_role(env, profiles)
        {
            findings.wrong(
                Problem::new(format!("{} is empty", in_the_profile("endpoint_url", profiles)))
                    .hint("Remove the line: with it the SDK can't assume the role."),
            );
        }
        let name = match set {
            Some(variable) => format!("`{variable}`"),
            None => in_the_profile("endpoint_url", profiles),
        };
        findings.add(&name, Kind::Address, &value);
    }
    findings
}

/// Whether the SDK has to ask STS for the credentials, by a client of its own.
fn assumes_a_role(env: &Env, profiles: Option<&ProfileSet>) -> bool {
    let is_set = |variable| env.get(variable).is_ok();
    let has_role = profiles.is_some_and(|it| it.get("role_arn").is_some());
    !is_set("AWS_ACCESS_KEY_ID") && (has_role || is_set("AWS_ROLE_ARN"))
}

fn in_the_profile(key: &str, profiles: Option<&ProfileSet>) -> String {
    let profile = profiles.map_or("default", ProfileSet::selected_profile);
    format!("`{key}` of the profile `{profile}`")
}

/// Where the SDK sends the calls to a service, if that is configured.
fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env(ENDPOINT).profile("endpoint_url");
    config.service_config()?.load_config(key.build().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, kind: Kind, value: &str) -> (usize, usize) {
        let mut findings = Findings::default();
        findings.add(name, kind, value);
        for problem in findings.wrong.iter().chain(&findings.unused) {
            assert!(problem.message.starts_with(name), "{problem}");
            assert!(value.len() < 5 || !problem.to_string().contains(value), "{problem}");
        }
        (findings.wrong.len(), findings.unused.len())
    }

    #[test]
    fn a_value_is_fine_or_not_used_or_wrong_and_is_never_shown() {
        const FINE: (usize, usize) = (0, 0);
        const UNUSED: (usize, usize) = (0, 1);
        const WRONG: (usize, usize) = (1, 0);
        let cases = [
            (Kind::Text, "a word", FINE),
            (Kind::Text, "größer", FINE),
            (Kind::Text, "a\nword", WRONG),
            (Kind::Credential, "AKIAIOSFODNN7EXAMPLE", FINE),
            (Kind::Credential, "AKIA IOSFODNN7EXAMPLE", WRONG),
            (Kind::Credential, "AKIA\u{200b}IOSFODNN7", WRONG),
            (Kind::Credential, "AKIA\u{1}IOSFODNN7", WRONG),
            (Kind::Address, "http://localhost:4566", FINE),
            (Kind::Address, "HTTPS://aws.example.com/path", FINE),
            (Kind::Address, "localhost:8000", WRONG),
            (Kind::Address, "web.example.com", WRONG),
            (Kind::Address, "https:///path", WRONG),
            (Kind::Address, "ftp://aws.example.com", WRONG),
            (Kind::Address, "https://a b", WRONG),
            (Kind::Flag, "TRUE", FINE),
            (Kind::Flag, "yes", UNUSED),
            (Kind::Count(1), "3", FINE),
            (Kind::Count(1), "0", UNUSED),
            (Kind::Count(0), "-1", UNUSED),
            (Kind::OneOf(&["standard", "adaptive"]), "Standard", FINE),
            (Kind::OneOf(&["standard", "adaptive"]), "legacy", UNUSED),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(findings("`NAME`", kind, value), expected, "{kind:?} {value:?}");
        }
        for kind in [Kind::Text, Kind::Credential, Kind::Address, Kind::Flag, Kind::Count(1)] {
            assert_eq!(findings("`NAME`", kind, " \t"), FINE, "blank is unset: {kind:?}");
        }
    }

    #[test]
    fn every_variable_of_an_endpoint_is_the_sdks_and_one_of_others_is_not() {
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS", "AWS_PROFILE"] {
            assert!(is_read_by_the_sdk(name), "{name}");
        }
        for name in ["AWS_POLICY", "ECS_CLUSTER", "PATH"] {
            assert!(!is_read_by_the_sdk(name), "{name}");
        }
    }
}
