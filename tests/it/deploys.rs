//! Sentences about a deployment: from the version in package.json to what the
//! service runs, over the simulated AWS.

use std::time::Duration;

use serde_json::json;

use crate::scene::{Scene, definition};

#[tokio::test(start_paused = true)]
async fn the_version_of_package_json_is_deployed() {
    let scene = Scene::ready();
    let told = scene.deploy(&[]).await;
    assert_eq!((told.result(), told.code), ("deployed", 0), "{}", told.log());
    assert_eq!(told.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    assert_eq!(
        told.only("UpdateService").body,
        json!({ "cluster": "prod", "service": "web1", "taskDefinition": definition("web1:2") })
    );
    let truth = scene.sim.truth("prod", "web1");
    assert_eq!(truth.newest().status, "SUCCESSFUL");
    assert!(told.took < truth.newest().finished.expect("it ended") + Duration::from_millis(3_500));
}
