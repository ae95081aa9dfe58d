//! The lifecycle events of a deployment to ECS, in their order.

use crate::clock::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    BeforeInstall,
    Install,
    AfterInstall,
    AllowTestTraffic,
    AfterAllowTestTraffic,
    BeforeAllowTraffic,
    AllowTraffic,
    AfterAllowTraffic,
}

/// In the order in which they come.
pub(crate) const EVENTS: [Event; 8] = [
    Event::BeforeInstall,
    Event::Install,
    Event::AfterInstall,
    Event::AllowTestTraffic,
    Event::AfterAllowTestTraffic,
    Event::BeforeAllowTraffic,
    Event::AllowTraffic,
    Event::AfterAllowTraffic,
];

impl Event {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BeforeInstall => "BeforeInstall",
            Self::Install => "Install",
            Self::AfterInstall => "AfterInstall",
            Self::AllowTestTraffic => "AllowTestTraffic",
            Self::AfterAllowTestTraffic => "AfterAllowTestTraffic",
            Self::BeforeAllowTraffic => "BeforeAllowTraffic",
            Self::AllowTraffic => "AllowTraffic",
            Self::AfterAllowTraffic => "AfterAllowTraffic",
        }
    }

    /// Those that come only where there is a test listener.
    pub(crate) fn is_about_tests(self) -> bool {
        matches!(self, Self::AllowTestTraffic | Self::AfterAllowTestTraffic)
    }

    /// The event of this name, if a function can be asked then.
    pub(crate) fn hook(name: &str) -> Option<Self> {
        let scripted = |event: &Event| {
            !matches!(event, Self::Install | Self::AllowTestTraffic | Self::AllowTraffic)
        };
        EVENTS.into_iter().find(|event| event.as_str() == name).filter(scripted)
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EventStatus {
    #[default]
    Pending,
    InProgress,
    Succeeded,
    Failed,
    Skipped,
}

impl EventStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
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
