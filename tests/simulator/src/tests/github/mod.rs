//! The simulated GitHub by itself, on virtual time.

mod access;
mod deployments;
mod history;
mod wire;

use serde_json::{Value, json};

use crate::GitHub;

/// Below the repository.
fn path(rest: &str) -> String {
    format!("/repos/octo-org/shop/{rest}")
}

fn get(github: &GitHub, rest: &str) -> Value {
    github.call("GET", &path(rest), &Value::Null).expect("it is answered")
}

fn post(github: &GitHub, rest: &str, body: &Value) -> Value {
    github.call("POST", &path(rest), body).expect("it is carried out")
}

/// The status and the message of a refusal.
fn refusal(answer: Result<Value, (u16, Value)>) -> (u16, String) {
    let (status, body) = answer.expect_err("it is refused");
    (status, body["message"].as_str().unwrap_or_default().to_owned())
}

fn to(environment: &str, reference: &str) -> Value {
    json!({
        "ref": reference, "environment": environment, "auto_merge": false,
        "required_contexts": [],
    })
}
