//! One run: a simulated AWS of its own, new processes, and what they cost.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use simulator::{REGION, Simulator};

use crate::contestant::Contestant;
use crate::front::Certificate;

/// What all runs have in common.
pub(crate) struct Setting {
    pub(crate) certificate: Certificate,
    /// `PATH`.
    pub(crate) path: String,
}

/// What a run cost.
pub(crate) struct Measured {
    /// Milliseconds.
    pub(crate) wall: f64,
    /// Milliseconds.
    pub(crate) cpu: f64,
    /// MiB of all processes together.
    pub(crate) peak: f64,
    /// The same, most of the time.
    pub(crate) usual: f64,
    /// Seconds from the end of the rollout to that of the last process.
    pub(crate) late: f64,
    pub(crate) calls: f64,
}

/// What `measure.py` says.
#[derive(Deserialize)]
struct Cost {
    code: i32,
    /// Unix time in seconds.
    ended: f64,
    /// Seconds.
    wall: f64,
    /// Seconds.
    cpu: f64,
    /// Bytes.
    peak: u64,
    /// Bytes.
    usual: u64,
}

impl Setting {
    /// Measures a run on the service `web1` of `aws`, with inputs of ours, that has to
    /// end with this exit code.
    pub(crate) async fn measure(
        &self,
        contestant: &Contestant,
        aws: &Simulator,
        over_tls: bool,
        with: &[(&str, &str)],
        code: i32,
    ) -> Measured {
        let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
        let front = self.certificate.front(&server).await;
        let url = if over_tls { &front.url } else { server.url() };
        let bundle = self.certificate.bundle.to_str().expect("scratch paths are UTF-8");
        let mut action = contestant
            .action()
            .aws(url, REGION)
            .variable("PATH", &self.path)
            // The name that Python's SDK knows.
            .variable("AWS_DEFAULT_REGION", REGION)
            .variable("SSL_CERT_FILE", bundle)
            .variable("AWS_CA_BUNDLE", bundle);
        for (name, value) in with {
            action = action.input(name, *value);
        }
        let command = contestant.command(&action);
        let mut measuring = Command::new("python3");
        measuring.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/measure.py"));
        measuring.arg(command.get_program()).args(command.get_args());
        let mut measuring = action.surround(measuring);
        measuring.stdout(Stdio::piped()).stderr(Stdio::piped());
        // In a thread, because the simulator lives on this one.
        let output = tokio::task::spawn_blocking(move || measuring.output())
            .await
            .expect("nobody aborts it")
            .expect("python3 is installed");
        let log = String::from_utf8_lossy(&output.stderr);
        let cost: Cost = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("nothing was measured: {error}\n{log}"));
        assert_eq!(cost.code, code, "{}: {log}", contestant.title);
        cost.measured(aws)
    }
}

impl Cost {
    fn measured(self, aws: &Simulator) -> Measured {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
        let ended = aws.elapsed().as_secs_f64() - (now.as_secs_f64() - self.ended);
        let finished = aws.truth("prod", "web1").newest().finished;
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        Measured {
            wall: self.wall * 1e3,
            cpu: self.cpu * 1e3,
            peak: mebibytes(self.peak),
            usual: mebibytes(self.usual),
            late: ended - finished.as_ref().map_or(f64::NAN, Duration::as_secs_f64),
            calls: aws.requests().len() as f64,
        }
    }
}
