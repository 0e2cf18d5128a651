#![doc = include_str!("../README.md")]

pub mod conformance;
pub mod crash;
pub mod exhaust;
pub mod fuzz;
pub mod hostile;
mod network;
mod pairwise;
mod peer;
pub mod props;
pub mod reference;
mod told;
mod world;

pub use network::Network;
pub use pairwise::pairwise;
pub use peer::Peer;
pub use told::Told;
pub use world::{World, WorldConfig, link_config};
