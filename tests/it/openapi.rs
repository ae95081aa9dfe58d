//! GitHub's own description of its REST API as the judge of what goes over the wire.
//!
//! Neither the product nor the simulator may decide by itself what GitHub would
//! understand: [`judge`] asks the description that GitHub publishes, offline.

mod tour;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::github::{Fault, Recorded};

use crate::python;

/// Below `tests/tools`.
const JUDGE: &str = "github_judge.py";

/// The description, cut to what is asked of GitHub.
const DESCRIPTION: &str = include_str!("../tools/github-openapi.json");

/// The faults of requests and of their answers, one sentence each; empty: GitHub
/// would understand the former, and might have given the latter.
pub(crate) fn judge(exchanges: &[Recorded]) -> Vec<String> {
    python::judge(JUDGE, exchanges.iter().map(line))
}

/// What the judge is told of a request and its answer.
fn line(recorded: &Recorded) -> Value {
    // An answer that broke off says nothing that could be judged.
    let whole = recorded.fault != Some(Fault::Garbage);
    json!({
        "method": recorded.method,
        "path": recorded.path,
        "query": recorded.query,
        "request": recorded.body,
        "status": recorded.status.filter(|_| whole),
        "response": recorded.response(),
    })
}

#[test]
fn the_official_examples_pass() {
    // Where GitHub's examples are not what its schemas say.
    const AMISS: [&str; 3] = [
        "commits/main/pulls: response 200[0].requested_teams[0]: 'type' is a required property",
        "commits/main: response 200.files[0]: 'contents_url' is a required property",
        "commits/main: response 200.files[0]: 'sha' is a required property",
    ];
    // Some examples of an issue show one member and no more.
    let is_excerpt = |it: &Value| {
        it["path"].as_str().is_some_and(|it| it.ends_with("/issues/1"))
            && it["response"]["url"].is_null()
    };
    let mut examples = official_examples();
    examples.retain(|it| !is_excerpt(it));
    assert!(examples.len() > 20, "the description has lost its examples");
    let amiss = AMISS.map(|it| format!("GET /repos/octocat/Hello-World/{it}"));
    assert_eq!(python::judge(JUDGE, examples), amiss);
}

/// Every example of an answer in the description, each with every example of a
/// request for it.
fn official_examples() -> Vec<Value> {
    let whole: Value = serde_json::from_str(DESCRIPTION).expect("JSON");
    let resolved = |part: &Value| match part["$ref"].as_str() {
        Some(name) => whole.pointer(name.trim_start_matches('#')).expect("a component").clone(),
        None => part.clone(),
    };
    let values = |part: &Value| -> Vec<Value> {
        let examples = &part["content"]["application/json"]["examples"];
        members(examples).map(|(_, example)| resolved(example)["value"].clone()).collect()
    };
    let mut examples = Vec::new();
    for (template, methods) in members(&whole["paths"]) {
        let path: Vec<_> = template.split('/').map(stand_in).collect();
        for (method, operation) in members(methods) {
            let mut requests = values(&operation["requestBody"]);
            if operation["requestBody"].is_null() {
                requests.push(Value::Null);
            }
            for (status, response) in members(&operation["responses"]) {
                for response in values(&resolved(response)) {
                    examples.extend(requests.iter().map(|request| {
                        json!({
                            "method": method.to_uppercase(), "path": path.join("/"), "query": "",
                            "request": request, "response": response,
                            "status": status.parse::<u16>().expect("a status is a number"),
                        })
                    }));
                }
            }
        }
    }
    examples
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// Something for a placeholder of a path.
fn stand_in(segment: &str) -> &str {
    match segment {
        "{owner}" => "octocat",
        "{repo}" => "Hello-World",
        "{basehead}" => "main...topic",
        "{commit_sha}" | "{ref}" => "main",
        "{path}" => "README.md",
        id if id.starts_with('{') => "1",
        word => word,
    }
}

#[test]
fn each_kind_of_fault_is_named() {
    let comment = "/repos/octo-org/shop/issues/7/comments";
    let deployments = "/repos/octo-org/shop/deployments";
    let statuses = "/repos/octo-org/shop/deployments/1/statuses";
    let none = Value::Null;
    let faults = [
        ("GET", "/repos/octo-org/shop/stargazers", "", none.clone(), "there is no such path"),
        ("GET", "/repos/octo-org/shop", "", none.clone(), "there is no such path"),
        ("PUT", deployments, "", json!({}), "there is no such method"),
        ("GET", deployments, "env=prod", none.clone(), "there is no query parameter env"),
        ("GET", deployments, "per_page=all", none.clone(), "'all' is not of type 'integer'"),
        ("GET", deployments, "page=1&page=2", none.clone(), "page is given twice"),
        ("GET", "/repos/octo-org/shop/issues/new/comments", "", none.clone(), "issue_number"),
        ("GET", deployments, "", json!({}), "a body was sent"),
        ("POST", comment, "", none.clone(), "the body is missing"),
        ("POST", comment, "", json!({}), "'body' is a required property"),
        ("POST", comment, "", json!({ "body": 7 }), "request.body: 7 is not of type 'string'"),
        ("POST", comment, "", json!({ "body": null }), "None is not of type 'string'"),
        ("POST", deployments, "", json!({ "ref": "a", "enviroment": "b" }), "'enviroment'"),
        ("POST", deployments, "", json!({ "ref": "a", "payload": [] }), "request.payload"),
        ("POST", statuses, "", json!({ "state": "succes" }), "'succes' is not one of"),
    ];
    for (method, path, query, request, place) in faults {
        let exchange = json!({
            "method": method, "path": path, "query": query, "request": request,
            "status": null, "response": null,
        });
        let verdict = python::judge(JUDGE, [exchange]);
        assert_eq!(verdict.len(), 1, "{method} {path}: {verdict:#?}");
        assert!(verdict[0].starts_with(&format!("{method} {path}: ")), "{verdict:?}");
        assert!(verdict[0].contains(place), "{verdict:?}");
    }
}

#[test]
fn each_kind_of_wrong_answer_is_named() {
    let error =
        json!({ "message": "Not Found", "documentation_url": "https://docs", "status": "404" });
    let answers = [
        (418, error.clone(), "418 is no answer of issues/create-comment"),
        (201, Value::Null, "the answer 201 is no JSON"),
        (201, json!([]), "response 201: [] is not of type 'object'"),
        (404, Value::Null, "the answer 404 is no JSON"),
        (404, json!({ "message": 404 }), "response 404.message: 404 is not of type 'string'"),
        (422, json!({ "message": "a" }), "'documentation_url' is a required property"),
        (429, json!([]), "response 429: [] is not of type 'object'"),
    ];
    let exchange = |status: Option<u16>, response: &Value| {
        json!({
            "method": "POST", "path": "/repos/octo-org/shop/issues/7/comments", "query": "",
            "request": { "body": "Hi" }, "status": status, "response": response,
        })
    };
    for (status, response, place) in answers {
        let verdict = python::judge(JUDGE, [exchange(Some(status), &response)]);
        assert_eq!(verdict.len(), 1, "{status}: {verdict:#?}");
        assert!(verdict[0].contains(place), "{verdict:?}");
    }

    // Null where only text may be, and a date that is none.
    let examples = official_examples();
    let mut comment = examples
        .iter()
        .find(|it| it["method"] == "POST" && it["response"]["issue_url"].is_string())
        .expect("there is an example of a comment")
        .clone();
    comment["response"]["html_url"] = Value::Null;
    comment["response"]["created_at"] = "yesterday".into();
    let verdict = python::judge(JUDGE, [comment]);
    assert_eq!(verdict.len(), 2, "{verdict:#?}");
    assert!(verdict[0].contains(".created_at: 'yesterday' is not a 'date-time'"), "{verdict:?}");
    assert!(verdict[1].contains(".html_url: None is not of type 'string'"), "{verdict:?}");

    // What stands before the API answers as it likes, and an answer may not come.
    let elsewhere = [(Some(404), &error), (Some(502), &Value::Null), (None, &Value::Null)];
    let elsewhere = elsewhere.map(|(status, response)| exchange(status, response));
    assert_eq!(python::judge(JUDGE, elsewhere), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn every_answer_of_the_simulated_github_is_one_that_github_might_give() {
    let said = tour::all();
    assert_eq!(judge(&said), [""; 0]);

    // What was never said has not been judged.
    let whole: Value = serde_json::from_str(DESCRIPTION).expect("JSON");
    let operations = members(&whole["paths"]).flat_map(|(_, methods)| members(methods));
    let described: BTreeSet<_> =
        operations.filter_map(|(_, operation)| operation["operationId"].as_str()).collect();
    let answered = |status: u16| -> BTreeSet<_> {
        let of = said.iter().filter(|it| it.status.is_some_and(|it| it / 100 == status));
        of.map(|it| it.operation).collect()
    };
    assert_eq!(answered(2), described);
    assert_eq!(answered(4), described);
    assert_eq!(answered(5), described);
}
