//! Erlang's External Term Format ([P23](gloaming_protocol::rules#p23)), which a client requests with `encoding=etf`.
//!
//! The format is that of [Erlang's documentation], version 131. Both directions are here: [`decoder`] reads what clients
//! send, and [`outgoing`] writes what Discord sends.
//!
//! # What Discord sends
//!
//! Discord documents little of it: ids are [64-bit integers or strings]. The rest is known from libraries that read it:
//!
//! | value | term | source |
//! |---|---|---|
//! | null, true, false | the atoms `nil`, `true`, `false` | [erlpack], Discord's codec for JavaScript and Python |
//! | text | BINARY_EXT | erlpack |
//! | an integer | SMALL_INTEGER_EXT, INTEGER_EXT or SMALL_BIG_EXT, the first into which it fits | erlpack |
//! | another number | NEW_FLOAT_EXT | erlpack |
//! | an id | an integer | Discord's documentation, [issue 3657 of its repository](https://github.com/discord/discord-api-docs/issues/3657) |
//! | an id that is a key | BINARY_EXT | issue 3657 |
//! | another key | an atom | [nostrum], which reads `op`, `d` and `heartbeat_interval` as atoms |
//! | a key in the data of GUILD_UPDATE | BINARY_EXT | [issue 290 of nostrum](https://github.com/Kraigie/nostrum/issues/290): some events differ |
//! | `t` of an event | an atom | nostrum |
//! | an atom | ATOM_EXT: the only tag of Erlang's two usual ones that erlpack 0.1.4 reads | erlpack |
//! | a list of integers from 0 to 255 | STRING_EXT, as Erlang encodes it | erlpack, which reads the term as a list |
//! | another list | LIST_EXT with the tail NIL_EXT; NIL_EXT if it is empty | erlpack |
//!
//! The order of keys is not documented. The encoder writes them sorted, as Erlang does in small maps.
//!
//! # What clients send
//!
//! Discord documents that keys have to be strings and that payloads must not be compressed, and closes the connection
//! with 4002 otherwise. The decoder accepts all terms with a JSON equivalent, since Discord reads them with Erlang's own
//! decoder. What has none, such as a process id, is an error.
//!
//! [Erlang's documentation]: https://www.erlang.org/doc/apps/erts/erl_ext_dist.html
//! [64-bit integers or strings]: https://docs.discord.com/developers/events/gateway#using-etf-encoding
//! [erlpack]: https://github.com/discord/erlpack
//! [nostrum]: https://github.com/Kraigie/nostrum

mod decoder;
mod encoder;
mod error;
mod ids;
mod outgoing;
mod tag;

pub(crate) use self::{
    decoder::decode,
    error::{EtfError, Fault},
    outgoing::{write_control, write_dispatch},
};
