//! `--control`: what a test tells running modules, and asks of them, in lines of JSON.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use qmt_broker::{FaultRule, Server};
use qmt_modem::runner::{Remote, WireHandle};
use qmt_modem::{LinkState, Modem, Place, PowerState, Snapshot};
use qmt_proto::Instant;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::fault::Planned;

/// The longest line a caller may send, in bytes.
const LONGEST: usize = 65_536;

/// Something to do with a module, `{"do": NAME, ..}`. Scenario files have the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Action {
    /// Print `line` as an unsolicited line.
    Line { line: String },
    /// Do or plan `fault`, as `--fault` has it.
    Fault { fault: String },
    /// Let the loopback broker do `rule` wrong, as `--broker-fault` has it.
    BrokerFault { rule: String },
    /// Restart the module.
    Reboot,
    /// Set the signal of `AT+CSQ`, 0 to 31 or 99.
    Signal { rssi: u8 },
    /// Take the radio network away, or give it back.
    Coverage { on: bool },
    /// Set a quirk by name.
    Quirk { name: String, value: String },
    /// Tell the state, the counts and what was used.
    State,
}

/// One request: an action, and the number of the module it is about, 0 unless told.
#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    module: usize,
    #[serde(flatten)]
    action: Action,
}

/// Everything that can be told something.
pub(crate) struct Desk {
    pub(crate) modules: Vec<Seat>,
    pub(crate) broker: Option<Arc<Server>>,
}

/// One module and its line.
pub(crate) struct Seat {
    pub(crate) remote: Remote,
    pub(crate) wire: Option<WireHandle>,
}

/// A socket that goes away with this value.
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens at `path`. A socket there that nobody listens to, as a crash leaves it, is replaced.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        let stale = std::os::unix::net::UnixStream::connect(path)
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if stale {
            std::fs::remove_file(path)?;
        }
        Ok(Self {
            listener: UnixListener::bind(path)?,
            path: path.to_owned(),
        })
    }

    /// Serves callers, as many as come, for ever.
    pub(super) async fn serve(&self, desk: Arc<Desk>) {
        loop {
            match self.listener.accept().await {
                Ok((caller, _)) => {
                    tokio::spawn(serve(caller, Arc::clone(&desk)));
                }
                // Out of descriptors, most likely: give callers time to go.
                Err(_) => tokio::time::sleep(core::time::Duration::from_millis(100)).await,
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Answers every line with a line, until the caller goes or sends one too long.
async fn serve(caller: UnixStream, desk: Arc<Desk>) -> io::Result<()> {
    let (reader, mut writer) = caller.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        let mut bounded = tokio::io::AsyncReadExt::take(&mut reader, LONGEST as u64);
        if bounded.read_until(b'\n', &mut line).await? == 0 || line.len() == LONGEST {
            return Ok(());
        }
        let answer = match serde_json::from_slice::<Request>(&line) {
            Ok(request) => desk.act(request.module, request.action).await,
            Err(error) => Err(error.to_string()),
        };
        let mut answer = match answer {
            Ok(Value::Null) => json!({ "ok": true }),
            Ok(state) => json!({ "ok": true, "state": state }),
            Err(why) => json!({ "ok": false, "error": why }),
        }
        .to_string();
        answer.push('\n');
        writer.write_all(answer.as_bytes()).await?;
    }
}

impl Desk {
    /// Does what was asked for; gives what there is to tell.
    pub(crate) async fn act(&self, module: usize, action: Action) -> Result<Value, String> {
        if let Action::BrokerFault { rule } = &action {
            let rule: FaultRule = rule.parse().map_err(|error| format!("{rule}: {error}"))?;
            let broker = self.broker.as_ref().ok_or("there is no loopback broker")?;
            broker.add_fault(rule);
            return Ok(Value::Null);
        }
        let seat = self
            .modules
            .get(module)
            .ok_or_else(|| format!("no module {module}"))?;
        let wire = seat.wire.clone();
        let asked = seat
            .remote
            .ask(move |now, modem| apply(now, modem, wire.as_ref(), action));
        asked
            .await
            .unwrap_or_else(|| Err("the module has ended".to_owned()))
    }
}

fn apply(
    now: Instant,
    modem: &mut Modem,
    wire: Option<&WireHandle>,
    action: Action,
) -> Result<Value, String> {
    match action {
        Action::Line { line } => modem.inject_line(now, line.as_bytes()),
        Action::Fault { fault } => {
            let at_once = !fault.contains('@');
            let Planned(plan) = fault.parse().map_err(|error| format!("{fault}: {error}"))?;
            match (plan.fault.kind().place(), wire) {
                (Place::Line, Some(wire)) => wire.plan(plan),
                (Place::Line, None) => return Err("this line has no faults".to_owned()),
                _ if at_once => {
                    modem.inject(now, plan.fault);
                }
                _ => {
                    modem.plan(plan);
                }
            }
        }
        Action::Reboot => modem.restart(now),
        Action::Signal { rssi } if rssi <= 31 || rssi == 99 => modem.set_signal(rssi),
        Action::Signal { .. } => return Err("a signal is 0 to 31, or 99".to_owned()),
        Action::Coverage { on } => modem.set_coverage(now, on),
        Action::Quirk { name, value } => {
            let mut quirks = modem.config().quirks;
            quirks
                .set(&name, &value)
                .map_err(|error| format!("{name}: {error}"))?;
            modem.set_quirks(quirks);
        }
        Action::State => return Ok(state(now, modem, wire)),
        Action::BrokerFault { .. } => {}
    }
    Ok(Value::Null)
}

fn state(now: Instant, modem: &Modem, wire: Option<&WireHandle>) -> Value {
    let Snapshot {
        power,
        registered,
        signal,
        echo,
        data_mode,
        commands,
        from_host,
        to_host,
        links,
        faults,
        ..
    } = modem.snapshot();
    let power = match power {
        PowerState::Off => "off",
        PowerState::Starting => "starting",
        PowerState::Running => "running",
        PowerState::Dead => "dead",
        _ => "unknown",
    };
    let links: Vec<Value> = links
        .into_iter()
        .map(|link| {
            let (host, port) = link.server.unzip();
            let state = link_state(link.state);
            json!({ "state": state, "host": host, "port": port, "publishing": link.publishing })
        })
        .collect();
    let mut done: serde_json::Map<String, Value> = serde_json::Map::new();
    let line = wire.map(WireHandle::faults);
    for (kind, count) in faults
        .iter()
        .chain(line.iter().flat_map(|faults| faults.iter()))
    {
        done.insert(kind.name().to_owned(), count.into());
    }
    let usage = modem.usage();
    let forms: serde_json::Map<String, Value> = usage
        .forms()
        .map(|(form, answers)| {
            let counts = json!({ "ok": answers.ok, "failed": answers.failed });
            (form.to_owned(), counts)
        })
        .collect();
    let codes: serde_json::Map<String, Value> = usage
        .codes()
        .map(|(code, count)| (code.to_owned(), count.into()))
        .collect();
    json!({
        "ms": now.as_millis(),
        "power": power,
        "registered": registered,
        "signal": signal,
        "echo": echo,
        "data_mode": data_mode,
        "commands": commands,
        "from_host": from_host,
        "to_host": to_host,
        "links": links,
        "faults": done,
        "forms": forms,
        "codes": codes,
    })
}

const fn link_state(state: LinkState) -> &'static str {
    match state {
        LinkState::Closed => "closed",
        LinkState::Opening => "opening",
        LinkState::Opened => "opened",
        LinkState::Client(1) => "initialising",
        LinkState::Client(2) => "connecting",
        LinkState::Client(3) => "connected",
        LinkState::Client(_) => "disconnecting",
        LinkState::Disconnected => "disconnected",
        LinkState::Closing => "closing",
        _ => "unknown",
    }
}
