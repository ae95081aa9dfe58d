//! The whole process: environment → request → run → exit code.
//!
//! Here and not in `main.rs`, so that the demo can be the action too.

use std::process::ExitCode;

use crate::aws::Clients;
use crate::commands;
use crate::runner::{Console, Environment, inputs};
use crate::shutdown::{Stopper, shutdown};

/// Runs the action as the environment asks for it.
pub fn main() -> ExitCode {
    let environment = Environment::of_this_process();
    let console = Console::new(std::io::stdout(), &environment);
    let request = match inputs::parse(&environment) {
        Ok(request) => request,
        Err(problems) => return ExitCode::from(commands::refuse_inputs(&problems, &console)),
    };
    // One thread is enough: the work is waiting.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return ExitCode::from(commands::refuse_inputs(
                &[crate::problem::Problem::new(format!("the process can't start: {error}"))],
                &console,
            ));
        }
    };
    let code = runtime.block_on(async {
        let (stopper, shutdown) = shutdown();
        listen(stopper);
        let region = request.apps.first().map(|app| &app.target.region);
        let clients = Clients::from_environment(region).await;
        commands::run(&request, &clients, &shutdown, &console).await
    });
    // Calls that were cut off are not waited for.
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// The first signal asks the run to stop and report, the second one to do so at
/// once. The runner sends SIGINT, 7.5 s later SIGTERM, and kills after 10 s.
#[cfg(unix)]
fn listen(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};

    // Registered before anything is awaited, so that none is missed.
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stopper.stop();
        }
    });
}

/// Ctrl-C is all that there is elsewhere.
#[cfg(not(unix))]
fn listen(stopper: Stopper) {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.stop();
        }
    });
}
