//! A stream, or the place of one that is away.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a driver runs on. Without a stream nothing ever happens.
pub(super) enum Slot<S> {
    Up(S),
    Away,
}

impl<S> Slot<S> {
    pub(super) const fn is_away(&self) -> bool {
        matches!(self, Self::Away)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Slot<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Up(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Away => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Slot<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Up(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Away => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Up(stream) => Pin::new(stream).poll_flush(cx),
            Self::Away => Poll::Pending,
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Up(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Away => Poll::Pending,
        }
    }
}
