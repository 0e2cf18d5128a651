//! Where the modules' serial sides are.

use core::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::Args;
use qmt_hal_tokio::LineSpec;
use qmt_modem::WireConfig;
use qmt_modem::runner::{Pty, TcpPort, WireHandle, Wired, stdio};

use crate::error::CliError;
use crate::exit::Exit;
use crate::line::{Stream, cannot_open};

/// Where the serial side is.
#[derive(Args, Debug)]
pub(super) struct PortArgs {
    #[command(flatten)]
    place: Place,
    /// Modules in this process, each on a line of its own: LINK-0, LINK-1 and so on, or PORT,
    /// PORT+1 and so on
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..), conflicts_with_all = ["stdio", "serial"])]
    #[arg(hide_short_help = true)]
    count: u16,
    /// Speed in bit/s, instead of as fast as can be
    ///
    /// Every byte takes its ten bits, both ways. A serial port has 9600 unless told otherwise.
    #[arg(long, value_name = "RATE")]
    baud: Option<NonZeroU32>,
}

#[derive(Args, Debug)]
#[group(multiple = false)]
struct Place {
    /// Pseudo-terminal, with a link to it here
    ///
    /// For as long as the module runs.
    #[arg(long, value_name = "LINK")]
    pty: Option<PathBuf>,
    /// TCP port; 0 takes a free one
    ///
    /// One caller at a time, no password.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Standard input and output
    ///
    /// The module ends with the input.
    #[arg(long)]
    stdio: bool,
    /// Serial port, wired to the host under test
    #[arg(long, value_name = "DEVICE", hide_short_help = true)]
    serial: Option<PathBuf>,
}

/// An open serial side and the name by which a host finds it.
pub(super) struct Port {
    pub(super) line: Box<dyn Stream>,
    pub(super) name: String,
    /// The wire in it, if there is one.
    pub(super) wire: Option<WireHandle>,
}

/// A wire for each line.
pub(super) struct Wiring {
    /// What is wrong with it, and its seed; that of the nth module is so much higher.
    pub(super) config: WireConfig,
    /// Faults may come later.
    pub(super) always: bool,
}

/// The speed at which modules come.
const DEFAULT_BAUD: NonZeroU32 = NonZeroU32::new(9_600).unwrap();

impl PortArgs {
    /// How many modules there are to be.
    pub(super) const fn count(&self) -> u16 {
        self.count
    }

    /// Whether standard output belongs to the module.
    pub(super) const fn takes_stdout(&self) -> bool {
        self.place.stdio
    }

    /// Opens all of them. `once`: each ends when its host hangs up.
    pub(super) async fn open(&self, once: bool, wiring: &Wiring) -> Result<Vec<Port>, CliError> {
        let mut ports = Vec::new();
        let place = &self.place;
        if let Some(link) = &place.pty {
            for index in 0..self.count {
                let link = match self.count {
                    1 => link.clone(),
                    _ => numbered(link, index),
                };
                let pty = open_pty(&link)?;
                let pty = if once { pty.until_hang_up() } else { pty };
                let name = pty.path().display().to_string();
                ports.push(self.wired(pty, name, wiring, index));
            }
        } else if let Some(address) = &place.listen {
            for index in 0..self.count {
                let address = shifted(address, index)?;
                let port = TcpPort::bind(&address)
                    .await
                    .map_err(|error| CliError::io(format!("cannot listen on {address}"), &error))?;
                let name = port.local_addr().map(|address| address.to_string());
                let name = name.unwrap_or(address);
                let port = if once { port.until_hang_up() } else { port };
                ports.push(self.wired(port, name, wiring, index));
            }
        } else if let Some(device) = &place.serial {
            ports.push(self.open_serial(device, wiring).await?);
        } else if place.stdio {
            ports.push(self.wired(stdio(), "stdio".to_owned(), wiring, 0));
        } else {
            return Err(CliError::new(
                Exit::USAGE,
                "a module needs a line",
                "give --pty, --listen, --stdio or --serial; see qmt modem --help",
            ));
        }
        Ok(ports)
    }

    /// A real port takes its time by itself.
    async fn open_serial(&self, device: &Path, wiring: &Wiring) -> Result<Port, CliError> {
        let baud = self.baud.unwrap_or(DEFAULT_BAUD).get();
        let spec = LineSpec::Tty(device.to_owned());
        let line = qmt_hal_tokio::open(&spec, baud)
            .await
            .map_err(|error| cannot_open(&spec, &error))?;
        Ok(wiring.put(line, spec.to_string(), None, 0))
    }

    fn wired(
        &self,
        line: impl Stream + 'static,
        name: String,
        wiring: &Wiring,
        index: u16,
    ) -> Port {
        wiring.put(line, name, self.baud, index)
    }
}

impl Wiring {
    /// Puts a wire into a line if there is anything for it to do.
    fn put(
        &self,
        line: impl Stream + 'static,
        name: String,
        baud: Option<NonZeroU32>,
        index: u16,
    ) -> Port {
        if baud.is_none() && !self.always {
            let line = Box::new(line);
            return Port {
                line,
                name,
                wire: None,
            };
        }
        let mut config = self.config.clone();
        config.baud = baud.map(NonZeroU32::get);
        config.seed = config.seed.wrapping_add(index.into());
        let line = Wired::new(line, &config);
        Port {
            name,
            wire: Some(line.handle()),
            line: Box::new(line),
        }
    }
}

/// A pseudo-terminal with a link to it.
///
/// # Errors
/// When there is none left, or something is at `link`.
pub(crate) fn open_pty(link: &Path) -> Result<Pty, CliError> {
    Pty::open()
        .map_err(|error| CliError::io("cannot open a pseudo-terminal", &error))?
        .publish(link)
        .map_err(|error| CliError::io(format!("cannot link {}", link.display()), &error))
}

/// The path of one of many.
pub(super) fn numbered(link: &Path, index: impl core::fmt::Display) -> PathBuf {
    let mut name = link.as_os_str().to_owned();
    name.push(format!("-{index}"));
    PathBuf::from(name)
}

/// The address with its port so many higher; port 0 stays.
fn shifted(address: &str, index: u16) -> Result<String, CliError> {
    let Some((host, port)) = address.rsplit_once(':') else {
        return Ok(address.to_owned());
    };
    match port.parse::<u16>() {
        Ok(0) | Err(_) => Ok(address.to_owned()),
        Ok(port) => match port.checked_add(index) {
            Some(port) => Ok(format!("{host}:{port}")),
            None => Err(CliError::new(
                Exit::USAGE,
                format!("no {index} ports from {port} on"),
                "take a lower port, or 0 for free ones",
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_its_own_name_and_port() {
        assert_eq!(numbered(Path::new("/tmp/m"), 7), Path::new("/tmp/m-7"));
        for (address, index, expected) in [
            ("127.0.0.1:7000", 0, "127.0.0.1:7000"),
            ("127.0.0.1:7000", 3, "127.0.0.1:7003"),
            ("[::1]:7000", 1, "[::1]:7001"),
            ("127.0.0.1:0", 3, "127.0.0.1:0"),
            ("localhost", 3, "localhost"),
        ] {
            assert_eq!(shifted(address, index).unwrap(), expected);
        }
        assert!(shifted("a:65535", 1).is_err());
    }
}
