//! The real binary over TLS: whose certificates it takes, and what it says of others.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::Child;

use simulator::{Pace, Server};
use tempfile::TempDir;

use crate::action::Run;
use crate::python;
use crate::released::{Production, errors, output};

/// TLS in front of a simulator, by an authority of its own; it ends with this value.
struct Front {
    _behind: Server,
    python: Child,
    folder: TempDir,
    url: String,
}

impl Front {
    async fn before(production: &Production) -> Self {
        let behind = production.aws.serve().await.expect("a port of 127.0.0.1 is free");
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let mut python = python::tool("tls_front.py")
            .arg(behind.url().rsplit(':').next().expect("an address has a port"))
            .arg(folder.path())
            .spawn()
            .expect("the front can be started");
        let stdout = python.stdout.take().expect("its standard output is a pipe");
        let mut port = String::new();
        BufReader::new(stdout).read_line(&mut port).expect("the front says its port");
        let url = format!("https://localhost:{}", port.trim());
        Self { _behind: behind, python, folder, url }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A dry run of a step with these variables.
    async fn run(&self, production: &Production, variables: &[(&str, &str)]) -> Run {
        let step = production.step().input("dry-run", "true");
        let step = step.variable("AWS_ENDPOINT_URL", &self.url);
        variables.iter().fold(step, |step, (name, value)| step.variable(name, *value)).run().await
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.python.kill().expect("the front runs until it is killed");
        self.python.wait().expect("the front is our child");
    }
}

#[tokio::test]
async fn an_authority_is_trusted_where_a_variable_names_it() {
    let production = Production::made(Pace::real(), |service| service).await;
    let front = Front::before(&production).await;
    let (file, folder) = (front.authority(), front.folder.path());
    let (file, folder) = (file.to_str().expect("UTF-8"), folder.to_str().expect("UTF-8"));
    let cases: [&[(&str, &str)]; 3] = [
        &[("SSL_CERT_FILE", file)],
        &[("SSL_CERT_DIR", folder)],
        &[("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", folder)],
    ];
    for variables in cases {
        let run = front.run(&production, variables).await;
        assert_eq!(output(&run, "result"), "planned", "{variables:?}: {}", run.log);
    }
}

#[tokio::test]
async fn a_host_for_which_no_trusted_authority_vouches_is_not_spoken_to() {
    let production = Production::made(Pace::real(), |service| service).await;
    let front = Front::before(&production).await;
    let nothing = tempfile::tempdir().expect("a scratch folder can be made");
    let missing = nothing.path().join("missing").to_str().expect("UTF-8").to_owned();
    let empty = nothing.path().to_str().expect("UTF-8");
    fs::write(front.folder.path().join("no.pem"), "no certificate").expect("it can be written");
    let broken = front.folder.path().join("no.pem").to_str().expect("UTF-8").to_owned();
    let cases: [&[(&str, &str)]; 5] = [
        // The system does not know the authority of a test.
        &[],
        &[("SSL_CERT_FILE", &missing)],
        &[("SSL_CERT_FILE", &broken)],
        &[("SSL_CERT_DIR", &missing)],
        &[("SSL_CERT_DIR", empty)],
    ];
    for variables in cases {
        let run = front.run(&production, variables).await;
        assert_eq!(run.code, 1, "{variables:?}: {}", run.log);
        let error = errors(&run).join("\n");
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        assert!(
            error.contains("name the file that has the right authority in SSL_CERT_FILE"),
            "{error}"
        );
    }
    assert_eq!(production.aws.requests().len(), 0);
}
