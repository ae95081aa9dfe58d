//! moto on loopback: AWS on the wire as somebody else understands it.
//!
//! Good for what really crosses a socket: signing, headers, error codes, ECR and
//! task definitions. It has no rollouts, so whatever is about those belongs to
//! the simulator.

use std::io::{BufRead, BufReader};
use std::process::Child;

use crate::python;

/// A moto server of one's own; it ends with this value.
pub(crate) struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    /// Starts one and waits until it listens: about a second.
    pub(crate) fn start() -> Self {
        let mut server = python::tool("moto_server.py")
            // Requests are logged there.
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("moto can be started");
        let stdout = server.stdout.take().expect("moto's standard output is a pipe");
        let mut port = String::new();
        BufReader::new(stdout).read_line(&mut port).expect("moto says its port");
        let port: u16 = port.trim().parse().expect("moto listens: tests/tools/moto_server.py");
        Self { server, url: format!("http://127.0.0.1:{port}") }
    }

    /// The endpoint of every service, for `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.server.kill().expect("moto runs until it is killed");
        self.server.wait().expect("moto is our child");
    }
}

fn ecs(moto: &Moto) -> aws_sdk_ecs::Client {
    use aws_sdk_ecs::config::{BehaviorVersion, Credentials, Region};
    let config = aws_sdk_ecs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("id", "key", None, None, "test"))
        .endpoint_url(moto.url())
        .region(Region::new("eu-central-1"))
        .build();
    aws_sdk_ecs::Client::from_conf(config)
}

#[tokio::test]
async fn moto_keeps_what_it_is_told_and_denies_what_it_lacks() {
    let moto = Moto::start();
    let ecs = ecs(&moto);
    ecs.create_cluster().cluster_name("prod").send().await.expect("moto has clusters");
    let clusters = ecs.list_clusters().send().await.expect("moto has clusters");
    assert_eq!(clusters.cluster_arns().len(), 1);

    let refused = ecs
        .list_service_deployments()
        .cluster("prod")
        .service("shop")
        .send()
        .await
        .expect_err("this caller may not list service deployments");
    let refused = refused.into_service_error();
    assert!(refused.is_access_denied_exception(), "{refused:?}");
}
