//! Hundreds of random deployments by CodeDeploy on virtual time, through the real SDK
//! clients: what the step says always equals what the simulated CodeDeploy did.
//!
//! A failure names its seed; `STORY_SEED=17 cargo test --test it codedeploy::stories`
//! plays that one alone.

mod judge;
mod random;
mod story;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use serde_json::json;
use simulator::{CodeDeployTruth, Lag, Service};

use self::judge::{Case, judge};
use self::story::{Digests, Story};
use super::{APPLICATION, GROUP};
use crate::scene::{Scene, Step};

/// How many are told.
const STORIES: u64 = 320;

/// Side by side.
const TELLERS: usize = 2;

/// Every way that a step can end in them.
const ENDS: [&str; 7] =
    ["cancelled", "deployed", "failed", "refused", "timed-out", "undo-failed", "undone"];

/// A rollback that has not begun by then is not going to.
const AFTERMATH: Duration = Duration::from_secs(2 * 60);

#[test]
fn random_deployments_end_as_codedeploy_ended_them_and_in_every_way() {
    let number = |name: &str| std::env::var(name).ok().and_then(|it| it.parse::<u64>().ok());
    if let Some(seed) = number("STORY_SEED") {
        let played = perform(seed, &Story::tell(seed));
        let story = Story::tell(seed);
        let case = Case { story: &story, played: &played };
        let judged = catch_unwind(AssertUnwindSafe(|| judge(&case)));
        assert!(judged.is_ok(), "{}", played.written(seed));
        return;
    }
    let stories = number("STORIES").unwrap_or(STORIES);
    let ends: Vec<Result<String, String>> = thread::scope(|scope| {
        let tell = |first: u64| {
            scope.spawn(move || (first..stories).step_by(TELLERS).map(play).collect::<Vec<_>>())
        };
        let tellers: Vec<_> = (0..).take(TELLERS).map(tell).collect();
        tellers.into_iter().flat_map(|it| it.join().expect("a story can be played")).collect()
    });
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for end in ends.iter().flatten() {
        *counts.entry(end).or_default() += 1;
    }
    let untrue: Vec<&String> = ends.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(untrue.is_empty(), "{counts:?}, {} are untrue: {untrue:#?}", untrue.len());
    assert!(counts.keys().eq(&ENDS), "{counts:?}");
    assert!(counts.values().all(|count| *count >= 5), "{counts:?}");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let twice = [4, 4].map(|seed| {
        let played = perform(seed, &Story::tell(seed));
        (played.step.lines, played.step.took, played.truth, played.later)
    });
    assert_eq!(twice[0], twice[1]);
}

/// A story that was played.
struct Played {
    scene: Scene,
    digests: Digests,
    step: Step,
    /// When the step began, since the simulator was made.
    began: Duration,
    /// As the step ended.
    truth: CodeDeployTruth,
    /// A while later.
    later: CodeDeployTruth,
    /// The task definitions of the service's task sets as the step ended.
    in_use: Vec<String>,
}

impl Played {
    /// Everything that there is to know, to find out what is wrong.
    fn written(&self, seed: u64) -> String {
        let Self { step, began, truth, later, .. } = self;
        format!(
            "seed {seed}: {:#?}\n{truth:#?}\nlater: {:#?}\n{}\nbegan {began:?}, took {:?}: {} {:?}\n{}",
            Story::tell(seed),
            later.deployments,
            step.log(),
            step.took,
            step.result(),
            step.writes(),
            step.said("error"),
        )
    }
}

/// Performs and judges a story; returns how it ended, or what is not true of it.
fn play(seed: u64) -> Result<String, String> {
    let story = Story::tell(seed);
    let played = perform(seed, &story);
    let case = Case { story: &story, played: &played };
    let judged = catch_unwind(AssertUnwindSafe(|| judge(&case)));
    let result = played.step.result().to_owned();
    judged.map(|()| result.clone()).map_err(|why| {
        let text = why.downcast_ref::<String>().cloned();
        let text = text.or_else(|| why.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        format!("STORY_SEED={seed}, {result}: {}", text.unwrap_or_default())
    })
}

/// Plays a story on a runtime of its own, so that nothing but the seed counts.
fn perform(seed: u64, story: &Story) -> Played {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime can be built");
    runtime.block_on(async {
        let (scene, digests) = story.scene().await;
        // The poller's jitter and the SDK's back-off are drawn from it. Not before the
        // scene has its folder: a name that another test has taken costs a draw more.
        fastrand::seed(seed);
        let began = scene.sim.elapsed();
        let with = story.with(&scene);
        let with: Vec<(&str, &str)> = with.iter().map(|(name, it)| (*name, it.as_str())).collect();
        let step = tokio::select! {
            step = Box::pin(scene.deploy(&with)) => step,
            () = cancel(&scene, story.cancelled_at) => unreachable!("it never ends"),
        };
        let truth = scene.sim.codedeploy_truth(APPLICATION, GROUP);
        let in_use = in_use(&scene);
        tokio::time::sleep(AFTERMATH).await;
        let later = scene.sim.codedeploy_truth(APPLICATION, GROUP);
        Played { scene, digests, step, began, truth, later, in_use }
    })
}

/// The task definitions of the service's task sets.
fn in_use(scene: &Scene) -> Vec<String> {
    scene.sim.clear_faults();
    scene.sim.lag(Lag::default());
    let body = json!({ "cluster": "prod", "services": ["web1"] });
    let answer = scene.sim.call(Service::Ecs, "DescribeServices", &body).unwrap_or_default();
    let sets = answer["services"][0]["taskSets"].as_array().cloned().unwrap_or_default();
    let named = sets.iter().filter_map(|set| set["taskDefinition"].as_str());
    named.map(str::to_owned).collect()
}

async fn cancel(scene: &Scene, at: Option<Duration>) {
    if let Some(at) = at {
        scene.cancel_after(at).await;
    }
    std::future::pending().await
}
