use crate::harness::join;
use gloaming_coordinator::conformance::SETTINGS;
use gloaming_nats::{NatsConfig, NatsCoordinator, NatsErrorKind};
use gloaming_test_support::nats::NatsServer;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The PEM files of an authority, a server and a client.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls");
        fs::create_dir_all(&folder).unwrap();
        let files = Self(folder);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "tests");
        let key = KeyPair::generate().unwrap();
        files.write("root.pem", &params.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(params, key);
        for name in ["server", "client"] {
            let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &issuer).unwrap();
            files.write(&format!("{name}.pem"), &certificate.pem());
            files.write(&format!("{name}-key.pem"), &key.serialize_pem());
        }
        files
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

#[tokio::test]
async fn server_and_client_know_each_other_by_their_certificates() {
    let files = Files::new();
    let (certificate, key) = (files.path("server.pem"), files.path("server-key.pem"));
    let root = files.path("root.pem");
    let server = NatsServer::start_with(&[
        "--tls",
        "--tlscert",
        &certificate,
        "--tlskey",
        &key,
        "--tlscacert",
        &root,
        "--tlsverify",
    ]);
    let address = format!("tls://{}", server.host());
    let config = || NatsConfig::new(&address, "bot").unwrap();
    let known = config()
        .with_root_certificates(&root)
        .with_client_certificate(files.path("client.pem"), files.path("client-key.pem"));
    let engine = NatsCoordinator::connect(&known, SETTINGS).await.unwrap();
    join(&engine, "a").await;

    // The certificate of the server is none that the system trusts, and without one, a client is not let in.
    for unknown in [config(), config().with_root_certificates(&root)] {
        let error = NatsCoordinator::connect(&unknown, SETTINGS).await;
        assert_eq!(error.unwrap_err().kind(), NatsErrorKind::Unreachable);
    }
}
