//! The simulated AWS behind TLS, with a certificate made on the spot.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use simulator::Server;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What the server shows, and what makes clients trust it.
pub(crate) struct Certificate {
    pub(crate) config: ServerConfig,
    /// As large as the bundle of a machine: one authority among those of the web.
    pub(crate) bundle: PathBuf,
}

impl Certificate {
    /// Makes one in `folder` by the packages of this Python.
    pub(crate) fn make(python: &Path, folder: &Path) -> Self {
        let run = |arguments: &[&str]| {
            let output = Command::new(python).args(arguments).current_dir(folder).output();
            let output = output.expect("the virtual environment has a Python");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("Python prints UTF-8")
        };
        run(&["-m", "trustme", "--quiet", "--identities", "127.0.0.1"]);
        let read = |path: &Path| std::fs::read(path).expect("the certificate was made");
        let web = run(&["-m", "certifi"]);
        let bundle = folder.join("bundle.pem");
        let both = [read(Path::new(web.trim_end())), read(&folder.join("client.pem"))].concat();
        std::fs::write(&bundle, both).expect("a scratch folder can be written");

        let chain = CertificateDer::pem_file_iter(folder.join("server.pem"))
            .and_then(Iterator::collect)
            .expect("trustme writes PEM");
        let key = PrivateKeyDer::from_pem_file(folder.join("server.key"));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key.expect("trustme writes PEM"))
            .expect("the key is that of the certificate");
        Self { config, bundle }
    }

    /// Listens before `server`.
    pub(crate) async fn front(&self, server: &Server) -> Front {
        let behind = server.url().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let acceptor = TlsAcceptor::from(Arc::new(self.config.clone()));
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, acceptor.clone(), behind.clone()));
            }
        });
        Front { url: format!("https://{address}"), listening }
    }
}

/// Listens until it is dropped.
pub(crate) struct Front {
    pub(crate) url: String,
    listening: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(client: TcpStream, acceptor: TlsAcceptor, behind: String) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(behind).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}
