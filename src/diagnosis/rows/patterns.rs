//! Patterns that several tables share.

/// Ways in which a network route is missing.
pub(super) const NO_ROUTE: &[&str] = &[
    "i/o timeout",
    "context deadline",
    "context canceled",
    "request canceled",
    "requestcanceled",
    "requesterror",
    "connection issue between the task and",
    "dial tcp",
    "no such host",
    "connection refused",
    "network is unreachable",
];

/// Ways in which AWS says no.
pub(super) const DENIED: &[&str] =
    &["accessdenied", "access denied", "not authorized to perform", "403 forbidden"];
