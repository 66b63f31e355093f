//! A Service Bus to judge.

use std::{
    fs,
    path::{Path, PathBuf},
};

use listener_local::{
    amqp::{Limits, Server},
    local::LocalAzure,
    service_bus::{
        broker::{Broker, Keys},
        config::ServiceBusConfig,
        declare,
        engine::{Namespace, NamespaceOptions},
    },
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    loss::{Loss, undeclare},
    meddler::Meddler,
};

const KEY_NAME: &str = "RootManageSharedAccessKey";
const KEY: &str = "c29tZSBrZXk=";

/// A Service Bus, as long as it is kept.
pub(crate) struct Place {
    // Stops when it is dropped.
    _azure: Option<LocalAzure>,
    port: u16,
    tls_port: u16,
    root: PathBuf,
}

impl Place {
    /// What `listener local` starts, with keys and TLS.
    pub(crate) async fn whole(config: &Value) -> Self {
        let azure = LocalAzure::builder()
            .config(read(config))
            .key(KEY_NAME, KEY)
            .tls_port(0)
            .start()
            .await;
        let azure = azure.expect("a Service Bus on loopback");
        let root =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.pem", azure.amqp_port()));
        let pem = azure.tls_root_pem().expect("a root of its own");
        fs::write(&root, pem).expect("a file for the root");
        Self {
            port: azure.amqp_port(),
            tls_port: azure.amqps_port().expect("a port for TLS"),
            _azure: Some(azure),
            root,
        }
    }

    /// A Service Bus that lacks something.
    pub(crate) async fn without(mut config: Value, losses: &'static [Loss]) -> Self {
        let mut options = NamespaceOptions::default();
        let mut limits = Limits::default();
        for loss in losses {
            match loss {
                Loss::Undeclared(member) => undeclare(&mut config, member),
                Loss::MadeOnUse => options.create_on_use = true,
                Loss::Unlimited => limits.max_message_size = 1 << 30,
                _ => {}
            }
        }
        let namespace = Namespace::new(options);
        declare(&read(&config), &namespace).expect("entities that can be made");
        let mut broker = Broker::new(namespace);
        if !losses.iter().any(|loss| matches!(loss, Loss::Keyless)) {
            broker = broker.with_keys(Keys::new(KEY_NAME, KEY));
        }
        let meddler = Meddler::new(broker, losses);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(Server::with_limits(meddler, limits).serve(listener));
        Self {
            _azure: None,
            port,
            // Whoever wants TLS finds none there.
            tls_port: port,
            root: PathBuf::new(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What tells a peer to have these checks judge it.
    pub(crate) fn line(&self, run: &str, checks: &[&str]) -> String {
        let (port, tls_port, root) = (self.port, self.tls_port, &self.root);
        let credentials = format!("SharedAccessKeyName={KEY_NAME};SharedAccessKey={KEY}");
        json!({
            "run": run,
            "checks": checks,
            "connection_string": format!("Endpoint=sb://localhost:{port};{credentials};UseDevelopmentEmulator=true"),
            "key_name": KEY_NAME,
            "key": KEY,
            "tls_port": tls_port,
            "tls_root": root,
        })
        .to_string()
    }
}

fn read(config: &Value) -> ServiceBusConfig {
    let loaded = ServiceBusConfig::from_json(config.to_string().as_bytes());
    loaded.expect("a Config.json").config
}
