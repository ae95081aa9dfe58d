//! The names that AWS gives things, as types that cannot hold a wrong value.
//!
//! Parsed once, at the border; nothing here knows what the names are used for.

use crate::text::nearest;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $accepted:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The name as AWS spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::problem::Problem;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Self::Err::new(format!("{text:?} is not {}", $accepted)))
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use name;

/// An enumeration of AWS's. Any value arrives as what it is: one that is younger than this
/// tool is `Other`, and so is none at all.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($variant,)*
            Other(String),
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        /// As AWS spells it.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                })
            }
        }
    )*};
}

pub(crate) use words;

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// What can be part of the names of other things.
fn is_label(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

name!(AccountId, "an AWS account id (12 digits)", is_account);

impl AccountId {
    /// `text` with what `stand_in` gives for each word that may be an account. A word is
    /// of ASCII letters and digits; anything else ends it.
    pub fn replaced(text: &str, stand_in: impl Fn(&str) -> String) -> String {
        let is_end = |c: char| !c.is_ascii_alphanumeric();
        let mut replaced = String::with_capacity(text.len());
        for piece in text.split_inclusive(is_end) {
            let word = piece.trim_end_matches(is_end);
            if is_account(word) {
                replaced.push_str(&stand_in(word));
            } else {
                replaced.push_str(word);
            }
            replaced.push_str(&piece[word.len()..]);
        }
        replaced
    }
}

name!(
    /// A Region such as `eu-central-1`; which ones exist is AWS's to say.
    Region,
    "an AWS Region (like eu-central-1)",
    |text| {
        text.len() <= 32
            && text.contains('-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
);

/// The Regions of all partitions that the SDK of 2026-11 has (`partitions.json` in it).
/// There may be younger ones: only for words.
const REGIONS: &str = "\
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap- \
    south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap- \
    southeast-6 ap-southeast-7 ca-central-1 ca-west-1 cn-north-1 cn-northwest-1 eu-central-1 \
    eu-central-2 eu-isoe-west-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 \
    eusc-de-east-1 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us- \
    east-2 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob- \
    west-1 us-isof-east-1 us-isof-south-1 us-west-1 us-west-2";

/// How the Regions of a partition begin, and the domain of AWS's hosts there; every other
/// partition uses `amazonaws.com` (botocore's `partitions.json`).
const DOMAINS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

impl Region {
    /// What the plain hosts of AWS end with in this Region, such as `amazonaws.com`.
    pub fn domain(&self) -> &'static str {
        let own = DOMAINS.iter().find(|(prefix, _)| self.as_str().starts_with(prefix));
        own.map_or("amazonaws.com", |(_, domain)| domain)
    }

    /// The Region that is spelled most like this one, if this one is not known to exist.
    pub fn nearest_known(&self) -> Option<&'static str> {
        let known = || REGIONS.split(' ');
        if known().any(|it| it == self.as_str()) {
            return None;
        }
        nearest(self.as_str(), known(), |_| usize::MAX)
    }
}

name!(
    /// 1 to 255 letters, digits, hyphens and underscores
    /// (ECS `CreateService`, parameter `serviceName`).
    ServiceName,
    "an ECS service name (1 to 255 letters, digits, hyphens and underscores)",
    |text| (1..=255).contains(&text.len()) && is_word(text)
);

name!(
    /// 1 to 255 letters, digits, hyphens and underscores
    /// (ECS `CreateCluster`, parameter `clusterName`).
    ClusterName,
    "an ECS cluster name (1 to 255 letters, digits, hyphens and underscores)",
    |text| (1..=255).contains(&text.len()) && is_word(text)
);

name!(
    /// 1 to 255 letters, digits, hyphens and underscores
    /// (ECS `ContainerDefinition`, member `name`).
    ContainerName,
    "a container name (1 to 255 letters, digits, hyphens and underscores)",
    |text| (1..=255).contains(&text.len()) && is_word(text)
);

name!(
    /// A deployment, as an output names it.
    DeploymentName,
    "a deployment (the ARN of a service deployment, ecs-svc/ and a number, or d- and letters and digits)",
    |text| {
        let is_arn = text.starts_with("arn:") && text.contains(":service-deployment/");
        let is_of = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        is_arn
            || text.strip_prefix("ecs-svc/").is_some_and(is_of)
            || text.strip_prefix("d-").is_some_and(is_of)
    }
);

name!(
    /// An app of a repository that has many.
    AppName,
    "the name of an app (1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first)",
    is_label
);

name!(
    /// Where apps are deployed to, such as `prod`.
    EnvironmentName,
    "the name of an environment (1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first)",
    is_label
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_replaced_where_it_is_a_word() {
        for (text, expected) in [
            ("123456789012", "<123456789012>"),
            ("é123456789012_123456789013\n", "é<123456789012>_<123456789013>\n"),
            ("arn:aws:iam::123456789012:role/a", "arn:aws:iam::<123456789012>:role/a"),
            ("12345678901 1234567890123", "12345678901 1234567890123"),
            ("a123456789012 123456789012a", "a123456789012 123456789012a"),
            ("", ""),
        ] {
            assert_eq!(AccountId::replaced(text, |it| format!("<{it}>")), expected);
        }
    }

    #[test]
    fn a_region_that_is_not_known_has_a_nearest_one() {
        for (text, expected) in [
            ("eu-cental-1", Some("eu-central-1")),
            ("us-eats-1", Some("us-east-1")),
            ("eu-central-1", None),
            ("us-gov-west-1", None),
        ] {
            let region: Region = text.parse().expect("it is spelled like one");
            assert_eq!(region.nearest_known(), expected, "{text}");
        }
    }
}
