//! Which registry a host belongs to.
//!
//! One private ECR registry answers under several hosts (plain, FIPS, dual-stack,
//! each partition its own suffix). The lists are those of the ECS agent's tests and
//! of botocore's partitions; a host that isn't on them is somebody else's.

use crate::names::{AccountId, Region};

/// Where the images of a reference lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryKind {
    /// A private registry in Amazon ECR.
    Ecr(EcrRegistry),
    /// The public gallery of Amazon ECR.
    EcrPublic,
    /// Any other, by its host in lower case; `docker.io` where a reference has none.
    Other(String),
}

impl RegistryKind {
    /// The registry under `host`, in whatever case it is spelled.
    pub(super) fn of_host(host: Option<&str>) -> Self {
        let host = host.unwrap_or("docker.io").to_ascii_lowercase();
        if PUBLIC_HOSTS.contains(&host.as_str()) {
            return Self::EcrPublic;
        }
        match EcrRegistry::of_host(&host) {
            Some(registry) => Self::Ecr(registry),
            None => Self::Other(host),
        }
    }

    /// Whether both are the same registry, under whichever of its hosts.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ecr(a), Self::Ecr(b)) => (&a.account, &a.region) == (&b.account, &b.region),
            _ => self == other,
        }
    }
}

/// A private registry in Amazon ECR: one for each account and Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EcrRegistry {
    account: AccountId,
    region: Region,
    host: String,
}

impl EcrRegistry {
    /// The registry of `account` in `region` under its plain host.
    pub fn new(account: AccountId, region: Region) -> Self {
        let host = format!("{account}.dkr.ecr.{region}.{}", region.domain());
        Self { account, region, host }
    }

    /// The account that owns the registry; the service may be in another one.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The Region of the registry; the service may be in another one.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// `host` is in lower case.
    fn of_host(host: &str) -> Option<Self> {
        let (account, rest) = host.split_once('.')?;
        let (region, suffix, suffixes) = HOSTS.iter().find_map(|(service, suffixes)| {
            let (region, suffix) = rest.strip_prefix(service)?.split_once('.')?;
            Some((region, suffix, *suffixes))
        })?;
        if !suffixes.contains(&suffix) {
            return None;
        }
        Some(Self {
            account: account.parse().ok()?,
            region: region.parse().ok()?,
            host: host.to_owned(),
        })
    }
}

const PUBLIC_HOSTS: [&str; 2] = ["public.ecr.aws", "ecr-public.aws.com"];

/// The text between the account and the Region, and the suffixes that go with it.
const HOSTS: [(&str, &[&str]); 6] = [
    ("dkr.ecr.", &IPV4_SUFFIXES),
    ("dkr.ecr-fips.", &IPV4_SUFFIXES),
    ("dkr.starport.", &IPV4_SUFFIXES),
    ("dkr.starport-fips.", &IPV4_SUFFIXES),
    ("dkr-ecr.", &DUAL_STACK_SUFFIXES),
    ("dkr-ecr-fips.", &DUAL_STACK_SUFFIXES),
];

const IPV4_SUFFIXES: [&str; 7] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

const DUAL_STACK_SUFFIXES: [&str; 7] = [
    "on.aws",
    "on.amazonwebservices.com.cn",
    "on.amazonwebservices.eu",
    "on.aws.ic.gov",
    "on.aws.scloud",
    "on.cloud-aws.adc-e.uk",
    "on.aws.hci.ic.gov",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ecr(host: &str) -> Option<(String, String)> {
        match RegistryKind::of_host(Some(host)) {
            RegistryKind::Ecr(ecr) => Some((ecr.account().to_string(), ecr.region().to_string())),
            RegistryKind::EcrPublic | RegistryKind::Other(_) => None,
        }
    }

    #[test]
    fn every_host_of_a_private_registry_is_known() {
        for (host, region) in [
            ("111122223333.dkr.ecr.eu-central-1.amazonaws.com", "eu-central-1"),
            ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            ("111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            ("111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
            ("111122223333.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
            ("111122223333.dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
            ("111122223333.dkr.starport.us-west-2.amazonaws.com", "us-west-2"),
            ("111122223333.dkr.starport-fips.us-west-2.amazonaws.com", "us-west-2"),
            ("111122223333.dkr-ecr.us-west-2.on.aws", "us-west-2"),
            ("111122223333.dkr-ecr-fips.us-west-2.on.aws", "us-west-2"),
            ("111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"),
            ("111122223333.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu", "eusc-de-east-1"),
            ("111122223333.dkr-ecr.us-iso-east-1.on.aws.ic.gov", "us-iso-east-1"),
            ("111122223333.dkr-ecr.us-isob-east-1.on.aws.scloud", "us-isob-east-1"),
            ("111122223333.dkr-ecr.eu-isoe-west-1.on.cloud-aws.adc-e.uk", "eu-isoe-west-1"),
            ("111122223333.dkr-ecr.us-isof-south-1.on.aws.hci.ic.gov", "us-isof-south-1"),
            ("111122223333.DKR.ECR.EU-Central-1.AmazonAWS.com", "eu-central-1"),
        ] {
            let expected = Some(("111122223333".to_owned(), region.to_owned()));
            assert_eq!(ecr(host), expected, "{host}");
        }
    }

    #[test]
    fn a_host_that_only_looks_like_a_private_registry_is_another_one() {
        for host in [
            "11112222333.dkr.ecr.eu-central-1.amazonaws.com",
            "111122223333.dkr.ecr.amazonaws.com",
            "111122223333.dkr.ecr.eu-central-1.amazonaws.com.example.org",
            "111122223333.dkr.ecr.eu-central-1.on.aws",
            "111122223333.dkr-ecr.eu-central-1.amazonaws.com",
            "x.111122223333.dkr.ecr.eu-central-1.amazonaws.com",
            "dkr.ecr.eu-central-1.amazonaws.com",
        ] {
            assert_eq!(RegistryKind::of_host(Some(host)), RegistryKind::Other(host.to_owned()));
        }
    }

    #[test]
    fn the_public_gallery_and_docker_hub_are_told_apart() {
        for host in ["public.ecr.aws", "Public.ECR.aws", "ecr-public.aws.com"] {
            assert_eq!(RegistryKind::of_host(Some(host)), RegistryKind::EcrPublic);
        }
        assert_eq!(RegistryKind::of_host(None), RegistryKind::Other("docker.io".to_owned()));
    }

    #[test]
    fn the_plain_host_of_every_partition_is_read_back_as_the_same_registry() {
        for region in [
            "eu-central-1",
            "us-gov-west-1",
            "cn-north-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-south-1",
        ] {
            let account: AccountId = "111122223333".parse().expect("an account id");
            let registry = EcrRegistry::new(account, region.parse().expect("a Region"));
            let read = RegistryKind::of_host(Some(registry.host()));
            assert_eq!(read, RegistryKind::Ecr(registry));
        }
        let china = EcrRegistry::new(
            "111122223333".parse().expect("an account id"),
            "cn-north-1".parse().expect("a Region"),
        );
        assert_eq!(china.host(), "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn");
    }
}
