//! The whole process: environment → request → run → exit code.
//!
//! Here and not in `main.rs`, so that the demo can be the action too.

mod last_words;

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::runtime::Runtime;

pub use last_words::on_panic;

use crate::action::{Console, Environment, inputs, tidy};
use crate::aws::{Clients, is_read_by_the_sdk};
use crate::commands;
use crate::deploy::apply::Written;
use crate::github::GitHub;
use crate::http::HttpClient;
use crate::problem::Problem;
use crate::reporter::Reporter as _;
use crate::request::Request;
use crate::shutdown::{Stopper, shutdown};
use crate::workflow::Workflow;

/// Runs the action as the environment asks for it.
pub fn main() -> ExitCode {
    let environment = Environment::of_this_process();
    let console = Console::new(std::io::stdout(), &environment);
    inputs::secrets(&environment).for_each(|secret| console.mask(secret));
    let written = Written::default();
    on_panic(Console::new(std::io::stdout(), &environment), written.clone());
    if let Some(left) = environment.left_for_post(commands::post::STATE) {
        return post(&environment, &left, &console);
    }
    let started = tidy(&environment, is_read_by_the_sdk)
        .context("the process could not restart with cleaned environment variables")
        .and_then(|()| event_loop());
    let request = match environment.no_text(is_read_by_the_sdk) {
        unread if unread.is_empty() => inputs::parse(&environment),
        unread => Err(unread),
    };
    let code = match (request, started) {
        (Err(problems), _) => Ok(commands::refuse_inputs(&problems, &console)),
        (Ok(request), Ok(runtime)) => {
            carry_out(&request, &environment, runtime, &written, &console)
        }
        (Ok(_), Err(error)) => Err(error),
    };
    code.map_or_else(
        |error| {
            console.error(&Problem::new(format!("{error:#}")));
            ExitCode::FAILURE
        },
        ExitCode::from,
    )
}

/// The post step never fails: what it is about has ended. It reads no input but the
/// token, because the others may hang on what other post steps have taken away.
fn post(environment: &Environment, left: &[&str], console: &Console) -> ExitCode {
    let workflow = inputs::workflow_of(environment);
    let closed = event_loop().map(|runtime| {
        runtime.block_on(async {
            let github = github(workflow.as_ref(), &transport(environment));
            commands::post::close(github.as_ref(), left, console).await;
        });
    });
    if let Err(error) = closed {
        console.warning(&Problem::new(format!("{error:#}")));
    }
    ExitCode::SUCCESS
}

fn transport(environment: &Environment) -> HttpClient {
    HttpClient::from_environment(environment.names_authorities())
}

fn github(workflow: Option<&Workflow>, transport: &HttpClient) -> Option<GitHub> {
    GitHub::new(workflow?, transport.clone())
}

/// One thread is enough: the work is waiting.
fn event_loop() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the process could not start its event loop")
}

fn carry_out(
    request: &Request,
    environment: &Environment,
    runtime: Runtime,
    written: &Written,
    console: &Console,
) -> anyhow::Result<u8> {
    let credentials = request.apps.iter().filter_map(|app| app.check.as_ref()?.url.credentials());
    credentials.for_each(|credentials| console.mask(&format!("{credentials}@")));
    let code = runtime.block_on(async {
        let (stopper, shutdown) = shutdown();
        listen(stopper).context("the process could not listen for the runner's signals")?;
        let region = request.apps.first().map(|app| &app.target.region);
        let region = region.or(request.images.first().map(|image| &image.region));
        let transport = transport(environment);
        let github = github(request.workflow.as_ref(), &transport);
        let clients = match Clients::from_environment(region, transport.clone()).await {
            Ok((clients, unused)) => {
                unused.iter().for_each(|problem| console.warning(problem));
                clients
            }
            Err(problems) => return Ok(commands::refuse_inputs(&problems, console)),
        };
        let ended =
            commands::run(request, &clients, github, &transport, written, &shutdown, console);
        anyhow::Ok(ended.await)
    });
    // Calls that were cut off are not waited for.
    runtime.shutdown_background();
    code
}

/// The first signal asks the run to stop and report, the second one to do so at
/// once. The runner sends SIGINT, 7.5 s later SIGTERM, and kills after 10 s.
#[cfg(unix)]
fn listen(stopper: Stopper) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    // Registered before anything is awaited, so that none is missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stopper.stop();
        }
    });
    Ok(())
}

/// Ctrl-C is all that there is elsewhere.
#[cfg(not(unix))]
fn listen(stopper: Stopper) -> std::io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.stop();
        }
    });
    Ok(())
}
