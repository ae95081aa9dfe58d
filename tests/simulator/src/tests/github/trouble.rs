//! Faults, records, and both ways in.

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::super::secs;
use super::{path, to};
use crate::github::{Fault, TOKEN};
use crate::{GitHub, When};

async fn ask(github: &GitHub, url: &str) -> Result<HttpResponse, ConnectorError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).expect("an address");
    request.headers_mut().insert("authorization", format!("token {TOKEN}"));
    request.headers_mut().insert("user-agent", "tests");
    request.headers_mut().insert("x-github-api-version", "2022-11-28");
    github.connector().call(request).await
}

fn header<'a>(answer: &'a HttpResponse, name: &str) -> &'a str {
    answer.headers().get(name).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_memory_has_the_headers_that_github_sends() {
    let github = GitHub::new();
    for number in 0..5 {
        github.commit(&number.to_string());
    }
    let url = "https://ghes/api/v3/repos/octo-org/shop/commits?per_page=2&page=2";
    let answer = ask(&github, url).await.expect("an answer");
    assert_eq!(header(&answer, "content-type"), "application/json; charset=utf-8");
    assert_eq!(header(&answer, "date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_eq!(header(&answer, "x-ratelimit-remaining"), "999");
    assert_eq!(header(&answer, "x-ratelimit-reset"), "1767229200");
    let there = "https://ghes/api/v3/repositories/1296269/commits?per_page=2&page";
    let links = format!(
        "<{there}=1>; rel=\"prev\", <{there}=3>; rel=\"next\", <{there}=3>; rel=\"last\", \
             <{there}=1>; rel=\"first\""
    );
    assert_eq!(header(&answer, "link"), links);
    let last = ask(&github, &format!("{there}=3")).await.expect("an answer");
    let body: Value =
        serde_json::from_slice(last.body().bytes().expect("in memory")).expect("JSON");
    assert_eq!(body[0]["commit"]["message"], "0");
    let page = body[0]["html_url"].as_str().expect("an address");
    assert!(page.starts_with("https://ghes/octo-org/shop/commit/"), "{page}");
    let requests = github.requests();
    assert_eq!(requests[0].path, "/repos/octo-org/shop/commits");
    assert_eq!(requests[0].param("per_page").as_deref(), Some("2"));
    assert_eq!(requests[0].authorization.as_deref(), Some("token ghs_token-of-the-job"));
    assert_eq!(requests[0].api_version.as_deref(), Some("2022-11-28"));
    assert!(requests.iter().all(|it| it.operation == "repos/list-commits"));
}

#[tokio::test(start_paused = true)]
async fn a_limit_says_when_to_come_again() {
    let github = GitHub::new();
    github.commit("One");
    let url = "https://api.github.com/repos/octo-org/shop/commits";
    github.fault("repos/list-commits", When::Nth(1), Fault::RateLimit { reset: secs(120) });
    let retry_after = secs(60);
    let secondary = Fault::SecondaryRateLimit { status: 429, retry_after };
    github.fault("*", When::Nth(2), secondary);
    let primary = ask(&github, url).await.expect("an answer");
    assert_eq!(primary.status().as_u16(), 403);
    assert_eq!(header(&primary, "x-ratelimit-remaining"), "0");
    assert_eq!(header(&primary, "x-ratelimit-reset"), (1_767_225_600 + 120).to_string());
    let secondary = ask(&github, url).await.expect("an answer");
    assert_eq!(secondary.status().as_u16(), 429);
    assert_eq!(header(&secondary, "retry-after"), "60");
    assert_ne!(header(&secondary, "x-ratelimit-remaining"), "0");
    let gone = ask(&github, url).await.expect("an answer");
    assert_eq!(gone.status().as_u16(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_recorded_and_may_have_taken_effect() {
    for (fault, status, applied) in [
        (Fault::Reset { applied: true }, None, true),
        (Fault::Reset { applied: false }, None, false),
        (Fault::Timeout { applied: true }, None, true),
        (Fault::Timeout { applied: false }, None, false),
        (Fault::BadGateway { applied: true }, Some(502), true),
        (Fault::BadGateway { applied: false }, Some(502), false),
        (Fault::Garbage, Some(201), true),
        (Fault::Slow(secs(5)), Some(201), true),
        (Fault::Status(500), Some(500), false),
        (Fault::BadCredentials, Some(401), false),
        (Fault::NotAccessible, Some(403), false),
        (Fault::NotFound, Some(404), false),
        (Fault::Conflict, Some(409), false),
        (Fault::Unprocessable(json!([{ "code": "custom" }])), Some(422), false),
    ] {
        let github = GitHub::new();
        github.commit("One");
        github.fault("repos/create-deployment", When::Always, fault.clone());
        let answer = github.call("POST", &path("deployments"), &to("prod", "main"));
        assert_eq!(github.deployments().len(), usize::from(applied), "{fault:?}");
        let record = &github.writes()[0];
        assert_eq!((record.status, record.carried_out), (status, applied), "{fault:?}");
        assert_eq!(record.body, to("prod", "main"));
        if let Fault::Unprocessable(errors) = &fault {
            assert_eq!(answer.expect_err("refused").1["errors"], *errors);
        }
        assert_eq!(record.fault, Some(fault));
    }
}

#[tokio::test(start_paused = true)]
async fn silence_lasts_and_a_slow_answer_comes() {
    let github = GitHub::new();
    github.commit("One");
    let url = "https://api.github.com/repos/octo-org/shop/commits";
    github.fault("*", When::Nth(1), Fault::Timeout { applied: false });
    github.fault("*", When::Nth(2), Fault::Slow(secs(30)));
    let silence = tokio::time::timeout(secs(3600), ask(&github, url)).await;
    assert!(silence.is_err(), "nobody answers");
    let before = github.elapsed();
    ask(&github, url).await.expect("an answer");
    assert_eq!(github.elapsed() - before, secs(30));
    github.fault("*", When::Always, Fault::Reset { applied: false });
    assert!(ask(&github, url).await.expect_err("no answer").is_io());
}

#[tokio::test(start_paused = true)]
async fn what_github_does_not_take_is_told() {
    let github = GitHub::new();
    github.commit("One");
    let send = |path: &str, headers: &[(&'static str, &'static str)]| {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(format!("https://api.github.com{path}")).expect("an address");
        request.headers_mut().insert("authorization", format!("Bearer {TOKEN}"));
        for (name, value) in headers {
            request.headers_mut().insert(*name, *value);
        }
        let connector = github.connector();
        async move { connector.call(request).await.expect("an answer").status().as_u16() }
    };
    let commits = "/repos/octo-org/shop/commits";
    let agent = ("user-agent", "tests");
    assert_eq!(send(commits, &[]).await, 403, "it wants to know who asks");
    assert_eq!(send("/repos/octo-org/other/commits", &[agent]).await, 404);
    assert_eq!(send("/repos/octo-org/shop/stargazers", &[agent]).await, 404);
    for (accept, status) in [
        ("application/vnd.github+json", 200),
        ("application/vnd.github.v3+json; charset=utf-8", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/vnd.github.diff", 415),
        ("application/vnd.github.raw+json", 415),
    ] {
        assert_eq!(send(commits, &[agent, ("accept", accept)]).await, status, "{accept}");
    }
    assert_eq!(github.requests()[2].operation, "");
}

#[tokio::test]
async fn other_processes_find_it_on_a_socket() {
    let github = GitHub::in_real_time();
    github.commit("One");
    let server = github.serve().await.expect("a port");
    let host = server.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    let request = format!(
        "GET /repos/octo-org/shop/commits?per_page=1 HTTP/1.1\r\nhost: {host}\r\n\
         user-agent: tests\r\naccept: application/vnd.github+json\r\n\
         authorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("x-ratelimit-limit: 1000"), "{head}");
    let commits: Value = serde_json::from_str(body).expect("JSON");
    let url = commits[0]["url"].as_str().expect("an address");
    assert!(url.starts_with(server.url()), "{url}");
}
