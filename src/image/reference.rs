//! The reference of an image, in whichever form Docker and ECS write one.
//!
//! `[host/]path[:tag][@digest]`. What is read comes out again exactly as it was
//! spelled: a reference is compared with what the service runs.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::digest::Digest;
use super::registry::{EcrRegistry, RegistryKind};
use crate::problem::Problem;
use crate::version::ImageTag;

/// Characters that ECS allows before the `@` of a digest
/// (`ContainerDefinition`, member `image`).
const MAX_CHARS: usize = 255;

/// An image somewhere, by tag, by digest or, as ECS shows what it resolved, by both.
///
/// With neither of them it means `latest`, as for every container runtime.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageReference {
    host: Option<String>,
    path: String,
    tag: Option<ImageTag>,
    digest: Option<Digest>,
}

impl ImageReference {
    /// The registry of the image.
    pub fn registry(&self) -> RegistryKind {
        RegistryKind::of_host(self.host.as_deref())
    }

    /// The repository without its host: for ECR, the name of the repository.
    pub fn repository_name(&self) -> &str {
        &self.path
    }

    /// The reference without tag and digest.
    pub fn repository_uri(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// The tag as written.
    pub fn tag(&self) -> Option<&ImageTag> {
        self.tag.as_ref()
    }

    /// The digest as written.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same repository by this tag alone, its host as spelled here.
    #[must_use]
    pub fn with_tag(&self, tag: ImageTag) -> Self {
        Self { tag: Some(tag), digest: None, ..self.clone() }
    }

    /// The same repository by this digest alone, its host as spelled here. The tag
    /// goes, because it is not certain that ECS registers a definition with both.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// Whether both are of one repository, under whichever host of its registry.
    pub fn is_same_repository(&self, other: &Self) -> bool {
        self.path == other.path && self.registry().is_same(&other.registry())
    }

    /// The same image in `registry`, unless a registry is named already.
    pub fn with_default_registry(self, registry: &EcrRegistry) -> Self {
        Self { host: self.host.or_else(|| Some(registry.host().to_owned())), ..self }
    }

    /// Whether the reference names no registry, so that the runtime's default holds.
    pub(super) fn is_without_host(&self) -> bool {
        self.host.is_none()
    }

    /// The problem names only the part of `text` that is wrong: what `text` was
    /// taken for is the caller's to say.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => (named, Some(digest.parse()?)),
            None => (text, None),
        };
        let length = named.chars().count();
        if length > MAX_CHARS {
            return Err(Problem::new(format!(
                "it has {length} characters; at most {MAX_CHARS} are allowed"
            )));
        }

        // A colon before the last slash is that of the host's port.
        let last_segment = named.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match named[last_segment..].rfind(':') {
            Some(colon) => {
                let (name, tag) = named.split_at(last_segment + colon);
                (name, Some(tag[1..].parse()?))
            }
            None => (named, None),
        };

        // Docker's rule: without one of these, the first segment is part of the path.
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (Some(first), rest)
            }
            _ => (None, name),
        };
        if let Some(host) = host
            && !is_legal_host(host)
        {
            let problem = Problem::new(format!("{host:?} is not a host"));
            return Err(if text.contains("://") {
                problem.hint("Remove the scheme, such as https://")
            } else {
                problem
            });
        }
        if !path.split('/').all(is_legal_segment) {
            return Err(Problem::new(format!("{path:?} is not the name of a repository")).hint(
                "Use lower-case letters and digits, separated by '/', '.', '_', '__' or hyphens",
            ));
        }
        Ok(Self { host: host.map(str::to_owned), path: path.to_owned(), tag, digest })
    }
}

impl FromStr for ImageReference {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text).map_err(|problem| Problem {
            message: format!("{text:?} is not an image reference: {}", problem.message),
            ..problem
        })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        f.write_str(&self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// A domain name or an IPv6 address in brackets, with or without a port.
fn is_legal_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let legal_port =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let legal_name = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        }),
    };
    legal_port && legal_name
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`: the rule of ECR and of Docker.
fn is_legal_segment(segment: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    segment.starts_with(is_word)
        && segment.ends_with(is_word)
        && segment
            .split(is_word)
            .all(|gap| matches!(gap, "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

#[cfg(test)]
mod tests;
