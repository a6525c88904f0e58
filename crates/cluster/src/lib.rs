//! gloaming-cluster
