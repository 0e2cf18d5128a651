#![doc = include_str!("../README.md")]

pub mod campaign;
pub mod conformance;
pub mod crash;
pub mod dialogue;
pub mod exhaust;
pub mod fuzz;
pub mod hostile;
mod memory;
mod network;
mod oracle;
mod pairwise;
mod peer;
pub mod props;
pub mod reference;
mod rng;
mod share;
pub mod single_byte;
mod told;
mod trace;
mod wire;
mod world;

pub use memory::Memory;
pub use network::{Network, Reach};
pub use oracle::{Broken, Oracle, Wish};
pub use pairwise::{Habits, modules, pairwise, share_of_modules};
pub use peer::Peer;
pub use rng::Rng;
pub use share::Share;
pub use told::Told;
pub use trace::Trace;
pub use wire::{Ambush, Change, Noise, Wire};
pub use world::{Act, Side, World, WorldConfig, WorldIn, link_config};
