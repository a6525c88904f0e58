//! The fields of an object that a client sent.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::finding::FindingKind;

/// A payload that lacks a field of its opcode, or has one with a wrong type or value.
#[derive(Debug)]
pub(crate) struct Malformed;

/// The fields of an object, and the findings about them.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    findings: &'a mut Vec<FindingKind>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(
        value: &'a Value,
        findings: &'a mut Vec<FindingKind>,
    ) -> Result<Self, Malformed> {
        let object = value.as_object().ok_or(Malformed)?;
        Ok(Self { object, findings })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name)
    }

    /// A field without which the payload is malformed.
    pub(super) fn required<T: DeserializeOwned>(&self, name: &str) -> Result<T, Malformed> {
        decode(self.get(name).ok_or(Malformed)?)
    }

    /// A field that may be missing. If it is null, that is as if it were missing, and a finding.
    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        name: &str,
        null: FindingKind,
    ) -> Result<Option<T>, Malformed> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Null) => {
                self.report(null);
                Ok(None)
            }
            Some(value) => decode(value).map(Some),
        }
    }

    /// A field that is documented as required. If it is missing or null, that is a finding.
    pub(super) fn expected<T: DeserializeOwned>(
        &mut self,
        name: &str,
        missing: FindingKind,
    ) -> Result<Option<T>, Malformed> {
        match self.get(name) {
            None | Some(Value::Null) => {
                self.report(missing);
                Ok(None)
            }
            Some(value) => decode(value).map(Some),
        }
    }

    /// Adds a finding, once.
    pub(super) fn report(&mut self, kind: FindingKind) {
        if !self.findings.contains(&kind) {
            self.findings.push(kind);
        }
    }

    /// The findings, for an object inside this one.
    pub(super) const fn findings(&mut self) -> &mut Vec<FindingKind> {
        self.findings
    }
}

fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Malformed> {
    T::deserialize(value).map_err(|_| Malformed)
}
