//! The invariants of the receive path on random streams; each test names those it shows.

mod receive;
mod streams;
