//! Scenarios from seeds.

use std::sync::OnceLock;

use qmt_broker::FaultRule;
use qmt_modem::{Fault, FaultKind, HexLen, Quirks};
use qmt_session::LineError;

use super::scenario::PATIENCE;
use super::{Body, Mode, Row, Scenario, Step, Strike};
use crate::{Ambush, Change, Rng, Side, pairwise};

/// Steps of a run.
const STEPS: u64 = 1_500;
/// Steps of a run that is to end in peace.
const SHORT: u64 = 40;
/// One step in so many is a fault.
const FAULTS: u64 = 12;

/// The scenario of a seed; with faults of one row only, if asked for.
///
/// Every other scenario is honest: no byte is changed on the line and the module says what is so,
/// so nothing untrue can be excused.
pub fn generate(seed: u64, mode: Mode, only: Option<Row>) -> Scenario {
    let mut rng = Rng::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED);
    let is_honest = rng.one_in(2);
    let links = 1 + rng.below(5) as u8;
    let rows = Row::ALL.iter().copied().filter(|row| match only {
        Some(only) => *row == only,
        None => !(is_honest && row.lies()),
    });
    let quirks = match rng.one_in(2) {
        true => Quirks::of_set(rng.below(u64::from(Quirks::SETS)) as u16),
        false => *rng.pick(sets()),
    };
    let mut script = Script {
        rows: rows.collect(),
        is_honest,
        steps: Vec::new(),
        links: u64::from(links),
        rng: rng.fork(),
    };
    let steps = match mode {
        Mode::Safety => STEPS,
        Mode::Liveness => SHORT,
    };
    for link in 0..links {
        for filter in [0, 1] {
            let qos = script.qos();
            script.steps.push(Step::Subscribe { link, filter, qos });
        }
    }
    for _ in 0..steps {
        if script.rng.one_in(FAULTS) {
            script.go_wrong();
        } else {
            script.go_on();
        }
    }
    Scenario {
        seed,
        links,
        hex: match quirks.hex_len {
            HexLen::Bytes => rng.byte() & rng.byte() & 0x1F,
            // The client takes the note at its word: lengths are in bytes.
            _ => 0,
        },
        baud: *rng.pick(&[0, 0, 9_600, 115_200, 460_800]),
        chunk: match rng.below(32) {
            0 => 1,
            1 => 7,
            2..10 => 64,
            _ => 1_024,
        },
        delay: *rng.pick(&[0, 0, 20, 150, 2_000]),
        booted: !rng.one_in(4),
        quirks,
        steps: script.steps,
    }
}

/// Modules of which any two habits meet in one.
fn sets() -> &'static [Quirks] {
    static SETS: OnceLock<Vec<Quirks>> = OnceLock::new();
    SETS.get_or_init(pairwise)
}

struct Script {
    rows: Vec<Row>,
    is_honest: bool,
    steps: Vec<Step>,
    links: u64,
    rng: Rng,
}

impl Script {
    fn below(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    fn link(&mut self) -> u8 {
        self.below(self.links) as u8
    }

    fn qos(&mut self) -> u8 {
        *self.rng.pick(&[0, 1, 1, 1, 2])
    }

    fn side(&mut self) -> Side {
        *self.rng.pick(&[Side::Module, Side::Host])
    }

    fn len(&mut self) -> u16 {
        match self.below(32) {
            0 => 1_460,
            1 | 2 => self.below(1_460) as u16,
            3 => self.below(4) as u16,
            4..12 => self.below(200) as u16,
            _ => 8 + self.below(24) as u16,
        }
    }

    /// The application does something, or nothing for a while.
    fn go_on(&mut self) {
        let (link, filter) = (self.link(), self.below(3) as u8);
        let step = match self.below(100) {
            0..64 => self.publish(link),
            64..70 => Step::Enqueue {
                link,
                len: self.len().min(300),
            },
            70..80 => self.tell(link, |script| Body::Bytes(script.len())),
            80..82 => Step::Subscribe {
                link,
                filter,
                qos: self.qos(),
            },
            82 => Step::Unsubscribe { link, filter },
            83 => Step::Reopen { link },
            84 => Step::Drop { link },
            _ => Step::Wait(self.time()),
        };
        self.steps.push(step);
    }

    fn publish(&mut self, link: u8) -> Step {
        let (qos, len) = (self.qos(), self.len());
        Step::Publish { link, qos, len }
    }

    fn tell(&mut self, link: u8, body: impl Fn(&mut Self) -> Body) -> Step {
        let (qos, body) = (self.qos(), body(self));
        Step::Tell { link, qos, body }
    }

    fn time(&mut self) -> u32 {
        let most = match self.below(20) {
            0 => 900_000,
            1..4 => 90_000,
            4..10 => 5_000,
            _ => 500,
        };
        1 + self.below(most) as u32
    }

    /// Something goes wrong, and something is done that meets it.
    fn go_wrong(&mut self) {
        let rows = core::mem::take(&mut self.rows);
        let row = *self.rng.pick(&rows);
        self.rows = rows;
        let strike = self.strike(row);
        self.steps.push(Step::Strike(row, strike));
        let link = self.link();
        match row {
            Row::A2 | Row::B1 | Row::B2 => self.steps.push(Step::Drop { link }),
            Row::A9 | Row::B9 | Row::W2 | Row::W9 | Row::W12 | Row::D16 => {
                let step = self.tell(link, |_| Body::Bytes(200));
                self.steps.push(step);
            }
            _ => {}
        }
        let step = self.publish(link);
        self.steps.push(step);
    }

    fn strike(&mut self, row: Row) -> Strike {
        let link = self.link();
        match row {
            Row::A1 => Strike::Message(link, Body::Hostile(self.rng.byte())),
            Row::A2 => Self::module(FaultKind::LostSetting),
            Row::A3 => Strike::Message(link, Body::Prompt),
            Row::A4 => match self.below(4) {
                0 => Strike::Noise(self.absurd_length(link)),
                1 => Strike::Message(link, Body::Bytes(1_460)),
                _ => Strike::Message(link, Body::Bytes(0)),
            },
            Row::A5 => Strike::Message(link, Body::Binary),
            Row::A6 => self.numbered(FaultKind::HostileTopic, 0, 3),
            Row::A7 => self.numbered(FaultKind::HostileTopic, 3, 3),
            Row::A8 => self.numbered(FaultKind::Flood, 100, 1),
            Row::A9 => match self.below(2) {
                0 => Self::module(FaultKind::DuplicateReport),
                _ => Self::broker(["duplicate@PUBLISH#1"]),
            },
            Row::A10 => Self::module(FaultKind::EchoOn),
            row if row.name().starts_with('B') => self.strike_network(row),
            row if row.name().starts_with('W') => self.strike_line(row),
            row => self.strike_module(row),
        }
    }

    fn strike_network(&mut self, row: Row) -> Strike {
        match row {
            Row::B1 => match self.below(2) {
                // What would be final is tried twice.
                0 => {
                    let code = 1 + self.below(5);
                    Self::broker([format!("connack:{code}#1"), format!("connack:{code}#2")])
                }
                _ => Self::broker([format!("connack:{}#1", 6 + self.below(250))]),
            },
            Row::B2 => {
                let code = *self.rng.pick(&[0, 128]);
                Self::broker([format!("suback:{code}#1")])
            }
            Row::B3 => self.numbered(FaultKind::StrayResult, 60_000, 5_000),
            Row::B4 => self.numbered(FaultKind::DropLink, 1, 7),
            Row::B5 => self.numbered(FaultKind::DropLink, 8, 248),
            Row::B6 => Strike::Takeover(self.link()),
            Row::B7 => self.numbered(FaultKind::BlackHole, 10_000, 200_000),
            Row::B8 => self.numbered(FaultKind::NoticeStorm, 1, 40),
            _ => match self.below(2) {
                0 => self.numbered(FaultKind::Cme, 8_508, 3),
                _ => Self::broker([format!("oversize:{}#1", 1_461 + self.below(3_000))]),
            },
        }
    }

    fn strike_line(&mut self, row: Row) -> Strike {
        let (near, far) = (self.below(40) as u16, self.below(180) as u16);
        let flip = Change::Flip(self.below(8) as u8);
        match row {
            Row::W1 => Strike::Byte(self.side(), near, Change::Drop),
            Row::W2 => Strike::PayloadByte(Side::Host, far, Change::Drop),
            Row::W3 => Strike::PayloadByte(Side::Module, near / 4, Change::Drop),
            Row::W4 => Strike::PayloadByte(Side::Module, near / 4, Change::Duplicate),
            Row::W5 => Strike::Ambush(self.side(), Ambush::Digit(self.below(8) as u8)),
            Row::W6 => match self.below(4) {
                0 => Strike::Byte(self.side(), near, flip),
                _ => Strike::Ambush(self.side(), Ambush::Meaning),
            },
            Row::W7 => {
                let lost = *self.rng.pick(&[1, 7, 16, 100, 1_000, 4_096]);
                Strike::Error(LineError::Overrun, near, lost)
            }
            Row::W8 if self.rng.one_in(4) => {
                let wrong = (0..64).map(|_| *self.rng.pick(&[0, 0xFF]));
                Strike::Noise(wrong.collect())
            }
            Row::W8 => {
                let errors = [LineError::Framing, LineError::Parity, LineError::Break];
                Strike::Error(*self.rng.pick(&errors), near, 1)
            }
            Row::W9 => {
                let len = 1 + self.below(16);
                Strike::Noise((0..len).map(|_| self.rng.byte()).collect())
            }
            Row::W11 => Strike::Stall(Side::Module, near, 1 + self.below(20_000) as u32),
            _ => Strike::Stall(Side::Host, near, 1 + self.below(2_000) as u32),
        }
    }

    fn strike_module(&mut self, row: Row) -> Strike {
        match row {
            Row::D1 => {
                let kinds = [FaultKind::Reboot, FaultKind::SilentReboot];
                Self::module(*self.rng.pick(&kinds))
            }
            Row::D2 => Self::module(FaultKind::Sleep),
            Row::D3 => Self::module(FaultKind::LostPrompt),
            Row::D4 => self.numbered(FaultKind::LatePrompt, 1_000, 80_000),
            Row::D5 => match self.below(5) {
                0 => Self::module(FaultKind::LostFinal),
                1 => Self::module(FaultKind::LostResult),
                2 => Self::module(FaultKind::LostCommand),
                3 if self.is_honest => self.numbered(FaultKind::LateFinal, 1, PATIENCE),
                3 => self.numbered(FaultKind::LateFinal, 1, 60_000),
                _ => self.numbered(FaultKind::LateResult, 1_000, 200_000),
            },
            Row::D6 => {
                let kinds = [FaultKind::DuplicateFinal, FaultKind::DuplicateResult];
                Self::module(*self.rng.pick(&kinds))
            }
            Row::D7 => Self::module(FaultKind::Error),
            Row::D8 => {
                let kinds = [FaultKind::BareLf, FaultKind::DoubleCr];
                Self::module(*self.rng.pick(&kinds))
            }
            Row::D9 => Self::module(FaultKind::StrayReport),
            Row::D10 => Strike::LineFeed(self.link()),
            Row::D11 => {
                let ms = 61_000 + self.below(30_000) as u32;
                Strike::StallPayload(self.below(8) as u16, ms)
            }
            Row::D12 => Strike::Forget,
            Row::D13 => {
                let kinds = [FaultKind::Dead, FaultKind::Frozen];
                let kind = *self.rng.pick(&kinds);
                self.numbered(kind, 5_000, 300_000)
            }
            Row::D14 => {
                let codes = [
                    8_503, 8_504, 8_505, 8_506, 8_507, 8_508, 8_509, 8_510, 8_511, 8_600,
                ];
                let code = *self.rng.pick(&codes);
                self.numbered(FaultKind::Cme, code, 1)
            }
            Row::D15 => {
                let kinds = [FaultKind::WrongLink, FaultKind::WrongId];
                Self::module(*self.rng.pick(&kinds))
            }
            Row::D16 => {
                let kinds = [FaultKind::CutResult, FaultKind::CutReport];
                let kind = *self.rng.pick(&kinds);
                self.numbered(kind, 1, 30)
            }
            Row::H1 => Strike::PowerLoss,
            _ => Strike::Away(1 + self.below(600_000) as u32),
        }
    }

    fn module(kind: FaultKind) -> Strike {
        Strike::Module(Fault::new(kind))
    }

    /// A fault with one of `count` numbers from `first` on.
    fn numbered(&mut self, kind: FaultKind, first: u64, count: u64) -> Strike {
        Strike::Module(Fault::new(kind).with(first + self.below(count)))
    }

    fn broker<const N: usize>(rules: [impl AsRef<str>; N]) -> Strike {
        let rules = rules.map(|rule| rule.as_ref().parse::<FaultRule>().expect("a rule"));
        Strike::Broker(rules.to_vec())
    }

    /// A message whose length no message can have.
    fn absurd_length(&mut self, link: u8) -> Vec<u8> {
        let lengths = [
            "1461",
            "65535",
            "65536",
            "0000000001461",
            "-1",
            "99999999999999999999",
        ];
        let len = self.rng.pick(&lengths);
        format!("\r\n+QMTRECV: {link},0,\"d/{link}/0\",{len},\"").into_bytes()
    }
}
