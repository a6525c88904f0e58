use crate::harness::{Folder, command, emulator, in_time};
use std::fs;

#[tokio::test]
async fn configuration_is_checked_without_a_network() {
    let (emulator, folder) = (emulator().await, Folder::new("check"));
    let check = || {
        let mut command = command(&emulator, &folder);
        command.arg("--check");
        command
    };
    let output = in_time("a check", check().output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(emulator.stats().rest_requests, 0);

    let path = folder.path().join("node.toml");
    fs::write(&path, "shards = \"many\"").unwrap();
    let output = check().arg("--config").arg(&path).output();
    let output = in_time("a check", output).await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("node.toml: `shards` in the file: `many` is no number"),
        "{error}"
    );
}
