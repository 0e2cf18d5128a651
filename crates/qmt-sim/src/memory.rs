//! Buffers for hosts: a campaign of millions of worlds allocates them once.

use core::slice;

use qmt_session::proto::limits;
use qmt_session::{Buffers, Client, ClientConfig};

/// Buffers for one host after the other in one world.
#[derive(Debug)]
pub struct Memory(Vec<Set>);

/// Buffers for one host.
#[derive(Debug)]
struct Set {
    rx: Vec<u8>,
    tx: Vec<u8>,
    store: Vec<u8>,
    outbox: Vec<u8>,
}

/// Bytes of an outbox.
pub(crate) const OUTBOX: usize = 1024;

/// The buffers that no host has had yet.
#[derive(Debug)]
pub(crate) struct Sets<'m>(slice::IterMut<'m, Set>);

impl Memory {
    /// Buffers for `hosts` hosts.
    pub fn new(hosts: usize) -> Self {
        let set = || Set {
            rx: vec![0; limits::HEX_FRAME],
            tx: vec![0; limits::HEX_FRAME],
            store: vec![0; 4096],
            outbox: vec![0; OUTBOX],
        };
        Self((0..hosts).map(|_| set()).collect())
    }

    pub(crate) fn sets(&mut self) -> Sets<'_> {
        Sets(self.0.iter_mut())
    }
}

impl<'m> Sets<'m> {
    /// How many more clients there can be.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    /// A client in the next buffers. `None`: there are no more.
    pub(crate) fn client(&mut self, config: ClientConfig) -> Option<Client<'m>> {
        let Set {
            rx,
            tx,
            store,
            outbox,
        } = self.0.next()?;
        let client = Client::new(config, Buffers { rx, tx }, store);
        Some(client.with_outbox(outbox))
    }
}
