//! Ids in what clients send.

use serde::Deserialize;
use serde_json::Value;

/// An id: a string, or an integer, which Discord accepts as well ([P33](gloaming_protocol::rules#p33)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Snowflake(pub(crate) u64);

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value
            .as_u64()
            .or_else(|| value.as_str()?.parse().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("an id must be a string of digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_may_be_an_integer() {
        assert_eq!(
            serde_json::from_str::<Snowflake>("123").unwrap(),
            Snowflake(123)
        );
        assert_eq!(
            serde_json::from_str::<Snowflake>("\"123\"").unwrap(),
            Snowflake(123)
        );
        assert!(serde_json::from_str::<Snowflake>("\"x\"").is_err());
    }
}
