//! ECS's names for things, with the parts that this tool reads out of them.

use std::fmt;
use std::str::FromStr;

use super::ids::{CodeDeployId, Numbered};
use crate::names::{AccountId, Region};
use crate::problem::Problem;

/// `arn:<partition>:ecs:<region>:<account>:<resource>`, split once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Arn {
    text: String,
    partition: String,
    region: Region,
    account: AccountId,
    /// Where the resource begins in `text`.
    resource: usize,
}

impl Arn {
    fn parse(text: &str, kind: &str) -> Result<Self, Problem> {
        let wrong = || Problem::new(format!("{text:?} is not the ARN of an ECS {kind}"));
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [scheme, partition, service, region, account, resource] = parts[..] else {
            return Err(wrong());
        };
        if scheme != "arn"
            || service != "ecs"
            || !partition.starts_with("aws")
            || !resource.starts_with(&format!("{kind}/"))
        {
            return Err(wrong());
        }
        Ok(Self {
            text: text.to_owned(),
            partition: partition.to_owned(),
            region: region.parse()?,
            account: account.parse()?,
            resource: text.len() - resource.len(),
        })
    }

    fn place(&self) -> Place {
        let Self { partition, region, account, .. } = self.clone();
        Place { partition, region, account }
    }

    /// What stands behind the kind of the resource.
    fn path(&self) -> &str {
        self.text[self.resource..].split_once('/').map(|(_, path)| path).unwrap_or_default()
    }

    fn last(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

/// Where something of ECS is, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    pub region: Region,
    pub account: AccountId,
}

macro_rules! arn {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(Arn);

        impl $name {
            /// The ARN as AWS spells it.
            pub fn as_str(&self) -> &str {
                &self.0.text
            }
        }

        impl FromStr for $name {
            type Err = Problem;

            fn from_str(text: &str) -> Result<Self, Problem> {
                Arn::parse(text, $kind).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.text)
            }
        }
    };
}

arn!(
    /// `…:service/<cluster>/<service>`.
    ServiceArn,
    "service"
);
arn!(
    /// `…:service-deployment/<cluster>/<service>/<id>`; the id can't be derived.
    ///
    /// A deployment by CodeDeploy is on record under the same form, which AWS never
    /// sees: its id is the last part.
    ServiceDeploymentArn,
    "service-deployment"
);
arn!(
    /// `…:service-revision/<cluster>/<service>/<number>`.
    ///
    /// Services under CodeDeploy have no revisions; what a deployment of theirs brought
    /// goes by this form, which AWS never sees, with the deployment's id as the number.
    ServiceRevisionArn,
    "service-revision"
);

impl ServiceArn {
    /// The account that owns the service.
    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    pub fn region(&self) -> &Region {
        &self.0.region
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        &self.0.partition
    }

    pub fn place(&self) -> Place {
        self.0.place()
    }

    /// The same service under its long name. In the old form of an ARN there is
    /// no cluster (`…:service/<service>`); service revisions have the new one.
    #[must_use]
    pub fn in_cluster(self, cluster: &str) -> Self {
        let (head, resource) = self.0.text.split_at(self.0.resource);
        match resource.split('/').collect::<Vec<_>>()[..] {
            [kind, service] if !cluster.is_empty() => {
                let text = format!("{head}{kind}/{cluster}/{service}");
                Self(Arn { text, ..self.0 })
            }
            _ => self,
        }
    }

    /// The name of the revision that `deployment` brings about: a deployment's
    /// number is its service revision's (seen on real AWS; the basis of how
    /// others map one to the other, too).
    pub fn revision(&self, deployment: &impl Numbered) -> ServiceRevisionArn {
        ServiceRevisionArn(self.of("service-revision", deployment))
    }

    /// The name under which a deployment by CodeDeploy is on record.
    pub fn deployment(&self, deployment: &CodeDeployId) -> ServiceDeploymentArn {
        ServiceDeploymentArn(self.of("service-deployment", deployment))
    }

    fn of(&self, kind: &str, deployment: &impl Numbered) -> Arn {
        let (head, resource) = self.0.text.split_at(self.0.resource);
        let path = resource.trim_start_matches("service/");
        let text = format!("{head}{kind}/{path}/{}", deployment.number());
        Arn { text, ..self.0.clone() }
    }
}

impl ServiceDeploymentArn {
    pub fn region(&self) -> &Region {
        &self.0.region
    }
}

impl ServiceRevisionArn {
    pub fn number(&self) -> &str {
        self.0.last()
    }

    /// Whether this is the revision that `deployment` brings about.
    pub fn belongs_to(&self, deployment: &impl Numbered) -> bool {
        self.number() == deployment.number()
    }
}

/// `…:task-definition/<family>:<revision>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskDefinitionArn {
    arn: Arn,
    family: String,
    revision: u32,
}

impl TaskDefinitionArn {
    /// The ARN as AWS spells it.
    pub fn as_str(&self) -> &str {
        &self.arn.text
    }

    pub fn place(&self) -> Place {
        self.arn.place()
    }

    pub fn family(&self) -> &str {
        &self.family
    }

    /// Counted from 1 within the family.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// `family:revision`, the form people use.
    pub fn short(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}

impl FromStr for TaskDefinitionArn {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let arn = Arn::parse(text, "task-definition")?;
        let named = family_and_revision(arn.path());
        match named.map(|(family, revision)| (family.to_owned(), revision)) {
            Some((family, Some(revision))) => Ok(Self { arn, family, revision }),
            _ => Err(Problem::new(format!(
                "{text:?} is not the ARN of one revision of an ECS task definition"
            ))),
        }
    }
}

impl fmt::Display for TaskDefinitionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `arn:PARTITION:ecs:REGION:ACCOUNT:task-definition/FAMILY[:REVISION]`.
pub(crate) fn is_task_definition_arn(text: &str) -> bool {
    let arn = Arn::parse(text, "task-definition");
    arn.is_ok_and(|arn| is_family_and_revision(arn.path()))
}

/// `FAMILY[:REVISION]`.
pub(crate) fn is_family_and_revision(text: &str) -> bool {
    family_and_revision(text).is_some()
}

/// A family is 1 to 255 letters, digits, hyphens and underscores
/// (ECS `RegisterTaskDefinition`, parameter `family`); revisions start at 1.
pub(super) fn family_and_revision(text: &str) -> Option<(&str, Option<u32>)> {
    let (family, revision) = match text.split_once(':') {
        Some((family, revision)) => (family, Some(revision)),
        None => (text, None),
    };
    let is_family = (1..=255).contains(&family.len())
        && family.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_family {
        return None;
    }
    let Some(revision) = revision else { return Some((family, None)) };
    let number: i32 = revision.parse().ok()?;
    let is_plain = revision.starts_with(|c: char| ('1'..='9').contains(&c));
    is_plain.then_some((family, Some(number.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::super::ids::TaskSetId;
    use super::*;

    #[test]
    fn a_deployment_names_its_service_revision() {
        let service: ServiceArn = "arn:aws-cn:ecs:cn-north-1:123456789012:service/prod/web1"
            .parse()
            .expect("a service's ARN");
        let deployment: TaskSetId = "ecs-svc/0123456789012345678".parse().expect("a deployment id");
        let revision = service.revision(&deployment);
        assert_eq!(
            revision.as_str(),
            "arn:aws-cn:ecs:cn-north-1:123456789012:service-revision/prod/web1/0123456789012345678"
        );
        assert!(revision.belongs_to(&deployment));
        let reread: ServiceRevisionArn = revision.as_str().parse().expect("its own text");
        assert!(reread.belongs_to(&deployment));
        assert!(!reread.belongs_to(&"ecs-svc/1".parse::<TaskSetId>().expect("a deployment id")));
    }

    #[test]
    fn a_service_with_an_old_arn_has_revisions_in_its_cluster() {
        let deployment: TaskSetId = "ecs-svc/1".parse().expect("a deployment id");
        for path in ["service/web1", "service/prod/web1"] {
            let arn: ServiceArn = format!("arn:aws:ecs:eu-central-1:123456789012:{path}")
                .parse()
                .expect("a service's ARN");
            assert_eq!(
                arn.in_cluster("prod").revision(&deployment).as_str(),
                "arn:aws:ecs:eu-central-1:123456789012:service-revision/prod/web1/1"
            );
        }
    }

    #[test]
    fn a_definition_arn_knows_family_and_revision() {
        let arn: TaskDefinitionArn =
            "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:42"
                .parse()
                .expect("a definition's ARN");
        assert_eq!((arn.family(), arn.revision(), arn.short().as_str()), ("web1", 42, "web1:42"));
    }

    #[test]
    fn other_texts_are_no_arns_of_that_kind() {
        for text in [
            "",
            "web1:42",
            "arn:aws:ecs:eu-central-1:123456789012:service/prod/web1",
            "arn:aws:ecr:eu-central-1:123456789012:task-definition/web1:42",
            "arn:aws:ecs:eu-central-1:12:task-definition/web1:42",
            "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1",
            "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:x",
            "arn:aws:ecs:eu-central-1:123456789012:task-definition/:1",
        ] {
            assert!(text.parse::<TaskDefinitionArn>().is_err(), "{text:?} was taken");
        }
    }
}
