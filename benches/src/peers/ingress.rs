//! atat's ingress with a channel.

use atat::{
    AtDigester, AtatIngress as _, Ingress, Response, ResponseSlot, UrcChannel, UrcSubscription,
};

use super::atat::Tell;
use crate::{Event, Receiver};

const URCS: usize = 8;
const RESPONSE: usize = 512;

/// The ingress with its slot for a response and its channel for reports, emptied after every write
/// as a client's tasks would.
pub(super) struct Ingested<U: Tell + 'static> {
    ingress: Ingress<'static, AtDigester<U>, U, RESPONSE, URCS, 1>,
    slot: &'static ResponseSlot<RESPONSE>,
    reports: UrcSubscription<'static, U, URCS, 1>,
}

impl<U: Tell> Ingested<U> {
    /// Static parts are leaked: 19 kB for each panic of a run that ends soon.
    pub(super) fn new() -> Self {
        let slot = Box::leak(Box::new(ResponseSlot::new()));
        let channel = Box::leak(Box::new(UrcChannel::new()));
        let buf = Vec::leak(vec![0; 4096]);
        Self {
            ingress: Ingress::new(AtDigester::new(), buf, slot, channel),
            slot,
            reports: channel.subscribe().expect("the only subscriber"),
        }
    }

    fn drain(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        while let Some(urc) = self.reports.try_next_message_pure() {
            urc.tell(None, sink);
        }
        if let Some(response) = self.slot.try_get() {
            match *response {
                Response::Ok(_) => sink(Event::Ok),
                Response::Prompt(_) => sink(Event::Prompt),
                Response::CmeError(code) => sink(Event::Cme(code)),
                _ => sink(Event::Error),
            }
            drop(response);
            self.slot.reset();
        }
    }
}

impl<U: Tell> Receiver for Ingested<U> {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            let room = self.ingress.write_buf();
            if room.is_empty() {
                self.ingress.clear();
                continue;
            }
            let (now, later) = chunk.split_at(chunk.len().min(room.len()));
            room[..now.len()].copy_from_slice(now);
            chunk = later;
            // The channel may be full: then there is more to digest when it is empty again.
            let mut done = self.ingress.try_advance(now.len());
            self.drain(sink);
            while done.is_err() {
                done = self.ingress.try_advance(0);
                self.drain(sink);
            }
        }
    }
}
