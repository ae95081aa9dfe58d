//! moto on loopback: AWS on the wire as somebody else understands it.
//!
//! Good for what really crosses a socket: signing, headers, error codes, ECR and
//! task definitions. It has no rollouts, so whatever is about those belongs to
//! the simulator.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;

use serde_json::json;

use crate::action::Action;
use crate::python;

const REGION: &str = "eu-central-1";

/// A moto server of one's own; it ends with this value.
pub(crate) struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    /// Starts one and waits until it listens: about a second.
    pub(crate) fn start() -> Self {
        let mut server = python::tool("moto_server.py")
            // A service that is created runs at once.
            .env("MOTO_ECS_SERVICE_RUNNING", "1")
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

fn configuration(moto: &Moto) -> aws_config::SdkConfig {
    use aws_sdk_ecs::config::{Credentials, SharedCredentialsProvider};
    aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "id", "key", None, None, "test",
        )))
        .endpoint_url(moto.url())
        .region(aws_config::Region::new(REGION))
        .build()
}

/// The service `web1` in the cluster `prod` on 1.4.1, and the image of 1.4.2.
async fn set_up(ecs: &aws_sdk_ecs::Client, ecr: &aws_sdk_ecr::Client) {
    use aws_sdk_ecs::types::ContainerDefinition;
    ecs.create_cluster().cluster_name("prod").send().await.expect("moto has clusters");
    let made = ecr.create_repository().repository_name("web1").send().await;
    let uri = made.expect("moto has repositories").repository.and_then(|it| it.repository_uri);
    let uri = uri.expect("a repository has an address");
    for version in ["1.4.1", "1.4.2"] {
        // moto knows an image by its layers.
        let layer = format!("sha256:{:0<64}", version.replace('.', ""));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": format!("sha256:{:0<64}", ""), "size": 2 },
            "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": layer, "size": 2 }],
        });
        let push = ecr.put_image().repository_name("web1").image_tag(version);
        push.image_manifest(manifest.to_string()).send().await.expect("moto has images");
    }
    let container = ContainerDefinition::builder()
        .name("web1")
        .image(format!("{uri}:1.4.1"))
        .memory(128)
        .essential(true)
        .build();
    ecs.register_task_definition()
        .family("web1")
        .container_definitions(container)
        .send()
        .await
        .expect("moto has task definitions");
    ecs.create_service()
        .cluster("prod")
        .service_name("web1")
        .task_definition("web1")
        .desired_count(1)
        .send()
        .await
        .expect("moto has services");
}

#[tokio::test]
async fn moto_keeps_what_it_is_told_and_denies_what_it_lacks() {
    let moto = Moto::start();
    let ecs = aws_sdk_ecs::Client::new(&configuration(&moto));
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

/// moto's UpdateService starts no deployment. A tool that waits for the service to
/// be stable would call that a success.
#[tokio::test]
async fn a_deploy_registers_and_updates_and_says_that_no_deployment_was_started() {
    let moto = Moto::start();
    let (ecs, ecr) = {
        let configuration = configuration(&moto);
        (aws_sdk_ecs::Client::new(&configuration), aws_sdk_ecr::Client::new(&configuration))
    };
    set_up(&ecs, &ecr).await;
    let run = Action::released(Path::new(env!("CARGO_BIN_EXE_ecs-release")))
        .aws(moto.url(), REGION)
        .input("cluster", "prod")
        .input("service", "web1")
        .input("version", "1.4.2")
        .run()
        .await;

    assert_eq!(run.outputs["result"], "failed", "{}", run.log);
    assert_eq!(run.code, 1);
    let reason = &run.outputs["failure-reason"];
    assert!(reason.contains("started no deployment"), "{reason}");
    assert_eq!(run.outputs["image-tag"], "1.4.2");
    let arn = &run.outputs["task-definition-arn"];
    assert!(arn.ends_with(":task-definition/web1:2"), "{arn}");

    let found = ecs.describe_task_definition().task_definition(arn).send().await;
    let found = found.expect("it was registered").task_definition.expect("it is described");
    let image = found.container_definitions()[0].image().unwrap_or_default();
    assert!(image.ends_with("/web1:1.4.2"), "{image}");
    let found = ecs.describe_services().cluster("prod").services("web1").send().await;
    let found = found.expect("moto has services");
    assert_eq!(found.services()[0].task_definition(), Some(arn.as_str()), "it was updated");
}
