//! The rates at which ECS and ECR take calls: token buckets of the account in a Region. ECS's are
//! those of its API reference ("Request throttling for the Amazon ECS API"), ECR's those of its
//! user guide ("Amazon ECR service quotas"), which knows one rate for each and no burst above it, and none for DescribeImages.

use std::collections::BTreeMap;

use crate::clock::Time;

/// Operations that share a bucket, how many calls it holds, and how many come back in a
/// second.
const BUCKETS: &[(&[&str], f64, f64)] = &[
    (&["RegisterTaskDefinition", "DeregisterTaskDefinition"], 20.0, 1.0),
    (&["DescribeTaskDefinition", "ListTaskDefinitions"], 50.0, 20.0),
    (&["DescribeServices", "ListServices"], 100.0, 20.0),
    (&["UpdateService", "CreateService", "DeleteService"], 50.0, 5.0),
    (&["DescribeServiceDeployments", "ListServiceDeployments"], 50.0, 20.0),
    (&["DescribeServiceRevisions"], 50.0, 20.0),
    (&["DescribeTasks", "ListTasks"], 100.0, 20.0),
    (&["BatchGetImage"], 2000.0, 2000.0),
    (&["PutImage"], 10.0, 10.0),
    (&["GetDownloadUrlForLayer"], 3000.0, 3000.0),
];

/// What is left in the buckets, by Region and the place of the bucket.
#[derive(Debug, Default)]
pub(crate) struct Limits(BTreeMap<(String, usize), (f64, Time)>);

impl Limits {
    /// Takes a call, if its bucket holds one.
    pub(crate) fn admit(&mut self, region: &str, operation: &str, now: Time) -> bool {
        let is_in = |(names, ..): &(&[&str], f64, f64)| names.contains(&operation);
        let Some(place) = BUCKETS.iter().position(is_in) else { return true };
        let (_, size, refill) = BUCKETS[place];
        let (left, at) = self.0.entry((region.to_owned(), place)).or_insert((size, now));
        *left = (*left + refill * now.saturating_sub(*at).as_secs_f64()).min(size);
        *at = now;
        let is_taken = *left >= 1.0;
        if is_taken {
            *left -= 1.0;
        }
        is_taken
    }
}
