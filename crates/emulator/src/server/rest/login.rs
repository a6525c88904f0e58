//! What libraries request when they log in ([P2](gloaming_protocol::rules#p2)).

use serde_json::json;

use super::context::RequestContext;
use crate::server::http_response::HttpResponse;

pub(super) fn gateway(context: RequestContext<'_>) -> HttpResponse {
    HttpResponse::ok(json!({"url": context.gateway_url}))
}

pub(super) fn gateway_bot(context: RequestContext<'_>) -> HttpResponse {
    let limit = context.gateway.session_start_limit(context.now);
    HttpResponse::ok(json!({
        "url": context.gateway_url,
        "shards": context.gateway.settings().shards,
        "session_start_limit": {
            "total": limit.total,
            "remaining": limit.remaining,
            "reset_after": u64::try_from(limit.reset_after.as_millis()).unwrap_or(u64::MAX),
            "max_concurrency": limit.max_concurrency,
        },
    }))
}

pub(super) fn bot_user(context: RequestContext<'_>) -> HttpResponse {
    HttpResponse::ok(context.gateway.bot_user())
}

pub(super) fn application(context: RequestContext<'_>) -> HttpResponse {
    HttpResponse::ok(context.gateway.application())
}
