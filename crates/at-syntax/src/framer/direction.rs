//! Which way the lines go, and so how they begin and end.

/// The direction of a stream: [`Responses`] or [`Requests`].
pub trait Direction: sealed::Marks + Clone + core::fmt::Debug {}

/// From the module to its host: lines end with CR LF, where CR may be missing or repeated.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a name for a type, without values")]
pub enum Responses {}

/// From the host to its module: lines end with CR; an LF after it is a blank.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a name for a type, without values")]
pub enum Requests {}

impl Direction for Responses {}
impl Direction for Requests {}

mod sealed {
    /// What tells the directions apart.
    #[expect(
        unnameable_types,
        reason = "there are two directions, and nobody adds one"
    )]
    pub trait Marks {
        /// The byte that ends a line.
        const END: u8;
        /// What stands before the name.
        const PREFIX: &'static str;
        /// What stands between the name and the fields.
        const SEPARATOR: u8;
        /// What follows counted data in quotes.
        const QUOTED_END: &'static [u8];
        /// What follows counted data without quotes.
        const BARE_END: &'static [u8];
        /// Whether a broken data line is an ordinary line: a host may write what it likes.
        const LENIENT: bool;

        /// Whether the prefix begins with `byte`.
        fn begins(byte: u8) -> bool;

        /// Whether `prefix_or_name` is `wanted`: a command is the same in small letters (V.250
        /// §5.4.1), a response is what the manual says.
        fn same(prefix_or_name: &[u8], wanted: &str) -> bool;
    }

    impl Marks for super::Responses {
        const END: u8 = b'\n';
        const PREFIX: &'static str = "+";
        const SEPARATOR: u8 = b':';
        const QUOTED_END: &'static [u8] = b"\"\r\n";
        const BARE_END: &'static [u8] = b"\r\n";
        const LENIENT: bool = false;

        fn begins(byte: u8) -> bool {
            byte == b'+'
        }

        fn same(prefix_or_name: &[u8], wanted: &str) -> bool {
            prefix_or_name == wanted.as_bytes()
        }
    }

    impl Marks for super::Requests {
        const END: u8 = b'\r';
        const PREFIX: &'static str = "AT+";
        const SEPARATOR: u8 = b'=';
        const QUOTED_END: &'static [u8] = b"\"\r";
        const BARE_END: &'static [u8] = b"\r";
        const LENIENT: bool = true;

        fn begins(byte: u8) -> bool {
            matches!(byte, b'A' | b'a')
        }

        fn same(prefix_or_name: &[u8], wanted: &str) -> bool {
            prefix_or_name.eq_ignore_ascii_case(wanted.as_bytes())
        }
    }
}
