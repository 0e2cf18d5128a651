//! A client with a module that agrees to everything, but for one thing.

use core::num::NonZeroU16;
use core::time::Duration;

use qmt_session::proto::{ClientId, Filter, Host, Instant, LinkId, Qos, Topic, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, IfUnknown, LinkConfig, Machine as _, Outgoing,
};

mod links;
mod module;
mod options;
mod outbox;
mod yes;

use yes::Yes;

const LINK: LinkId = LinkId::ALL[0];
const OTHER: LinkId = LinkId::ALL[1];
/// More steps than any dialogue here has.
const STEPS: usize = 100_000;
/// How often a module says something that it always says.
const ALWAYS: usize = usize::MAX;

/// How a bench is made.
#[derive(Clone, Copy)]
struct Made {
    config: ClientConfig,
    rx: usize,
    tx: usize,
    store: usize,
    outbox: usize,
}

impl Made {
    const fn new() -> Self {
        Self {
            config: ClientConfig::new(),
            rx: limits::TEXT_FRAME,
            tx: 512,
            store: 256,
            outbox: 256,
        }
    }

    fn bench(self) -> Bench {
        let [rx, tx, store, outbox] =
            [self.rx, self.tx, self.store, self.outbox].map(|len| vec![0; len].leak());
        let mut client = Client::new(self.config, Buffers { rx, tx }, store).with_outbox(outbox);
        client.handle_timeout(Instant::ZERO);
        Bench {
            client,
            module: Yes::default(),
            now: Instant::ZERO,
            told: Vec::new(),
            seen: 0,
        }
    }
}

/// A client, its module, and what was told.
struct Bench {
    client: Client<'static>,
    module: Yes,
    now: Instant,
    /// Events as `Debug` shows them, but for those of the session.
    told: Vec<String>,
    /// How many of them have been waited for.
    seen: usize,
}

impl Bench {
    fn new() -> Self {
        Made::new().bench()
    }

    /// The link shall be connected to the usual server, with what `change` makes of it.
    fn connect(&mut self, link: LinkId, change: impl FnOnce(&mut LinkConfig<'_>)) {
        let mut config = config();
        change(&mut config);
        self.client.connect(self.now, link, &config).unwrap();
    }

    /// A link that is connected and told so.
    fn ready() -> Self {
        let mut bench = Self::new();
        bench.connect(LINK, |_| {});
        bench.wait("Ready");
        bench
    }

    fn subscribe(&mut self, link: LinkId, filter: &str) {
        let filter = Filter::new(filter).unwrap();
        let subscribed = self
            .client
            .subscribe(self.now, link, filter, Qos::AtLeastOnce);
        subscribed.unwrap();
    }

    fn enqueue(&mut self, topic: &str, payload: &[u8], if_unknown: IfUnknown) {
        let message = Outgoing {
            link: LINK,
            topic: Topic::new(topic).unwrap(),
            payload,
            qos: Qos::AtLeastOnce,
            retain: false,
            if_unknown,
        };
        self.client.enqueue(self.now, &message).unwrap();
    }

    fn publish(&mut self, payload: &[u8]) {
        let topic = Topic::new("t").unwrap();
        let now = self.now;
        let taken = self
            .client
            .publish(now, LINK, Qos::AtLeastOnce, false, topic, payload);
        taken.unwrap();
    }

    /// The host hears these lines.
    fn hear(&mut self, lines: &[&str]) {
        let said: String = lines.iter().map(|line| format!("\r\n{line}\r\n")).collect();
        let taken = self.client.handle_input(self.now, said.as_bytes());
        assert_eq!(taken, said.len());
        self.listen();
    }

    fn listen(&mut self) -> bool {
        let before = self.told.len();
        let mut any = false;
        while let Some(event) = self.client.poll_event() {
            any = true;
            if !matches!(event, ClientEvent::Session(_)) {
                self.told.push(format!("{event:?}"));
            }
        }
        any || self.told.len() > before
    }

    /// Everything that can happen now happens. False: nothing did.
    fn step(&mut self) -> bool {
        let told = self.listen();
        let bytes = self.client.poll_transmit().to_vec();
        if bytes.is_empty() {
            return told;
        }
        self.client.handle_transmitted(self.now, bytes.len());
        self.listen();
        let said = self.module.hear(&bytes);
        let taken = self.client.handle_input(self.now, said.as_bytes());
        assert_eq!(taken, said.len());
        true
    }

    /// Runs until the client sends a line that begins so: it is not answered yet.
    fn run_to_line(&mut self, line: &str) {
        for _ in 0..STEPS {
            self.listen();
            if self.client.poll_transmit().starts_with(line.as_bytes()) {
                return;
            }
            if !self.step() {
                self.pass();
            }
        }
        panic!("{line} is never sent: {:#?}", self.told);
    }

    /// Time passes until something is due.
    fn pass(&mut self) {
        let due = self.client.poll_timeout().expect("something is due");
        self.now = due.max(self.now.saturating_add(Duration::from_millis(1)));
        self.client.handle_timeout(self.now);
    }

    /// Runs until something is told that begins so. What it is.
    fn wait(&mut self, what: &str) -> String {
        for _ in 0..STEPS {
            while let Some(told) = self.told.get(self.seen) {
                self.seen += 1;
                if told.starts_with(what) {
                    return told.clone();
                }
            }
            if !self.step() {
                self.pass();
            }
        }
        panic!("{what} is not told: {:#?}", self.told);
    }

    /// Runs for so many seconds.
    fn run(&mut self, secs: u64) {
        let end = self.now.saturating_add(Duration::from_secs(secs));
        for _ in 0..STEPS {
            if self.step() {
                continue;
            }
            match self.client.poll_timeout().filter(|due| *due <= end) {
                Some(_) => self.pass(),
                None => {
                    self.now = end;
                    self.client.handle_timeout(end);
                    return;
                }
            }
        }
        panic!("never still: {:#?}", self.told);
    }

    /// Whether a line that begins so has been heard by the module, and how often.
    fn heard(&self, line: &str) -> usize {
        self.module
            .heard
            .iter()
            .filter(|heard| heard.starts_with(line))
            .count()
    }
}

fn config() -> LinkConfig<'static> {
    let host = Host::new("broker.example").unwrap();
    let port = NonZeroU16::new(1883).unwrap();
    LinkConfig::new(host, port, ClientId::new("me").unwrap())
}
