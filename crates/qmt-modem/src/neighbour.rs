//! The commands a host sends on its way to QMT*: who the module is, its SIM, its network, its
//! habits. One row for each command, one file for each family.
//!
//! Forms and ranges are those of TS 27.007 and V.250; what the module's own AT manual adds is in
//! FACTS §2 and §3. Identities, names and addresses are the virtual module's own.

use alloc::string::String;
use alloc::vec::Vec;

use at_syntax::{Args, Field, Request, Verb};
use qmt_proto::{CmeCode, DecodeError, Instant, Name, Parameter};

use crate::Modem;

mod basic;
mod clock;
mod device;
mod identity;
mod network;

pub(crate) use network::NB_IOT;

/// What `AT+<name>?` or `AT+<name>` shows, line by line and without line ends, or why it cannot.
type Lines = Result<Vec<String>, CmeCode>;

/// Sets something and answers by itself, unless it gives an error.
type Set = fn(&mut Modem, Instant, &mut Args<'_>) -> Result<(), DecodeError>;

/// One command in its forms; a form that is missing is answered `ERROR`.
struct Neighbour {
    name: &'static str,
    /// What `=?` shows behind `+<name>: `; empty for only `OK`.
    test: Option<&'static str>,
    read: Option<fn(&Modem) -> Lines>,
    execute: Option<fn(&Modem) -> Lines>,
    set: Option<Set>,
}

const FAMILIES: [&[Neighbour]; 3] = [identity::ROWS, network::ROWS, device::ROWS];

impl Neighbour {
    /// A command without any form.
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            test: None,
            read: None,
            execute: None,
            set: None,
        }
    }
}

impl Modem {
    /// Carries out a command of this table.
    ///
    /// # Errors
    /// Why nothing was answered: there is no such command or not in this form
    /// ([`DecodeError::Unknown`]), or its arguments are wrong.
    pub(crate) fn execute_neighbour(
        &mut self,
        now: Instant,
        request: &Request<'_>,
    ) -> Result<(), DecodeError> {
        if !request.extended {
            return self.execute_basic(request);
        }
        let mut rows = FAMILIES.iter().flat_map(|rows| rows.iter());
        let row = rows
            .find(|row| request.is(row.name))
            .ok_or(DecodeError::Unknown)?;
        let lines = match request.verb {
            Verb::Set => {
                let mut args = request.args;
                let set = row.set.ok_or(DecodeError::Unknown)?;
                return set(self, now, &mut args);
            }
            Verb::Test => match row.test.ok_or(DecodeError::Unknown)? {
                "" => Ok(Vec::new()),
                values => Ok([alloc::format!("+{}: {values}", row.name)].to_vec()),
            },
            Verb::Read => row.read.ok_or(DecodeError::Unknown)?(self),
            Verb::Execute => row.execute.ok_or(DecodeError::Unknown)?(self),
        };
        match lines {
            Ok(lines) => {
                for line in lines {
                    self.show(&line);
                }
                self.out.ok();
            }
            Err(code) => self.fail(code),
        }
        Ok(())
    }

    /// One line of an information response.
    fn show(&mut self, line: &str) {
        let mut line = [b"\r\n", line.as_bytes()].concat();
        crate::render::quirk_colon(&mut line, &self.config.quirks);
        self.out.info_text(&line, &self.config.quirks);
    }
}

/// Whether `name` is a command of this table, for what only knows [`Name`].
pub(crate) fn is_known(name: &str) -> bool {
    let mut rows = FAMILIES.iter().flat_map(|rows| rows.iter());
    rows.any(|row| row.name.eq_ignore_ascii_case(name)) || Name::new(name).is_some()
}

/// Takes a number of a range.
fn number(
    args: &mut Args<'_>,
    parameter: &'static str,
    range: core::ops::RangeInclusive<u32>,
) -> Result<u32, DecodeError> {
    let number = args.int()?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(DecodeError::OutOfRange(Parameter(parameter)))
    }
}

/// Takes a string that may be left out, as text.
fn text(args: &mut Args<'_>, parameter: &'static str) -> Result<Option<String>, DecodeError> {
    if args.is_empty() {
        return Ok(None);
    }
    let Some(Field::Quoted(bytes) | Field::Bare(bytes)) = args.field()? else {
        return Ok(None);
    };
    let text =
        core::str::from_utf8(bytes).map_err(|_| DecodeError::OutOfRange(Parameter(parameter)))?;
    Ok((!text.is_empty()).then(|| text.into()))
}
