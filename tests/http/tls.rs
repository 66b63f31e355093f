use listener_core::{
    Host, Router,
    source::http::{Server, Tls},
};
use rcgen::CertifiedKey;
use reqwest::Version;
use rustls::RootCertStore;
use tests::fixtures::golden;

use crate::support::{client_trusting, read, run};

#[tokio::test]
async fn https_is_served_in_both_versions_of_http() {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let tls = Tls::from_pem(
        cert.pem().as_bytes(),
        signing_key.serialize_pem().as_bytes(),
    );
    let server = Server::bind("127.0.0.1:0").tls(tls.expect("a certificate and its key"));
    let router = Router::new().fallback(async || ()).with_state(());
    let host = Host::new(server.webhook("/crm")).serve(router);
    let running = run(&server, host).await;

    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).expect("a root");
    let client = client_trusting(roots);
    let url = format!("https://localhost:{}/crm", running.address.port());
    for (version, body) in [(Version::HTTP_2, "delete"), (Version::HTTP_2, "size-190k")] {
        let response = client.post(&url).body(golden(body, "json")).send().await;
        let response = response.expect("an answer");
        assert_eq!(
            (response.status().as_u16(), response.version()),
            (200, version)
        );
    }
    // What is no TLS gets no HTTP.
    let mut plain = running.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"POST /crm HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    assert!(!read(&mut plain).await.contains("HTTP"));
    assert_eq!(running.end().await.accepted, 2);
}
