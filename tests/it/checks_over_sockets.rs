//! The check after a rollout by the real binary: its connections, and proxies on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use simulator::{Pace, Reply, Web};

use crate::front::Certificate;
use crate::http2::Http2;
use crate::python;
use crate::released::{Production, output};

/// A connection stays with one task, which may be an old one.
#[tokio::test]
async fn each_request_has_a_connection_of_its_own_over_http_2_as_well() {
    let production = Production::made(Pace::real().faster(50.0), |service| service).await;
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let certificate = Certificate::make(python::interpreter(), folder.path());
    let app = Http2::behind(&certificate).await;
    let run = production
        .step()
        .input("check-url", &app.url)
        .variable("SSL_CERT_FILE", certificate.bundle.to_str().expect("UTF-8"))
        .run()
        .await;
    assert_eq!(output(&run, "result"), "deployed", "{}", run.log);
    assert_eq!(app.connections(), 4, "once before, three times after");
}

#[tokio::test]
async fn what_may_be_the_answer_of_a_proxy_does_not_prove_that_an_app_can_be_reached() {
    let production = Production::made(Pace::real(), |service| service).await;
    let (web, status) = (Web::new(), Arc::new(AtomicU16::new(0)));
    let answered = Arc::clone(&status);
    web.answers("", move |_| Reply::status(answered.load(Ordering::Relaxed)));
    let proxy = web.serve().await.expect("a port of 127.0.0.1 is free");
    let step = async |code| {
        status.store(code, Ordering::Relaxed);
        let step = production.step().input("dry-run", "true");
        let step = step.input("check-url", "http://shop.example.com/health");
        step.variable("HTTP_PROXY", proxy.url()).variable("NO_PROXY", "127.0.0.1").run().await
    };
    for code in [403, 407, 502, 503, 504] {
        let run = step(code).await;
        assert_eq!(output(&run, "result"), "planned", "{}", run.log);
        let host = proxy.url().trim_start_matches("http://");
        let warning = format!(
            "the answers of the new version are not checked: http://shop.example.com/health can't \
             be reached from here ({code} may come from the proxy {host})"
        );
        assert!(run.annotations.iter().any(|it| it.message.contains(&warning)), "{}", run.log);
    }
    let run = step(500).await;
    assert!(run.log.contains("(now it answers 500)"), "{}", run.log);
}
