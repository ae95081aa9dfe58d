//! The lifecycle events of a deployment to ECS, in their order.

use crate::clock::Time;
use crate::words::words;

words! {
    /// In the order in which they come.
    pub(crate) enum Event {
        BeforeInstall = "BeforeInstall",
        Install = "Install",
        AfterInstall = "AfterInstall",
        AllowTestTraffic = "AllowTestTraffic",
        AfterAllowTestTraffic = "AfterAllowTestTraffic",
        BeforeAllowTraffic = "BeforeAllowTraffic",
        AllowTraffic = "AllowTraffic",
        AfterAllowTraffic = "AfterAllowTraffic",
    }
}

impl Event {
    /// Those that come only where there is a test listener.
    pub(crate) fn is_about_tests(self) -> bool {
        matches!(self, Self::AllowTestTraffic | Self::AfterAllowTestTraffic)
    }

    /// The event of this name, if a function can be asked then.
    pub(crate) fn hook(name: &str) -> Option<Self> {
        let event = Self::ALL.iter().copied().find(|event| event.as_str() == name)?;
        let by_codedeploy =
            matches!(event, Self::Install | Self::AllowTestTraffic | Self::AllowTraffic);
        (!by_codedeploy).then_some(event)
    }
}

/// How far an event is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) status: EventStatus,
    pub(crate) started: Option<Time>,
    pub(crate) ended: Option<Time>,
    pub(crate) diagnostics: Option<Diagnostics>,
}

words! {
    #[derive(Default)]
    pub(crate) enum EventStatus {
        #[default]
        Pending = "Pending",
        InProgress = "InProgress",
        Succeeded = "Succeeded",
        Failed = "Failed",
        Skipped = "Skipped",
    }
}

/// What a function left behind.
#[derive(Debug, Clone)]
pub(crate) struct Diagnostics {
    pub(crate) code: &'static str,
    pub(crate) function: String,
    pub(crate) message: String,
    pub(crate) log_tail: String,
}
