//! Of which commit of which repository an image was built: what it says itself, by
//! the labels of the OCI image specification ("Pre-Defined Annotation Keys").
//!
//! The builder of an image can write anything there. It is used for words, links and
//! records, and decides nothing.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::digest::Digest;
use super::manifest::{Descriptor, WrittenManifest};

const REVISION: &str = "org.opencontainers.image.revision";
const SOURCE: &str = "org.opencontainers.image.source";

/// Where an image comes from, as far as it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BuiltFrom {
    /// The whole id of a commit, in lower case.
    pub commit: Option<String>,
    pub repository: Option<String>,
}

/// What a manifest says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Traced {
    Here(BuiltFrom),
    /// Its labels are in this blob.
    InConfig(Digest),
    /// It is one of several, and this is the first of them.
    InManifest(Digest),
    /// Nothing.
    Nowhere,
}

/// Reads the body of a manifest or of an index.
pub(crate) fn trace(manifest: &str) -> Traced {
    let Ok(document) = serde_json::from_str::<WrittenManifest>(manifest) else {
        return Traced::Nowhere;
    };
    let built_from = BuiltFrom::among(document.annotations.as_ref());
    if built_from.commit.is_some() {
        return Traced::Here(built_from);
    }
    if let Some(config) = document.config.as_ref().and_then(Descriptor::parsed_digest) {
        return Traced::InConfig(config);
    }
    let first = document.images().find_map(Descriptor::parsed_digest);
    first.map_or(Traced::Nowhere, Traced::InManifest)
}

impl BuiltFrom {
    /// Reads the configuration of an image (its config blob).
    pub(crate) fn from_image_config(blob: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Blob {
            config: Option<Config>,
        }
        #[derive(Deserialize)]
        struct Config {
            #[serde(rename = "Labels")]
            labels: Option<Map<String, Value>>,
        }
        let blob: Option<Blob> = serde_json::from_slice(blob).ok();
        Self::among(blob.and_then(|it| it.config).and_then(|it| it.labels).as_ref())
    }

    fn among(labels: Option<&Map<String, Value>>) -> Self {
        let text = |key| labels.and_then(|it| it.get(key)).and_then(Value::as_str).map(str::trim);
        // SHA-1 or SHA-256, whole: a short one may name another commit tomorrow.
        let is_commit = |text: &&str| {
            matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        Self {
            commit: text(REVISION).filter(is_commit).map(str::to_ascii_lowercase),
            repository: text(SOURCE).filter(|it| !it.is_empty()).map(str::to_owned),
        }
    }

    /// Whether it says that it was built of another repository than `owner/name`.
    pub(crate) fn is_elsewhere(&self, owner_and_name: &str) -> bool {
        let Some(repository) = &self.repository else { return false };
        let path = repository.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_ascii_lowercase();
        let own = owner_and_name.to_ascii_lowercase();
        path != own && !path.ends_with(&format!("/{own}")) && !path.ends_with(&format!(":{own}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn config(labels: &str) -> BuiltFrom {
        BuiltFrom::from_image_config(format!(r#"{{"config": {{"Labels": {labels}}}}}"#).as_bytes())
    }

    #[test]
    fn the_commit_is_the_whole_id_in_the_label_and_nothing_else() {
        for (value, expected) in [
            (COMMIT.to_owned(), Some(COMMIT.to_owned())),
            (COMMIT.to_uppercase(), Some(COMMIT.to_owned())),
            ("a".repeat(64), Some("a".repeat(64))),
            (COMMIT[..7].to_owned(), None),
            ("main".to_owned(), None),
            (format!("{COMMIT}::error::"), None),
            (String::new(), None),
        ] {
            assert_eq!(config(&format!(r#"{{"{REVISION}": "{value}"}}"#)).commit, expected);
        }
        for labels in ["null", "{}", "[]", &format!(r#"{{"{REVISION}": 7}}"#)] {
            assert_eq!(config(labels), BuiltFrom::default(), "{labels}");
        }
        assert_eq!(BuiltFrom::from_image_config(b"no JSON"), BuiltFrom::default());
    }

    #[test]
    fn a_manifest_says_it_itself_or_leads_on() {
        let annotations = format!(r#""annotations": {{"{REVISION}": "{COMMIT}"}}"#);
        let config = format!(r#""config": {{"digest": "{}"}}"#, digest('c'));
        let manifests = format!(
            r#""manifests": [
                {{"digest": "{}", "platform": {{"os": "unknown", "architecture": "unknown"}}}},
                {{"digest": "{}", "annotations": {{"vnd.docker.reference.type": "attestation-manifest"}}}},
                {{"digest": "{}", "platform": {{"os": "linux", "architecture": "arm64"}}}},
                {{"digest": "{}", "platform": {{"os": "linux", "architecture": "amd64"}}}}
            ]"#,
            digest('a'),
            digest('b'),
            digest('1'),
            digest('2')
        );
        let known = |c: char| digest(c).parse().expect("a digest");
        let here = BuiltFrom { commit: Some(COMMIT.to_owned()), repository: None };
        for (body, expected) in [
            (format!("{{{annotations}, {manifests}}}"), Traced::Here(here)),
            (format!("{{{config}}}"), Traced::InConfig(known('c'))),
            (format!("{{{manifests}}}"), Traced::InManifest(known('1'))),
            (r#"{"manifests": []}"#.to_owned(), Traced::Nowhere),
            ("{}".to_owned(), Traced::Nowhere),
            ("no JSON".to_owned(), Traced::Nowhere),
        ] {
            assert_eq!(trace(&body), expected, "{body}");
        }
    }

    #[test]
    fn a_repository_is_another_one_by_its_owner_and_name() {
        for (repository, is_elsewhere) in [
            ("https://github.com/octo-org/shop", false),
            ("https://github.com/Octo-Org/Shop.git", false),
            ("git@github.com:octo-org/shop.git", false),
            ("https://github.com/octo-org/shop/?x#y", false),
            ("octo-org/shop", false),
            ("https://github.com/octo-org/other", true),
            ("https://github.com/not-octo-org/shop", true),
            ("https://example.com", true),
        ] {
            let source = BuiltFrom { commit: None, repository: Some(repository.to_owned()) };
            assert_eq!(source.is_elsewhere("octo-org/shop"), is_elsewhere, "{repository}");
        }
        assert!(!BuiltFrom::default().is_elsewhere("octo-org/shop"));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_an_image_a_commit_is_hexadecimal(body in ".*", label in ".*") {
            let _ = (trace(&body), BuiltFrom::from_image_config(body.as_bytes()));
            let labels = serde_json::json!({ REVISION: label, SOURCE: body });
            let source = config(&labels.to_string());
            let is_commit = |it: &String| {
                matches!(it.len(), 40 | 64) && it.bytes().all(|b| b.is_ascii_hexdigit())
            };
            prop_assert!(source.commit.as_ref().is_none_or(is_commit));
            let _ = source.is_elsewhere("octo-org/shop");
        }
    }
}
