//! Stories: steps on virtual time, through the real SDK clients, hundreds at a time. In
//! each something else happens: what the new image does, what other people do, what goes
//! wrong. What the step says is held against what the simulated AWS did, and without a
//! line of the product.
//!
//! A failure names its story: `STORY='rollout 17' cargo test --test it stories` plays that
//! one alone and says everything about it, or all whose names begin so; `STORIES=5000`
//! plays more of the random ones than usual.

mod around;
mod codedeploy;
mod faults;
mod fleets;
mod judge;
mod one_offs;
mod previous;
mod random;
mod rollouts;

use std::collections::BTreeMap;
use std::env;
use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use serde_json::json;
use simulator::{CodeDeployTruth, Lag, Recorded, Service, Truth};

use crate::codedeploy::{APPLICATION, GROUP};
use crate::scene::{Scene, Step};

/// So many are played at a time.
const SIDE_BY_SIDE: usize = 2;

/// What a random story gives the step.
const TIMEOUT: Duration = Duration::from_secs(8 * 60);

/// What was begun and not finished by then is not going to be.
const AFTERMATH: Duration = Duration::from_secs(2 * 60);

/// A story that everything follows from.
#[derive(Debug, Clone, Copy)]
struct Seed {
    kind: &'static str,
    number: u64,
}

impl Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.number)
    }
}

fn seeds(kind: &'static str, usual: u64) -> Vec<Seed> {
    let asked = env::var("STORIES").ok().and_then(|it| it.parse().ok()).unwrap_or(usual);
    (0..asked).map(|number| Seed { kind, number }).collect()
}

/// The story that is asked for by name.
fn asked_for() -> Option<String> {
    env::var("STORY").ok()
}

/// Plays the stories, each on a runtime of its own, so that nothing else counts. What
/// came of them, unless only some were asked for.
fn play<C: Display + Sync, R: Send>(
    cases: &[C],
    story: impl AsyncFn(&C) -> R + Sync,
) -> Option<Vec<R>> {
    let only = asked_for();
    let is_asked = |case: &&C| {
        let name = case.to_string();
        let rest = only.as_ref().map(|only| name.strip_prefix(only.as_str()));
        // `rollout 1` is not `rollout 17`.
        rest.is_none_or(|rest| rest.is_some_and(|it| !it.starts_with(|c: char| c.is_numeric())))
    };
    let cases: Vec<&C> = cases.iter().filter(is_asked).collect();
    let (cases, story) = (&cases, &story);
    let told: Vec<Result<R, String>> = thread::scope(|scope| {
        let tell = |first| {
            let own = cases.iter().skip(first).step_by(SIDE_BY_SIDE);
            scope.spawn(move || own.map(|case| tell(*case, story)).collect::<Vec<_>>())
        };
        let tellers: Vec<_> = (0..SIDE_BY_SIDE).map(tell).collect();
        tellers.into_iter().flat_map(|it| it.join().expect("a failure is caught")).collect()
    });
    let untrue: Vec<&str> =
        told.iter().filter_map(|it| it.as_ref().err()).map(|it| &**it).collect();
    assert!(untrue.is_empty(), "{} of {}:\n{}", untrue.len(), told.len(), untrue.join("\n"));
    only.is_none().then(|| told.into_iter().flatten().collect())
}

/// What came of a story, or how to play it again and what is untrue.
fn tell<C: Display, R>(case: &C, story: impl AsyncFn(&C) -> R) -> Result<R, String> {
    let played = AssertUnwindSafe(|| on_virtual_time(story(case)));
    catch_unwind(played).map_err(|why| {
        let text = why.downcast_ref::<String>().cloned();
        let text = text.or_else(|| why.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        format!("STORY='{case}': {}", text.unwrap_or_default())
    })
}

fn on_virtual_time<R>(story: impl Future<Output = R>) -> R {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().expect("a runtime can be built");
    runtime.block_on(Box::pin(story))
}

/// Who deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Controller {
    Ecs,
    CodeDeploy,
}

/// A step that was played, and what really happened.
struct Played {
    /// What was to happen, in words.
    story: String,
    scene: Scene,
    step: Step,
    /// What the tags named before the step began.
    built: BTreeMap<&'static str, String>,
    /// When the step began, since the simulator was made.
    began: Duration,
    /// The service before the step began, and as it ended.
    before: Truth,
    truth: Truth,
    /// What CodeDeploy did, where it deploys.
    codedeploy: Option<ByCodeDeploy>,
    /// The definitions of the service's task sets as the step ended.
    in_use: Vec<String>,
}

#[derive(Debug, PartialEq)]
struct ByCodeDeploy {
    /// As the step ended.
    truth: CodeDeployTruth,
    /// A while later.
    later: CodeDeployTruth,
}

impl Played {
    /// Runs the step, and lets a while pass.
    async fn on(
        scene: Scene,
        controller: Controller,
        story: &impl Debug,
        seed: u64,
        with: &[(&str, &str)],
        cancelled_at: Option<Duration>,
    ) -> Self {
        // The poller's jitter and the SDK's back-off are drawn from it. Not before the
        // scene has its folder: a name that another test has taken costs a draw more.
        fastrand::seed(seed);
        let digest = |tag| Some((tag, scene.sim.repository("web1").digest(tag)?));
        let built = ["1.4.0", "1.4.1", "1.4.2", "1.5.0"].into_iter().filter_map(digest).collect();
        let before = scene.sim.truth("prod", "web1");
        let began = scene.sim.elapsed();
        let step = tokio::select! {
            step = Box::pin(scene.deploy(with)) => step,
            () = cancel(&scene, cancelled_at) => unreachable!("it never ends"),
        };
        let group = || match controller {
            Controller::Ecs => None,
            Controller::CodeDeploy => Some(scene.sim.codedeploy_truth(APPLICATION, GROUP)),
        };
        let (truth, ended) = (scene.sim.truth("prod", "web1"), group());
        scene.sim.clear_faults();
        scene.sim.lag(Lag::default());
        let in_use = task_sets(&scene);
        let sent = scene.sim.requests().len();
        tokio::time::sleep(AFTERMATH).await;
        let late = scene.sim.requests().split_off(sent);
        assert!(!late.iter().any(Recorded::is_write), "written after the end: {late:?}");
        let codedeploy = ended.zip(group()).map(|(truth, later)| ByCodeDeploy { truth, later });
        let story = format!("{story:#?}");
        Self { story, scene, step, built, began, before, truth, codedeploy, in_use }
    }

    /// When the step ended, since the simulator was made.
    fn ended(&self) -> Duration {
        self.began + self.step.took
    }
}

/// The definitions of the service's task sets.
fn task_sets(scene: &Scene) -> Vec<String> {
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

/// Says everything that there is to know of a story that was asked for and is untrue.
impl Drop for Played {
    #[allow(clippy::print_stderr, reason = "a test that fails is there to be read")]
    fn drop(&mut self) {
        if !thread::panicking() || asked_for().is_none() {
            return;
        }
        let Self { story, step, began, truth, codedeploy, .. } = self;
        eprintln!("{story}\n{truth:#?}");
        if let Some(ByCodeDeploy { truth, later }) = codedeploy {
            eprintln!("{truth:#?}\nlater: {:#?}", later.deployments);
        }
        let (result, took, writes) = (step.result(), step.took, step.writes());
        eprintln!("{}\nbegan {began:?}, took {took:?}: {result} {writes:?}", step.log());
        eprintln!("{}", step.said("error"));
    }
}
