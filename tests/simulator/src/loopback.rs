//! The simulator behind a socket on 127.0.0.1, in real time: for other
//! processes, which find it through `AWS_ENDPOINT_URL`.

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

use crate::Simulator;
use crate::wire::{Incoming, REQUEST_ID, Reply};

/// A listening simulator; it stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    listening: JoinHandle<()>,
}

impl Server {
    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

pub(crate) async fn serve(simulator: Simulator) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let base = url.clone();
    let listening = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, simulator.clone(), base.clone()));
        }
    });
    Ok(Server { url, listening })
}

async fn connection(stream: TcpStream, simulator: Simulator, base: String) {
    let service = service_fn(|request| answer(request, simulator.clone(), base.clone()));
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
    simulator: Simulator,
    base: String,
) -> Result<Response<Full<Bytes>>, Reset> {
    let (head, body) = request.into_parts();
    let header = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let incoming = Incoming {
        method: head.method.to_string(),
        path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        target: header("x-amz-target"),
        authorization: header("authorization"),
        body: body.collect().await.map_err(|_| Reset)?.to_bytes(),
        base: Some(base),
    };
    let (delay, reply) = simulator.receive(&incoming);
    tokio::time::sleep(delay).await;
    match reply {
        Reply::Answer(answer) => Response::builder()
            .status(answer.status)
            .header("content-type", answer.content_type)
            .header("x-amzn-requestid", REQUEST_ID)
            .body(Full::new(answer.body))
            .map_err(|_| Reset),
        Reply::Reset => Err(Reset),
        Reply::Silence => {
            let never: Infallible = std::future::pending().await;
            match never {}
        }
    }
}
