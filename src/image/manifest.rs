//! What a registry answers for a reference: an index of several images, one image,
//! or something that no container can be started from.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::digest::Digest;
use super::platform::{Platform, WrittenPlatform};

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// The media types to ask a registry for. An index has to be among them: without
/// it the answer can be one image of several, with a digest that is not the tag's.
pub(crate) const ACCEPTED_MEDIA_TYPES: [&str; 4] =
    [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST];

/// The configurations that belong to a container image. An artifact (a Helm chart,
/// a WebAssembly module) has its own.
const IMAGE_CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// A manifest, as far as it matters for what can be started from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Manifest {
    /// Several images behind one digest, by their platforms; at least one. An entry
    /// that states no platform is [unknown](Platform::is_unknown).
    Index(Vec<Platform>),
    /// One image; its configuration has the platform.
    Single {
        /// The blob that holds the configuration.
        config: Digest,
    },
    /// Nothing that a container can be started from.
    NotAnImage {
        /// What it is instead: the end of a sentence, without a full stop.
        why: String,
    },
}

impl Manifest {
    /// Reads the body of a manifest; `media_type` is what the registry calls it.
    pub(crate) fn read(media_type: Option<&str>, body: &str) -> Self {
        let document: WrittenManifest = match serde_json::from_str(body) {
            Ok(document) => document,
            Err(error) => return not_an_image(format!("its manifest can't be read ({error})")),
        };
        match media_type.or(document.media_type.as_deref()) {
            Some(OCI_INDEX | DOCKER_LIST) => document.index(),
            Some(OCI_MANIFEST | DOCKER_MANIFEST) => document.single(),
            Some(other) => not_an_image(format!("its manifest is of the type {other:?}")),
            // OCI leaves the member optional; the shape tells the two kinds apart.
            None if document.manifests.is_some() => document.index(),
            None => document.single(),
        }
    }
}

fn not_an_image(why: impl Into<String>) -> Manifest {
    Manifest::NotAnImage { why: why.into() }
}

/// The images behind an index; none for a single manifest.
pub(crate) fn images_of_index(body: &str) -> Vec<Digest> {
    let document: Option<WrittenManifest> = serde_json::from_str(body).ok();
    document
        .iter()
        .flat_map(WrittenManifest::images)
        .filter_map(Descriptor::parsed_digest)
        .collect()
}

/// What a registry answers, as written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WrittenManifest {
    media_type: Option<String>,
    manifests: Option<Vec<Descriptor>>,
    pub(super) config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    pub(super) annotations: Option<Map<String, Value>>,
}

impl WrittenManifest {
    /// The entries of an index that a container can be started from.
    pub(super) fn images(&self) -> impl Iterator<Item = &Descriptor> {
        self.manifests.iter().flatten().filter(|it| it.is_image())
    }

    fn index(&self) -> Manifest {
        let platforms: Vec<Platform> = self.images().map(Descriptor::platform).collect();
        if platforms.is_empty() {
            not_an_image("its index contains no image")
        } else {
            Manifest::Index(platforms)
        }
    }

    fn single(self) -> Manifest {
        let Some(config) = self.config else {
            return not_an_image("its manifest names no configuration");
        };
        match config.media_type {
            Some(media_type) if IMAGE_CONFIGS.contains(&media_type.as_str()) => {}
            other => {
                let other = other.unwrap_or_default();
                return not_an_image(format!("its configuration is of the type {other:?}"));
            }
        }
        // cosign's signatures have the configuration of an image.
        let layers = self.layers.unwrap_or_default();
        if let Some(other) = layers.first().filter(|_| layers.iter().all(Descriptor::is_no_tar)) {
            let other = other.media_type.as_deref().unwrap_or_default();
            return not_an_image(format!("its layers are of the type {other:?}"));
        }
        match config.digest.unwrap_or_default().parse() {
            Ok(config) => Manifest::Single { config },
            Err(problem) => {
                not_an_image(format!("its configuration is wrong: {}", problem.message))
            }
        }
    }
}

/// What a manifest says about something it refers to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    media_type: Option<String>,
    digest: Option<String>,
    platform: Option<WrittenPlatform>,
    artifact_type: Option<String>,
    annotations: Option<Map<String, Value>>,
}

impl Descriptor {
    pub(super) fn parsed_digest(&self) -> Option<Digest> {
        self.digest.as_ref()?.parse().ok()
    }

    /// Whether it is said to be something else than a layer of files: those are tar
    /// archives, however they are packed (OCI image specification, "Layer"). A type that is
    /// left out says nothing.
    fn is_no_tar(&self) -> bool {
        let parts = |media_type: &str| media_type.split(['.', '+']).any(|part| part == "tar");
        self.media_type.as_deref().is_some_and(|media_type| !parts(media_type))
    }

    /// Whether an entry of an index is an image, and does not only accompany one, as the
    /// provenance that buildx attaches or a lazy-loading index of SOCI does.
    fn is_image(&self) -> bool {
        let attests = self
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get("vnd.docker.reference.type"))
            .is_some_and(|kind| kind == "attestation-manifest");
        let is_artifact = self
            .artifact_type
            .as_deref()
            .is_some_and(|kind| !kind.is_empty() && !IMAGE_CONFIGS.contains(&kind));
        // A platform that is said to be unknown: an attestation without its annotation.
        let is_unknown = self.platform.is_some() && self.platform().is_unknown();
        !attests && !is_artifact && !is_unknown
    }

    /// One that is not said at all may be any.
    fn platform(&self) -> Platform {
        self.platform.clone().unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONFIG: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn single(media_type: &str, config_type: &str) -> String {
        format!(
            r#"{{"schemaVersion": 2, "mediaType": "{media_type}",
                "config": {{"mediaType": "{config_type}", "digest": "{CONFIG}", "size": 7}},
                "layers": []}}"#
        )
    }

    fn platforms(entries: &str) -> Result<Vec<String>, Manifest> {
        match Manifest::read(Some(OCI_INDEX), &format!(r#"{{"manifests": [{entries}]}}"#)) {
            Manifest::Index(platforms) => Ok(platforms.iter().map(ToString::to_string).collect()),
            other => Err(other),
        }
    }

    #[test]
    fn one_image_is_known_by_its_configuration() {
        let config = CONFIG.parse().expect("a legal digest");
        let expected = Manifest::Single { config };
        for (media_type, config_type) in
            [(OCI_MANIFEST, IMAGE_CONFIGS[0]), (DOCKER_MANIFEST, IMAGE_CONFIGS[1])]
        {
            let body = single(media_type, config_type);
            assert_eq!(Manifest::read(Some(media_type), &body), expected);
            assert_eq!(Manifest::read(None, &body), expected);
        }
        let without_type = single("", IMAGE_CONFIGS[0]).replace(r#""mediaType": "","#, "");
        assert_eq!(Manifest::read(None, &without_type), expected);
    }

    #[test]
    fn an_index_gives_the_platforms_that_can_be_run() {
        let amd64 = r#"{"platform": {"os": "linux", "architecture": "amd64"}}"#;
        let arm64 = r#"{"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}"#;
        let attestation = r#"{"platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}"#;
        let labelled_attestation = r#"{"platform": {"os": "linux", "architecture": "s390x"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}"#;
        let unknown = r#"{"platform": {"os": "unknown", "architecture": "unknown"}}"#;
        let soci = r#"{"platform": {"os": "linux", "architecture": "s390x"},
            "artifactType": "application/vnd.amazon.soci.index.v2+json"}"#;
        let unstated = r#"{"mediaType": "application/vnd.oci.image.manifest.v1+json"}"#;
        for (entries, expected) in [
            (vec![amd64, arm64], vec!["linux/amd64", "linux/arm64/v8"]),
            (vec![amd64, attestation, labelled_attestation, unknown, soci], vec!["linux/amd64"]),
            (vec![amd64, unstated], vec!["linux/amd64", "unknown/unknown"]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(platforms(&entries.join(",")), Ok(expected));
        }
        let why = "its index contains no image".to_owned();
        assert_eq!(platforms(attestation), Err(Manifest::NotAnImage { why: why.clone() }));
        assert_eq!(platforms(""), Err(Manifest::NotAnImage { why }));
    }

    #[test]
    fn the_images_of_an_index_are_those_whose_platforms_it_gives() {
        let digest = |digit: char| format!("sha256:{}", digit.to_string().repeat(64));
        let entry = |digit, more: &str| format!(r#"{{"digest": "{}", {more}}}"#, digest(digit));
        let attests = r#""annotations": {"vnd.docker.reference.type": "attestation-manifest"}"#;
        let entries = [
            entry('a', attests),
            entry('b', r#""platform": {"os": "unknown", "architecture": "unknown"}"#),
            entry('c', r#""artifactType": "application/vnd.amazon.soci.index.v2+json""#),
            entry('1', r#""platform": {"os": "linux", "architecture": "arm64"}"#),
            entry('2', r#""size": 7"#),
        ];
        let images = images_of_index(&format!(r#"{{"manifests": [{}]}}"#, entries.join(",")));
        let expected = ['1', '2'].map(|digit| digest(digit).parse().expect("a digest"));
        assert_eq!(images, expected);
        assert_eq!(images_of_index(&single(OCI_MANIFEST, IMAGE_CONFIGS[0])), []);
    }

    #[test]
    fn an_index_without_a_media_type_is_told_by_its_shape() {
        let body = r#"{"manifests": [{"platform": {"os": "linux", "architecture": "arm64"}}]}"#;
        assert!(matches!(Manifest::read(None, body), Manifest::Index(_)));
        assert!(matches!(Manifest::read(Some(DOCKER_LIST), body), Manifest::Index(_)));
    }

    #[test]
    fn layers_that_are_no_archives_make_no_image() {
        let with = |layers: &[&str]| {
            let layers: Vec<String> = layers
                .iter()
                .map(|it| format!(r#"{{"mediaType": "{it}", "digest": "{CONFIG}", "size": 1}}"#))
                .collect();
            let body = single(OCI_MANIFEST, IMAGE_CONFIGS[0]);
            body.replace(r#""layers": []"#, &format!(r#""layers": [{}]"#, layers.join(",")))
        };
        for layer in [
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ] {
            for layers in [vec![layer], vec!["application/x-annotation", layer]] {
                let read = Manifest::read(Some(OCI_MANIFEST), &with(&layers));
                assert!(matches!(read, Manifest::Single { .. }), "{layers:?}: {read:?}");
            }
        }
        for layer in [
            "application/vnd.dev.cosign.simplesigning.v1+json",
            "application/vnd.dsse.envelope.v1+json",
            "application/vnd.in-toto+json",
            "text/spdx+json",
        ] {
            let read = Manifest::read(Some(OCI_MANIFEST), &with(&[layer]));
            let why = format!("its layers are of the type {layer:?}");
            assert_eq!(read, Manifest::NotAnImage { why });
        }
        // An image without a file in it, and a layer of which nothing is said.
        let untyped = with(&[""]).replace(r#""mediaType": "", "#, "");
        for body in [with(&[]), untyped] {
            let read = Manifest::read(Some(OCI_MANIFEST), &body);
            assert!(matches!(read, Manifest::Single { .. }), "{body}: {read:?}");
        }
    }

    #[test]
    fn what_no_container_can_be_started_from_is_named() {
        let helm = single(OCI_MANIFEST, "application/vnd.cncf.helm.config.v1+json");
        let bad_digest = single(OCI_MANIFEST, IMAGE_CONFIGS[0]).replace("sha256:", "md5:");
        for (media_type, body, part) in [
            (Some(OCI_MANIFEST), helm.as_str(), "helm.config"),
            (Some(OCI_MANIFEST), bad_digest.as_str(), "is not an image digest"),
            (Some(OCI_MANIFEST), "{}", "names no configuration"),
            (None, "{}", "names no configuration"),
            (None, "[]", "can't be read"),
            (None, "", "can't be read"),
            (Some("application/vnd.oci.artifact.manifest.v1+json"), "{}", "artifact.manifest"),
        ] {
            match Manifest::read(media_type, body) {
                Manifest::NotAnImage { why } => assert!(why.contains(part), "{body}: {why}"),
                other => panic!("{body} was read as {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn any_body_is_read_as_something(body in ".*", media_type in prop::option::of(".*")) {
            let _ = (Manifest::read(media_type.as_deref(), &body), images_of_index(&body));
        }
    }
}
