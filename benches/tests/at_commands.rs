//! A host made with a published crate for AT commands, at-commands, publishes and subscribes through
//! the virtual module. It shares no code with this project: it builds lines and takes them apart.

use core::net::SocketAddr;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use at_commands::builder::CommandBuilder;
use at_commands::parser::CommandParser;
use qmt_broker::Server;
use qmt_modem::runner::{HostMap, Runner, TcpPort};
use qmt_modem::{Modem, ModemConfig};

/// A module behind a TCP port, as its host sees it.
struct Line(BufReader<TcpStream>);

impl Line {
    fn send(&mut self, command: &[u8]) {
        self.0.get_mut().write_all(command).unwrap();
    }

    /// The next line that begins with `head`, with its line end.
    fn line(&mut self, head: &str) -> Vec<u8> {
        loop {
            let mut line = Vec::new();
            let len = self.0.read_until(b'\n', &mut line).unwrap();
            assert_ne!(len, 0, "the module hung up");
            assert_ne!(line, b"ERROR\r\n");
            if line.starts_with(head.as_bytes()) {
                return line;
            }
        }
    }
}

/// The whole session, with one buffer for commands.
fn publish_and_receive(module: SocketAddr) {
    let mut line = Line(BufReader::new(TcpStream::connect(module).unwrap()));
    let mut buf = [0; 256];
    for (name, value) in [("+QSCLK", 0), ("+CMEE", 1)] {
        let command = CommandBuilder::create_set(&mut buf, true)
            .named(name)
            .with_int_parameter(value);
        line.send(command.finish().unwrap());
        line.line("OK");
    }
    let command = CommandBuilder::create_set(&mut buf, true)
        .named("+QMTOPEN")
        .with_int_parameter(0)
        .with_string_parameter("broker.example")
        .with_int_parameter(1883);
    line.send(command.finish().unwrap());
    let opened = line.line("+QMTOPEN: ");
    let opened = CommandParser::parse(&opened)
        .expect_identifier(b"+QMTOPEN: ")
        .expect_int_parameter()
        .expect_int_parameter()
        .expect_identifier(b"\r\n")
        .finish();
    assert_eq!(opened.unwrap(), (0, 0));

    let command = CommandBuilder::create_set(&mut buf, true)
        .named("+QMTCONN")
        .with_int_parameter(0)
        .with_string_parameter("peer");
    line.send(command.finish().unwrap());
    assert_eq!(line.line("+QMTCONN: "), b"+QMTCONN: 0,0,0\r\n");

    let command = CommandBuilder::create_set(&mut buf, true)
        .named("+QMTSUB")
        .with_int_parameter(0)
        .with_int_parameter(1)
        .with_string_parameter("a")
        .with_int_parameter(1);
    line.send(command.finish().unwrap());
    assert_eq!(line.line("+QMTSUB: "), b"+QMTSUB: 0,1,0,1\r\n");

    // On the command line: in data mode the LF that the crate ends its lines with is payload.
    let command = CommandBuilder::create_set(&mut buf, true)
        .named("+QMTPUB")
        .with_int_parameter(0)
        .with_int_parameter(2)
        .with_int_parameter(1)
        .with_int_parameter(0)
        .with_string_parameter("a")
        .with_int_parameter(5)
        .with_raw_parameter("hello");
    line.send(command.finish().unwrap());
    // In either order.
    let mut came = [line.line("+QMT"), line.line("+QMT")];
    came.sort();
    let [published, received] = &came;
    assert_eq!(published, b"+QMTPUB: 0,2,0\r\n");
    let received = CommandParser::parse(received)
        .expect_identifier(b"+QMTRECV: ")
        .expect_int_parameter()
        .expect_int_parameter()
        .expect_string_parameter()
        .expect_string_parameter()
        .expect_identifier(b"\r\n")
        .finish();
    assert_eq!(received.unwrap(), (0, 1, "a", "hello"));
}

#[tokio::test]
async fn a_host_made_with_at_commands_publishes_and_receives() {
    let broker = Server::listen(("127.0.0.1", 0), qmt_broker::Config::default());
    let broker = broker.await.unwrap();
    let mut hosts = HostMap::default();
    hosts.insert(format!("*={}", broker.local_addr()).parse().unwrap());
    let port = TcpPort::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap();
    let module = Runner::new(Modem::booted(ModemConfig::new()))
        .hosts(hosts)
        .spawn(port);
    let host = tokio::task::spawn_blocking(move || publish_and_receive(address));
    host.await.unwrap();
    module.shutdown().await.unwrap();
}
