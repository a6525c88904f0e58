//! Answers to interactions. Who knows an interaction's token may send them.

use serde::Deserialize;
use serde_json::Value;

use super::{
    messages::{no_message, read_draft},
    routes::Ask,
};
use crate::{
    model::{Callback, MESSAGE, PROMISE, Unanswerable},
    server::reply::Reply,
    traffic::{Draft, NoDraft, flags_of, is_ephemeral},
};

/// Types of a first answer that neither is nor promises a message: an update of the button's message, at once or later, suggestions, a form, and so on.
const OTHERS: [u64; 5] = [6, 7, 8, 9, 12];

pub(super) fn answer(ask: Ask<'_>) -> Reply {
    let callback = match read_callback(ask.body) {
        Ok(callback) => callback,
        Err(reply) => return reply,
    };
    let Ok(id) = ask.parts[0].parse() else {
        return unanswerable(Unanswerable::Unknown);
    };
    let wants_more = ask
        .query
        .split('&')
        .any(|pair| pair == "with_response=true");
    let answered = ask.gateway.answer_interaction(id, ask.parts[1], callback);
    answered.map_or_else(unanswerable, |response| {
        if wants_more {
            Reply::ok(response)
        } else {
            Reply::no_content()
        }
    })
}

pub(super) fn follow_up(ask: Ask<'_>) -> Reply {
    match read_draft(ask.body) {
        Ok(draft) => {
            let written = ask.gateway.follow_up(ask.parts[1], draft);
            written.map_or_else(unanswerable, Reply::ok)
        }
        Err(reply) => reply,
    }
}

pub(super) fn read(ask: Ask<'_>) -> Reply {
    let answer = ask.gateway.answer(ask.parts[1]);
    answer.map_or_else(unanswerable, Reply::ok)
}

pub(super) fn edit(ask: Ask<'_>) -> Reply {
    let edit = serde_json::from_slice(ask.body);
    let edited = edit
        .map_err(|_| NoDraft::Malformed.into())
        .and_then(|edit| ask.gateway.edit_answer(ask.parts[1], edit));
    edited.map_or_else(unanswerable, Reply::ok)
}

pub(super) fn delete(ask: Ask<'_>) -> Reply {
    let deleted = ask.gateway.delete_answer(ask.parts[1]);
    deleted.map_or_else(unanswerable, |()| Reply::no_content())
}

fn read_callback(body: &[u8]) -> Result<Callback, Reply> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "type")]
        kind: u64,
        #[serde(default)]
        data: Value,
    }

    match serde_json::from_slice(body) {
        Ok(Body {
            kind: MESSAGE,
            data,
        }) => Draft::read(data).map(Callback::Message).map_err(no_message),
        Ok(Body {
            kind: PROMISE,
            data,
        }) => Ok(Callback::Promise {
            is_ephemeral: is_ephemeral(flags_of(&data)),
        }),
        Ok(Body { kind, .. }) if OTHERS.contains(&kind) => Ok(Callback::Other(kind)),
        _ => Err(Reply::refused_with_code(
            "400 Bad Request",
            50035,
            "Invalid Form Body: this is no answer to an interaction",
        )),
    }
}

fn unanswerable(reason: Unanswerable) -> Reply {
    match reason {
        Unanswerable::Unknown => {
            Reply::refused_with_code("404 Not Found", 10062, "Unknown interaction")
        }
        Unanswerable::Acknowledged => Reply::refused_with_code(
            "400 Bad Request",
            40060,
            "Interaction has already been acknowledged.",
        ),
        Unanswerable::NoMessage(reason) => no_message(reason),
    }
}
