//! The invariants of framing and of commands and reports on random input; each test names those it shows.

mod ranges;
mod receive;
mod requests;
mod streams;
mod strings;
mod targets;
mod values;
