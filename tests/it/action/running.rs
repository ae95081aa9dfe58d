//! A started step: its log, its signals and what it leaves behind.
//!
//! Signals go to the entry process alone, as the runner sends them; what a test
//! abandons is ended with everything it started.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::protocol::{self, Annotation};

/// No step of a test takes longer.
const LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(5);

/// A step under way.
pub(crate) struct Running {
    entry: Child,
    started: Instant,
    log: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    scratch: TempDir,
}

/// What a step left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; 128 + n where signal n ended the entry itself.
    pub(crate) code: i32,
    /// Standard output and standard error, in the order written.
    pub(crate) log: String,
    /// What the runner reads from the file of outputs.
    pub(crate) outputs: BTreeMap<String, String>,
    /// What a `post` step would find in `STATE_*`.
    pub(crate) state: BTreeMap<String, String>,
    /// The job summary: Markdown.
    pub(crate) summary: String,
    /// What the runner takes from the log as annotations, in order.
    pub(crate) annotations: Vec<Annotation>,
    /// From the start of the entry to its end.
    pub(crate) took: Duration,
}

impl Running {
    pub(super) fn spawn(mut command: Command, scratch: TempDir) -> Self {
        let (mut out, into) = std::io::pipe().expect("a pipe can be made");
        let errors = into.try_clone().expect("a pipe can be cloned");
        let entry = command
            .stdin(Stdio::null())
            .stdout(into)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("node is installed: the action's entry runs under it");
        // It holds the writing ends: without this the log would never end.
        drop(command);
        let log = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = out.read(&mut piece) {
                lock(&collected).extend_from_slice(&piece[..length]);
            }
        });
        Self { entry, started: Instant::now(), log, reader, scratch }
    }

    /// Waits until the log contains `text`.
    pub(crate) async fn until(&self, text: &str) {
        self.poll(&format!("the log to contain {text:?}"), || {
            self.log().contains(text).then_some(())
        })
        .await;
    }

    /// Sends a signal by its name (`INT`, `TERM`, `KILL`) to the entry alone.
    pub(crate) fn signal(&self, name: &str) {
        kill(name, &self.entry.id().to_string());
    }

    /// The program that the entry's process runs now.
    pub(crate) fn program(&self) -> PathBuf {
        fs::read_link(format!("/proc/{}/exe", self.entry.id())).expect("the entry is under way")
    }

    /// Cancels the step as the runner does: SIGINT, SIGTERM after 7.5 s, SIGKILL
    /// after another 2.5 s (`ProcessInvoker.cs`).
    pub(crate) async fn cancel(mut self) -> Run {
        for (signal, patience) in [("INT", 7_500), ("TERM", 2_500)] {
            self.signal(signal);
            let deadline = Instant::now() + Duration::from_millis(patience);
            while Instant::now() < deadline {
                if let Some(status) = self.status() {
                    return self.left_behind(status).await;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.signal("KILL");
        self.finish().await
    }

    /// Ends the step and all that it started, from one moment to the next.
    pub(crate) async fn kill(self) -> Run {
        kill("KILL", &format!("-{}", self.entry.id()));
        self.finish().await
    }

    /// Waits for the end of the step.
    pub(crate) async fn finish(self) -> Run {
        self.finish_aloud(|_| ()).await
    }

    /// The same, and passes on every line of the log as it comes.
    pub(crate) async fn finish_aloud(mut self, mut line: impl FnMut(&str)) -> Run {
        let deadline = Instant::now() + LIMIT;
        let mut passed_on = 0;
        loop {
            let log = self.log();
            let whole_lines = log.rfind('\n').map_or(0, |end| end + 1);
            log[passed_on..whole_lines].lines().for_each(&mut line);
            passed_on = whole_lines;
            if let Some(status) = self.status() {
                let run = self.left_behind(status).await;
                run.log[passed_on..].lines().for_each(line);
                return run;
            }
            assert!(Instant::now() < deadline, "the step did not end:\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.entry.try_wait().expect("the entry is our child")
    }

    async fn left_behind(self, status: ExitStatus) -> Run {
        let took = self.started.elapsed();
        // A binary that outlives the entry would hold the log open.
        self.poll("the log to end", || self.reader.is_finished().then_some(())).await;
        let read = |name| {
            fs::read_to_string(self.scratch.path().join(name)).expect("a command file is UTF-8")
        };
        let parse = |name| {
            protocol::file_commands(&read(name))
                .unwrap_or_else(|fault| panic!("the runner refuses the file of {name}s: {fault}"))
        };
        let log = self.log();
        Run {
            code: status
                .code()
                .or_else(|| status.signal().map(|signal| 128 + signal))
                .expect("a process ends by a code or by a signal"),
            outputs: parse("output"),
            state: parse("state"),
            summary: read("summary"),
            annotations: protocol::annotations(&log),
            log,
            took,
        }
    }

    async fn poll<T>(&self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(value) = ready() {
                return value;
            }
            assert!(Instant::now() < deadline, "waited for {what} in vain:\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&lock(&self.log)).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group is gone where the step ended by itself: that is fine.
        kill("KILL", &format!("-{}", self.entry.id()));
        let _reaped = self.entry.wait();
    }
}

/// By the shell's own `kill`: not every system has one as a program.
fn kill(signal: &str, target: &str) {
    Command::new("sh")
        .args(["-c", "kill -s \"$1\" -- \"$2\"", "sh", signal, target])
        .stderr(Stdio::null())
        .status()
        .expect("every system has sh");
}

fn lock(log: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
