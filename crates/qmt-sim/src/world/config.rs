//! How a world is built.

use core::num::NonZeroU16;
use core::time::Duration;

use qmt_modem::ModemConfig;
use qmt_session::proto::{ClientId, Host};
use qmt_session::{ClientConfig, LinkConfig};

/// How a [`World`](crate::World) is built.
#[derive(Debug)]
#[non_exhaustive]
pub struct WorldConfig {
    /// Of the host.
    pub client: ClientConfig,
    /// Of the module.
    pub modem: ModemConfig,
    /// Of the broker.
    pub broker: qmt_broker::Config,
    /// Bytes in one read or write of the serial line, each way.
    pub chunk: usize,
    /// Rate of the serial line in bit/s; 0: bytes take no time.
    pub baud: u32,
    /// How long everything takes between module and broker, each way.
    pub delay: Duration,
    /// Whether the module has been running for a while when the host starts.
    pub booted: bool,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            client: ClientConfig::new(),
            modem: ModemConfig::new(),
            broker: qmt_broker::Config::default(),
            chunk: 64,
            baud: 0,
            delay: Duration::ZERO,
            booted: true,
        }
    }
}

/// A link configuration for the broker of a world.
///
/// # Panics
/// When `client_id` is not legal.
pub fn link_config(client_id: &str) -> LinkConfig<'_> {
    let host = Host::new("broker.example").expect("a legal name");
    let client_id = ClientId::new(client_id).expect("a legal client id");
    LinkConfig::new(host, NonZeroU16::new(1883).expect("not 0"), client_id)
}
