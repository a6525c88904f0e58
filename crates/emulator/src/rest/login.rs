//! What libraries request when they log in ([P2](gloaming_protocol::rules#p2)).

use serde_json::json;

use super::{
    context::{Outcome, RequestContext},
    response::RestResponse,
};

pub(super) fn gateway(context: &mut RequestContext<'_>) -> Outcome {
    let url = context.request.gateway_url;
    Ok(RestResponse::ok(json!({"url": url})))
}

pub(super) fn gateway_bot(context: &mut RequestContext<'_>) -> Outcome {
    let limit = context.gateway.session_start_limit(context.now);
    Ok(RestResponse::ok(json!({
        "url": context.request.gateway_url,
        "shards": context.gateway.settings().shards,
        "session_start_limit": {
            "total": limit.total,
            "remaining": limit.remaining,
            "reset_after": u64::try_from(limit.reset_after.as_millis()).unwrap_or(u64::MAX),
            "max_concurrency": limit.max_concurrency,
        },
    })))
}

pub(super) fn application(context: &mut RequestContext<'_>) -> Outcome {
    Ok(RestResponse::ok(context.gateway.world().application_json()))
}
