//! The AWS SDK's variables as people mean them: an empty one is an unset one, and white
//! space around a value does not belong to it.
//!
//! `${{ vars.UNSET }}` makes an empty variable, a secret that was pasted ends in a line
//! break. The SDK reads the environment by itself, in many places, and takes both at
//! their word: an empty address or a key with a line break is a panic. A process can't
//! change its own environment in safe Rust, so it restarts itself with the right one.

#![allow(
    clippy::disallowed_methods,
    reason = "this program's own path and arguments, to restart it"
)]

use std::io;
use std::process::Command;

use super::environment::Environment;

/// Restarts the program in this process where a variable of the SDK's is not as it should
/// be; else it returns and has done nothing.
///
/// # Errors
/// The program can't be restarted.
pub(crate) fn tidy(environment: &Environment, is_read: impl Fn(&str) -> bool) -> io::Result<()> {
    let changes = environment.untidy(is_read);
    if changes.is_empty() {
        return Ok(());
    }
    let mut restarted = Command::new(std::env::current_exe()?);
    restarted.args(std::env::args_os().skip(1));
    for (name, value) in changes {
        match value {
            Some(value) => restarted.env(name, value),
            None => restarted.env_remove(name),
        };
    }
    replace(restarted)
}

/// The process is replaced in place: its id stays, and its parent and signals see no change.
#[cfg(unix)]
fn replace(mut restarted: Command) -> io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(restarted.exec())
}

/// Elsewhere there is no such call; what the SDK can't take ends as any other fault does.
#[cfg(not(unix))]
fn replace(_restarted: Command) -> io::Result<()> {
    Ok(())
}
