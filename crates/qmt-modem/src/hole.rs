//! A network that carries nothing for a while: what is sent is held, what is received comes later,
//! and nobody is told (RELIABILITY B7).

use alloc::vec::Vec;

use qmt_proto::{Instant, LinkId};

use crate::fault::Condition;
use crate::link::Socket;
use crate::{Modem, NetworkEvent};

/// Bytes of one link that the network side takes without an acknowledgement of TCP.
const SEND_BUFFER: usize = 16_384;

impl Modem {
    /// Whether the network carries nothing now.
    pub(crate) const fn is_cut_off(&self) -> bool {
        self.hole.is_some() || !self.covered || matches!(self.condition, Condition::Frozen(_))
    }

    /// Something happened to a socket; a network that carries nothing keeps it for later.
    pub(crate) fn hear(&mut self, now: Instant, event: NetworkEvent<'_>) {
        if !self.is_cut_off() {
            return self.handle_socket(now, event);
        }
        let frozen = matches!(self.condition, Condition::Frozen(_));
        let link = self.link_mut(event.link());
        match event {
            NetworkEvent::Received { bytes, .. } if link.socket == Socket::Open => {
                link.air.incoming.extend_from_slice(bytes);
            }
            NetworkEvent::Received { .. } => {}
            // A socket that the module itself has closed is gone at once.
            NetworkEvent::Closed { .. } if link.socket == Socket::Open => {
                link.air.closed = true;
                link.air.outgoing = Vec::new();
            }
            // The watchdog will forget everything but that there is no socket.
            NetworkEvent::Closed { .. } | NetworkEvent::ConnectFailed { .. } if frozen => {
                link.socket = Socket::None;
            }
            _ if frozen => {}
            other => self.handle_socket(now, other),
        }
    }

    /// Ends a hole whose time is over.
    pub(crate) fn handle_hole(&mut self, now: Instant) {
        if self.hole.is_none_or(|until| until > now) {
            return;
        }
        self.hole = None;
        if self.covered {
            self.clear_air(now);
        }
    }

    /// The network carries again: what was under way arrives.
    pub(crate) fn clear_air(&mut self, now: Instant) {
        for link in LinkId::ALL {
            let air = &mut self.link_mut(link).air;
            let bytes = core::mem::take(&mut air.incoming);
            let closed = core::mem::take(&mut air.closed);
            if !bytes.is_empty() {
                let bytes = &bytes;
                self.handle_socket(now, NetworkEvent::Received { link, bytes });
            }
            if closed {
                self.handle_socket(now, NetworkEvent::Closed { link });
            }
        }
    }

    /// Lets the buffers of TCP take what the clients send while nothing is carried.
    fn sink(&mut self, now: Instant) {
        for id in LinkId::ALL {
            let link = self.link_mut(id);
            let room = SEND_BUFFER.saturating_sub(link.air.outgoing.len());
            let bytes = match link.client() {
                Some(client) => client.poll_transmit(),
                None => continue,
            };
            let bytes: Vec<u8> = bytes.iter().copied().take(room).collect();
            if bytes.is_empty() || link.socket != Socket::Open {
                continue;
            }
            let len = bytes.len();
            if !link.air.closed {
                link.air.outgoing.extend(bytes);
            }
            self.handle_client_transmitted(now, id, len);
        }
    }

    /// The client's first `len` bytes have left the module.
    pub(crate) fn handle_client_transmitted(&mut self, now: Instant, link: LinkId, len: usize) {
        if let Some(client) = self.link_mut(link).client() {
            client.handle_transmitted(now, len);
        }
        self.drain_events(now, link);
    }

    /// The end of every call: what waited for it.
    pub(crate) fn conclude_call(&mut self, now: Instant) {
        self.resume(now);
        self.happen(now);
        if self.hole.is_some() || !self.covered {
            self.sink(now);
        }
    }
}
