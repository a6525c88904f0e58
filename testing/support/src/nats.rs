//! A NATS server for tests: a process of its own, on a port of the loopback device, with a store that is removed at the end.

use crate::folder::replace;
#[cfg(unix)]
use crate::suspension;
use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// The variable with the path of another server than the one that `cargo xtask setup` installs.
pub const PROGRAM_VARIABLE: &str = "GLOAMING_NATS_SERVER";

/// How long a server may take to start on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A NATS server with JetStream. It is killed when this is dropped, by its process id.
#[derive(Debug)]
pub struct NatsServer {
    folder: PathBuf,
    arguments: Vec<String>,
    port: u16,
    process: Option<Child>,
}

impl NatsServer {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// If there is no server to start. The message says how to get one.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with more arguments.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(arguments: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gloaming-nats-{}-{count}", std::process::id());
        let mut server = Self {
            folder: env::temp_dir().join(name),
            arguments: arguments.iter().map(|&it| it.to_owned()).collect(),
            // The server chooses it.
            port: 0,
            process: None,
        };
        server.resume();
        server
    }

    /// Starts a cluster of servers. They elect a leader after they have started.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_cluster(count: usize) -> Vec<Self> {
        // They have to know each other's ports before they start.
        let listeners = (0..count).map(|_| TcpListener::bind("127.0.0.1:0"));
        let listeners: Vec<_> = listeners
            .map(|it| it.expect("there are free ports"))
            .collect();
        let addresses = listeners.iter().map(TcpListener::local_addr);
        let routes = addresses.map(|it| format!("nats://{}", it.expect("it is bound")));
        let routes: Vec<_> = routes.collect();
        drop(listeners);
        let all = routes.join(",");
        let start = |(index, own): (usize, &String)| {
            let name = format!("server-{index}");
            Self::start_with(&[
                "--server_name",
                &name,
                "--cluster_name",
                "cluster",
                "--cluster",
                own,
                "--routes",
                &all,
            ])
        };
        routes.iter().enumerate().map(start).collect()
    }

    /// Returns the address of the server.
    #[must_use]
    pub fn address(&self) -> String {
        format!("nats://{}", self.host())
    }

    /// Returns the host and the port of the server.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the id of the server's process, if it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Kills the server. Its store remains.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            _ = process.kill();
            _ = process.wait();
        }
    }

    /// Starts a server that was killed, on the same port and with the same store.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn resume(&mut self) {
        let (process, port) = spawn(&self.arguments, self.port, &self.folder.join("store"));
        (self.process, self.port) = (Some(process), port);
    }

    /// Stops the process of the server without ending it: its connections stay open, and it answers nothing.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    #[cfg(unix)]
    pub fn suspend(&self) {
        suspension::suspend(self.process_id().expect("the server runs"));
    }

    /// Lets a server go on that was [suspended](Self::suspend).
    ///
    /// # Panics
    ///
    /// If the process has ended.
    #[cfg(unix)]
    pub fn wake(&self) {
        suspension::wake(self.process_id().expect("the server runs"));
    }

    /// Kills the server, copies its store, and starts it again.
    ///
    /// # Panics
    ///
    /// If the store can't be copied.
    pub fn save(&mut self) {
        self.kill();
        replace(&self.folder.join("store"), &self.folder.join("saved"));
        self.resume();
    }

    /// Kills the server, and starts it with the store as it was [saved](Self::save): it has lost what was written since.
    ///
    /// # Panics
    ///
    /// If the store can't be copied.
    pub fn roll_back(&mut self) {
        self.kill();
        replace(&self.folder.join("saved"), &self.folder.join("store"));
        self.resume();
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
        _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the path of the server that tests start, if there is one.
#[must_use]
pub fn program() -> Option<OsString> {
    if let Some(path) = env::var_os(PROGRAM_VARIABLE) {
        return Some(path);
    }
    // A test is in `target/debug/deps`, and `cargo xtask setup` installs into `target/tools`.
    let name = format!(
        "tools/nats-server/bin/nats-server{}",
        env::consts::EXE_SUFFIX
    );
    let test = env::current_exe().ok()?;
    let installed = test.ancestors().map(|folder| folder.join(&name));
    installed
        .into_iter()
        .find(|path| path.is_file())
        .map(PathBuf::into_os_string)
}

/// What has no argument: how much the streams may reserve together. By default, that is three quarters of the free disk, on
/// which tests must not depend: they reserve gigabytes and use little of it. A test's own `--config` takes its place.
const CONFIG: &str = "jetstream { max_file_store: 1TB }\n";

/// Starts a server, and waits until it is ready. Returns the process and the port.
fn spawn(arguments: &[String], port: u16, store: &Path) -> (Child, u16) {
    let program = program().unwrap_or_else(|| {
        panic!("no nats-server: run `cargo xtask setup`, or set {PROGRAM_VARIABLE} to the path of one from 2.11 on")
    });
    let port = match port {
        0 => "-1".to_owned(),
        port => port.to_string(),
    };
    let config = store.with_extension("conf");
    fs::create_dir_all(store)
        .and_then(|()| fs::write(&config, CONFIG))
        .unwrap_or_else(|error| panic!("{}: {error}", config.display()));
    let mut process = Command::new(&program)
        .arg("--config")
        .arg(config)
        .args(["--addr", "127.0.0.1", "--port", &port, "--jetstream"])
        .arg("--store_dir")
        .arg(store)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    let output = process.stderr.take().expect("it is piped");
    let (sender, receiver) = mpsc::channel();
    // Reads to the end, so that the server never waits for a full pipe.
    thread::spawn(move || {
        let mut port = None;
        let mut lines = Vec::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("Listening for client connections on ") {
                port = address
                    .rsplit(':')
                    .next()
                    .and_then(|it| it.trim().parse().ok());
            }
            if line.contains("Server is ready") {
                _ = sender.send(port.ok_or_else(|| lines.join("\n")));
            }
            if lines.len() < 100 {
                lines.push(line);
            }
        }
        _ = sender.send(Err(lines.join("\n")));
    });
    match receiver.recv_timeout(START_TIMEOUT) {
        Ok(Ok(port)) => (process, port),
        failed => {
            _ = process.kill();
            _ = process.wait();
            panic!("the NATS server does not start: {failed:?}");
        }
    }
}
