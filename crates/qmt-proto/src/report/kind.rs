//! Telling reports apart by their names.

/// An enum with the names of its values on the line.
macro_rules! kinds {
    ($(#[$doc:meta])* $enum:ident: $($kind:ident = $name:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) enum $enum {
            $($kind,)*
        }

        impl $enum {
            /// The kind of this name.
            #[cfg(target_pointer_width = "64")]
            #[inline]
            pub(super) fn new(name: &[u8]) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }

            /// The kind of this name; looks at one after the other, for half the flash.
            #[cfg(not(target_pointer_width = "64"))]
            #[inline]
            pub(super) fn new(name: &[u8]) -> Option<Self> {
                const ALL: &[(&[u8], $enum)] = &[$(($name, $enum::$kind),)*];
                let known = ALL.iter().find(|(known, _)| *known == name)?;
                Some(known.1)
            }
        }
    };
}

kinds! {
    /// Reports about a link.
    Kind:
    Open = b"QMTOPEN",
    Close = b"QMTCLOSE",
    Conn = b"QMTCONN",
    Disc = b"QMTDISC",
    Sub = b"QMTSUB",
    Uns = b"QMTUNS",
    Pub = b"QMTPUB",
    Stat = b"QMTSTAT",
}

kinds! {
    /// Reports about the module.
    News:
    Functionality = b"CFUN",
    Sim = b"CPIN",
    Address = b"IP",
    Registration = b"CEREG",
    Power = b"QNBIOTEVENT",
    Indication = b"QIND",
}
