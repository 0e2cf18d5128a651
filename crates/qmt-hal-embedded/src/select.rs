//! The first of two futures.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

/// Which future was ready, and what it gave.
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// Waits for the first of two futures and drops the other. When both are ready it is `first`.
/// Cancel-safe if both are.
pub(crate) async fn select<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> Either<A, B> {
    let mut first = pin!(first);
    let mut second = pin!(second);
    poll_fn(|cx| match first.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Either::First(output)),
        Poll::Pending => second.as_mut().poll(cx).map(Either::Second),
    })
    .await
}
