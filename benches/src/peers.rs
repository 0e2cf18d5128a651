//! The receivers that people build instead of ours, each as its own documentation suggests.
//!
//! All keep 4096 bytes, are given the same deliveries and tell the same [`Event`]s. None is made
//! worse than it has to be: what a table says against them is what their design costs.

mod at_commands;
mod atat;
mod fields;
mod framers;
mod nom;

#[cfg(feature = "peers")]
mod decoded;
#[cfg(feature = "peers")]
mod encode;
#[cfg(feature = "peers")]
mod ingress;
#[cfg(feature = "peers")]
mod limits;
#[cfg(feature = "peers")]
mod regex;
#[cfg(feature = "peers")]
mod split;
#[cfg(feature = "peers")]
mod winnow;

#[cfg(feature = "peers")]
pub use encode::{EncodeWith, encoders};

use crate::Receiver;
#[cfg(feature = "peers")]
use decoded::Decoded;

/// at-commands, on lines.
pub fn at_commands() -> impl Receiver {
    framers::Lines::new(at_commands::parse)
}

/// atat's digester, with messages declared in the way that reads all of them.
pub fn atat() -> impl Receiver {
    atat::Digested::<atat::CustomUrc>::new()
}

/// nom, on the stream.
pub fn nom() -> impl Receiver {
    framers::Stream::new(nom::text::stream)
}

/// Something to be done with every receiver.
#[cfg(feature = "peers")]
pub trait Visit {
    /// Does it. `new` makes a receiver that has seen nothing.
    fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R);
}

/// All peers, in the order of the table.
#[cfg(feature = "peers")]
pub fn visit(visitor: &mut impl Visit) {
    visitor.receiver("atat digester", atat::Digested::<atat::Urc>::new);
    visitor.receiver(
        "atat digester, String",
        atat::Digested::<atat::StringUrc>::new,
    );
    visitor.receiver("atat digester, custom", atat);
    visitor.receiver("atat ingress", ingress::Ingested::<atat::Urc>::new);
    visitor.receiver("serde_at, lines", || {
        framers::Lines::new(atat::ByName::<atat::Urc>::new())
    });
    visitor.receiver("at-commands", at_commands);
    visitor.receiver("nom, lines", || framers::Lines::new(nom::text::line));
    visitor.receiver("nom, stream", nom);
    visitor.receiver("winnow, lines", || framers::Lines::new(winnow::text::line));
    visitor.receiver("winnow, stream", || {
        framers::Stream::new(winnow::text::stream)
    });
    visitor.receiver("regex", || framers::Lines::new(regex::Patterns::new()));
    visitor.receiver("str::split", || framers::Lines::new(split::parse));
}

/// The same, each as its users would set it up for payloads in hex, with the digits decoded.
#[cfg(feature = "peers")]
pub fn visit_hex(visitor: &mut impl Visit) {
    let digested = || Decoded(atat::Digested::<atat::HexUrc>::new());
    visitor.receiver("atat digester", digested);
    visitor.receiver("atat digester, String", digested);
    visitor.receiver("atat digester, custom", || {
        Decoded(atat::Digested::<atat::CountedHexUrc>::new())
    });
    visitor.receiver("atat ingress", || {
        Decoded(ingress::Ingested::<atat::HexUrc>::new())
    });
    visitor.receiver("serde_at, lines", || {
        Decoded(framers::Lines::new(atat::ByName::<atat::HexUrc>::new()))
    });
    visitor.receiver("at-commands", || Decoded(at_commands()));
    visitor.receiver("nom, lines", || {
        Decoded(framers::Lines::new(nom::hex::line))
    });
    visitor.receiver("nom, stream", || {
        Decoded(framers::Stream::new(nom::hex::stream))
    });
    visitor.receiver("winnow, lines", || {
        Decoded(framers::Lines::new(winnow::hex::line))
    });
    visitor.receiver("winnow, stream", || {
        Decoded(framers::Stream::new(winnow::hex::stream))
    });
    visitor.receiver("regex", || {
        Decoded(framers::Lines::new(regex::Patterns::new()))
    });
    visitor.receiver("str::split", || Decoded(framers::Lines::new(split::parse)));
}

/// What no receiver can be faster than: copying the bytes, and copying them and looking for LF.
#[cfg(feature = "peers")]
pub fn visit_limits(visitor: &mut impl Visit) {
    visitor.receiver("(memcpy)", limits::Copy::new);
    visitor.receiver("(memcpy, memchr)", limits::Lines::new);
}

#[cfg(all(test, feature = "peers"))]
mod tests {
    use super::*;
    use crate::{Delivery, Event, Mark, Score, Workload};

    struct Run<'a>(&'a Workload, Vec<&'static str>);

    impl Visit for Run<'_> {
        fn receiver<R: Receiver>(&mut self, name: &'static str, new: impl Fn() -> R) {
            let Self(load, ok) = self;
            let mut receiver = new();
            let mut got: Vec<Mark> = Vec::new();
            for piece in Delivery::Messages.cut(&load.bytes, &load.ends) {
                receiver.feed(piece, &mut |event: Event<'_>| got.push(event.mark()));
            }
            if Score::new(&load.sent, &got).is_perfect() {
                ok.push(name);
            }
        }
    }

    /// A peer that fails on tame lines would be one that we got wrong.
    #[test]
    fn every_peer_reads_tame_lines_without_a_mistake() {
        for load in [Workload::w2(500), Workload::w8(300), Workload::w9(300)] {
            let mut run = Run(&load, Vec::new());
            visit(&mut run);
            assert_eq!(run.1.len(), 12, "{:?}", run.1);
        }
        let hex = Workload::w4(20);
        let mut run = Run(&hex, Vec::new());
        visit_hex(&mut run);
        assert_eq!(run.1.len(), 12, "{:?}", run.1);
    }

    #[test]
    fn limits_tell_nothing() {
        let mut run = Run(&Workload::default(), Vec::new());
        visit_limits(&mut run);
        assert_eq!(run.1.len(), 2);
        let load = Workload::w2(10);
        let mut run = Run(&load, Vec::new());
        visit_limits(&mut run);
        assert!(run.1.is_empty());
    }
}
