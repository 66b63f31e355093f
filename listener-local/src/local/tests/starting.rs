//! What a stand-in has when it has started, and why one does not.

use std::path::PathBuf;

use listener_core::amqp::ConnectionString;
use tokio::time::timeout;

use super::{LocalAzure, SOON, string};
use crate::{
    local::{StartError, TlsIdentity},
    service_bus::{config::ServiceBusConfig, engine::Message},
};

#[tokio::test]
async fn its_connection_string_is_that_of_the_official_emulator() {
    let azure = LocalAzure::start().await.unwrap();
    let port = azure.amqp_port();
    assert_eq!(
        azure.connection_string(),
        format!(
            "Endpoint=sb://localhost:{port};SharedAccessKeyName=RootManageSharedAccessKey;\
             SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
        )
    );
    assert!(string(&azure.connection_string()).is_emulator());
    assert_eq!(azure.tls_connection_string(), None);
    assert_eq!((azure.amqps_port(), azure.http_port()), (None, None));
}

#[tokio::test]
async fn its_connection_string_for_tls_leaves_the_emulator_out() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    let string: ConnectionString = azure.tls_connection_string().unwrap().parse().unwrap();
    assert_eq!(Some(string.port()), azure.amqps_port());
    assert!(!string.is_emulator());
}

#[tokio::test]
async fn its_connection_string_has_the_first_of_its_keys() {
    let azure = LocalAzure::builder()
        .key("send", "canary")
        .key("send", "older")
        .start()
        .await
        .unwrap();
    let string = azure.connection_string();
    let part = ";SharedAccessKeyName=send;SharedAccessKey=canary;";
    assert!(string.contains(part), "{string}");
    assert!(!format!("{azure:?}").contains("canary"));
    let builder = LocalAzure::builder().key("send", "canary");
    assert!(!format!("{builder:?}").contains("canary"));
}

#[tokio::test]
async fn an_identity_of_the_users_has_no_root_to_tell() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = TlsIdentity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let azure = LocalAzure::builder().tls(identity).start().await.unwrap();
    assert!(azure.amqps_port().is_some());
    assert_eq!(azure.tls_root_pem(), None);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused_and_quoted_nowhere() {
    let names = || ["localhost".to_owned()];
    let one = rcgen::generate_simple_self_signed(names()).unwrap();
    let other = rcgen::generate_simple_self_signed(names()).unwrap();
    let (chain, key) = (one.cert.pem(), other.signing_key.serialize_pem());
    let error = TlsIdentity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("together"), "{error}");

    let broken = "-----BEGIN PRIVATE KEY-----\ncanary!\n-----END PRIVATE KEY-----\n";
    let error = TlsIdentity::from_pem(chain.as_bytes(), broken.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("malformed"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let first = LocalAzure::start().await.unwrap();
    let port = first.amqp_port();
    let error = LocalAzure::builder().port(port).start().await.unwrap_err();
    assert!(matches!(error, StartError::Port { protocol: "AMQP", port: told, .. } if told == port));
    assert!(error.to_string().contains("is taken"), "{error}");
}

#[tokio::test]
async fn what_started_before_a_fault_stops_again() {
    let taken = LocalAzure::start().await.unwrap();
    let free = LocalAzure::start().await.unwrap();
    let http = free.amqp_port();
    free.shutdown().await.unwrap();
    let start = || {
        LocalAzure::builder()
            .http_port(http)
            .port(taken.amqp_port())
    };
    start().start().await.unwrap_err();
    // Only if HTTP's port is free again, the fault is AMQP's.
    let free_again = async {
        while !matches!(
            start().start().await.unwrap_err(),
            StartError::Port {
                protocol: "AMQP",
                ..
            }
        ) {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, free_again).await.unwrap();
}

#[tokio::test]
async fn a_configuration_says_what_there_is() {
    let file = br#"{"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [{"Name": "crm"}]}]}}"#;
    let config = ServiceBusConfig::from_json(file).unwrap().config;
    let azure = LocalAzure::builder()
        .config(config.clone())
        .start()
        .await
        .unwrap();
    assert_eq!(azure.namespace().entities(), ["crm"]);
    azure.namespace().open("crm").unwrap();
    azure.namespace().open("other").unwrap_err();

    let azure = LocalAzure::builder()
        .config(config)
        .create_on_use(true)
        .start()
        .await
        .unwrap();
    azure.namespace().open("other").unwrap();
}

#[tokio::test]
async fn without_one_entities_are_made_on_use() {
    let azure = LocalAzure::start().await.unwrap();
    azure.namespace().open("crm").unwrap();
    let azure = LocalAzure::builder()
        .create_on_use(false)
        .start()
        .await
        .unwrap();
    azure.namespace().open("crm").unwrap_err();
}

#[tokio::test]
async fn a_fault_of_the_configuration_is_told_with_its_path() {
    let file = br#"{"UserConfig": {"Namespaces": [{"Name": "a"}, {"Name": "b"}]}}"#;
    let config = ServiceBusConfig::from_json(file).unwrap().config;
    let error = LocalAzure::builder()
        .config(config)
        .start()
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("$.UserConfig.Namespaces"),
        "{error}"
    );
}

/// A directory of its own, gone at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        Self(directory)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn messages_in_a_directory_outlive_a_restart() {
    let directory = Directory::new("listener-local-restart");
    let start = || LocalAzure::builder().data(&directory.0).start();
    let azure = start().await.unwrap();
    let message = Message::from_data(b"hello").unwrap();
    azure.namespace().send("crm", message).unwrap();
    azure.shutdown().await.unwrap();
    let azure = start().await.unwrap();
    let queue = azure.namespace().describe("crm").unwrap();
    assert_eq!(queue.counts.active, 1);
}

#[tokio::test]
async fn a_directory_serves_one_at_a_time() {
    let directory = Directory::new("listener-local-twice");
    let start = || LocalAzure::builder().data(&directory.0).start();
    let _first = start().await.unwrap();
    let error = start().await.unwrap_err();
    assert!(matches!(error, StartError::Data(_)), "{error}");
    assert!(error.to_string().contains("in use"), "{error}");
}

#[tokio::test]
async fn debug_shows_no_key() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    for text in [format!("{azure:?}"), format!("{:?}", LocalAzure::builder())] {
        assert!(!text.contains("SAS_KEY_VALUE"), "{text}");
        assert!(!text.contains("PRIVATE"), "{text}");
    }
}
