//! A session by itself, whose module is the test: what a whole world cannot be made to do.

use core::time::Duration;
use std::collections::{BTreeSet, HashMap};

use at_syntax::Framer;
use qmt_proto::{Command, RequestDialect};
use qmt_session::proto::{Delivery, Instant, LinkId, MsgId, Topic};
use qmt_session::{
    Buffers, Doubt, Event, Machine, Outcome, PublishForm, Session, SessionConfig, SubmitError,
    Ticket,
};
use qmt_sim::Rng;

/// A session and its clock.
struct Alone {
    session: Session<'static>,
    now: Instant,
    ends: Vec<(Ticket, Outcome)>,
    late: Vec<(Ticket, Outcome)>,
}

impl Alone {
    fn new() -> Self {
        let memory = || vec![0; 4_096].leak();
        let buffers = Buffers {
            rx: memory(),
            tx: memory(),
        };
        Self {
            session: Session::new(SessionConfig::new(), buffers),
            now: Instant::from_millis(1_000),
            ends: Vec::new(),
            late: Vec::new(),
        }
    }

    fn submit(&mut self, line: &str) -> Result<Ticket, SubmitError> {
        let line = format!("{line}\r");
        let cut = Framer::requests().next_frame(line.as_bytes(), &RequestDialect::default());
        let command = Command::parse(cut.frame.expect("a line")).expect("a command");
        self.session.submit(self.now, &command)
    }

    fn publish(&mut self, link: LinkId, id: MsgId) -> Result<Ticket, SubmitError> {
        let delivery = Delivery::AtLeastOnce(id);
        let topic = Topic::new("t").unwrap();
        let form = PublishForm::Counted;
        self.session
            .publish(self.now, link, delivery, false, topic, b"hello", form)
    }

    /// Everything is sent; returns it. Where there is nothing, that is no progress.
    fn send(&mut self) -> Vec<u8> {
        let bytes = self.session.poll_transmit().to_vec();
        self.session.handle_transmitted(self.now, bytes.len());
        bytes
    }

    fn hear(&mut self, line: &str) {
        let taken = self.session.handle_input(self.now, line.as_bytes());
        assert_eq!(taken, line.len());
        self.session.handle_timeout(self.now);
        self.listen();
    }

    fn listen(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Done { ticket, outcome } => self.ends.push((ticket, outcome)),
                Event::Late { ticket, outcome } => self.late.push((ticket, outcome)),
                _ => {}
            }
        }
    }

    /// Time passes up to the next deadline, but not beyond `until`.
    fn wait(&mut self, until: Instant) {
        let due = self.session.poll_timeout().unwrap_or(until).min(until);
        self.now = due.max(self.now);
        self.session.handle_timeout(self.now);
        self.listen();
    }

    fn end(&self, ticket: Ticket) -> Option<Outcome> {
        let mut ends = self.ends.iter().filter(|(done, _)| *done == ticket);
        let end = ends.next().map(|(_, outcome)| *outcome);
        assert_eq!(ends.next(), None, "it ends once");
        end
    }

    /// A publish is taken by the module, which has nothing more to say for now.
    fn start_publish(&mut self, link: LinkId) -> (Ticket, MsgId) {
        let id = self.session.allocate_msg_id(link).unwrap();
        let ticket = self.publish(link, id).unwrap();
        self.take_payload();
        (ticket, id)
    }

    /// The module prompts for a payload and takes it, when the session finds the time.
    fn take_payload(&mut self) {
        self.send();
        self.hear("\r\n> ");
        for _ in 0..10 {
            if self.session.poll_transmit().is_empty() {
                self.wait(self.now.saturating_add(Duration::from_millis(100)));
            }
        }
        assert_eq!(self.send(), b"hello");
        self.hear("\r\nOK\r\n");
    }
}

/// An operation, the line that says it is being retransmitted, and the longest time of the note in
/// milliseconds, for packets by the factor of their time-out (QMT §3.3.1 to §3.3.8).
const OPERATIONS: [(&str, &str, u64, bool); 8] = [
    ("AT+QMTCFG=\"keepalive\",0,60", "", 300, false),
    ("AT+QMTOPEN=0,\"h\",1883", "", 176_000, false),
    ("AT+QMTCLOSE=0", "", 300, false),
    ("AT+QMTDISC=0", "", 300, false),
    ("AT+QMTCONN=0,\"c\"", "+QMTCONN: 0,1", 1_000, true),
    ("AT+QMTSUB=0,7,\"t\",1", "+QMTSUB: 0,7,1,1", 1_000, true),
    ("AT+QMTUNS=0,7,\"t\"", "+QMTUNS: 0,7,1", 1_000, true),
    ("AT+QMTPUB", "+QMTPUB: 0,1,1,1", 1_000, true),
];

#[test]
fn q07_each_operation_ends_by_its_longest_time_and_5_s_whatever_the_module_leaves_out() {
    let margin = Duration::from_secs(5);
    for (command, notice, time, is_packet) in OPERATIONS {
        // `<pkt_timeout>` and `<retry_times>` as the module says it has them.
        for (timeout, retries) in [(10, 3), (60, 10)] {
            for (taken, notices) in [(false, false), (true, false), (true, true)] {
                let mut alone = Alone::new();
                alone.submit("AT+QMTCFG=\"timeout\",0").unwrap();
                alone.send();
                alone.hear(&format!("\r\n+QMTCFG: {timeout},{retries},1\r\n\r\nOK\r\n"));
                let factor = if is_packet {
                    timeout * (retries + 1)
                } else {
                    1
                };
                let longest = Duration::from_millis(time * factor) + margin;
                let mut since = alone.now;
                let ticket = if command == "AT+QMTPUB" {
                    let ticket = alone.publish(LinkId::ALL[0], MsgId::new(1).unwrap());
                    alone.send();
                    if taken {
                        alone.take_payload();
                        since = alone.now;
                    }
                    ticket.unwrap()
                } else {
                    let ticket = alone.submit(command).unwrap();
                    alone.send();
                    if taken {
                        alone.hear("\r\nOK\r\n");
                    }
                    ticket
                };
                while alone.end(ticket).is_none() {
                    let next = alone.now.saturating_add(Duration::from_secs(1));
                    alone.wait(next);
                    alone.send();
                    if notices && !notice.is_empty() {
                        alone.hear(&format!("\r\n{notice}\r\n"));
                    }
                    let took = alone.now.saturating_since(since);
                    assert!(
                        took <= longest,
                        "{command} {timeout} {taken} {notices} {took:?} {:?}",
                        alone.ends
                    );
                }
                let took = alone.now.saturating_since(since);
                let end = alone.end(ticket).unwrap();
                let story = format!("{command} {timeout} {taken} {notices}: {end:?} in {took:?}");
                // Nothing is given up before its time either.
                let has_result = taken && command != OPERATIONS[0].0;
                if has_result {
                    assert_eq!(end, Outcome::Unknown(Doubt::TimedOut), "{story}");
                    assert!(took >= longest - margin, "{story}");
                } else if taken {
                    assert!(end.is_success(), "{story}");
                } else {
                    assert!(matches!(end, Outcome::Unknown(_)), "{story}");
                }
            }
        }
    }
}

#[test]
fn q08_results_in_any_order_late_again_and_of_others_each_end_their_own() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut alone = Alone::new();
        // What each publish was really told, by link and identifier.
        let mut expected: HashMap<Ticket, i64> = HashMap::new();
        let mut waiting = Vec::new();
        for link in LinkId::ALL {
            let (ticket, id) = alone.start_publish(link);
            waiting.push((ticket, link, id));
        }
        let mut old: Vec<String> = Vec::new();
        while !waiting.is_empty() {
            // Somebody else's, or one that has been said before.
            let (link, id) = (rng.below(5), 100 + rng.below(60_000));
            let foreign = format!("\r\n+QMTPUB: {link},{id},{}\r\n", rng.below(3));
            alone.hear(&foreign);
            if !old.is_empty() {
                let again = rng.pick(&old).clone();
                alone.hear(&again);
            }
            let at = rng.below(waiting.len() as u64) as usize;
            let (ticket, link, id) = waiting.swap_remove(at);
            let end = alone.end(ticket);
            let out_of_time = Some(Outcome::Unknown(Doubt::TimedOut));
            assert!(end.is_none() || end == out_of_time, "seed {seed}: {end:?}");
            if rng.one_in(4) {
                // Its result, and all that follow, come only after their time.
                while alone.end(ticket).is_none() {
                    let next = alone.now.saturating_add(Duration::from_secs(60));
                    alone.wait(next);
                    alone.send();
                }
            }
            let code = i64::from(rng.one_in(2)) * 2;
            let line = format!("\r\n+QMTPUB: {link},{},{code}\r\n", id.get());
            alone.hear(&line);
            expected.insert(ticket, code);
            old.push(line);
        }
        for (ticket, code) in expected {
            let end = alone.end(ticket).expect("an end");
            let late = alone.late.iter().find(|(done, _)| *done == ticket);
            let fits = |outcome: &Outcome| outcome.is_success() == (code == 0);
            let timed_out = end == Outcome::Unknown(Doubt::TimedOut);
            let right = match late {
                Some((_, truth)) => timed_out && fits(truth),
                // What is told of a result 2 is doubt either way.
                None => fits(&end) || timed_out,
            };
            assert!(right, "seed {seed}: {ticket:?} {code}: {end:?}, {late:?}");
        }
        assert_eq!(alone.ends.len(), 5, "seed {seed}");
    }
}

#[test]
fn q10_what_cannot_be_kept_track_of_is_busy_and_identifiers_in_doubt_are_passed_over() {
    let mut alone = Alone::new();
    let mut taken: BTreeSet<(u8, u16)> = BTreeSet::new();
    let mut refused = 0;
    for link in LinkId::ALL {
        for verb in ["SUB", "UNS", "PUB"] {
            let id = alone.session.allocate_msg_id(link).unwrap();
            let submitted = match verb {
                "SUB" => alone.submit(&format!("AT+QMTSUB={link},{},\"t\",1", id.get())),
                "UNS" => alone.submit(&format!("AT+QMTUNS={link},{},\"t\"", id.get())),
                _ => alone.publish(link, id),
            };
            if submitted.is_err() {
                assert_eq!(submitted, Err(SubmitError::Busy), "{verb} {link} {taken:?}");
                assert_eq!(alone.session.poll_transmit(), b"");
                refused += 1;
                continue;
            }
            assert!(taken.insert((link.get(), id.get())), "{id:?} twice");
            alone.send();
            match verb {
                "PUB" => alone.take_payload(),
                _ => alone.hear("\r\nOK\r\n"),
            }
        }
    }
    assert!(refused > 0, "some are too many");
    assert!(taken.len() >= 10, "{taken:?}");
    // All of them time out: now they are in doubt, and their identifiers are passed over all the
    // way around.
    while alone.ends.len() < taken.len() {
        let next = alone.now.saturating_add(Duration::from_secs(60));
        alone.wait(next);
        alone.send();
    }
    let first = LinkId::ALL[0];
    for _ in 0..70_000 {
        let id = alone.session.allocate_msg_id(first).unwrap();
        assert!(
            !taken.contains(&(first.get(), id.get())),
            "{id:?} is in doubt"
        );
    }
}
