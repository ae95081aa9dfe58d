//! Runs that write the tracker at the same time, in every order of their calls: no row is lost.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use ecs_release::internals::{Environment, GitHub as Client, HttpClient, Kept, Section, inputs};
use proptest::prelude::*;
use serde_json::json;
use simulator::github::{GitHub, TOKEN};

use crate::openapi;

/// Whose call is the next one; who is not there any more is passed over, and behind the end
/// anybody may go.
#[derive(Debug, Clone, Default)]
struct Turns(Arc<Mutex<VecDeque<usize>>>);

impl Turns {
    fn of(turns: impl IntoIterator<Item = usize>) -> Self {
        Self(Arc::new(Mutex::new(turns.into_iter().collect())))
    }

    fn takes(&self, me: usize) -> bool {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_mine = turns.front().is_none_or(|next| *next == me);
        if is_mine {
            turns.pop_front();
        }
        is_mine
    }

    fn leave(&self, me: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| *it != me);
    }
}

/// The way to GitHub of one run, which waits for its turn at each call.
struct InTurn {
    me: usize,
    turns: Turns,
    github: SharedHttpConnector,
}

impl fmt::Debug for InTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {}", self.me)
    }
}

impl HttpConnector for InTurn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (me, turns, github) = (self.me, self.turns.clone(), self.github.clone());
        HttpConnectorFuture::new(async move {
            while !turns.takes(me) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            github.call(request).await
        })
    }
}

fn client(github: &GitHub, me: usize, turns: &Turns) -> Client {
    let variables = [
        ("INPUT_CLUSTER", "prod"),
        ("INPUT_SERVICE", "web1"),
        ("INPUT_REGION", "eu-central-1"),
        ("INPUT_GITHUB-TOKEN", TOKEN),
        ("GITHUB_API_URL", "https://api.github.example"),
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "octo-org/shop"),
        ("GITHUB_RUN_ID", "4711"),
        ("GITHUB_EVENT_NAME", "push"),
    ];
    let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = inputs::parse(&Environment::new(environment)).expect("these inputs are right");
    let way = InTurn { me, turns: turns.clone(), github: github.connector() };
    let workflow = request.workflow.expect("it is a run of a workflow");
    Client::new(&workflow, HttpClient::over(SharedHttpConnector::new(way))).expect("it has a token")
}

/// One run: the comment of its service, and a table of their names.
async fn keep(github: &GitHub, me: usize, says: &str, turns: &Turns) -> Result<(), String> {
    let client = client(github, me, turns);
    let row = json!({ "service": format!("service {me}"), "says": says });
    let body = format!("Service {me} says {says}");
    let section = Section { about: format!("service {me}"), row, body };
    let table = |rows: &[Kept], _: usize| {
        let mut lines: Vec<String> = rows.iter().map(|it| it.row.to_string()).collect();
        lines.sort();
        lines.join("\n")
    };
    let kept = client
        .keep_tracker(&[section], |_, _| false, table)
        .await
        .map_err(|error| error.to_string());
    turns.leave(me);
    kept
}

/// The tracker after these runs, which has to have a row and a comment of each.
async fn holds(github: &GitHub, runs: usize, turns: Turns) {
    let shown = format!("{turns:?}");
    let all = (0..runs).map(|me| keep(github, me, "hello", &turns));
    for (me, kept) in futures_util::future::join_all(all).await.into_iter().enumerate() {
        assert_eq!(kept, Ok(()), "run {me} in {shown}");
    }
    let open: Vec<_> = github.issues().into_iter().filter(|it| it.closed.is_none()).collect();
    let [tracker] = open.as_slice() else { panic!("one is open in {shown}: {open:?}") };
    for me in 0..runs {
        let row = format!("\"service {me}\"");
        assert_eq!(tracker.body.matches(&row).count(), 1, "{row} in {shown}: {}", tracker.body);
    }
    let comments = github.comments(tracker.number);
    for me in 0..runs {
        let own = comments.iter().filter(|it| it.body.contains(&format!("Service {me} says")));
        assert_eq!(own.count(), 1, "the comment of run {me} in {shown}");
    }
}

/// One that is there already, with a row of somebody else's.
async fn with_a_tracker() -> GitHub {
    let github = GitHub::new();
    github.commit("Begin");
    keep(&github, 9, "before", &Turns::default()).await.expect("it is written");
    github
}

/// The first run is interrupted once, and so is the second one.
#[tokio::test(start_paused = true)]
async fn wherever_two_runs_interrupt_each_other_both_rows_are_there() {
    for (first, second) in (0..10).flat_map(|it| (0..10).map(move |other| (it, other))) {
        let turns = || {
            let times = |me, times| std::iter::repeat_n(me, times);
            Turns::of(times(0, first).chain(times(1, second)).chain(times(0, 30)))
        };
        let github = with_a_tracker().await;
        holds(&github, 2, turns()).await;
        let github = GitHub::new();
        github.commit("Begin");
        holds(&github, 2, turns()).await;
        if first == second && first % 4 == 3 {
            assert_eq!(openapi::judge(&github.requests()), [""; 0]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_two_or_three_runs_call_each_row_is_there(
        runs in 2_usize..4, turns in prop::collection::vec(0_usize..3, 0..40), is_new: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime can be made");
        runtime.block_on(async {
            let github = if is_new { GitHub::new() } else { with_a_tracker().await };
            if is_new {
                github.commit("Begin");
            }
            holds(&github, runs, Turns::of(turns.into_iter().filter(|me| *me < runs))).await;
        });
    }
}
