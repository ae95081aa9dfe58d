//! Random deployments by CodeDeploy: how the group is set up, what the new image and the
//! hooks do, what others do meanwhile, and what goes wrong on the way.

mod judge;
mod story;
mod writes;

use std::collections::BTreeMap;

use self::judge::Case;
use self::story::Story;
use super::{Controller, Played, on_virtual_time, play, seeds};

/// How many are told.
const STORIES: u64 = 320;

/// Every way that a step can end in them.
const ENDS: [&str; 7] =
    ["cancelled", "deployed", "failed", "refused", "timed-out", "undo-failed", "undone"];

#[test]
fn random_deployments_end_as_codedeploy_ended_them_and_in_every_way() {
    let ends = play(&seeds("codedeploy", STORIES), async |seed| {
        let story = Story::tell(seed.number);
        let played = perform(seed.number, &story).await;
        Case::new(&story, &played).judge();
        played.step.result().to_owned()
    });
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for end in ends.iter().flatten() {
        *counts.entry(end.clone()).or_default() += 1;
    }
    if ends.is_some() {
        assert!(counts.keys().eq(&ENDS), "{counts:?}");
        assert!(counts.values().all(|count| *count >= 2), "{counts:?}");
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let [one, other] = [4, 4].map(|seed| on_virtual_time(perform(seed, &Story::tell(seed))));
    assert_eq!((&one.step.lines, one.step.took), (&other.step.lines, other.step.took));
    assert_eq!(one.codedeploy, other.codedeploy);
}

async fn perform(seed: u64, story: &Story) -> Played {
    let scene = story.scene().await;
    let with = story.with(&scene);
    let with: Vec<(&str, &str)> = with.iter().map(|(name, it)| (*name, it.as_str())).collect();
    Played::on(scene, Controller::CodeDeploy, story, seed, &with, story.cancelled_at).await
}
