//! Campaigns: one seed makes one run, a client with up to five links, a module, a broker and a line
//! on one virtual clock, with faults of all 48 kinds of RELIABILITY §2.
//!
//! A run is data, a [`Scenario`]: [`generate()`] makes it from a seed, [`parse()`] reads it from a file,
//! [`run`] carries it out under the eyes of the [`Oracle`](crate::Oracle), and [`minimize()`] makes
//! one that fails as short as it can. What many runs come to is a [`Tally`].

mod drive;
mod generate;
mod minimize;
mod parse;
mod row;
mod scenario;
mod sign;
mod tally;

pub use drive::{Log, Report, run, run_in_sight};
pub use generate::generate;
pub use minimize::minimize;
pub use parse::parse;
pub use row::Row;
pub use scenario::{Body, Scenario, Step, Strike};
pub use sign::{Sign, Signs};
pub use tally::Tally;

/// Hosts of one run that follow each other, for its [`Memory`](crate::Memory).
pub const HOSTS: usize = 6;

/// What a run is to show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Mode {
    /// Faults go on to the end, and nothing untrue is told.
    Safety,
    /// Faults end, and every link is ready again in time.
    Liveness,
}
