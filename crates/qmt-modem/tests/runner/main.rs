//! The virtual modem in real time: serial sides, real sockets, real brokers.

mod host;
mod loopback;
mod mosquitto;
mod ports;
