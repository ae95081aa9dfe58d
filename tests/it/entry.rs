//! The JavaScript entry, with small scripts in the binary's place. A script is started as
//! a child by every node; what becomes of a program, `released.rs` tells.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::action::Action;

const DEFINITION: &str = "
name: fake
description: fake
inputs:
  tag-template: { description: a default with a hyphen in its name, default: 'v{version}' }
  container: { description: no default }
  github-token: { description: an expression, default: '${{ github.token }}' }
runs: { using: node24, main: dist/main.cjs }
";

fn entry(fake: impl AsRef<[u8]>) -> Action {
    Action::with_fake_binary(DEFINITION, fake.as_ref())
}

/// The same under a node that can't become another program, as those before 22.15.
pub(crate) fn without_execve(action: Action) -> Action {
    action
        .file("older.cjs", "delete process.execve;\n")
        .variable("NODE_OPTIONS", "--require ./older.cjs")
}

#[tokio::test]
async fn the_entry_exits_as_the_binary_exits() {
    for code in [0, 1, 2, 130] {
        let run = entry(format!("#!/bin/sh\necho said; exit {code}\n")).run().await;
        assert_eq!((run.code, run.log.as_str()), (code, "said\n"));
    }
}

#[tokio::test]
async fn inputs_and_variables_reach_the_binary_unchanged() {
    let show = "#!/usr/bin/env node
        const show = ['INPUT_TAG-TEMPLATE', 'INPUT_CONTAINER', 'INPUT_GITHUB-TOKEN',
          'INPUT_ENVIRONMENT-VARIABLES', 'GREETING'];
        console.log(JSON.stringify(show.map((name) => process.env[name])));";
    let run = entry(show)
        .input("environment-variables", "A=1\nB=$(id) \"'\\ %0A")
        .variable("GREETING", "good day")
        .run()
        .await;
    let seen: Vec<String> = serde_json::from_str(&run.log).expect("the script prints JSON");
    assert_eq!(seen, ["v{version}", "", "", "A=1\nB=$(id) \"'\\ %0A", "good day"]);
}

#[tokio::test]
async fn the_binary_starts_in_the_workspace_and_may_write_all_command_files() {
    let script = "#!/usr/bin/env bash
        cat package/x.json
        echo 'a=1' >> \"$GITHUB_OUTPUT\"
        echo 'b=2' >> \"$GITHUB_STATE\"
        echo '# Done' >> \"$GITHUB_STEP_SUMMARY\"
        echo '::warning::careful' >&2";
    let run = entry(script).file("package/x.json", "{}\n").run().await;
    assert_eq!(run.log, "{}\n::warning::careful\n");
    assert_eq!(run.outputs, [("a".to_owned(), "1".to_owned())].into());
    assert_eq!(run.state, [("b".to_owned(), "2".to_owned())].into());
    assert_eq!(run.summary, "# Done\n");
    assert_eq!(run.annotations[0].message, "careful");
}

#[tokio::test]
async fn signals_are_forwarded_and_the_binary_decides_what_they_mean() {
    for signal in ["INT", "TERM"] {
        let script = format!(
            "#!/usr/bin/env bash
            trap 'echo got {signal}; exit 130' {signal}
            echo ready
            while true; do sleep 0.05; done"
        );
        let step = entry(&script).start();
        step.until("ready").await;
        step.signal(signal);
        let run = step.finish().await;
        assert_eq!((run.code, run.log.as_str()), (130, format!("ready\ngot {signal}\n").as_str()));
    }
}

#[tokio::test]
async fn a_cancelled_step_ends_well_before_the_runner_kills_it() {
    let script = "#!/usr/bin/env bash
        trap 'echo leaving; exit 130' INT
        while true; do echo ready; sleep 0.05; done";
    let step = entry(script).start();
    step.until("ready").await;
    let run = step.cancel().await;
    assert_eq!(run.code, 130);
    assert!(run.took < Duration::from_secs(7), "{:?}", run.took);
    assert!(run.log.ends_with("leaving\n"), "{}", run.log);
}

#[tokio::test]
async fn a_binary_ended_by_a_forwarded_signal_gives_its_exit_code_and_no_error() {
    let step = entry("#!/usr/bin/env bash\necho ready; exec sleep 60\n").start();
    step.until("ready").await;
    step.signal("TERM");
    let run = step.finish().await;
    assert_eq!((run.code, run.annotations.len()), (128 + 15, 0), "{}", run.log);
}

#[tokio::test]
async fn a_binary_that_is_killed_fails_the_step_and_says_so() {
    let run = entry("#!/bin/sh\nkill -KILL $$\n").run().await;
    assert_eq!(run.code, 128 + 9);
    assert_eq!(run.annotations[0].message, "ecs-release was terminated by SIGKILL");
}

#[tokio::test]
async fn a_checkout_without_a_binary_says_how_to_build_one() {
    let run = Action::without_binary(DEFINITION).run().await;
    assert_eq!(run.code, 1);
    let message = &run.annotations[0].message;
    assert!(message.contains("has no binary"), "{message}");
    assert!(message.contains("cargo build --release"), "{message}");
}

#[tokio::test]
async fn a_checkout_of_the_sources_runs_what_cargo_has_built() {
    let action = entry("#!/bin/sh\necho built\n");
    let dist = action.binary();
    let root = dist.ancestors().nth(2).expect("dist stands in the action's folder");
    let built = root.join("target/release/ecs-release");
    fs::create_dir_all(built.parent().expect("it stands in a folder"))
        .expect("target can be made in the scratch tree");
    fs::rename(&dist, &built).expect("the fake can be moved");
    assert_eq!(action.run().await.log, "built\n");
}

#[tokio::test]
async fn a_lost_executable_bit_is_given_back() {
    let action = entry("#!/bin/sh\necho started\n");
    fs::set_permissions(action.binary(), fs::Permissions::from_mode(0o644))
        .expect("the fake's mode can be set");
    let run = action.run().await;
    assert_eq!((run.code, run.log.as_str()), (0, "started\n"));
}

/// The head of a program for `machine` that asks for `loader`, as `elf(5)` has it.
fn program(machine: u8, loader: &str) -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01".to_vec();
    head.resize(120, 0);
    // An executable; its one segment stands at 64, is a PT_INTERP and lies at 120.
    for (at, value) in [(16, 2), (18, machine), (32, 64), (56, 1), (64, 3), (72, 120)] {
        head[at] = value;
    }
    [&head, loader.as_bytes(), b"\0"].concat()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_binary_that_cannot_be_run_is_explained_by_every_node() {
    let (here, elsewhere) = if cfg!(target_arch = "x86_64") { (62, 183) } else { (183, 62) };
    let cases = [
        ("#!/no/such/interpreter\n".into(), "its loader or interpreter is missing here"),
        (program(here, "/no/such/loader"), "its loader /no/such/loader is missing here"),
        (program(elsewhere, "/bin/sh"), "it is not a program for linux-"),
        // What a checkout without LFS has, and one that was cut off.
        ("version https://git-lfs.github.com/spec/v1\n".into(), "it is not a program for linux-"),
        ("".into(), "it is not a program for linux-"),
    ];
    for (fake, why) in cases {
        for action in [entry(&fake), without_execve(entry(&fake))] {
            let run = action.run().await;
            assert_eq!((run.code, run.annotations.len()), (1, 1), "{}", run.log);
            let message = &run.annotations[0].message;
            assert!(message.contains(&format!("could not be run: {why}")), "{message}");
            // No shell has read the file, and node has not fallen.
            assert_eq!(run.log.lines().count(), 1, "{}", run.log);
        }
    }
}
