//! All rows at the same work: a deployment that succeeds.

use std::time::Duration;

use futures_util::future::join_all;
use simulator::{Behaviour, Image, Pace, Simulator};

use crate::contestant::Contestant;
use crate::measured::{Measured, Setting};
use crate::table::{self, CALLS, CPU, Column, PEAK, WALL};

/// Of each row; before them one that isn't counted and warms the caches.
const RUNS: usize = 9;

/// Whoever looks every 15 seconds looks at another moment of each.
const LENGTHS: [u64; 3] = [15, 20, 25];

/// From the update of the service to the tasks that run.
const STARTED: Duration = Duration::from_secs(10);

const WAYS: [(&str, bool); 2] = [("HTTP", false), ("HTTPS", true)];

/// A service on 1.4.1 whose rollouts are over at once, and 1.4.2 in ECR.
pub(crate) fn at_once(aws: &Simulator) {
    aws.pace(Pace::real().faster(1e6));
    for version in ["1.4.1", "1.4.2"] {
        let platforms = ["linux/amd64", "linux/arm64"];
        aws.repository("web1").push(version, Image::multi_arch(&platforms).content(version));
    }
    aws.service("prod", "web1").running_version("1.4.1").desired(2).start();
}

pub(crate) async fn over_at_once(setting: &Setting, contestants: &[Contestant]) {
    let mut runs = rows(contestants.iter());
    for turn in 0..=RUNS {
        for row in &mut runs {
            for (way, (_, over_tls)) in WAYS.iter().enumerate() {
                let aws = Simulator::in_real_time();
                at_once(&aws);
                let run = setting.measure(row.contestant, &aws, *over_tls, &[], 0).await;
                assert_eq!(aws.truth("prod", "web1").newest().status, "SUCCESSFUL");
                if turn > 0 {
                    row.ways[way].push(run);
                }
            }
        }
    }
    print(&format!("over at once, {RUNS} runs"), &[WALL, CPU, PEAK, CALLS], &runs);
}

/// Rollouts run side by side, as they leave the machine idle; each begins when the one
/// before it does nothing but wait.
pub(crate) async fn of_twenty_seconds(setting: &Setting, contestants: &[Contestant]) {
    let mut runs = rows(contestants.iter().filter(|it| !it.is_binary()));
    let mut under_way = Vec::new();
    for row in &runs {
        for (_, over_tls) in WAYS {
            for length in LENGTHS {
                let aws = slow(Duration::from_secs(length));
                under_way.push((row.contestant, over_tls, aws));
            }
        }
    }
    let begun = tokio::sync::Mutex::new(());
    let measured = join_all(under_way.iter().map(|(contestant, over_tls, aws)| async {
        let turn = begun.lock().await;
        let following = async {
            while aws.requests_for("UpdateService").is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(turn);
        };
        tokio::join!(setting.measure(contestant, aws, *over_tls, &[], 0), following).0
    }));
    let mut measured = measured.await.into_iter();
    for row in &mut runs {
        for way in &mut row.ways {
            way.extend(measured.by_ref().take(LENGTHS.len()));
        }
    }
    let late = Column { title: "late, s", value: |it| it.late, digits: 1 };
    let usual = Column { title: "memory while following, MiB", value: |it| it.usual, digits: 0 };
    print("15, 20 and 25 s", &[late, CPU, PEAK, usual, CALLS], &runs);
}

/// The same service with a rollout that takes so long.
fn slow(length: Duration) -> Simulator {
    let aws = Simulator::in_real_time();
    at_once(&aws);
    let part = STARTED / 10;
    aws.pace(Pace {
        begin: part,
        provision: part * 3,
        pull: part * 6,
        settle: length,
        ..Pace::real().faster(1e6)
    });
    let new = aws.repository("web1").digest("1.4.2").expect("it was pushed");
    aws.behaves(&new, Behaviour::Healthy { ready_after: length - STARTED });
    aws
}

struct Row<'a> {
    contestant: &'a Contestant,
    /// As in [`WAYS`].
    ways: [Vec<Measured>; 2],
}

fn rows<'a>(contestants: impl Iterator<Item = &'a Contestant>) -> Vec<Row<'a>> {
    contestants.map(|contestant| Row { contestant, ways: Default::default() }).collect()
}

fn print(title: &str, columns: &[Column], runs: &[Row<'_>]) {
    for (way, (name, _)) in WAYS.iter().enumerate() {
        let rows: Vec<_> = runs
            .iter()
            .map(|row| (row.contestant.title.as_str(), row.ways[way].as_slice()))
            .collect();
        table::print(&format!("{name}, {title}"), columns, &rows);
    }
}
