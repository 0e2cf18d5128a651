//! `Client` as a receiver: connected through the virtual module, subscribed to exact filters.

use core::num::NonZeroU16;
use core::time::Duration;

use qmt_proto::{ClientId, Filter, Host, Instant, LinkId, Qos, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, Event as News, LinkConfig, LinkPhase, Machine,
};
use qmt_sim::Network;

use crate::workload::FILTERS;
use crate::{Event, Receiver, session};

/// Longer than a quarantine takes: silence, a probe, and asking which links are still connected.
const PAUSE: Duration = Duration::from_secs(2);

/// A client that is ready, with the module and the broker that made it so.
///
/// The stream under test is fed beside what that module sends, between its lines.
#[derive(Debug)]
pub struct ClientReceiver {
    client: Client<'static>,
    network: Network,
    now: Instant,
}

impl ClientReceiver {
    /// A client with link 0 connected, in text format, and subscribed to `FILTERS`.
    ///
    /// # Panics
    /// When client, module and broker do not get there.
    pub fn new() -> Self {
        let memory = |len: usize| Vec::leak(vec![0; len]);
        let buffers = Buffers {
            rx: memory(limits::HEX_FRAME),
            tx: memory(limits::HEX_FRAME),
        };
        let broker = qmt_broker::Broker::new(qmt_broker::Config::default());
        let modem = qmt_modem::Modem::booted(qmt_modem::ModemConfig::new());
        let mut it = Self {
            client: Client::new(ClientConfig::new(), buffers, memory(4096)),
            network: Network::new(modem, broker),
            now: Instant::ZERO,
        };
        let link = LinkId::ALL[0];
        let host = Host::new("broker.example").expect("a legal host");
        let client_id = ClientId::new("meter-7").expect("a legal client identifier");
        let config = LinkConfig::new(host, NonZeroU16::new(1883).expect("not 0"), client_id);
        it.client.handle_timeout(it.now);
        it.client.connect(it.now, link, &config).expect("room");
        for filter in FILTERS {
            let filter = Filter::new(filter).expect("a legal filter");
            let subscribed = it.client.subscribe(it.now, link, filter, Qos::AtLeastOnce);
            subscribed.expect("room, and no wildcard");
        }
        it.run_for(Duration::from_secs(60), &mut |_| ());
        assert_eq!(it.client.link_phase(link), LinkPhase::Ready);
        it
    }

    /// Lets time pass, with the module answering whatever the client asks.
    fn run_for(&mut self, time: Duration, sink: &mut impl FnMut(Event<'_>)) {
        let end = self.now.saturating_add(time);
        loop {
            if self.step(sink) {
                continue;
            }
            let due = [self.client.poll_timeout(), self.network.poll_timeout()];
            let next = due.into_iter().flatten().min().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            self.client.handle_timeout(self.now);
            self.network.handle_timeout(self.now);
        }
    }

    /// Moves what can move now. Whether anything did.
    fn step(&mut self, sink: &mut impl FnMut(Event<'_>)) -> bool {
        self.tell(sink);
        let request = self.client.poll_transmit();
        let sent = request.len();
        self.network.modem.handle_input(self.now, request);
        self.client.handle_transmitted(self.now, sent);
        let moved = self.network.step(self.now);
        let answer = self.network.modem.poll_transmit();
        let heard = self.client.handle_input(self.now, answer);
        self.network.modem.handle_transmitted(self.now, heard);
        moved || sent > 0 || heard > 0
    }

    fn tell(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Message(message) => session::tell(News::Message(message), sink),
                ClientEvent::Session(news) => match news {
                    // Not believed: a topic that nobody subscribed to, or a line in quarantine.
                    News::Message(_) | News::Untrusted(_) => sink(Event::Refused),
                    // Of the client's own probes.
                    News::Resynchronized
                    | News::Done { .. }
                    | News::Answer { .. }
                    | News::Text { .. } => {}
                    news => session::tell(news, sink),
                },
                // Bringing the link up, once. Anything else was made up by the stream.
                ClientEvent::ModuleReady
                | ClientEvent::Ready { .. }
                | ClientEvent::Subscribed { .. } => {}
                _ => sink(Event::Other(b"")),
            }
        }
    }
}

impl Default for ClientReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver for ClientReceiver {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            let taken = self.client.handle_input(self.now, chunk);
            chunk = &chunk[taken..];
            self.tell(sink);
        }
    }

    fn pause(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        self.run_for(PAUSE, sink);
    }
}
