//! Images, tags and digests.

use serde_json::{Value, json};

use crate::ecr::image::digest_of;
use crate::{Image, Service, Simulator};

fn ecr(sim: &Simulator, operation: &str, body: &Value) -> Result<Value, String> {
    sim.call(Service::Ecr, operation, body).map_err(|error| {
        let kind = error["__type"].as_str().unwrap_or_default();
        kind.rsplit('#').next().unwrap_or_default().to_owned()
    })
}

fn get(sim: &Simulator, id: &Value) -> Value {
    let body = json!({ "repositoryName": "web1", "imageIds": [id] });
    ecr(sim, "BatchGetImage", &body).expect("the repository is there")
}

#[test]
fn digests_are_those_of_the_bytes() {
    let sim = Simulator::new();
    let images = [
        Image::linux_amd64(),
        Image::linux_arm64().docker(),
        Image::multi_arch(&["linux/amd64", "linux/arm64/v8"]).attested(),
        Image::artifact("application/vnd.cncf.helm.config.v1+json"),
    ];
    for image in images {
        let digest = sim.repository("web1").push("1", image.clone());
        let answer = get(&sim, &json!({ "imageTag": "1" }));
        let manifest = answer["images"][0]["imageManifest"].as_str().expect("a manifest");
        assert_eq!(digest_of(manifest.as_bytes()), digest);
        let manifest: Value = serde_json::from_str(manifest).expect("JSON");
        for child in manifest["manifests"].as_array().into_iter().flatten() {
            let found = get(&sim, &json!({ "imageDigest": child["digest"] }));
            assert_eq!(found["failures"], json!([]), "{image:?}");
        }
    }
}

#[test]
fn a_batch_answers_for_each_image_by_itself() {
    let sim = Simulator::new();
    let digest = sim.repository("web1").push("1", Image::linux_amd64());
    let other = sim.repository("web1").push("2", Image::linux_amd64());
    let cases = [
        (json!({ "imageTag": "1" }), None),
        (json!({ "imageTag": "1", "imageDigest": digest }), None),
        (json!({ "imageTag": "1", "imageDigest": other }), Some("ImageTagDoesNotMatchDigest")),
        (json!({ "imageTag": "9" }), Some("ImageNotFound")),
        (json!({ "imageTag": "1.0+x" }), Some("InvalidImageTag")),
        (json!({ "imageDigest": "sha256:1" }), Some("InvalidImageDigest")),
        (json!({}), Some("MissingDigestAndTag")),
    ];
    for (id, failure) in cases {
        let answer = get(&sim, &id);
        assert_eq!(answer["failures"][0]["failureCode"].as_str(), failure, "{id}");
        assert_eq!(answer["images"].as_array().map(Vec::len), Some(usize::from(failure.is_none())));
    }
    let refused = json!({ "repositoryName": "web1", "imageIds": [{ "imageTag": "1" }],
        "acceptedMediaTypes": ["application/vnd.oci.image.index.v1+json"] });
    let answer = ecr(&sim, "BatchGetImage", &refused).expect("the repository is there");
    assert_eq!(answer["failures"][0]["failureCode"], "ImageNotFound");
}

#[test]
fn one_missing_image_fails_describe_images_as_a_whole() {
    let sim = Simulator::new();
    sim.repository("web1").push("1", Image::linux_amd64());
    let body = json!({ "repositoryName": "web1",
                       "imageIds": [{ "imageTag": "1" }, { "imageTag": "2" }] });
    assert_eq!(ecr(&sim, "DescribeImages", &body), Err("ImageNotFoundException".to_owned()));
    let body = json!({ "repositoryName": "web2", "imageIds": [{ "imageTag": "1" }] });
    assert_eq!(ecr(&sim, "DescribeImages", &body), Err("RepositoryNotFoundException".to_owned()));
}

#[test]
fn images_come_in_pages_and_archived_ones_only_when_asked_for() {
    let sim = Simulator::new();
    for tag in 0..5 {
        sim.repository("web1").push(&tag.to_string(), Image::linux_amd64());
    }
    sim.repository("web1").archive("4");
    let first = json!({ "repositoryName": "web1", "maxResults": 3 });
    let first = ecr(&sim, "DescribeImages", &first).expect("a page");
    let second = json!({ "repositoryName": "web1", "nextToken": first["nextToken"] });
    let second = ecr(&sim, "DescribeImages", &second).expect("a page");
    assert_eq!(first["imageDetails"].as_array().map(Vec::len), Some(3));
    assert_eq!(second["imageDetails"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["nextToken"], Value::Null);
    let all = json!({ "repositoryName": "web1", "filter": { "imageStatus": "ANY" } });
    let all = ecr(&sim, "DescribeImages", &all).expect("a page");
    assert_eq!(all["imageDetails"][4]["imageStatus"], "ARCHIVED");
    assert_eq!(get(&sim, &json!({ "imageTag": "4" }))["images"], json!([]));
}

#[test]
fn a_tag_moves_only_in_a_mutable_repository() {
    let sim = Simulator::new();
    let repository = sim.repository("web1");
    let first = repository.push("1", Image::linux_amd64());
    let second = repository.push("1", Image::linux_amd64());
    assert_eq!(repository.digest("1"), Some(second.clone()));
    assert_eq!(get(&sim, &json!({ "imageDigest": first }))["failures"], json!([]), "still there");
    let fixed = repository.immutable();
    sim.act(crate::Act::move_tag("web1", "1", &first));
    assert_eq!(fixed.digest("1"), Some(second));
}
