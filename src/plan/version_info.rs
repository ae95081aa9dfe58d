//! What a service runs, ran or shall run, as people and outputs are told it.

use crate::ecs::TaskDefinitionArn;
use crate::image::Digest;
use crate::names::ContainerName;
use crate::version::VersionName;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VersionInfo {
    pub version: Option<VersionName>,
    pub image: Option<String>,
    pub tag: Option<String>,
    pub digest: Option<Digest>,
    /// The revision, once there is one.
    pub task_definition: Option<TaskDefinitionArn>,
    /// Whose image that is, where several containers get one of their own.
    pub container: Option<ContainerName>,
    /// The others of these containers.
    pub others: Vec<Self>,
}

impl VersionInfo {
    /// What several containers have in common is told by the first of them.
    pub(crate) fn of_containers(
        sides: impl IntoIterator<Item = (Option<ContainerName>, Self)>,
        task_definition: Option<TaskDefinitionArn>,
    ) -> Self {
        let mut sides = sides.into_iter().map(|(container, side)| Self { container, ..side });
        let first = sides.next().unwrap_or_default();
        let others: Vec<Self> = sides.collect();
        let container = first.container.filter(|_| !others.is_empty());
        Self { task_definition, container, others, ..first }
    }

    /// Itself and the others.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }

    /// The other container of this name.
    pub(crate) fn of(&self, container: &ContainerName) -> Option<&Self> {
        self.others.iter().find(|it| it.container.as_ref() == Some(container))
    }

    /// The version, tag, image or revision: the best name there is for people; with those of
    /// the other containers.
    pub(crate) fn name(&self) -> String {
        let others: Vec<String> = self.others.iter().map(Self::name_in_container).collect();
        match others.as_slice() {
            [] => self.own_name(),
            others => format!("{} ({})", self.own_name(), others.join(", ")),
        }
    }

    fn own_name(&self) -> String {
        self.version
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| self.tag.clone())
            .or_else(|| self.digest.as_ref().map(|it| it.short().to_owned()))
            .or_else(|| self.image.clone())
            .or_else(|| self.task_definition.as_ref().map(TaskDefinitionArn::short))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    fn name_in_container(&self) -> String {
        match &self.container {
            Some(container) => format!("{container} {}", self.own_name()),
            None => self.own_name(),
        }
    }

    /// Name, digest and revision, as far as they are known; without the other containers.
    pub(crate) fn line(&self) -> String {
        let mut parts = vec![self.name_in_container()];
        parts.extend(self.digest.as_ref().map(|it| it.short().to_owned()));
        parts.extend(self.task_definition.as_ref().map(TaskDefinitionArn::short));
        parts.dedup();
        parts.join("  ")
    }
}
