#![doc = include_str!("../README.md")]

pub mod exhaust;
pub mod hostile;
mod network;
mod peer;
pub mod props;
pub mod reference;
mod told;
mod world;

pub use network::Network;
pub use peer::Peer;
pub use told::Told;
pub use world::{World, WorldConfig, link_config};
