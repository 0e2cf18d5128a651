//! Quirks by name: what there is, what it can be, what it is.

use core::fmt;

use crate::Quirks;

/// One open question about the module: a field of [`Quirks`] under its name.
#[derive(Clone, Copy, Debug)]
pub struct Quirk {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) source: &'static str,
    pub(super) values: &'static [QuirkValue],
    /// The index of the value in a set of quirks.
    pub(super) get: fn(&Quirks) -> usize,
    /// Puts the value with that index into a set of quirks.
    pub(super) set: fn(&mut Quirks, usize),
}

/// One answer to an open question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuirkValue {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// Why a quirk was not set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QuirkError {
    /// There is no quirk of that name. [`Quirk::ALL`] has them.
    UnknownName,
    /// The quirk has no such value, but these.
    UnknownValue(&'static [QuirkValue]),
}

impl Quirk {
    /// The quirk called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|quirk| quirk.name == name)
    }

    /// The name of the field, for example `prompt`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The question, in one sentence.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.text.trim_start()
    }

    /// Where it is left open, or answered differently.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Its values, at least two.
    #[must_use]
    pub const fn values(&self) -> &'static [QuirkValue] {
        self.values
    }

    /// The value in `quirks`.
    #[must_use]
    pub fn value(&self, quirks: &Quirks) -> &'static QuirkValue {
        let index = (self.get)(quirks);
        // Always found: the table and the type come from one list.
        self.values.get(index).unwrap_or(&QuirkValue::NONE)
    }

    /// Gives `quirks` the value called `value`.
    ///
    /// # Errors
    /// [`QuirkError::UnknownValue`]; then nothing has changed.
    pub fn set(&self, quirks: &mut Quirks, value: &str) -> Result<(), QuirkError> {
        let index = self.values.iter().position(|known| known.name == value);
        let index = index.ok_or(QuirkError::UnknownValue(self.values))?;
        (self.set)(quirks, index);
        Ok(())
    }
}

impl QuirkValue {
    const NONE: Self = Self { name: "", text: "" };

    /// For example `bare`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the module then does, in one sentence.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.text.trim_start()
    }
}

/// By name.
impl Quirks {
    /// Sets the quirk called `name` to the value called `value`.
    ///
    /// # Errors
    /// [`QuirkError`]; then nothing has changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), QuirkError> {
        let quirk = Quirk::find(name).ok_or(QuirkError::UnknownName)?;
        quirk.set(self, value)
    }

    /// All quirks with their values here.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Quirk, &'static QuirkValue)> + '_ {
        Quirk::ALL.iter().map(|quirk| (quirk, quirk.value(self)))
    }

    /// Those quirks whose values `other` has not.
    pub fn differences(
        self,
        other: &Self,
    ) -> impl Iterator<Item = (&'static Quirk, &'static QuirkValue)> + '_ {
        let here = Quirk::ALL
            .iter()
            .map(move |quirk| (quirk, quirk.value(&self)));
        here.filter(|(quirk, value)| *value != quirk.value(other))
    }
}

/// `name=value`.
impl fmt::Display for QuirkValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for QuirkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName => f.write_str("no quirk has this name"),
            Self::UnknownValue(values) => {
                f.write_str("the quirk is one of")?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{} {value}", if at == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for QuirkError {}

/// A type whose values have names.
pub(super) trait Choice: Copy + Eq + 'static {
    /// All, in the order of [`VALUES`](Self::VALUES).
    const ALL: &'static [Self];
    /// Their names and texts.
    const VALUES: &'static [QuirkValue];

    fn index(self) -> usize {
        // Always found.
        Self::ALL
            .iter()
            .position(|value| *value == self)
            .unwrap_or_default()
    }
}

impl Choice for bool {
    const ALL: &'static [Self] = &[false, true];
    const VALUES: &'static [QuirkValue] = &[
        QuirkValue {
            name: "off",
            text: "No.",
        },
        QuirkValue {
            name: "on",
            text: "Yes.",
        },
    ];
}

/// Enumerations whose values have names: the doc comment of each is its text.
macro_rules! choices {
    ($(
        $(#[doc = $about:literal])+
        $Type:ident {
            $($(#[doc = $text:literal])+ $Variant:ident = $name:literal,)+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
            #[non_exhaustive]
            pub enum $Type {
                $($(#[doc = $text])+ $Variant,)+
            }

            impl Choice for $Type {
                const ALL: &'static [Self] = &[$(Self::$Variant,)+];
                const VALUES: &'static [QuirkValue] = &[
                    $(QuirkValue { name: $name, text: concat!($($text),+) },)+
                ];
            }
        )+
    };
}

/// The struct [`Quirks`] and the table of its fields: the doc comment of each is its text, the
/// bracket its source, the value behind `=` the reading of the note.
macro_rules! quirks {
    ($(
        $(#[doc = $text:literal])+
        [$source:literal]
        $field:ident: $Type:ty = $note:expr;
    )+) => {
        /// One value for each open question.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub struct Quirks {
            $(
                $(#[doc = $text])+
                #[doc = ""]
                #[doc = concat!("Source: ", $source, ".")]
                pub $field: $Type,
            )+
        }

        impl Quirks {
            /// The reading of the application note.
            pub const NOTE: Self = Self { $($field: $note,)+ };
        }

        impl Quirk {
            /// All of them, in the order of the fields of [`Quirks`].
            pub const ALL: &'static [Self] = &[
                $(Self {
                    name: stringify!($field),
                    text: concat!($($text),+),
                    source: $source,
                    values: <$Type as Choice>::VALUES,
                    get: |quirks| quirks.$field.index(),
                    set: |quirks, index| {
                        if let Some(value) = <$Type as Choice>::ALL.get(index) {
                            quirks.$field = *value;
                        }
                    },
                },)+
            ];
        }
    };
}

pub(super) use {choices, quirks};
