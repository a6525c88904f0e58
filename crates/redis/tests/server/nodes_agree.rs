use crate::harness::connect;
use gloaming_test_support::redis::RedisServer;

#[tokio::test]
async fn nodes_agree_on_what_one_of_them_proposed() {
    let server = RedisServer::start();
    let (a, b) = (connect(&server, "bot").await, connect(&server, "bot").await);
    assert_eq!(a.agreement().await.unwrap(), None);
    let (by_a, by_b) = tokio::join!(a.agree("16"), b.agree("17"));
    let agreed = by_a.unwrap();
    assert_eq!(by_b.unwrap(), agreed);
    assert_eq!(b.agreement().await.unwrap(), Some(agreed.clone()));
    assert_eq!(a.agree("18").await.unwrap(), agreed);
    let other = connect(&server, "another-bot").await;
    assert_eq!(other.agreement().await.unwrap(), None);
}
