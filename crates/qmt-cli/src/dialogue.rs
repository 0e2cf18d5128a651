//! A dialogue with a module, command by command, as a person at a terminal has it.
//!
//! The verbs that want to see what a module really says use it. Those that want their messages
//! delivered leave the talking to `qmt-session`.

mod ask;
mod port;
mod reply;
mod request;

pub(crate) use ask::Patience;
pub(crate) use port::{Hearing, Port};
pub(crate) use reply::{Final, Reply, Role, Verdict};
pub(crate) use request::{DataMode, Request};
