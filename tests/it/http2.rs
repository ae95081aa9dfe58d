//! A server that speaks HTTP/2 alone, for what depends on connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::front::Certificate;

/// Answers 200 to everything, until it is dropped.
pub(crate) struct Http2 {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Http2 {
    pub(crate) async fn behind(certificate: &Certificate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let mut config = certificate.config.clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(client, acceptor.clone()));
            }
        });
        Self { url: format!("https://{address}"), connections, listening }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// As much of RFC 9113 as a GET needs.
async fn answer(client: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
    const PREFACE: usize = 24;
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const ACK: u8 = 1;
    const END_OF_STREAM_AND_HEADERS: u8 = 5;
    /// `:status: 200` of the static table (RFC 7541, appendix A).
    const STATUS_200: u8 = 0x88;

    let mut stream = acceptor.accept(client).await?;
    stream.read_exact(&mut [0; PREFACE]).await?;
    stream.write_all(&[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]).await?;
    loop {
        stream.flush().await?;
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let [high, middle, low, kind, flags, id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, high, middle, low]) as usize];
        stream.read_exact(&mut payload).await?;
        if kind == SETTINGS && flags != ACK {
            stream.write_all(&[0, 0, 0, SETTINGS, ACK, 0, 0, 0, 0]).await?;
        }
        if kind == HEADERS {
            let answer = [&[0, 0, 1, HEADERS, END_OF_STREAM_AND_HEADERS], &id[..], &[STATUS_200]];
            stream.write_all(&answer.concat()).await?;
        }
    }
}
