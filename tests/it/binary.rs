//! The binary that the tests run, as a file: what is built into it, and what is not.

use std::fs;

/// The switch in `.cargo/config.toml` is one that aws-lc does not promise to keep.
#[test]
fn no_time_is_spent_on_the_jitter_of_the_clock() {
    let binary = fs::read(env!("CARGO_BIN_EXE_ecs-release")).expect("the binary can be read");
    let symbols = String::from_utf8_lossy(&binary);
    assert!(symbols.contains("_RAND_bytes"), "there are no symbols of aws-lc to look for");
    assert!(!symbols.contains("jent_"), "aws-lc measures the jitter of the clock");
}
