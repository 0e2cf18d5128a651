#![doc = include_str!("../README.md")]

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
pub mod single_byte;
mod told;
mod trace;
mod wire;
mod world;

pub use memory::Memory;
pub use network::{Network, Reach};
pub use oracle::{Broken, Oracle, Wish};
pub use pairwise::pairwise;
pub use peer::Peer;
pub use rng::Rng;
pub use told::Told;
pub use trace::Trace;
pub use wire::{Change, Noise, Wire};
pub use world::{Act, Side, World, WorldConfig, WorldIn, link_config};
