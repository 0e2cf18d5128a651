#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate std;

mod frame;
#[cfg(feature = "std")]
mod player;
mod record;
#[cfg(feature = "std")]
mod recorder;
#[cfg(feature = "std")]
mod redactor;

pub use frame::{OVERHEAD, TraceError, decode, decode_header, encode, encode_header};
#[cfg(feature = "std")]
pub use player::{PlayError, Player};
pub use record::{Body, Escaped, Header, Record, Side, VERSION};
#[cfg(feature = "std")]
pub use recorder::Recorder;
#[cfg(feature = "std")]
pub use redactor::{Piece, Redactor};
