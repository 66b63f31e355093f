//! A node of RabbitMQ, with the port mapper that it needs, as an unprivileged user.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command as Now, Stdio},
    time::Duration,
};

use listener_core::amqp::Broker;
use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
    time::{Instant, sleep},
};

/// Where Debian puts it. What is in the path is a wrapper that insists on the user's own files.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// The user that Debian's package makes.
const USER: &str = "rabbitmq";

/// How long a node may take to be ready. On a machine that is busy with other things it takes long.
const READY: Duration = Duration::from_secs(180);

/// A user with a virtual host to itself, and a password that a URL has to encode.
pub(crate) const LOGIN: (&str, &str) = ("crm", "p:ss/wörd%");

/// A node that runs until this is dropped.
pub(crate) struct Node {
    folder: PathBuf,
    port: u16,
    distribution: u16,
    mapper_port: u16,
    _mapper: Child,
    server: Mutex<Child>,
}

impl Node {
    pub(crate) fn is_installed() -> bool {
        Path::new(SERVER).exists()
    }

    /// Starts one with a queue of each of these names.
    pub(crate) async fn start(queues: impl Iterator<Item = &'static str>) -> Self {
        let [port, distribution, mapper_port] = free_ports();
        let folder = std::env::temp_dir().join(format!("listener-rabbitmq-{}", std::process::id()));
        set_up(&folder, port, queues);
        let mut mapper = command("epmd");
        mapper.args(["-port", &mapper_port.to_string(), "-address", "127.0.0.1"]);
        let mapper = mapper.spawn().expect("Erlang's port mapper");
        let server = serve(&folder, distribution, mapper_port);
        let node = Self {
            folder,
            port,
            distribution,
            mapper_port,
            _mapper: mapper,
            server: Mutex::new(server),
        };
        node.ready().await;
        node
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(&self) {
        let mut server = self.server.lock().await;
        server.kill().await.expect("a node that runs");
    }

    /// Starts it again, with what it had written down.
    pub(crate) async fn start_again(&self) {
        *self.server.lock().await = serve(&self.folder, self.distribution, self.mapper_port);
        self.ready().await;
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn broker(&self) -> Broker {
        Broker::from_url(&format!("amqp://guest:guest@127.0.0.1:{}", self.port)).expect("a URL")
    }

    /// Waits until it takes connections: its queues are there by then.
    async fn ready(&self) {
        let begin = Instant::now();
        loop {
            if let Ok(connection) = self.broker().connect().await {
                let _ = connection.close(READY).await;
                return;
            }
            let ended = self.server.lock().await.try_wait().expect("a child");
            assert!(
                ended.is_none() && begin.elapsed() < READY,
                "RabbitMQ is not ready: {ended:?}\n{}",
                fs::read_to_string(self.folder.join("log/out")).unwrap_or_default()
            );
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The port mapper ends with its handle; the node writes to the folder.
        let _ = self.server.get_mut().start_kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Free when they are asked for; nobody else is likely to take them in the next moment.
fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

fn is_root() -> bool {
    let id = Now::new("id").arg("-u").output().expect("`id`");
    id.stdout.starts_with(b"0")
}

/// A command as an unprivileged user, which does not outlive us.
fn command(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        let user = [
            format!("--reuid={USER}"),
            format!("--regid={USER}"),
            "--init-groups".into(),
        ];
        command.args(user);
    }
    command.args(["--pdeathsig", "KILL", program]);
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

fn set_up(folder: &Path, port: u16, queues: impl Iterator<Item = &'static str>) {
    for part in ["mnesia", "log"] {
        fs::create_dir_all(folder.join(part)).expect("a folder");
    }
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("a file");
    write("enabled_plugins", "[rabbitmq_amqp1_0].".into());
    write("definitions.json", definitions(queues).to_string());
    write(
        "rabbitmq.conf",
        format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\namqp1_0.default_user = guest\nload_definitions = {}\n",
            folder.join("definitions.json").display()
        ),
    );
    if is_root() {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder, mode).expect("a folder of ours");
        let owned = Now::new("chown").args(["-R", USER]).arg(folder).status();
        assert!(owned.expect("`chown`").success(), "there is no user {USER}");
    }
}

/// What the node begins with. Queues and messages outlive it; what one of the queues rejects goes to another.
fn definitions(queues: impl Iterator<Item = &'static str>) -> Value {
    let queue = |name: &str, vhost: &str| json!({"name": name, "vhost": vhost, "durable": true, "auto_delete": false, "arguments": {}});
    let mut queues: Vec<_> = queues.map(|name| queue(name, "/")).collect();
    queues.push(queue("dead", "/"));
    queues.push(queue("elsewhere", LOGIN.0));
    // Salted hashes of the two passwords.
    let user = |name: &str, hash: &str| json!({"name": name, "password_hash": hash, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""});
    let right = |user: &str, vhost: &str| json!({"user": user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"});
    json!({
        "users": [
            user("guest", "c2FsdDRwMuw4kgNZhm0cEYx1m4NAR6BCdplxDdFbnDjbRIKq"),
            user(LOGIN.0, "c2FsdOdkS16/iFjtf7mM8ED14wCI/HGEe8jwJYstcEO3AM7a"),
        ],
        "vhosts": [{"name": "/"}, {"name": LOGIN.0}],
        "permissions": [right("guest", "/"), right(LOGIN.0, LOGIN.0)],
        "policies": [{
            "vhost": "/", "name": "dead letters", "apply-to": "queues", "priority": 0,
            "pattern": "^rejected_messages_are_dead_lettered_by_policy$",
            "definition": {"dead-letter-exchange": "", "dead-letter-routing-key": "dead"},
        }],
        "queues": queues,
        "exchanges": [],
        "bindings": [],
    })
}

fn serve(folder: &Path, distribution: u16, mapper: u16) -> Child {
    let mut out = fs::File::options();
    out.create(true).append(true);
    let out = out.open(folder.join("log/out")).expect("a log");
    let mut command = command(SERVER);
    let one_scheduler = "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}";
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("ERL_EPMD_PORT", mapper.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODENAME", "judge@localhost")
        .env("RABBITMQ_DIST_PORT", distribution.to_string())
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env(
            "RABBITMQ_ENABLED_PLUGINS_FILE",
            folder.join("enabled_plugins"),
        )
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", one_scheduler)
        // So that the script becomes the node, and is no process in front of it.
        .env("RUNNING_UNDER_SYSTEMD", "1")
        .stderr(out.try_clone().expect("a log"))
        .stdout(out);
    command.spawn().expect("RabbitMQ")
}
