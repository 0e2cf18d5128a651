//! AT+QMTCONN: connecting to the server (QMT §3.3.4).

use at_syntax::{Args, Writer};

use super::{link, text};
use crate::{ClientId, DecodeError, LinkId, Parameter, Password, Username};

/// `AT+QMTCONN=<link>,<clientID>[,<username>[,<password>]]` (QMT §3.3.4 write).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.4")]
pub struct Connect<'a> {
    /// The client.
    pub link: LinkId,
    /// Its name at the server. A second client of that name makes the server drop the first
    /// (QMT §3.3.4 note 1).
    pub client_id: ClientId<'a>,
    /// User name and password.
    pub credentials: Option<Credentials<'a>>,
}

/// A user name, and a password if there is one (MQTT 3.1.1 §3.1.2.8, §3.1.2.9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "closed by QMT §3.3.4")]
pub struct Credentials<'a> {
    /// `<username>`
    pub username: Username<'a>,
    /// `<password>`
    pub password: Option<Password<'a>>,
}

impl<'a> Connect<'a> {
    pub(super) fn parse(args: &mut Args<'a>) -> Result<Self, DecodeError> {
        let link = link(args)?;
        let client_id = args.string()?;
        let client_id = ClientId::from_bytes(client_id)
            .map_err(|error| DecodeError::Text(Parameter("clientID"), error))?;
        let credentials = if args.is_empty() {
            None
        } else {
            Some(Credentials {
                username: text(args, "username", Username::from_bytes)?,
                password: if args.is_empty() {
                    None
                } else {
                    Some(text(args, "password", Password::from_bytes)?)
                },
            })
        };
        Ok(Self {
            link,
            client_id,
            credentials,
        })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) {
        out.int(self.link.get())
            .quoted(self.client_id.as_str().as_bytes());
        if let Some(credentials) = self.credentials {
            out.quoted(credentials.username.expose().as_bytes());
            if let Some(password) = credentials.password {
                out.quoted(password.expose().as_bytes());
            }
        }
    }
}
