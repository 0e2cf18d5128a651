//! The virtual modem as a host sees it, on virtual time, against the loopback broker in memory.

mod black_hole;
mod data_mode;
mod faults;
mod garbage;
mod journal;
mod links;
mod matrix;
mod quirks;
mod repeat;
mod rig;
mod sets;
mod sleep;
mod timing;
mod transcript;
mod usage;
