//! Every call of a run goes wrong once, in every way.
//!
//! The calls are those of a recorded run without faults, so that a new one is swept by
//! itself. Of the cases that hit a read a part is played: the same each time, and all of
//! them where `STORY` asks for some, such as `STORY='Deploy: reset'`.

mod journeys;
mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::time::Duration;

use simulator::{Fault, When};

use self::journeys::Journey;
use self::judge::judge;
use super::{Played, asked_for, on_virtual_time, play};

/// Of the cases that hit a read one of so many is played.
const ONE_READ_OF: u32 = 12;

/// After a call was answered with a server fault, AWS does so for this long.
const OUTAGE: Duration = Duration::from_secs(30);

/// The outages that begin when the answer of a write was lost.
const AFTER_A_WRITE: [u64; 3] = [5, 15, 60];

/// One thing that goes wrong on a journey.
#[derive(Debug, Clone)]
struct Case {
    journey: Journey,
    /// Which, in words: it is unique.
    name: String,
    faults: Vec<(String, When, Fault)>,
    /// Whether it is over by itself while there is still time.
    passes: bool,
    /// Whether it hits a write that was carried out.
    is_after_a_write: bool,
    hits_a_write: bool,
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[test]
fn no_fault_makes_a_step_say_what_is_not_so() {
    let mut cases: Vec<Case> = Journey::ALL.into_iter().flat_map(cases_of).collect();
    let mut reads = 0;
    if asked_for().is_none() {
        cases.retain(|case| {
            reads += u32::from(!case.hits_a_write);
            case.hits_a_write || reads % ONE_READ_OF == 0
        });
    }
    play(&cases, async |case| judge(case, &case.journey.play(&case.faults).await));
}

/// Everything that goes wrong on a journey, once for each call.
fn cases_of(journey: Journey) -> Vec<Case> {
    let (recorded, _) = on_virtual_time(journey.play(&[]));
    assert_eq!(recorded.step.result(), journey.result(), "{}", recorded.step.log());
    let mut cases = Vec::new();
    let mut known = BTreeSet::new();
    for call in calls(&recorded) {
        for case in call.cases(journey) {
            if known.insert(case.name.clone()) {
                cases.push(case);
            }
        }
    }
    cases
}

/// One call of the recorded run.
struct Call {
    operation: String,
    /// Which of its operation, counted from 1.
    nth: u32,
    /// Since the simulator was made.
    at: Duration,
    is_write: bool,
}

/// Those that are worth a fault: every write, and of an operation that is asked for again and
/// again the first and the last one.
fn calls(recorded: &Played) -> Vec<Call> {
    let mut by_operation: BTreeMap<&str, Vec<Call>> = BTreeMap::new();
    for request in &recorded.step.requests {
        let of_it = by_operation.entry(&request.operation).or_default();
        let nth = u32::try_from(of_it.len()).expect("a run has few calls") + 1;
        of_it.push(Call {
            operation: request.operation.clone(),
            nth,
            at: request.at,
            is_write: request.is_write(),
        });
    }
    let worth = |all: Vec<Call>| {
        let last = all.len() - 1;
        all.into_iter()
            .enumerate()
            .filter(move |(at, call)| call.is_write || [0, last].contains(at))
            .map(|(_, call)| call)
    };
    by_operation.into_values().flat_map(worth).collect()
}

impl Call {
    fn cases(&self, journey: Journey) -> Vec<Case> {
        let Self { operation, nth, at, is_write } = self;
        let own = |fault| vec![(operation.clone(), When::Nth(*nth), fault)];
        let all = |when, fault| ("*".to_owned(), when, fault);
        let call = format!("{operation} {nth}");
        let time = format!("at {} ms", at.as_millis());
        let mut cases = Vec::new();
        let mut add = |what: &str, on: &str, faults, passes: bool, is_after_a_write: bool| {
            let name = format!("{journey:?}: {what}, {on}");
            let hits_a_write = *is_write;
            cases.push(Case { journey, name, faults, passes, is_after_a_write, hits_a_write });
        };
        add("reset before", &call, own(Fault::Reset { applied: false }), true, false);
        add("hang before", &call, own(Fault::Timeout { applied: false }), true, false);
        let body = ["", "{}", " \n"][*nth as usize % 3];
        add("empty before", &call, own(Fault::Empty { applied: false, body }), true, false);
        let outage = When::Between(*at, *at + OUTAGE);
        let throttled = vec![(operation.clone(), outage, Fault::Throttle)];
        add("throttled for 30 s", &call, throttled, true, false);
        let denied = vec![(operation.clone(), When::FromNth(*nth), Fault::AccessDenied)];
        add("denied from then on", &call, denied, false, false);
        add("500 for 30 s", &time, vec![all(outage, Fault::Status(500))], true, false);
        add("expired", &time, vec![all(When::From(*at), Fault::ExpiredToken)], false, false);
        if *is_write {
            add("reset after", &call, own(Fault::Reset { applied: true }), true, true);
            add("hang after", &call, own(Fault::Timeout { applied: true }), true, true);
            add("500 after", &call, own(Fault::StatusAfter(500)), true, true);
            for body in ["", "{}", " \n"] {
                let what = format!("{body:?} after");
                add(&what, &call, own(Fault::Empty { applied: true, body }), true, true);
            }
            for applied in [true, false] {
                for seconds in AFTER_A_WRITE {
                    let mut faults = own(Fault::Reset { applied });
                    let end = *at + Duration::from_secs(seconds);
                    let broken = Fault::Reset { applied: false };
                    faults.push(all(When::Between(*at, end), broken));
                    let what = format!("lost, carried out {applied}, {seconds} s of outage");
                    add(&what, &call, faults, true, applied);
                }
                let mut faults = own(Fault::Reset { applied });
                faults.push(all(When::From(*at), Fault::Timeout { applied: false }));
                let what = format!("lost, carried out {applied}, nothing any more");
                add(&what, &call, faults, false, applied);
                let mut faults = own(Fault::Reset { applied });
                faults.push(all(When::From(*at), Fault::ExpiredToken));
                add(
                    &format!("lost, carried out {applied}, expired"),
                    &call,
                    faults,
                    false,
                    applied,
                );
            }
        }
        cases
    }
}
