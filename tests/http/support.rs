use std::{future::Future, net::SocketAddr, sync::Arc};

use listener_core::{
    Binding, Handler, Host, HostError, Report, Router,
    source::{
        Source,
        http::{Endpoint, Server},
    },
};
use reqwest::{Client, RequestBuilder, Response};
use tests::fixtures::golden;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

/// A host on a free port of the loopback address.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    stop: oneshot::Sender<()>,
    host: JoinHandle<Result<Report, HostError>>,
}

/// Runs a webhook at `/crm` with a listener for `Assign` of `account`, four at once.
pub(crate) async fn webhook<Args, H: Handler<Args, (), ()>>(
    change: impl FnOnce(Endpoint) -> Endpoint,
    listener: H,
) -> Running {
    let server = Server::bind("127.0.0.1:0");
    let router = Router::new().on(Binding::message("Assign").entity("account"), listener);
    let host = Host::new(change(server.webhook("/crm"))).serve(router.with_state(()));
    run(&server, host.concurrency(4).unordered()).await
}

pub(crate) async fn run<Src: Source, Svc: listener_core::Serves<Src::Reply>>(
    server: &Server,
    host: Host<Src, Svc>,
) -> Running {
    let address = server.listen().await.expect("a free port");
    let (stop, stopped) = oneshot::channel::<()>();
    let host = host.with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    Running {
        address,
        client: client(),
        stop,
        host: tokio::spawn(host.into_future()),
    }
}

use std::future::IntoFuture;

impl Running {
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("http://{}{path}", self.address))
    }

    /// Posts a golden as Dataverse posts a webhook.
    pub(crate) fn message(&self, name: &str) -> RequestBuilder {
        self.post("/crm")
            .header("content-type", "application/json")
            .body(golden(name, "json"))
    }

    /// Writes these bytes, and reads what comes until the server closes.
    pub(crate) async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.expect("written");
        read(&mut stream).await
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// Tells the host to end, without waiting for it.
    pub(crate) fn tell(self) -> JoinHandle<Result<Report, HostError>> {
        let _ = self.stop.send(());
        self.host
    }

    pub(crate) async fn end(self) -> Report {
        self.tell().await.expect("no panic").expect("no failure")
    }
}

pub(crate) async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is no answer less.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn client() -> Client {
    let roots = rustls::RootCertStore::empty();
    client_trusting(roots)
}

pub(crate) fn client_trusting(roots: rustls::RootCertStore) -> Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .retry(reqwest::retry::never())
        .build()
        .expect("a client")
}

/// Status and body.
pub(crate) async fn told(
    request: impl Future<Output = reqwest::Result<Response>>,
) -> (u16, String) {
    let response = request.await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a body"))
}

pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}
