//! What becomes of the tasks that EventBridge and its Scheduler run of the same family.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedules {
    Ignore,
    /// Say which run another revision than the service.
    Warn,
    /// Set them to what the service runs.
    Update,
}
