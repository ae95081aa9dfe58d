//! Every variable and every profile key that the AWS SDK reads, with bad values: the
//! real binary says a sentence, and none of them ends it without a word.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use simulator::{REGION, Simulator};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// What has to come of a value that is not what the variable is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// AWS or the file system has to say whether it is right.
    Text,
    Address,
    Flag,
    Word,
    Count,
}

use Kind::{Address, Count, Flag, Text, Word};

/// From the sources of aws-config 1.13 and aws-runtime 1.10: the variable, its key in a
/// profile, its kind, and whether it is read only where no keys are given.
const READ: [(&str, &str, Kind, bool); 44] = [
    ("AWS_ACCESS_KEY_ID", "aws_access_key_id", Text, false),
    ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", Text, false),
    ("SECRET_ACCESS_KEY", "", Text, true),
    ("AWS_SESSION_TOKEN", "aws_session_token", Text, false),
    ("AWS_ACCOUNT_ID", "aws_account_id", Text, false),
    ("AWS_PROFILE", "", Text, true),
    ("AWS_CONFIG_FILE", "", Text, true),
    ("AWS_SHARED_CREDENTIALS_FILE", "", Text, true),
    ("AWS_REGION", "region", Text, false),
    ("AWS_DEFAULT_REGION", "", Text, false),
    ("AWS_ROLE_ARN", "role_arn", Text, true),
    ("AWS_ROLE_SESSION_NAME", "role_session_name", Text, true),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file", Text, true),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "", Text, true),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "", Text, true),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "", Text, true),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "", Address, true),
    ("AWS_EC2_METADATA_DISABLED", "", Flag, false),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint", Address, true),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode", Word, true),
    ("AWS_ENDPOINT_URL", "endpoint_url", Address, false),
    ("AWS_ENDPOINT_URL_ECS", "", Address, false),
    ("AWS_ENDPOINT_URL_ECR", "", Address, false),
    ("AWS_ENDPOINT_URL_CODEDEPLOY", "", Address, false),
    ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "", Address, false),
    ("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "", Address, false),
    ("AWS_ENDPOINT_URL_STS", "", Address, true),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", Flag, false),
    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", Flag, false),
    ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", Flag, false),
    ("AWS_RETRY_MODE", "retry_mode", Word, false),
    ("AWS_MAX_ATTEMPTS", "max_attempts", Count, false),
    ("AWS_NEW_RETRIES_2026", "", Flag, false),
    ("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression", Flag, false),
    ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes", Count, false),
    ("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "disable_clock_skew_correction", Flag, false),
    ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode", Word, false),
    ("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation", Word, false),
    ("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation", Word, false),
    ("AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference", Text, false),
    ("AWS_SIGV4A_SIGNING_REGION_SET", "sigv4a_signing_region_set", Text, false),
    ("AWS_SDK_UA_APP_ID", "sdk_ua_app_id", Text, false),
    ("AWS_EXECUTION_ENV", "", Text, false),
    ("AWS_LAMBDA_FUNCTION_NAME", "", Text, false),
];

/// Those that only a profile has.
const KEYS: [&str; 11] = [
    "credential_process",
    "credential_source",
    "external_id",
    "login_session",
    "services",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
];

const VALUES: [&[u8]; 8] = [
    b"",
    b" \t",
    b"flibbertigibbet",
    b"flibbertigibbet\n of two lines",
    b"0",
    b"-1",
    b"flibberti\x01gibbet",
    b"flibberti\xff\xfegibbet",
];

/// One run of the step.
struct Case {
    name: String,
    value: &'static [u8],
    variables: Vec<(OsString, OsString)>,
    /// Whether the sentence has to name it.
    is_named: bool,
    home: Option<TempDir>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?}", self.name, String::from_utf8_lossy(self.value))
    }
}

/// Whether something is wrong with the value that can be seen without AWS.
fn is_wrong(kind: Kind, value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return true };
    let text = text.trim();
    if text.is_empty() {
        return false;
    }
    text.contains(char::is_control)
        || match kind {
            Text => false,
            Address | Flag | Word => true,
            Count => text != "0",
        }
}

/// Every variable, and every key of a profile, with every value.
fn cases(endpoint: &str) -> VecDeque<Case> {
    let keys =
        [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "opens-nothing")];
    let around = |keys: &[(&str, &str)]| {
        let there = [("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", REGION)];
        there.iter().chain(keys).map(|(name, value)| (name.into(), value.into())).collect()
    };
    let mut cases = VecDeque::new();
    for (variable, _, kind, is_last) in READ {
        for value in VALUES {
            let mut variables: Vec<(OsString, OsString)> =
                around(if is_last { &[] } else { &keys });
            if variable == "AWS_ROLE_ARN" || variable == "AWS_ROLE_SESSION_NAME" {
                variables.push(("AWS_WEB_IDENTITY_TOKEN_FILE".into(), "token".into()));
            }
            if variable.starts_with("AWS_CONTAINER_AUTHORIZATION") {
                variables.push(("AWS_CONTAINER_CREDENTIALS_FULL_URI".into(), endpoint.into()));
            }
            variables.retain(|(name, _)| name != variable);
            variables.push((variable.into(), OsStr::from_bytes(value).into()));
            let is_zero = variable == "AWS_MAX_ATTEMPTS" && value == b"0";
            let is_named = is_wrong(kind, value) || is_zero;
            cases.push_back(Case {
                name: variable.to_owned(),
                value,
                variables,
                is_named,
                home: None,
            });
        }
    }
    let of_read = READ.iter().filter(|(_, key, ..)| !key.is_empty());
    let of_read = of_read.map(|(_, key, kind, _)| (*key, *kind));
    for (key, kind) in of_read.chain(KEYS.map(|key| (key, Text))) {
        for value in VALUES {
            let home = tempfile::tempdir().expect("a temporary folder can be made");
            std::fs::create_dir(home.path().join(".aws")).expect("a folder can be made");
            let config = [b"[default]\n", key.as_bytes(), b" = ", value, b"\n"].concat();
            std::fs::write(home.path().join(".aws/config"), config).expect("a file can be written");
            let mut variables: Vec<(OsString, OsString)> = around(&[]);
            variables.retain(|(name, _)| name != "AWS_REGION");
            if key == "endpoint_url" {
                variables.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
            }
            // A file that is no text is an empty one to the SDK, and what only credentials
            // are made of is judged with them.
            let is_text = std::str::from_utf8(value).is_ok();
            let is_zero = key == "max_attempts" && value == b"0";
            let is_named = kind != Text && is_text && (is_wrong(kind, value) || is_zero);
            cases.push_back(Case {
                name: key.to_owned(),
                value,
                variables,
                is_named,
                home: Some(home),
            });
        }
    }
    cases
}

/// Runs the step, which can't succeed, and says what is wrong with how it ended.
fn run(case: &Case, home: &Path, proxy: &str) -> Option<String> {
    let inputs =
        [("COMMAND", "list"), ("CLUSTER", "nowhere"), ("SERVICE", "web1"), ("REGION", REGION)];
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-release"))
        .env_clear()
        .envs(inputs.map(|(name, value)| (format!("INPUT_{name}"), value)))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", case.home.as_ref().map_or(home, TempDir::path))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        // Nothing may leave this machine, whatever a value turns the calls to.
        .envs([("HTTPS_PROXY", proxy), ("HTTP_PROXY", proxy), ("NO_PROXY", "127.0.0.1")])
        .envs(case.variables.iter().cloned())
        .current_dir(home)
        .output()
        .expect("the binary can be started");
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let wrong = if !matches!(output.status.code(), Some(1 | 2)) {
        format!("ended with {:?}", output.status)
    } else if !log.lines().any(|it| it.starts_with("::error title=ecs-release::")) {
        "has no sentence".to_owned()
    } else if log.contains("itself failed") || !stderr.is_empty() {
        format!("panicked: {stderr}")
    } else if !log.contains("output result: refused") {
        "has no result".to_owned()
    } else if case.is_named && !log.contains(&format!("`{}`", case.name)) {
        "is not named".to_owned()
    } else if !["AWS_PROFILE", "credential_source"].contains(&case.name.as_str())
        && log.contains("flibbertigibbet")
    {
        "is shown".to_owned()
    } else {
        return None;
    };
    Some(format!("{case} {wrong}\n{log}"))
}

#[tokio::test]
async fn no_variable_and_no_profile_key_ends_the_step_without_a_sentence() {
    let aws = Simulator::in_real_time();
    let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
    // A port that nobody listens on.
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let proxy = format!("http://{}", proxy.expect("a port of 127.0.0.1 is free"));
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(home.path().join("token"), "a token").expect("a file can be written");
    let cases = cases(server.url());
    let count = cases.len();
    let cases = Arc::new(Mutex::new(cases));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (cases, proxy) = (Arc::clone(&cases), proxy.clone());
            let home = home.path().to_owned();
            spawn_blocking(move || {
                let next = || cases.lock().expect("no worker panics with it").pop_front();
                std::iter::from_fn(next)
                    .filter_map(|case| run(&case, &home, &proxy))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let mut wrong = Vec::new();
    for worker in workers {
        wrong.extend(worker.await.expect("no worker panics"));
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    let keys = READ.iter().filter(|(_, key, ..)| !key.is_empty()).count() + KEYS.len();
    assert_eq!(count, (READ.len() + keys) * VALUES.len());
}
