#![doc = include_str!("../docs/from_one_process_to_many_machines.md")]
