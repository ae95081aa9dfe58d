//! The real binary over TLS: whose certificates it takes, and what it says of others.

use std::fs;

use simulator::{Pace, Server};
use tempfile::TempDir;

use crate::action::Run;
use crate::front::{Certificate, Front};
use crate::python;
use crate::released::{Production, errors, output};

/// A simulator behind TLS, by an authority of its own.
struct Secured {
    production: Production,
    _behind: Server,
    front: Front,
    certificate: Certificate,
    folder: TempDir,
}

impl Secured {
    async fn made() -> Self {
        let production = Production::made(Pace::real(), |service| service).await;
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let certificate = Certificate::make(python::interpreter(), folder.path());
        let behind = production.aws.serve().await.expect("a port of 127.0.0.1 is free");
        let front = certificate.front(&behind).await;
        Self { production, _behind: behind, front, certificate, folder }
    }

    /// A dry run of a step with these variables.
    async fn run(&self, variables: &[(&str, &str)]) -> Run {
        let step = self.production.step().input("dry-run", "true");
        let step = step.variable("AWS_ENDPOINT_URL", &self.front.url);
        variables.iter().fold(step, |step, (name, value)| step.variable(name, *value)).run().await
    }
}

#[tokio::test]
async fn an_authority_is_trusted_where_a_variable_names_it() {
    let secured = Secured::made().await;
    let file = secured.certificate.bundle.to_str().expect("UTF-8");
    let folder = secured.folder.path().to_str().expect("UTF-8");
    let cases: [&[(&str, &str)]; 3] = [
        &[("SSL_CERT_FILE", file)],
        &[("SSL_CERT_DIR", folder)],
        &[("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", folder)],
    ];
    for variables in cases {
        let run = secured.run(variables).await;
        assert_eq!(output(&run, "result"), "planned", "{variables:?}: {}", run.log);
    }
}

#[tokio::test]
async fn a_host_for_which_no_trusted_authority_vouches_is_not_spoken_to() {
    let secured = Secured::made().await;
    let nothing = tempfile::tempdir().expect("a scratch folder can be made");
    let missing = nothing.path().join("missing").to_str().expect("UTF-8").to_owned();
    let empty = nothing.path().to_str().expect("UTF-8");
    let broken = secured.folder.path().join("no.pem");
    fs::write(&broken, "no certificate").expect("it can be written");
    let broken = broken.to_str().expect("UTF-8");
    let cases: [&[(&str, &str)]; 5] = [
        // The system does not know the authority of a test.
        &[],
        &[("SSL_CERT_FILE", &missing)],
        &[("SSL_CERT_FILE", broken)],
        &[("SSL_CERT_DIR", &missing)],
        &[("SSL_CERT_DIR", empty)],
    ];
    for variables in cases {
        let run = secured.run(variables).await;
        assert_eq!(run.code, 1, "{variables:?}: {}", run.log);
        let error = errors(&run).join("\n");
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        assert!(
            error.contains("set SSL_CERT_FILE to a file that has the right authority"),
            "{error}"
        );
    }
    assert_eq!(secured.production.aws.requests().len(), 0);
}
