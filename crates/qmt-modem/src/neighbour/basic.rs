//! Basic commands: AT&F (V.250 §6.1.2).

use at_syntax::Request;
use qmt_proto::DecodeError;

use crate::Modem;
use crate::system::System;

impl Modem {
    pub(super) fn execute_basic(&mut self, request: &Request<'_>) -> Result<(), DecodeError> {
        let mut args = request.args;
        let number: u32 = if args.is_empty() { 0 } else { args.int()? };
        args.finish()?;
        let is = |name: &str| request.name.eq_ignore_ascii_case(name);
        match number {
            0 if is("&F") => self.restore_factory(),
            _ => return Err(DecodeError::Unknown),
        }
        self.out.ok();
        Ok(())
    }

    /// Everything that a command of the line itself has set is as it was delivered; the rate of
    /// the line and the network stay.
    fn restore_factory(&mut self) {
        let factory = System::new(&self.config.quirks);
        self.system.echo = factory.echo;
        self.system.error_format = factory.error_format;
        self.system.registration_reports = factory.registration_reports;
        self.out.numeric = false;
    }
}
