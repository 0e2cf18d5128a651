//! The broker's behaviours on virtual time, one file each.

mod admission;
mod bench;
mod delivery;
mod keep_alive;
mod limits;
mod misbehaviour;
mod retained;
mod session;
mod subscription;
mod will;
