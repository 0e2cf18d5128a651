//! The examples do what they say, against the virtual module and a broker, and are short.

use core::cell::Cell;
use core::convert::Infallible;
use core::time::Duration;
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_io_adapters::tokio_1::FromTokio;
use qmt_broker::{Config, Server};
use qmt_hal_embedded::session::LinkConfig;
use qmt_hal_embedded::session::proto::{ClientId, Host, Topic};
use qmt_modem::runner::{Handle, HostMap, Runner, TcpPort};
use qmt_modem::{Direction, Modem, ModemConfig};
use tokio::sync::Notify;
use tokio::time::timeout;

#[path = "../examples/async/meter.rs"]
mod async_meter;
#[path = "../examples/battery/node.rs"]
mod battery;
#[path = "../examples/blocking/meter.rs"]
mod blocking_meter;
#[path = "../examples/blocking/desktop.rs"]
mod desktop;

/// Longest time an example may take before its test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A module whose hosts are all one broker.
async fn modem() -> (Runner, Server) {
    let server = Server::listen("127.0.0.1:0", Config::default());
    let server = server.await.unwrap();
    let mut hosts = HostMap::default();
    let mapping = format!("*={}", server.local_addr());
    hosts.insert(mapping.parse().unwrap());
    let runner = Runner::new(Modem::booted(ModemConfig::new())).hosts(hosts);
    (runner, server)
}

#[tokio::test]
async fn the_async_example_publishes_and_receives() {
    let (runner, server) = modem().await;
    let (line, _modem) = runner.spawn_in_process();
    let run = async_meter::run(FromTokio::new(line));
    let received = timeout(PATIENCE, run).await.expect("ends in time");
    assert_eq!(received.unwrap(), b"23.5");
    server.close().await;
}

#[tokio::test]
async fn the_blocking_example_publishes_and_receives() {
    let (runner, server) = modem().await;
    let port = TcpPort::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap();
    let _modem: Handle = runner.spawn(port);
    let run = tokio::task::spawn_blocking(move || {
        let uart = desktop::Uart::new(TcpStream::connect(address).unwrap()).unwrap();
        let received = blocking_meter::run(uart, desktop::now, desktop::idle);
        received.map_err(|error| error.to_string())
    });
    let received = timeout(PATIENCE, run).await.expect("ends in time");
    assert_eq!(received.unwrap().unwrap(), b"23.5");
    server.close().await;
}

/// Counts how often it was low.
#[derive(Clone, Default)]
struct Pin(Rc<Cell<u32>>);

impl ErrorType for Pin {
    type Error = Infallible;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.set(self.0.get() + 1);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[tokio::test]
async fn the_battery_example_publishes_and_lets_the_module_sleep_in_between() {
    let (runner, server) = modem().await;
    let said = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&said);
    let runner = runner.observer(move |traffic| {
        if traffic.direction == Direction::FromHost {
            let text = String::from_utf8_lossy(traffic.bytes);
            heard.lock().unwrap().push_str(&text);
        }
    });
    let (line, _modem) = runner.spawn_in_process();
    let (host, id) = (Host::new("broker.example"), ClientId::new("meter-7"));
    let port = 1883.try_into().unwrap();
    let node = battery::Node {
        broker: LinkConfig::new(host.unwrap(), port, id.unwrap()),
        topic: Topic::new("meter/7").unwrap(),
        every: embassy_time::Duration::from_millis(500),
    };
    let (reset, wake) = (Pin::default(), Pin::default());
    let pins = battery::Pins {
        reset: reset.clone(),
        wake: wake.clone(),
    };
    let (third, mut readings) = (Notify::new(), 0);
    let reading = |payload: &mut [u8]| {
        readings += 1;
        if readings == 3 {
            third.notify_one();
        }
        battery::uptime(payload)
    };
    let run = battery::run(&node, FromTokio::new(line), |_| None, pins, reading);
    let both = async {
        tokio::select! {
            ended = run => panic!("{ended:?}"),
            () = third.notified() => {}
        }
    };
    timeout(PATIENCE, both).await.expect("ends in time");
    assert_eq!(reset.0.get(), 1);
    assert!(wake.0.get() >= 3);
    // Before the third reading the module may sleep twice, and is kept awake for each.
    let said = said.lock().unwrap().clone();
    let sleep = |value| said.matches(&format!("AT+QSCLK={value}\r")).count();
    assert_eq!((sleep(1), sleep(0)), (2, 3), "{said}");
    server.close().await;
}

#[test]
fn each_meter_has_less_than_40_lines() {
    for (name, text) in [
        ("async", include_str!("../examples/async/meter.rs")),
        ("blocking", include_str!("../examples/blocking/meter.rs")),
    ] {
        let lines = text.lines().count();
        assert!(lines < 40, "{name}: {lines}");
    }
}
