//! The socket, spoken to by hand.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Fault, Image, Server, Simulator, When};

/// Sends a request and reads to the end: the status line's code and the body.
async fn send(server: &Server, request: String) -> (String, String) {
    let host = server.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("it answers or closes");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (head.split(' ').nth(1).unwrap_or_default().to_owned(), body.to_owned())
}

fn post(target: &str, region: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhost: aws\r\nconnection: close\r\nx-amz-target: {target}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/{region}/ecr/aws4_request, \
         SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

const ECR: &str = "AmazonEC2ContainerRegistry_V20150921";

#[tokio::test]
async fn a_config_blob_is_found_by_its_address() {
    let sim = Simulator::in_real_time();
    sim.repository_in("222233334444", "us-east-1", "web1").push("1", Image::linux_arm64());
    let server = sim.serve().await.expect("a port");
    let call = |operation: &str, body: &str| {
        post(&format!("{ECR}.{operation}"), "us-east-1", &body.replace('\'', "\""))
    };
    let whose = "'registryId':'222233334444','repositoryName':'web1'";
    let get = call("BatchGetImage", &format!("{{{whose},'imageIds':[{{'imageTag':'1'}}]}}"));
    let (status, body) = send(&server, get).await;
    assert_eq!(status, "200", "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let manifest = answer["images"][0]["imageManifest"].as_str().expect("a manifest");
    let manifest: Value = serde_json::from_str(manifest).expect("JSON");
    let digest = manifest["config"]["digest"].as_str().expect("a digest");
    let url = call("GetDownloadUrlForLayer", &format!("{{{whose},'layerDigest':'{digest}'}}"));
    let (_, body) = send(&server, url).await;
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let url = answer["downloadUrl"].as_str().expect("an address");
    let path = url.strip_prefix(server.url()).expect("it leads here");
    let close = "host: s3\r\nconnection: close\r\n";
    let (status, body) = send(&server, format!("GET {path} HTTP/1.1\r\n{close}\r\n")).await;
    assert_eq!(status, "200");
    let config: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(config["architecture"], "arm64");
    // S3 refuses a request that is signed a second time.
    let signed = format!("GET {path} HTTP/1.1\r\nauthorization: AWS4\r\n{close}\r\n");
    assert_eq!(send(&server, signed).await.0, "400");
    // The repository lies in one account and Region only.
    let elsewhere = "{'repositoryName':'web1','imageIds':[{'imageTag':'1'}]}";
    assert_eq!(send(&server, call("BatchGetImage", elsewhere)).await.0, "400");
}

#[tokio::test]
async fn a_reset_closes_the_connection_without_an_answer() {
    let sim = Simulator::in_real_time();
    sim.fault("DescribeImages", When::Always, Fault::Reset { applied: false });
    let server = sim.serve().await.expect("a port");
    let request = post(&format!("{ECR}.DescribeImages"), "eu-central-1", "{}");
    assert_eq!(send(&server, request).await, (String::new(), String::new()));
    assert_eq!(sim.requests_for("DescribeImages")[0].status, None);
}

#[tokio::test]
async fn code_deploy_answers_in_the_region_that_was_signed() {
    let sim = Simulator::in_real_time();
    sim.deployment_group("shop", "web1").in_region("us-east-1").create();
    let server = sim.serve().await.expect("a port");
    let body = r#"{"applicationName":"shop","deploymentGroupName":"web1"}"#;
    let ask = |region: &str| post("CodeDeploy_20141006.GetDeploymentGroup", region, body);
    let (status, answer) = send(&server, ask("us-east-1")).await;
    assert_eq!(status, "200", "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["deploymentGroupInfo"]["deploymentGroupName"], "web1");
    let (status, answer) = send(&server, ask("eu-central-1")).await;
    assert_eq!(status, "400");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["__type"], "ApplicationDoesNotExistException");
    assert_eq!(sim.requests_for("GetDeploymentGroup")[0].region, "us-east-1");
}
