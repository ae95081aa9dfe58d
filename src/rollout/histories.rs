//! Random histories of deployments, looked at at random times: the verdict is
//! what the answers prove, at the first look at which they prove it.

pub(super) mod answers;
mod model;
mod stages;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::{End, Snapshot, Tracker, View, snapshot};
use answers::{NEWCOMER, OURS, definition, id};
use model::{History, Kind, Moment, Proof, Reading, history};

const HISTORIES: u64 = 3_000;
/// A rollback that has not begun by then is not going to.
const PATIENCE: u64 = 60;
/// Seconds until a stop that nothing explains is an end of its own.
const STOPPED_FOR: u64 = 3;
/// A reader that does not see the update by then is not the one to blame.
const LAG: u64 = 30;
/// ECS is asked for its service deployment for so long.
const LISTED_WITHIN: u64 = 90;
/// The last moment of a history is looked at for so long.
const AFTERMATH: u64 = 200;

/// What stood behind one look: the service's answer and the service deployment's
/// may be one moment apart.
#[derive(Debug)]
struct Look<'a> {
    at: u64,
    service: &'a Moment,
    deployment: Option<&'a Moment>,
    is_classic: bool,
    end: Option<End>,
}

/// One history as it was followed.
#[derive(Debug)]
struct Course<'a> {
    history: &'a History,
    looks: Vec<Look<'a>>,
    told: Vec<String>,
}

impl Course<'_> {
    fn end(&self) -> Option<&End> {
        self.looks.last().and_then(|look| look.end.as_ref())
    }
}

fn follow<'a>(history: &'a History, rng: &mut fastrand::Rng) -> Course<'a> {
    let mut tracker = Tracker::default();
    let mut course = Course { history, looks: Vec::new(), told: Vec::new() };
    let last = history.moments.last().map_or(0, |moment| moment.from);
    // An answer is never older than one that was read before it was asked for.
    let (mut at, mut oldest) = (0, 0);
    while at < last + AFTERMATH {
        let now = history.moments.iter().rposition(|moment| moment.from <= at).unwrap_or(0);
        let late = now.saturating_sub(1).max(oldest);
        let (of_service, of_deployment) = match rng.u8(..3) {
            0 => (late, now),
            1 => (now, late),
            _ => (now, now),
        };
        oldest = now;
        let service = &history.moments[of_service];
        let moment = &history.moments[of_deployment];
        let listed = match history.reading {
            Reading::Denied | Reading::NeverListed => None,
            Reading::Listed(from) => moment.deployment.as_ref().filter(|_| from <= at),
        };
        // Now and then an answer is there and holds nothing.
        let is_left_out = listed.is_some() && rng.u8(..20) == 0;
        let listed = listed.filter(|_| !is_left_out);
        let is_classic = is_left_out
            || history.reading == Reading::Denied
            || history.reading == Reading::NeverListed && at >= LISTED_WITHIN;
        let view = match listed {
            Some(deployment) => View::Described(deployment),
            None if is_classic => View::Classic,
            None => View::NotListedYet,
        };
        let seen: Snapshot = snapshot(&history.followed, &service.service, view);
        let observation = tracker.observe(&seen, Duration::from_secs(at));
        course.told.extend(observation.news);
        let end = observation.end;
        let is_over = end.is_some();
        let deployment = listed.map(|_| moment);
        course.looks.push(Look { at, service, deployment, is_classic, end });
        if is_over {
            break;
        }
        at += rng.u64(1..12);
    }
    course
}

fn for_each_course(seed: u64, property: impl Fn(&Course<'_>) -> Result<(), String>) {
    for seed in seed..seed + HISTORIES {
        let mut rng = fastrand::Rng::with_seed(seed);
        let history = history(&mut rng);
        let course = follow(&history, &mut rng);
        if let Err(why) = property(&course) {
            panic!("seed {seed}: {why}\n{}", written(&course));
        }
    }
}

/// The course for a person: one line a look.
fn written(course: &Course<'_>) -> String {
    let mut text = format!("{:?} {:?}\n", course.history.reading, course.history.followed);
    for look in &course.looks {
        let deployments: Vec<String> = look
            .service
            .service
            .deployments
            .iter()
            .map(|it| format!("{} {} {:?}", it.id, it.status, it.rollout_state))
            .collect();
        let status = look.deployment.and_then(|it| it.deployment.as_ref()).map(|it| &it.status);
        text.push_str(&format!(
            "{:>4} s  {} {deployments:?} {:?}  {status:?} {:?}  -> {:?}\n",
            look.at,
            look.service.service.status,
            look.service.by_service,
            look.deployment.map(|it| it.by_deployment),
            look.end,
        ));
    }
    text
}

fn kind(end: &End) -> Kind {
    match end {
        End::Succeeded => Kind::Succeeded,
        End::RolledBack { .. } => Kind::RolledBack,
        End::RollbackFailed { .. } => Kind::RollbackFailed,
        End::Failed { .. } => Kind::Failed,
        End::Superseded(_) => Kind::Superseded,
        End::Gone { .. } => Kind::Gone,
        End::Reached | End::GivenUp(_) => unreachable!("the tracker was not told to"),
    }
}

/// What a look may, and must, end with.
#[derive(Debug, PartialEq)]
enum Due {
    /// It must not end.
    Nothing,
    Exactly(Kind),
    /// It may end, in one of these ways.
    Perhaps(Vec<Kind>),
    /// It must end, in one of these ways.
    OneOf(Vec<Kind>),
}

/// What is due at the last of `looks` at a deployment that came to `truth`.
fn due(looks: &[Look<'_>], truth: Option<Kind>) -> Due {
    let Some((look, earlier)) = looks.split_last() else { return Due::Nothing };
    if look.service.by_service == Proof::Of(Kind::Gone) {
        return Due::Exactly(Kind::Gone);
    }
    let is_named = looks.iter().any(is_named) || look.at >= LAG;
    match look.deployment.map(|it| it.by_deployment) {
        Some(Proof::Nothing | Proof::Stalled) => Due::Nothing,
        Some(Proof::Of(end)) => Due::Exactly(end),
        // Without a deployment in it the service's answer says nothing.
        Some(Proof::BareStop) if look.service.service.deployments.is_empty() => Due::Nothing,
        Some(Proof::BareStop) => {
            let kinds = match (truth, look.service.by_service) {
                (Some(Kind::Superseded), _) => vec![Kind::Superseded],
                (_, Proof::Of(Kind::Superseded)) => vec![Kind::Failed, Kind::Superseded],
                _ => vec![Kind::Failed],
            };
            let is_stopped = |it: &&Look<'_>| {
                !it.service.service.deployments.is_empty()
                    && it.deployment.is_some_and(|it| it.by_deployment == Proof::BareStop)
            };
            let since = earlier.iter().rev().take_while(is_stopped).last();
            let is_certain = since.is_some_and(|it| look.at - it.at >= STOPPED_FOR);
            if is_certain { Due::OneOf(kinds) } else { Due::Perhaps(kinds) }
        }
        None => match look.service.by_service {
            Proof::Of(Kind::Superseded) if is_named => Due::Exactly(Kind::Superseded),
            Proof::Of(end) if look.is_classic && is_named => Due::Exactly(end),
            Proof::Of(end) if look.is_classic || end == Kind::Superseded => Due::Perhaps(vec![end]),
            Proof::Stalled if look.is_classic => {
                let since = looks
                    .iter()
                    .rev()
                    .take_while(|it| it.is_classic && it.service.by_service == Proof::Stalled)
                    .last();
                let patience_is_over = since.is_some_and(|it| look.at - it.at >= PATIENCE);
                if patience_is_over { Due::Exactly(Kind::Failed) } else { Due::Nothing }
            }
            Proof::Nothing | Proof::Of(_) | Proof::BareStop | Proof::Stalled => Due::Nothing,
        },
    }
}

/// Whether an answer speaks of the deployment, so that it is younger than it.
fn is_named(look: &Look<'_>) -> bool {
    look.deployment.is_some() || look.service.service.deployments.iter().any(|it| it.id == id(OURS))
}

#[test]
fn a_verdict_falls_at_the_first_look_that_proves_it_and_says_what_is_proved() {
    for_each_course(0, |course| {
        for last in 1..=course.looks.len() {
            let looks = &course.looks[..last];
            let end = looks.last().and_then(|look| look.end.as_ref()).map(kind);
            let due = due(looks, course.history.truth);
            let is_right = match &due {
                Due::Nothing => end.is_none(),
                Due::Exactly(kind) => end == Some(*kind),
                Due::Perhaps(kinds) => end.is_none_or(|end| kinds.contains(&end)),
                Due::OneOf(kinds) => end.is_some_and(|end| kinds.contains(&end)),
            };
            if !is_right {
                return Err(format!("look {last}: {end:?}, and due was {due:?}"));
            }
        }
        Ok(())
    });
}

#[test]
fn the_verdict_is_what_became_of_the_deployment() {
    for_each_course(1_000_000, |course| {
        let history = course.history;
        let (Some(truth), Some(end)) = (history.truth, course.end().map(kind)) else {
            return Ok(());
        };
        let is_classic = course.looks.last().is_some_and(|look| look.deployment.is_none());
        let is_true = end == truth
            // What came later has wiped out what was before it.
            || history.was_interrupted && matches!(end, Kind::Superseded | Kind::Gone)
            // `deployments[]` does not say that ECS looked for a way back.
            || is_classic && truth == Kind::RollbackFailed && end == Kind::Failed;
        if is_true { Ok(()) } else { Err(format!("{end:?}, and the truth is {truth:?}")) }
    });
}

#[test]
fn what_took_its_place_is_named_by_its_own_name_or_not_at_all() {
    for_each_course(2_000_000, |course| {
        let Some(End::Superseded(by)) = course.end() else { return Ok(()) };
        let look = course.looks.last().expect("the look that ended it");
        let is_shown = look.service.service.deployments.iter().any(|it| it.id == id(NEWCOMER));
        let named = (by.id.clone(), by.task_definition.clone());
        let expected = (is_shown.then(|| id(NEWCOMER)), is_shown.then(|| definition(NEWCOMER)));
        if named == expected { Ok(()) } else { Err(format!("named as {named:?}")) }
    });
}

#[test]
fn every_event_since_the_beginning_is_told_once_and_none_of_other_deployments() {
    for_each_course(3_000_000, |course| {
        let told: Vec<&String> = course.told.iter().filter(|line| line.contains('#')).collect();
        let distinct: HashSet<&String> = told.iter().copied().collect();
        if distinct.len() != told.len() {
            return Err(format!("told twice: {told:?}"));
        }
        let since = course.history.followed.newest_event_before.as_deref();
        let is_told = |message: &str| {
            let owner = message
                .split_once("(deployment ")
                .or_else(|| message.split_once(", taskSet "))
                .and_then(|(_, rest)| rest.split(')').next());
            owner.is_none_or(|owner| owner == id(OURS).as_str())
        };
        let due: HashSet<&String> = course
            .looks
            .iter()
            .flat_map(|look| {
                look.service.service.events.iter().take_while(|it| Some(it.id.as_str()) != since)
            })
            .map(|event| &event.message)
            .filter(|message| is_told(message))
            .collect();
        if distinct == due { Ok(()) } else { Err(format!("told {distinct:?}, due {due:?}")) }
    });
}

/// Properties of what never happens hold by themselves; this says that it does.
#[test]
fn the_histories_bring_every_end_in_both_views_and_hardly_ever_none() {
    let mut ends: BTreeMap<(bool, Option<Kind>), u32> = BTreeMap::new();
    for seed in 0..HISTORIES {
        let mut rng = fastrand::Rng::with_seed(seed);
        let history = history(&mut rng);
        let course = follow(&history, &mut rng);
        let is_described = course.looks.last().is_some_and(|look| look.deployment.is_some());
        *ends.entry((is_described, course.end().map(kind))).or_default() += 1;
    }
    for is_described in [false, true] {
        for end in [
            Kind::Succeeded,
            Kind::RolledBack,
            Kind::RollbackFailed,
            Kind::Failed,
            Kind::Superseded,
            Kind::Gone,
        ] {
            let count = ends.get(&(is_described, Some(end))).copied().unwrap_or_default();
            assert!(
                count >= 20,
                "{end:?} (described: {is_described}) came {count} times: {ends:?}"
            );
        }
    }
    // Stopped by a person, and the one view that would tell can't be read.
    assert!(!ends.contains_key(&(true, None)), "{ends:?}");
    assert!(ends.get(&(false, None)).is_some_and(|count| *count < 300), "{ends:?}");
}
