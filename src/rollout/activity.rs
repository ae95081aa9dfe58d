//! What a deployment waits for.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Activity {
    /// A place for its tasks.
    Pending,
    /// Images are pulled, containers start.
    Starting,
    HealthChecks,
    /// A lifecycle hook that is no person.
    Hooks,
    Person,
    /// The traffic is shifted, or watched after that.
    Traffic,
    /// Tasks of before end.
    Draining,
    /// What ran before comes back.
    RollingBack,
    #[default]
    NotKnown,
}

impl Activity {
    /// Its name in reports; it has no character that means something in a chart.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Starting => "tasks starting",
            Self::HealthChecks => "health checks",
            Self::Hooks => "hooks",
            Self::Person => "waiting for a person",
            Self::Traffic => "traffic and bake",
            Self::Draining => "draining",
            Self::RollingBack => "rolling back",
            Self::NotKnown => "not known",
        }
    }
}
