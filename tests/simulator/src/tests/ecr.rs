//! Images and digests.

use bytes::Bytes;
use serde_json::{Value, json};

use super::refusal;
use crate::ecr::image::digest_of;
use crate::site::{Outcome, Site as _};
use crate::{Image, Service, Simulator};

fn get(sim: &Simulator, id: &Value) -> Value {
    let body = json!({ "repositoryName": "web1", "imageIds": [id] });
    sim.call(Service::Ecr, "BatchGetImage", &body).expect("the repository is there")
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
fn a_batch_answers_for_each_image_by_itself_and_a_description_for_all() {
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
    }
    let body = json!({ "repositoryName": "web1",
                       "imageIds": [{ "imageTag": "1" }, { "imageTag": "9" }] });
    let error = refusal(&sim, Service::Ecr, "DescribeImages", &body);
    assert_eq!(error, "ImageNotFoundException");
}

#[test]
fn a_blob_is_found_by_its_address_unless_the_request_is_signed_again() {
    let sim = Simulator::new();
    sim.repository("web1").push("1", Image::linux_arm64());
    let answer = get(&sim, &json!({ "imageTag": "1" }));
    let manifest = answer["images"][0]["imageManifest"].as_str().expect("a manifest");
    let manifest: Value = serde_json::from_str(manifest).expect("JSON");
    let body = json!({ "repositoryName": "web1", "layerDigest": manifest["config"]["digest"] });
    let answer = sim.call(Service::Ecr, "GetDownloadUrlForLayer", &body).expect("it is there");
    for (header, status) in [("x-other", 200), ("authorization", 400)] {
        let request = http::Request::get(answer["downloadUrl"].as_str().expect("an address"));
        let request = request.header(header, "AWS4").body(Bytes::new()).expect("it is one");
        let (_, Outcome::Answer(blob)) = sim.receive(&request, None) else { panic!("no answer") };
        assert_eq!(blob.status(), status, "S3 refuses what is signed twice");
    }
}

#[test]
fn an_image_gets_another_tag_by_its_very_bytes_unless_tags_are_immutable() {
    let sim = Simulator::new();
    let repository = sim.repository("web1");
    let (first, second) =
        (repository.push("1", Image::linux_amd64()), repository.push("2", Image::linux_amd64()));
    let put = |tag: &str, of: &str, digest: &str| {
        let answer = get(&sim, &json!({ "imageTag": of }));
        let manifest = answer["images"][0]["imageManifest"].as_str().expect("a manifest");
        json!({ "repositoryName": "web1", "imageTag": tag, "imageDigest": digest,
                "imageManifest": manifest })
    };
    let call = |body: &Value| sim.call(Service::Ecr, "PutImage", body);
    let refused = |body: &Value| refusal(&sim, Service::Ecr, "PutImage", body);
    call(&put("keep", "1", &first)).expect("the tag is free");
    assert_eq!(refused(&put("keep", "1", &first)), "ImageAlreadyExistsException");
    assert_eq!(refused(&put("keep", "1", &second)), "ImageDigestDoesNotMatchException");
    call(&put("keep", "2", &second)).expect("tags move");
    assert_eq!(repository.tags("2"), ["2", "keep"]);
    repository.immutable_but_for(&["moving"]);
    assert_eq!(refused(&put("keep", "1", &first)), "ImageTagAlreadyExistsException");
    call(&put("moving", "1", &first)).expect("the tag is free");
    call(&put("moving", "2", &second)).expect("it is excluded");
    let mut other = put("keep", "1", &first);
    let text = other["imageManifest"].as_str().expect("a manifest").replace(' ', "");
    other["imageManifest"] = json!(text);
    assert_eq!(refused(&other), "ImageDigestDoesNotMatchException");
}
