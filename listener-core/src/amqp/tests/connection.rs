use std::{sync::Arc, time::Duration};

use fe2o3_amqp::types::definitions;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::{io::AsyncReadExt, net::TcpListener};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

use super::peer::{Peer, SOON, accept, pair, string};
use crate::amqp::{ConnectionString, Connector, ErrorKind, Trust};

/// A root in PEM, and a server that holds a certificate of it for `localhost`.
pub(super) fn authority() -> (String, TlsAcceptor) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = root.self_signed(&root_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::new(root, root_key))
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    (pem, Arc::new(config).into())
}

pub(super) fn tls_string(port: u16) -> ConnectionString {
    format!("Endpoint=sb://localhost:{port};SharedAccessKeyName=x;SharedAccessKey=y")
        .parse()
        .unwrap()
}

#[tokio::test]
async fn opens_a_session_over_plain_tcp_and_closes() {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let connector = Connector::new(&string(listener.local_addr().unwrap().port()));
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut peer = Peer::on(accept(tcp).await).await;
        // The library tells the other side's end as an error, too.
        let _ = peer.session.on_end().await;
        let _ = peer.connection.on_close().await;
    });
    let mut connection = connector.connect().await.unwrap();
    let session = connection.session().await.unwrap();
    session.end(SOON).await.unwrap();
    assert!(!connection.is_closed());
    connection.close(SOON).await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn believes_a_private_root_and_only_that() {
    let (root, server) = authority();
    let (other, _) = authority();
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let connector = Connector::new(&tls_string(listener.local_addr().unwrap().port()));
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            if let Ok(tls) = server.accept(tcp).await {
                let mut connection = accept(tls).await;
                connection.on_close().await.unwrap();
            }
        }
    });
    let trusting = |pem: &str| {
        connector
            .clone()
            .trust(Trust::roots_from_pem(pem.as_bytes()).unwrap())
    };
    let error = trusting(&other).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotTrusted);
    assert!(!error.is_transient());
    assert!(error.to_string().contains("TLS: "), "{error}");
    let connection = trusting(&root).connect().await.unwrap();
    connection.close(SOON).await.unwrap();
}

#[tokio::test]
async fn a_refused_port_says_where_and_what_to_check() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = Connector::new(&string(port)).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotConnect);
    assert!(
        error.to_string().contains(&format!("port {port}")),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connector = Connector::new(&string(listener.local_addr().unwrap().port()));
    let error = connector.connect_timeout(SOON).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_peer_that_speaks_no_amqp_is_a_protocol_error() {
    let (ours, mut theirs) = tokio::io::duplex(1024);
    tokio::io::AsyncWriteExt::write_all(&mut theirs, b"HTTP/1.1 400 Bad Request\r\n\r\n")
        .await
        .unwrap();
    let error = Connector::new(&string(1)).open(ours).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn tells_why_the_peer_closed() {
    let (mut connection, mut peer) = pair().await;
    let reason = definitions::Error::new(
        definitions::ConnectionError::ConnectionForced,
        "going down".to_owned(),
        None,
    );
    let (error, _) = tokio::join!(connection.closed(), peer.close_with_error(reason));
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(error.to_string().contains("going down"), "{error}");
    assert!(connection.is_closed());
    let error = connection.session().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
}

// On the real clock: the library below spins until the peer answers, and a paused clock stands still meanwhile.
#[tokio::test]
async fn closing_cuts_the_stream_of_a_peer_that_hangs() {
    let (ours, mut near) = tokio::io::duplex(4096);
    let (mut far, theirs) = tokio::io::duplex(4096);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let proxy = tokio::spawn(async move {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
            _ = stopped => {}
        }
        (near, far)
    });
    let connector = Connector::new(&string(1));
    let (connection, _peer) = tokio::join!(connector.open(ours), accept(theirs));
    stop.send(()).unwrap();
    // Both ends stay open, and nothing goes through any longer.
    let (mut near, _far) = proxy.await.unwrap();
    let within = Duration::from_millis(20);
    let error = connection.unwrap().close(within).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    // Our end is dropped, and with it the task that waited for the peer.
    near.read_to_end(&mut Vec::new()).await.unwrap();
}
