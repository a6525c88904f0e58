//! Calls of a node to its engine.

use crate::{coordinator::Coordinator, engine_log::EngineLog, stored_position::StoredPosition};
use gloaming_coordinator::{Answer, CoordinatorError, CoordinatorErrorKind, LoadOutcome, Request};
use std::time::Duration;
use tokio::time::timeout;

/// How long a call may take that the node has set no deadline for.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes a call of a node, and returns what the node is told. The caller drops it at its deadline.
pub(crate) async fn answer(engine: &dyn Coordinator, request: Request, log: &EngineLog) -> Answer {
    let result = call(engine, request).await;
    match result {
        Ok(answer) => {
            log.answered();
            answer
        }
        Err(error) => {
            log.failed(&error);
            Answer::Failed
        }
    }
}

async fn call(engine: &dyn Coordinator, request: Request) -> Result<Answer, CoordinatorError> {
    Ok(match request {
        Request::Join(request) => Answer::Joined(engine.join(request).await?),
        Request::Renew { lease, status } => Answer::Renewed(engine.renew(lease, status).await?),
        Request::Leave(lease) => {
            engine.leave(lease).await?;
            Answer::Left
        }
        Request::Acquire { shard, node, above } => {
            Answer::Acquired(engine.acquire(shard, node, above).await?)
        }
        Request::Release(lease) => {
            engine.release(lease).await?;
            Answer::Released
        }
        Request::Load { shard, fence } => {
            let outcome = engine.load(shard, fence).await?;
            if let LoadOutcome::Stored(stored) = &outcome {
                // A session that can't be read is no reason to identify.
                StoredPosition::decode(shard, &stored.body).map_err(|error| {
                    CoordinatorError::with_source(CoordinatorErrorKind::Damaged, error)
                })?;
            }
            Answer::Loaded(outcome)
        }
        _ => Answer::Failed,
    })
}

/// Waits for a call, for a bounded time.
pub(crate) async fn engine_time<T>(
    call: impl Future<Output = Result<T, CoordinatorError>>,
) -> Result<T, CoordinatorError> {
    timeout(CALL_TIMEOUT, call)
        .await
        .unwrap_or_else(|_| Err(CoordinatorErrorKind::Unreachable.into()))
}
