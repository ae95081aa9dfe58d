//! Services whose deployments CodeDeploy makes: GitHub is told the same.

use super::{Shop, conforms, pull_request, shop_under_codedeploy};

#[tokio::test(start_paused = true)]
async fn a_deployment_by_codedeploy_is_recorded_tagged_and_listed_with_its_commits() {
    let Shop { scene, commits } = shop_under_codedeploy();
    let step = scene
        .deploy(&[
            ("github-deployment", "true"),
            ("environment", "production"),
            ("git-tag", "v{version}"),
        ])
        .await;
    step.is("deployed");
    let [recorded] = &scene.github.deployments()[..] else { panic!("one deployment is recorded") };
    assert_eq!(recorded.sha, commits[1], "the commit of the image");
    assert_eq!(recorded.payload["revision"], "web1:2");
    let states: Vec<&str> = recorded.statuses.iter().map(|it| it.state.as_str()).collect();
    assert_eq!(states, ["in_progress", "success"]);
    assert_eq!(step.output("github-deployment-id"), recorded.id.to_string());
    assert!(step.github_writes().contains(&"git/create-ref"), "{:?}", step.github_writes());
    step.says("summary", "Release 1.4.2");
    assert!(!step.summary.contains("Release 1.4.1"), "{}", step.summary);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_way_back_in_seconds_is_recorded_with_what_it_leaves() {
    let Shop { scene, commits } = shop_under_codedeploy();
    scene
        .sim
        .deployment_group("shop", "web1")
        .service("prod", "web1")
        .terminates_after(60)
        .create();
    scene.deploy(&[]).await;
    let step = scene
        .deploy(&[
            ("command", "rollback"),
            ("github-deployment", "true"),
            ("environment", "production"),
        ])
        .await;
    assert_eq!((step.result(), step.writes()), ("rolled-back", vec!["StopDeployment"]));
    let [recorded] = &scene.github.deployments()[..] else { panic!("one deployment is recorded") };
    assert_eq!(recorded.sha, commits[0], "the commit of what came back");
    assert_eq!(recorded.payload["previous"], "1.4.2");
    let last = recorded.statuses.last().expect("it has ended");
    assert_eq!(last.state, "success");
    assert!(last.description.starts_with("web1 is back on 1.4.1; 1.4.2 was removed"));
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_check_comments_on_the_pull_request() {
    let Shop { scene, .. } = shop_under_codedeploy();
    let scene = scene.on("pull_request", &pull_request(7));
    scene.github.branch("fix", "main");
    scene.github.pull_request(7, "Fix", "fix", "main");
    let step = scene.deploy(&[("command", "verify")]).await;
    step.is("verified");
    let [comment] = &scene.github.comments(7)[..] else { panic!("one comment is kept") };
    assert!(
        comment.body.contains("1.4.2 can be deployed to web1, which runs 1.4.1"),
        "{comment:?}"
    );
    conforms(&step);
}
