//! A site behind a socket on 127.0.0.1, in real time: for other processes, which
//! find it through `AWS_ENDPOINT_URL` or `GITHUB_API_URL`.

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

async fn answer(
    request: Request<Body>,
    site: impl Site,
    base: String,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let (delay, outcome) = site.receive(&Request::from_parts(head, body), Some(&base));
    tokio::time::sleep(delay).await;
    match outcome {
        Outcome::Answer(answer) => Ok(answer.map(Full::new)),
        // hyper closes the connection when a service fails.
        Outcome::Unreachable(_) | Outcome::Reset => {
            Err(io::Error::other("the connection is to break"))
        }
        Outcome::Silence => std::future::pending().await,
    }
}
