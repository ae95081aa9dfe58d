//! What ECR's scan found in an image, against the limit that was set.
//!
//! Whoever sets a limit wants to know: a scan that is missing, unfinished or denied
//! is no pass.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;

use crate::aws::{CallError, Cause, Clients, Scan, side_by_side};
use crate::image::{Digest, EcrRepository, Findings, Severity, too_bad};
use crate::problem::Problem;

/// Whether everything that `digest` stands for was scanned, and nothing as bad as
/// `limit` was found. `inner` are the images of an index; their scans count as its own.
pub(super) async fn within(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
    inner: &[Digest],
    limit: Severity,
) -> Result<(), Problem> {
    let ecr = clients.ecr(&repository.region);
    let (own, scans) = tokio::join!(
        ecr.scan(repository, digest),
        side_by_side(inner.iter().map(|digest| ecr.scan(repository, digest))).collect::<Vec<_>>(),
    );
    let denied = |error: CallError| unread(repository, &error);
    let own = match own {
        // Whether an index has a scan of its own is ECR's to say.
        Err(error) if error.cause == Cause::Refused && !inner.is_empty() => None,
        own => Some(own.map_err(denied)?),
    };
    let finished = own.as_ref().and_then(findings);
    if finished.is_none() && inner.is_empty() {
        return Err(unscanned(repository, digest, own.as_ref()));
    }
    let mut found = finished.cloned().unwrap_or_default();
    for scan in scans {
        let scan = match scan {
            // A scan of the index covers its images.
            Err(error) if error.cause == Cause::Refused && finished.is_some() => continue,
            scan => scan.map_err(denied)?,
        };
        match findings(&scan) {
            Some(inner) => worst(&mut found, inner),
            None if finished.is_some() => {}
            None => return Err(unscanned(repository, digest, Some(&scan))),
        }
    }
    match too_bad(&found, limit) {
        None => Ok(()),
        Some(words) => Err(Problem::new(format!(
            "the scan of {} in {} found {words}",
            digest.short(),
            repository.name
        ))
        .hint(format!(
            "`fail-on-severity: {limit}` refuses it. Build the image on a base without them, and raise the version."
        ))),
    }
}

fn unread(repository: &EcrRepository, error: &CallError) -> Problem {
    let problem = error.problem(&format!("the ECR repository {repository}"));
    match error.cause {
        Cause::Denied => problem.hint(format!(
            "`fail-on-severity` needs {}; without it the findings of the scan are not known.",
            error.action
        )),
        Cause::Credentials | Cause::Throttled | Cause::Refused | Cause::Unclear => problem,
    }
}

/// Those of a scan that is over (`ImageScanStatus`: `ACTIVE` is an enhanced one that
/// goes on for ever).
fn findings(scan: &Scan) -> Option<&Findings> {
    matches!(scan.status.as_str(), "COMPLETE" | "ACTIVE").then_some(&scan.findings)
}

/// One image has the same findings as the next; they are not added up.
fn worst(all: &mut BTreeMap<String, u64>, found: &Findings) {
    for (severity, count) in found {
        let most = all.entry(severity.clone()).or_default();
        *most = (*most).max(*count);
    }
}

fn unscanned(repository: &EcrRepository, digest: &Digest, scan: Option<&Scan>) -> Problem {
    let status = scan.map_or("there is none", |scan| scan.status.as_str());
    Problem::new(format!(
        "{} in {} has no finished scan ({status})",
        digest.short(),
        repository.name
    ))
    .hint("Turn on scanning on push for the repository, wait for the scan, or leave `fail-on-severity` out.")
}
