//! A Redis server for tests: a process of its own, on a port of the loopback device, with a store that is removed at the end.

use crate::folder::replace;
#[cfg(unix)]
use crate::suspension;
use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// The variable with the path of another server than the one that `cargo xtask setup` finds.
pub const PROGRAM_VARIABLE: &str = "GLOAMING_REDIS_SERVER";

/// How long a server may take to start on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How often another port is tried. One that was free may be taken when the server starts.
const PORT_TRIES: usize = 5;

/// A Redis server that writes each change to its disk before it answers. It is killed when this is dropped, by its process id.
#[derive(Debug)]
pub struct RedisServer {
    folder: PathBuf,
    arguments: Vec<String>,
    /// The option with which the server listens.
    port_option: &'static str,
    port: u16,
    process: Option<Child>,
}

impl RedisServer {
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
        Self::start_listening("--port", arguments)
    }

    /// Starts a server that accepts TLS alone, with arguments that name its certificate.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with_tls(arguments: &[&str]) -> Self {
        let without_tls = [&["--port", "0"][..], arguments].concat();
        Self::start_listening("--tls-port", &without_tls)
    }

    fn start_listening(port_option: &'static str, arguments: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gloaming-redis-{}-{count}", std::process::id());
        let mut server = Self {
            folder: env::temp_dir().join(name),
            arguments: arguments.iter().map(|&it| it.to_owned()).collect(),
            port_option,
            port: 0,
            process: None,
        };
        let mut failures = Vec::new();
        for _ in 0..PORT_TRIES {
            server.port = free_port();
            match server.spawn() {
                Ok(process) => {
                    server.process = Some(process);
                    return server;
                }
                Err(error) => failures.push(error),
            }
        }
        panic!(
            "the Redis server does not start:\n{}",
            failures.join("\n\n")
        );
    }

    /// Returns the address of the server.
    #[must_use]
    pub fn address(&self) -> String {
        format!("redis://{}", self.host())
    }

    /// Returns the host and the port of the server.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the port of the server.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
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
        let process = self.spawn();
        let process = process.unwrap_or_else(|error| panic!("the server does not start: {error}"));
        self.process = Some(process);
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
        replace(&self.store(), &self.folder.join("saved"));
        self.resume();
    }

    /// Kills the server, and starts it with the store as it was [saved](Self::save): it has lost what was written since.
    ///
    /// # Panics
    ///
    /// If the store can't be copied.
    pub fn roll_back(&mut self) {
        self.kill();
        replace(&self.folder.join("saved"), &self.store());
        self.resume();
    }

    /// Kills the server, and starts it without a store.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn forget_all(&mut self) {
        self.kill();
        _ = fs::remove_dir_all(self.store());
        self.resume();
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// Starts the process, and waits until it is ready. The error is what it has said.
    fn spawn(&self) -> Result<Child, String> {
        let program = program().unwrap_or_else(|| {
            panic!("no redis-server: run `cargo xtask setup`, or set {PROGRAM_VARIABLE} to the path of one from 6.2 on")
        });
        let store = self.store();
        let created = fs::create_dir_all(&store);
        created.unwrap_or_else(|error| panic!("{} can't be created: {error}", store.display()));
        let mut process = Command::new(&program)
            .args([
                "--bind",
                "127.0.0.1",
                self.port_option,
                &self.port.to_string(),
            ])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .args(["--save", "", "--daemonize", "no", "--dir"])
            .arg(&store)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let output = process.stdout.take().expect("it is piped");
        let (sender, receiver) = mpsc::channel();
        // Reads to the end, so that the server never waits for a full pipe.
        thread::spawn(move || {
            let mut lines = Vec::new();
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.contains("Ready to accept connections") {
                    _ = sender.send(Ok(()));
                }
                if lines.len() < 100 {
                    lines.push(line);
                }
            }
            _ = sender.send(Err(lines.join("\n")));
        });
        match receiver.recv_timeout(START_TIMEOUT) {
            Ok(Ok(())) => Ok(process),
            failed => {
                _ = process.kill();
                _ = process.wait();
                Err(match failed {
                    Ok(Err(lines)) => lines,
                    _ => "it is not ready after a minute".to_owned(),
                })
            }
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns a port that is free at the moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    listener.local_addr().expect("it is bound").port()
}

/// Returns the path of the server that tests start, if there is one.
#[must_use]
pub fn program() -> Option<OsString> {
    if let Some(path) = env::var_os(PROGRAM_VARIABLE) {
        return Some(path);
    }
    // A test is in `target/debug/deps`, and `cargo xtask setup` puts a link into `target/tools`.
    let test = env::current_exe().ok()?;
    let linked = test
        .ancestors()
        .map(|folder| folder.join("tools/redis/redis-server"));
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let on_path = on_path.unwrap_or_default();
    let on_path = ["redis-server", "valkey-server"]
        .into_iter()
        .flat_map(|name| on_path.iter().map(move |folder| folder.join(name)));
    linked
        .chain(on_path)
        .find(|path| path.is_file())
        .map(PathBuf::into_os_string)
}
