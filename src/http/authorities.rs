//! Who may vouch for a host: the certificate authorities that the system trusts.
//!
//! Left to itself, the SDK's client reads the system's bundle and its folder as well. These
//! hold the same certificates, so that it opens a hundred files more to learn nothing.

use aws_smithy_http_client::tls::TrustStore;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use openssl_probe::ProbeResult;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};

/// Those of `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are named there, and no others;
/// else those of the system.
pub(super) fn trusted(are_named: bool) -> TrustStore {
    // Elsewhere the system keeps them in a store of its own, and no file has them all.
    let has_no_files = cfg!(any(windows, target_os = "macos"));
    let authorities = if are_named || has_no_files {
        readable(load_native_certs())
    } else {
        of_the_system(&openssl_probe::probe())
    };
    TrustStore::empty().with_pem_certificate(pem(&authorities))
}

/// Those in the bundle; only where it has none, those in the folders.
fn of_the_system(places: &ProbeResult) -> Vec<CertificateDer<'static>> {
    let bundle = readable(load_certs_from_paths(places.cert_file.as_deref(), None));
    if !bundle.is_empty() {
        return bundle;
    }
    let folders = places.cert_dir.iter();
    folders.flat_map(|folder| readable(load_certs_from_paths(None, Some(folder)))).collect()
}

/// The SDK's client panics at a certificate that it can't read, and a bundle may hold some.
fn readable(found: CertificateResult) -> Vec<CertificateDer<'static>> {
    let mut certificates = found.certs;
    certificates.retain(|it| RootCertStore::empty().add(it.clone()).is_ok());
    certificates
}

/// The only form in which the SDK's client takes them.
fn pem(certificates: &[CertificateDer<'_>]) -> String {
    let one = |certificate: &CertificateDer<'_>| {
        let text = BASE64_STANDARD.encode(certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    certificates.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the test makes what the system would have")]

    use std::fs;
    use std::path::PathBuf;

    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----
MIIBcDCCARWgAwIBAgIUBWyyHg2MS0tLZqSTMK2qnfjLAgAwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjExMjgxMjU4NTBaGA8yMTI2MTEwNDEyNTg1MFow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPpuXG3/QLTr
/tta6mmvh9oTaVXx6JJR4Qs3O5yDaA8wrF9B+siwQ+nypg1UGsejLAF2JaPXeJmw
XRcGfkW18UujUzBRMB0GA1UdDgQWBBRTxJFkpJ40Vf1GPss+4V9NTogAQjAfBgNV
HSMEGDAWgBRTxJFkpJ40Vf1GPss+4V9NTogAQjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQD3WtCLAnJkPU/jm7/xXD8hKj5mdXSD39cJDhmLvuzD
zgIhALew06pAbKHUhxYMYz8tix3HqpYKobb9nqWMaaFKRNfq
-----END CERTIFICATE-----
";
    const OTHER: &str = "-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUJhFgqEFMCXf1JmqmwMnhk5puidIwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYjAgFw0yNjExMjgxMjU4NTBaGA8yMTI2MTEwNDEyNTg1MFow
DDEKMAgGA1UEAwwBYjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJluJBUew8r7
cEpczAKH9UfvlN0Ob0HkPxOhahLR4LJd04tJ2VqIG0Toq35yc28LiB8GiBc1ec2e
OwNyO1dIxm+jUzBRMB0GA1UdDgQWBBT5tI/R1QZDnh804DVPAD+6I2uAADAfBgNV
HSMEGDAWgBT5tI/R1QZDnh804DVPAD+6I2uAADAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIQC0j2PoJOhY/M+vjDfeDAe11m+S2Z0xGcA/LXkDAbOG
OwIgTzd9zc45U8WeHLj78D6rCdKTO4wpxPi64Kc9CZK44gM=
-----END CERTIFICATE-----
";
    /// Well-formed PEM around what is no certificate.
    const UNREADABLE: &str = "-----BEGIN CERTIFICATE-----
bm8gY2VydGlmaWNhdGU=
-----END CERTIFICATE-----
";

    fn certificate(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).expect("it is PEM")
    }

    /// What is trusted on a system whose bundle and folder hold this.
    fn trusted(bundle: Option<&str>, in_the_folder: &str) -> Vec<CertificateDer<'static>> {
        let system = tempfile::tempdir().expect("a scratch folder can be made");
        let at = |path: &str| -> PathBuf { system.path().join(path) };
        fs::create_dir(at("folder")).expect("a folder can be made");
        fs::write(at("folder/authority.pem"), in_the_folder).expect("a file can be written");
        let cert_file = bundle.map(|text| {
            fs::write(at("bundle"), text).expect("a file can be written");
            at("bundle")
        });
        of_the_system(&ProbeResult { cert_file, cert_dir: vec![at("folder")] })
    }

    #[test]
    fn the_folder_is_read_only_where_the_bundle_has_nothing() {
        assert_eq!(trusted(Some(ONE), OTHER), [certificate(ONE)]);
        assert_eq!(trusted(None, OTHER), [certificate(OTHER)]);
        assert_eq!(trusted(Some(""), OTHER), [certificate(OTHER)]);
        assert_eq!(trusted(Some(UNREADABLE), OTHER), [certificate(OTHER)]);
        assert_eq!(trusted(None, UNREADABLE), []);
    }

    #[test]
    fn the_client_is_given_each_that_it_can_read_and_no_other() {
        let bundle = format!("{ONE}{UNREADABLE}# words between\n{OTHER}");
        let pem = pem(&trusted(Some(&bundle), ""));
        let read: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .expect("it is PEM");
        assert_eq!(read, [certificate(OTHER), certificate(ONE)]);
    }
}
