//! What ECR's scan found in an image, against the limit that was set.
//!
//! Whoever sets a limit wants to know: a scan that is missing, unfinished or denied
//! is no pass.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::aws::{Cause, Clients, Scan};
use crate::image::{Digest, EcrRepository, Findings, Severity, too_bad};
use crate::problem::Problem;

/// Whether everything that `digest` stands for was scanned, and nothing as bad as
/// `limit` was found. `inner` are the images of an index; their scans stand for its.
pub(super) async fn within(
    clients: &Clients,
    repository: &EcrRepository,
    digest: &Digest,
    inner: &[Digest],
    limit: Severity,
) -> Result<(), Problem> {
    let ecr = clients.ecr(&repository.region);
    let asked: Vec<&Digest> = std::iter::once(digest).chain(inner).collect();
    let answers = join_all(asked.iter().map(|digest| ecr.scan(repository, digest))).await;
    let mut scans = Vec::with_capacity(answers.len());
    for answer in answers {
        scans.push(answer.map_err(|error| {
            let problem = error.problem(&format!("the ECR repository {repository}"));
            match error.cause {
                Cause::Denied => problem.hint(format!(
                    "`fail-on-severity` needs {}; without it nobody knows what the scan found.",
                    error.action
                )),
                _ => problem,
            }
        })?);
    }
    let (own, inner) =
        scans.split_first().map_or((None, scans.as_slice()), |(own, inner)| (Some(own), inner));
    let found = match (own.and_then(findings), inner) {
        (Some(found), _) => found.clone(),
        (None, []) => return Err(unscanned(repository, digest, own)),
        (None, inner) => {
            let mut all = Findings::new();
            for scan in inner {
                let found = findings(scan);
                let found = found.ok_or_else(|| unscanned(repository, digest, Some(scan)))?;
                worst(&mut all, found);
            }
            all
        }
    };
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
