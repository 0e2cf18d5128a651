#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod args;
mod dialect;
mod error;
mod framer;
mod line;
mod number;
mod request;
mod scan;
mod writer;

pub use args::{Args, Field};
pub use dialect::{Coding, DataLayout, Dialect, NoDialect};
pub use error::{BufferFull, SyntaxError, SyntaxErrorKind};
pub use framer::{Cut, DataLine, Direction, Frame, Framer, Plain, Requests, Responses, Violation};
pub use line::{CmeError, Info, Line};
pub use request::{Request, Verb};
pub use writer::Writer;
