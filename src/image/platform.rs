//! The operating system and CPU that an image is built for.

use std::fmt;

use serde::Deserialize;

use crate::problem::Problem;

/// What buildx writes where there is nothing to say, also used here for a missing member.
pub(super) const UNKNOWN: &str = "unknown";

/// A platform in the words of the OCI image specification, which are those of Go.
///
/// Other spellings of the same CPU are brought to one, as containerd does it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Platform {
    /// `linux`, `windows`, … or `unknown`.
    pub os: String,
    /// `amd64`, `arm64`, … or `unknown`.
    pub architecture: String,
    /// The version of the CPU, such as `v7` for `arm`.
    pub variant: Option<String>,
    /// Windows only: `10.0.20348.1234`.
    pub os_version: Option<String>,
}

impl Platform {
    /// Reads the configuration of an image (its config blob).
    ///
    /// # Errors
    /// The blob is not a JSON object. A missing member is `unknown`.
    pub(crate) fn from_image_config(blob: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(blob).map(|written: WrittenPlatform| written.into()).map_err(
            |error| Problem::new(format!("the configuration of the image can't be read: {error}")),
        )
    }

    /// Whether nothing is known of it.
    pub(crate) fn is_unknown(&self) -> bool {
        self.os == UNKNOWN && self.architecture == UNKNOWN
    }
}

impl fmt::Display for Platform {
    /// `linux/arm64/v8`, as in `docker build --platform`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        Ok(())
    }
}

/// A platform as written, in an entry of an index or in the configuration of an
/// image: both use the same names.
#[derive(Clone, Deserialize, Default)]
pub(super) struct WrittenPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

impl From<WrittenPlatform> for Platform {
    fn from(written: WrittenPlatform) -> Self {
        let lower_case =
            |text: Option<String>| text.map(|t| t.to_ascii_lowercase()).filter(|t| !t.is_empty());
        let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
        let mut architecture = or_unknown(lower_case(written.architecture));
        // containerd, platforms/database.go, normalizeArch.
        let canonical = match architecture.as_str() {
            "x86_64" | "x86-64" => Some("amd64"),
            "aarch64" => Some("arm64"),
            "i386" => Some("386"),
            _ => None,
        };
        if let Some(canonical) = canonical {
            architecture = canonical.to_owned();
        }
        Self {
            os: or_unknown(lower_case(written.os)),
            architecture,
            variant: lower_case(written.variant),
            os_version: lower_case(written.os_version),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_platform_of_an_image_configuration_is_read() {
        for (blob, shown) in [
            (r#"{"os": "linux", "architecture": "amd64", "config": {"Env": []}}"#, "linux/amd64"),
            (r#"{"os": "linux", "architecture": "arm64", "variant": "v8"}"#, "linux/arm64/v8"),
            (r#"{"os": "Linux", "architecture": "x86_64", "variant": ""}"#, "linux/amd64"),
            (r#"{"os": "linux", "architecture": "aarch64"}"#, "linux/arm64"),
            (r#"{"os": "linux", "architecture": ""}"#, "linux/unknown"),
            ("{}", "unknown/unknown"),
        ] {
            let platform = Platform::from_image_config(blob.as_bytes()).expect("a configuration");
            assert_eq!(platform.to_string(), shown);
            assert_eq!(platform.is_unknown(), shown == "unknown/unknown");
        }
    }

    #[test]
    fn the_windows_build_is_read() {
        let blob = br#"{"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.1"}"#;
        let platform = Platform::from_image_config(blob).expect("a configuration");
        assert_eq!(platform.os_version.as_deref(), Some("10.0.20348.1"));
    }

    #[test]
    fn a_blob_that_is_no_configuration_is_a_problem() {
        for blob in [&b""[..], b"null", b"{\"os\": 7}", b"\x1f\x8b"] {
            assert!(Platform::from_image_config(blob).is_err(), "{blob:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_platform_or_a_problem(blob in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Platform::from_image_config(&blob);
        }
    }
}
