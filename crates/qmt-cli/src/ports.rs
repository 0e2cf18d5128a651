//! `qmt ports`: the serial ports of this machine, and what is plugged into each.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::error::CliError;
use crate::exit::Exit;
use crate::lang::tr;

/// What the verb is told.
#[derive(Args, Debug)]
pub(crate) struct PortsArgs {
    /// Print one JSON object for each port
    #[arg(long)]
    json: bool,
}

/// One serial port.
#[derive(Debug, Default, Eq, PartialEq)]
struct Port {
    /// For `-D`.
    path: PathBuf,
    /// The same port by a name that outlives replugging.
    by_id: Option<PathBuf>,
    usb: Option<Usb>,
    driver: Option<String>,
}

/// What a USB device tells of itself.
#[derive(Debug, Default, Eq, PartialEq)]
struct Usb {
    /// Vendor and product, four hex digits each.
    id: String,
    manufacturer: Option<String>,
    product: Option<String>,
    serial: Option<String>,
}

/// Prints the ports in the order of their names. None is no failure.
#[expect(clippy::unused_async, reason = "the shape of every verb")]
pub(crate) async fn run(args: PortsArgs) -> Result<Exit, CliError> {
    let ports = found(Path::new("/"));
    let mut text = String::new();
    for port in &ports {
        let line = if args.json {
            port.json().to_string()
        } else {
            port.line()
        };
        text.push_str(&line);
        text.push('\n');
    }
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(CliError::io("cannot write to standard output", &error));
        }
        _ => {}
    }
    if ports.is_empty() {
        crate::error::note("no serial port found; `qmt modem` makes a virtual one");
    }
    Ok(Exit::OK)
}

/// The serial ports that the kernel shows below `root`.
///
/// A port is a terminal with a device behind it. The kernel lists all the ports a PC could have:
/// those of the driver `serial8250` that have no hardware are left out, as their type, 0, says.
fn found(root: &Path) -> Vec<Port> {
    let class = root.join("sys/class/tty");
    let mut ports: Vec<_> = entries(&class)
        .filter_map(|entry| Port::read(root, &entry))
        .collect();
    ports.sort_by(|a, b| a.path.cmp(&b.path));
    ports
}

impl Port {
    fn read(root: &Path, entry: &Path) -> Option<Self> {
        let name = entry.file_name()?;
        let device = fs::canonicalize(entry.join("device")).ok()?;
        if word(&entry.join("type")).as_deref() == Some("0") {
            return None;
        }
        let driver = fs::canonicalize(device.join("driver")).ok();
        let driver = driver.as_deref().and_then(Path::file_name);
        let path = Path::new("/dev").join(name);
        Some(Self {
            by_id: by_id(root, &path),
            usb: device.ancestors().find_map(Usb::read),
            driver: driver.map(|name| name.to_string_lossy().into_owned()),
            path,
        })
    }

    /// `/dev/ttyUSB0  1a86:7523  QinHeng USB Serial (/dev/serial/by-id/usb-1a86_USB_Serial-if00)`
    fn line(&self) -> String {
        let mut line = self.path.display().to_string();
        match &self.usb {
            Some(usb) => {
                line.push_str(&format!("  {}", usb.id));
                for word in [&usb.manufacturer, &usb.product].into_iter().flatten() {
                    line.push_str(&format!("  {}", printable(word)));
                }
            }
            None => {
                let driver = self.driver.as_deref().map(printable);
                let driver = driver.unwrap_or_else(|| tr("unknown driver").into_owned());
                line.push_str(&format!("  {driver}"));
            }
        }
        if let Some(by_id) = &self.by_id {
            line.push_str(&format!("  {}", by_id.display()));
        }
        line
    }

    fn json(&self) -> serde_json::Value {
        let usb = self.usb.as_ref().map(|usb| {
            json!({
                "id": usb.id,
                "manufacturer": usb.manufacturer,
                "product": usb.product,
                "serial": usb.serial,
            })
        });
        json!({
            "path": self.path,
            "by_id": self.by_id,
            "driver": self.driver,
            "usb": usb,
        })
    }
}

impl Usb {
    /// What the folder of a device tells, if it is that of a USB device.
    fn read(folder: &Path) -> Option<Self> {
        let vendor = word(&folder.join("idVendor"))?;
        let product = word(&folder.join("idProduct"))?;
        Some(Self {
            id: format!("{vendor}:{product}"),
            manufacturer: word(&folder.join("manufacturer")),
            product: word(&folder.join("product")),
            serial: word(&folder.join("serial")),
        })
    }
}

/// The link below `/dev/serial/by-id` that leads to `path`.
fn by_id(root: &Path, path: &Path) -> Option<PathBuf> {
    let folder = Path::new("dev/serial/by-id");
    let link = entries(&root.join(folder)).find(|link| {
        let target = fs::read_link(link).unwrap_or_default();
        target.file_name() == path.file_name()
    })?;
    Some(Path::new("/").join(folder).join(link.file_name()?))
}

/// What a folder holds; nothing where there is none.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// The text of a file of the kernel's, without the blanks around it.
fn word(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A device's own words, which a terminal must not take for its own.
fn printable(word: &str) -> String {
    word.replace(char::is_control, " ")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A kernel's folders with one USB adapter, one port on the board and one that is not there.
    fn machine(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("qmt-ports-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let usb = "sys/devices/usb1/1-4";
        write(&format!("{usb}/idVendor"), "1a86\n");
        write(&format!("{usb}/idProduct"), "7523\n");
        write(&format!("{usb}/product"), "USB\u{7}Serial\n");
        write(&format!("{usb}/1-4:1.0/ttyUSB0/port_number"), "0\n");
        write("sys/bus/drivers/ch341-uart/uevent", "");
        write("sys/devices/uart/uevent", "");
        write("sys/devices/virtual/tty/tty1/uevent", "");
        write("sys/class/tty/ttyUSB0/uevent", "");
        write("sys/class/tty/ttyAMA0/type", "32\n");
        write("sys/class/tty/ttyS3/type", "0\n");
        write("sys/class/tty/tty1/uevent", "");
        let link = |from: &str, to: &str| symlink(root.join(to), root.join(from)).unwrap();
        link(
            "sys/class/tty/ttyUSB0/device",
            &format!("{usb}/1-4:1.0/ttyUSB0"),
        );
        link(
            &format!("{usb}/1-4:1.0/ttyUSB0/driver"),
            "sys/bus/drivers/ch341-uart",
        );
        link("sys/class/tty/ttyAMA0/device", "sys/devices/uart");
        link("sys/class/tty/ttyS3/device", "sys/devices/uart");
        fs::create_dir_all(root.join("dev/serial/by-id")).unwrap();
        symlink("../../ttyUSB0", root.join("dev/serial/by-id/usb-1a86-if00")).unwrap();
        root
    }

    #[test]
    fn ports_with_hardware_are_listed_with_what_they_tell() {
        let root = machine("listed");
        let ports = found(&root);
        fs::remove_dir_all(&root).unwrap();
        let lines: Vec<_> = ports.iter().map(Port::line).collect();
        assert_eq!(
            lines,
            [
                "/dev/ttyAMA0  unknown driver",
                "/dev/ttyUSB0  1a86:7523  USB Serial  /dev/serial/by-id/usb-1a86-if00",
            ]
        );
        let json = ports[1].json();
        assert_eq!(json["path"], "/dev/ttyUSB0");
        assert_eq!(json["driver"], "ch341-uart");
        assert_eq!(json["usb"]["id"], "1a86:7523");
        assert_eq!(json["usb"]["serial"], serde_json::Value::Null);
    }

    #[test]
    fn a_machine_without_ports_has_none() {
        assert_eq!(found(Path::new("/nonexistent")), []);
    }
}
