//! A rollback by the real binary behind its JavaScript entry, as the form in the
//! Actions tab starts it.

use std::path::Path;

use simulator::{Image, Pace, REGION, Simulator};

use crate::action::{Action, Run};
use crate::scene::register;

/// Runs the step with this in the form's field for the version.
async fn typed(aws: &Simulator, version: &str) -> Run {
    let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
    Action::released(Path::new(env!("CARGO_BIN_EXE_ecs-release")))
        .aws(server.url(), REGION)
        .input("command", "rollback")
        .input("cluster", "prod")
        .input("service", "web1")
        .input("version", version)
        .run()
        .await
}

fn production() -> Simulator {
    let aws = Simulator::in_real_time();
    aws.pace(Pace::real().faster(50.0));
    for tag in ["1.4.1", "1.4.2"] {
        aws.repository("web1").push(tag, Image::linux_amd64().content(tag));
    }
    let (old, new) = (register(&aws, "1.4.1"), register(&aws, "1.4.2"));
    aws.service("prod", "web1").running(&old).running(&new).desired(2).start();
    aws
}

#[tokio::test]
async fn the_form_brings_the_previous_version_back_without_a_checkout() {
    let aws = production();
    let run = typed(&aws, "previous").await;
    assert_eq!((run.outputs["result"].as_str(), run.code), ("rolled-back", 0), "{}", run.log);
    assert_eq!(run.outputs["running-version"], "1.4.1");
    assert!(run.summary.starts_with("### ✅ web1 is back on 1.4.1; 1.4.2 was removed"));
    let writes: Vec<String> = aws.writes().into_iter().map(|it| it.operation).collect();
    assert_eq!(writes, ["UpdateService"]);
}

/// The runner takes every line that begins with two colons for a command.
#[tokio::test]
async fn nothing_that_is_typed_into_the_form_commands_the_runner() {
    for version in [
        "::error title=x::pwned",
        "1.4.1\n::set-output name=result::rolled-back",
        "1.4.1%0A::error::pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "<img src=x onerror=pwned>",
    ] {
        let aws = production();
        let run = typed(&aws, version).await;
        assert_eq!((run.outputs["result"].as_str(), run.code), ("refused", 2), "{}", run.log);
        let own = |title: Option<&String>| title.is_some_and(|it| it == "ecs-release");
        for annotation in &run.annotations {
            assert!(own(annotation.properties.get("title")), "{version:?}: {}", run.log);
        }
        assert_eq!(run.annotations.len(), 1, "{version:?}: {}", run.log);
        assert!(!run.summary.contains("<img"), "{}", run.summary);
        assert_eq!(aws.requests().len(), 0, "{version:?}: nothing is asked");
    }
}
