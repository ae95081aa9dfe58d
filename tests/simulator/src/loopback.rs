//! A site behind a socket on 127.0.0.1, in real time: for other processes, which
//! find it through `AWS_ENDPOINT_URL` or `GITHUB_API_URL`.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::site::{Outcome, Site};

/// A listening simulator; it stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    listening: JoinHandle<()>,
}

impl Server {
    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL` or `GITHUB_API_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

pub(crate) async fn serve(site: impl Site) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let base = url.clone();
    let listening = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, site.clone(), base.clone()));
        }
    });
    Ok(Server { url, listening })
}

async fn connection(stream: TcpStream, site: impl Site, base: String) {
    let service = service_fn(|request| answer(request, site.clone(), base.clone()));
    // An error here is the broken connection that a test asked for, or a client
    // that went away: nobody is left to tell.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The broken connection: hyper closes it when a service fails.
#[derive(Debug)]
struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is to break")
    }
}

impl std::error::Error for Reset {}

async fn answer(
    request: Request<Body>,
    site: impl Site,
    base: String,
) -> Result<Response<Full<Bytes>>, Reset> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
    let (delay, outcome) = site.receive(&Request::from_parts(head, body), Some(&base));
    tokio::time::sleep(delay).await;
    match outcome {
        Outcome::Answer(answer) => Ok(answer.map(Full::new)),
        Outcome::Reset => Err(Reset),
        Outcome::Silence => {
            let never: Infallible = std::future::pending().await;
            match never {}
        }
    }
}
