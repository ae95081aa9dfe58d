//! What can end a service deployment early: the circuit breaker, alarms, and tasks enough.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::clock::Time;
use crate::words::words;

#[derive(Debug, Clone)]
pub(crate) struct Breaker {
    pub(crate) status: Watch,
    pub(crate) rollback: bool,
    pub(crate) reset_on_healthy: bool,
    pub(crate) failures: u32,
    pub(crate) threshold: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Alarms {
    pub(crate) status: Watch,
    pub(crate) rollback: bool,
    pub(crate) names: Vec<String>,
    pub(crate) triggered: Vec<String>,
    /// The end of the time they are watched after the steady state.
    pub(crate) bake_until: Option<Time>,
}

words! {
    /// `ServiceDeploymentRollbackMonitorsStatus`.
    pub(crate) enum Watch {
        Disabled = "DISABLED",
        Monitoring = "MONITORING",
        Triggered = "TRIGGERED",
        Complete = "MONITORING_COMPLETE",
    }
}

impl Breaker {
    /// Half of the desired count, rounded up, from 3 to 200, unless
    /// `thresholdConfiguration` says otherwise.
    pub(crate) fn from_configuration(configuration: &Map<String, Value>, desired: u32) -> Self {
        let breaker = configuration.get("deploymentCircuitBreaker");
        let flag = |name: &str| breaker?.get(name)?.as_bool();
        let custom = breaker.and_then(|breaker| breaker.get("thresholdConfiguration"));
        let value = custom.and_then(|it| it.get("value")?.as_u64()).unwrap_or(50);
        let share = (u64::from(desired) * value).div_ceil(100);
        let threshold = match custom.and_then(|it| it.get("type")?.as_str()) {
            Some("COUNT") => value,
            Some("UNBOUNDED_PERCENT") => share.max(1),
            _ => share.clamp(3, 200),
        };
        let enabled = flag("enable").unwrap_or(false);
        Self {
            status: if enabled { Watch::Monitoring } else { Watch::Disabled },
            rollback: flag("rollback").unwrap_or(false),
            reset_on_healthy: flag("resetOnHealthyTask").unwrap_or(true),
            failures: 0,
            threshold: u32::try_from(threshold).unwrap_or(u32::MAX),
        }
    }
}

impl Alarms {
    pub(crate) fn from_configuration(
        configuration: &Map<String, Value>,
        ringing: &BTreeSet<String>,
    ) -> Self {
        let alarms = configuration.get("alarms");
        let flag = |name: &str| alarms.and_then(|it| it.get(name)?.as_bool()).unwrap_or(false);
        let names = alarms.and_then(|it| it.get("alarmNames")?.as_array());
        let names = names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let names: Vec<String> = names.collect();
        // One that is in ALARM when the deployment starts turns them all off.
        let rings = names.iter().any(|name| ringing.contains(name));
        Self {
            status: if flag("enable") && !rings { Watch::Monitoring } else { Watch::Disabled },
            rollback: flag("rollback"),
            names,
            triggered: Vec::new(),
            bake_until: None,
        }
    }
}

/// `earlySuccessCriteria` of a rolling update, where they are enabled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EarlySuccess {
    percent: u64,
    /// Whether the old tasks go only after the success.
    pub(crate) is_deferred: bool,
}

impl EarlySuccess {
    pub(crate) fn from_configuration(configuration: &Map<String, Value>) -> Option<Self> {
        let criteria = configuration.get("earlySuccessCriteria")?;
        if criteria.get("enable")?.as_bool() != Some(true) {
            return None;
        }
        let percent = criteria.get("healthyPercent").and_then(Value::as_u64).unwrap_or(100);
        let cleanup = criteria.get("sourceServiceRevisionCleanup").and_then(Value::as_str);
        Some(Self { percent, is_deferred: cleanup == Some("DEFERRED") })
    }

    pub(crate) fn is_met(self, healthy: u32, desired: u32) -> bool {
        u64::from(healthy) * 100 >= u64::from(desired) * self.percent
    }
}
