//! Headers, and requests that GitHub does not take.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use crate::GitHub;
use crate::github::TOKEN;
use crate::site::{Outcome, Site as _};

/// The status, headers and JSON of an answer to a request with these headers.
fn ask(
    github: &GitHub,
    url: &str,
    headers: &[(&str, &str)],
) -> (u16, BTreeMap<String, String>, Value) {
    let mut request = http::Request::get(url).header("authorization", format!("token {TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::new()).expect("it is one");
    let (_, Outcome::Answer(answer)) = github.receive(&request, None) else { panic!("no answer") };
    let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), headers.collect(), body)
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_headers_that_github_sends() {
    let github = GitHub::new();
    for number in 0..5 {
        github.commit(&number.to_string());
    }
    let agent = [("user-agent", "tests")];
    let url = "https://ghes/api/v3/repos/octo-org/shop/commits?per_page=2&page=2";
    let (_, headers, _) = ask(&github, url, &agent);
    let there = "https://ghes/api/v3/repositories/1296269/commits?per_page=2&page";
    let links = format!(
        "<{there}=1>; rel=\"prev\", <{there}=3>; rel=\"next\", <{there}=3>; rel=\"last\", \
             <{there}=1>; rel=\"first\""
    );
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("x-ratelimit-remaining", "999"),
        ("x-ratelimit-reset", "1767229200"),
        ("link", &links),
    ] {
        assert_eq!(headers[name], value);
    }
    let (_, _, last) = ask(&github, &format!("{there}=3"), &agent);
    assert_eq!(last[0]["commit"]["message"], "0");
    let page = last[0]["html_url"].as_str().expect("an address");
    assert!(page.starts_with("https://ghes/octo-org/shop/commit/"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn what_github_does_not_take_is_told() {
    let github = GitHub::new();
    github.commit("One");
    let url = |rest: &str| format!("https://api.github.com/repos/octo-org/{rest}");
    let agent = ("user-agent", "tests");
    let commits = url("shop/commits");
    assert_eq!(ask(&github, &commits, &[]).0, 403, "it wants to know who asks");
    assert_eq!(ask(&github, &url("other/commits"), &[agent]).0, 404);
    assert_eq!(ask(&github, &url("shop/stargazers"), &[agent]).0, 404);
    for (accept, status) in [
        ("application/vnd.github+json", 200),
        ("application/vnd.github.v3+json; charset=utf-8", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/vnd.github.diff", 415),
        ("application/vnd.github.raw+json", 415),
    ] {
        assert_eq!(ask(&github, &commits, &[agent, ("accept", accept)]).0, status, "{accept}");
    }
}
