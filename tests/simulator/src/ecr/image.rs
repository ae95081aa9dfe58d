//! Container images with honest digests: every manifest is named by the sha256
//! of its bytes, every config blob holds the platform it claims.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// `sha256:` and 64 hexadecimal digits.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What to push: a description of an image, out of which manifests and blobs
/// are made. Two pushes give two digests, unless both have the same
/// [content](Image::content).
#[derive(Debug, Clone)]
pub struct Image {
    kind: Kind,
    docker: bool,
    attested: bool,
    content: Option<String>,
    labels: Map<String, Value>,
}

#[derive(Debug, Clone)]
enum Kind {
    Single(Platform),
    Index(Vec<Platform>),
    Artifact { config_type: String, layer_type: String },
}

/// `linux/arm64/v8`: what an image runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Platform {
    pub(crate) os: String,
    pub(crate) architecture: String,
    pub(crate) variant: Option<String>,
}

impl Platform {
    fn parse(text: &str) -> Self {
        let mut parts = text.split('/').map(str::to_owned);
        let (os, architecture) = parts.next().zip(parts.next()).expect("os/architecture[/variant]");
        Self { os, architecture, variant: parts.next() }
    }

    fn json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("architecture".into(), json!(self.architecture));
        map.insert("os".into(), json!(self.os));
        if let Some(variant) = &self.variant {
            map.insert("variant".into(), json!(variant));
        }
        map
    }
}

impl Image {
    fn of(kind: Kind) -> Self {
        Self { kind, docker: false, attested: false, content: None, labels: Map::new() }
    }

    pub fn linux_amd64() -> Self {
        Self::of(Kind::Single(Platform::parse("linux/amd64")))
    }

    pub fn linux_arm64() -> Self {
        Self::of(Kind::Single(Platform::parse("linux/arm64")))
    }

    /// An index with an image for each platform.
    pub fn multi_arch(platforms: &[&str]) -> Self {
        Self::of(Kind::Index(platforms.iter().map(|p| Platform::parse(p)).collect()))
    }

    /// Something that is no container image, by the media type of its config:
    /// `application/vnd.cncf.helm.config.v1+json` is a Helm chart.
    pub fn artifact(config_type: &str) -> Self {
        let (config_type, layer_type) = (config_type.into(), "application/octet-stream".into());
        Self::of(Kind::Artifact { config_type, layer_type })
    }

    /// A signature as cosign pushes it: with the config of an image, and a layer that is no
    /// archive.
    pub fn signature() -> Self {
        let layer_type = "application/vnd.dev.cosign.simplesigning.v1+json".into();
        Self::of(Kind::Artifact { config_type: OCI_CONFIG.into(), layer_type })
    }

    /// With Docker's media types in place of OCI's.
    #[must_use]
    pub fn docker(mut self) -> Self {
        self.docker = true;
        self
    }

    /// With an attestation manifest for each platform, as buildx adds them: an
    /// image for one platform becomes an index too.
    #[must_use]
    pub fn attested(mut self) -> Self {
        self.attested = true;
        if let Kind::Single(platform) = self.kind {
            self.kind = Kind::Index(vec![platform]);
        }
        self
    }

    /// Fixes the content: two pushes of the same content have the same digest.
    #[must_use]
    pub fn content(mut self, content: &str) -> Self {
        self.content = Some(content.to_owned());
        self
    }

    /// With a label in its config blob.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), json!(value));
        self
    }

    /// Makes manifests and blobs; `serial` tells pushes without fixed content
    /// apart.
    pub(crate) fn build(&self, serial: u64) -> Built {
        let mut built = Built::default();
        let content = self.content.clone().unwrap_or_else(|| format!("push {serial}"));
        match &self.kind {
            Kind::Single(platform) => {
                self.add_image(&mut built, platform, &content);
            }
            Kind::Index(platforms) => self.add_index(&mut built, platforms, &content),
            Kind::Artifact { config_type, layer_type } => {
                let config = built.add_blob(config_type, format!("{{\"name\":{content:?}}}"));
                let layer = built.add_blob(layer_type, content);
                let body = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST,
                                   "config": config, "layers": [layer] });
                built.add_manifest(&body, OCI_MANIFEST, config_type, Runs::Nothing);
            }
        }
        built
    }

    fn add_index(&self, built: &mut Built, platforms: &[Platform], content: &str) {
        let mut entries = Vec::new();
        let mut attestations = Vec::new();
        for platform in platforms {
            let mut entry = self.add_image(built, platform, content);
            if self.attested {
                attestations.push(add_attestation(built, &entry["digest"], content));
            }
            entry["platform"] = Value::Object(platform.json());
            entries.push(entry);
        }
        entries.extend(attestations);
        let media_type = if self.docker { DOCKER_LIST } else { OCI_INDEX };
        let body = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": entries });
        built.add_manifest(&body, media_type, "", Runs::On(platforms.to_vec()));
    }

    /// Adds one platform's image and returns its descriptor.
    fn add_image(&self, built: &mut Built, platform: &Platform, content: &str) -> Value {
        let (manifest_type, config_type, layer_type) = if self.docker {
            (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER)
        } else {
            (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
        };
        let mut config = platform.json();
        config.insert("created".into(), json!("2026-01-01T00:00:00Z"));
        config.insert("config".into(), json!({ "Labels": self.labels, "Cmd": ["serve"] }));
        config.insert(
            "rootfs".into(),
            json!({ "type": "layers",
            "diff_ids": [digest_of(content.as_bytes())] }),
        );
        let config = built.add_blob(config_type, Value::Object(config).to_string());
        let layer = built.add_blob(layer_type, format!("layer of {content}"));
        let body = json!({ "schemaVersion": 2, "mediaType": manifest_type,
                           "config": config, "layers": [layer] });
        built.add_manifest(&body, manifest_type, config_type, Runs::Only(platform.clone()))
    }
}

/// The provenance manifest that buildx puts beside an image: its platform says
/// unknown/unknown.
fn add_attestation(built: &mut Built, subject: &Value, content: &str) -> Value {
    let config = built.add_blob(
        OCI_CONFIG,
        json!({ "architecture": "unknown", "os": "unknown", "config": {},
                "rootfs": { "type": "layers", "diff_ids": [] } })
        .to_string(),
    );
    let layer = built.add_blob("application/vnd.in-toto+json", format!("in-toto {content}"));
    let body = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST,
                       "config": config, "layers": [layer] });
    let mut entry = built.add_manifest(&body, OCI_MANIFEST, OCI_CONFIG, Runs::Nothing);
    entry["annotations"] = json!({ "vnd.docker.reference.digest": subject,
                                   "vnd.docker.reference.type": "attestation-manifest" });
    entry["platform"] = json!({ "architecture": "unknown", "os": "unknown" });
    entry
}

/// What a manifest can run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Runs {
    /// A single image: the engine starts it anywhere, right or wrong.
    Only(Platform),
    /// An index: the engine refuses it where its platform is not listed.
    On(Vec<Platform>),
    /// No container image.
    Nothing,
}

/// A manifest and the facts that ECR keeps beside it.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) digest: String,
    pub(crate) text: String,
    pub(crate) media_type: String,
    /// The media type of the config; empty for an index.
    pub(crate) artifact_type: String,
    pub(crate) runs: Runs,
}

/// An image ready to be stored. The last manifest is the one that gets the tag.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) blobs: Vec<(String, Bytes)>,
}

impl Built {
    fn add_blob(&mut self, media_type: &str, bytes: String) -> Value {
        let digest = digest_of(bytes.as_bytes());
        let descriptor = json!({ "mediaType": media_type, "size": bytes.len(), "digest": digest });
        self.blobs.push((digest, Bytes::from(bytes)));
        descriptor
    }

    fn add_manifest(&mut self, body: &Value, kind: &str, artifact: &str, runs: Runs) -> Value {
        // Indented, as tools push it: a digest over re-serialised JSON is wrong.
        let text = serde_json::to_string_pretty(body).expect("a manifest is JSON");
        let digest = digest_of(text.as_bytes());
        let descriptor = json!({ "mediaType": kind, "digest": digest, "size": text.len() });
        self.manifests.push(Manifest {
            digest,
            text,
            media_type: kind.to_owned(),
            artifact_type: artifact.to_owned(),
            runs,
        });
        descriptor
    }
}
