//! The whole driver on one link, with as much of it as the features say. Not to be run: the module
//! it waits for is not there.
#![no_std]
#![no_main]

use core::hint::black_box;

use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::proto::{ClientId, Host, LinkId};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig};
use size_probe::{Uart, time_now as now};

const LINK: LinkId = LinkId::ALL[0];

#[cortex_m_rt::entry]
fn main() -> ! {
    let _ = run();
    size_probe::end(true)
}

fn run() -> Option<()> {
    let (rx, tx) = (&mut [0; 1792], &mut [0; 1792]);
    let (mut store, mut chunk) = ([0; 128], [0; 64]);
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, &mut store);
    #[cfg(feature = "outbox")]
    let mut memory = [0; 256];
    #[cfg(feature = "outbox")]
    let client = client.with_outbox(&mut memory);
    let mut driver = Driver::new(client, Uart, now(), &mut chunk);
    let (host, id) = (
        Host::new("broker.example").ok()?,
        ClientId::new("node").ok()?,
    );
    let config = LinkConfig::new(host, 1883.try_into().ok()?, id);
    #[cfg(feature = "receive")]
    {
        use qmt_hal_embedded::session::proto::{Filter, Qos};
        let filter = Filter::new("node/commands").ok()?;
        let client = driver.machine_mut();
        client
            .subscribe(now(), LINK, filter, Qos::AtLeastOnce)
            .ok()?;
    }
    driver.machine_mut().connect(now(), LINK, &config).ok()?;
    loop {
        let client = driver.machine_mut();
        while let Some(event) = client.poll_event() {
            match event {
                #[cfg(feature = "receive")]
                ClientEvent::Message(message) => {
                    black_box((message.topic, message.payload));
                }
                #[cfg(feature = "publish")]
                ClientEvent::Published { outcome, .. } => {
                    black_box(outcome.is_success());
                }
                ClientEvent::Ready { .. } => {
                    black_box(true);
                }
                _ => {}
            }
        }
        #[cfg(any(feature = "publish", feature = "outbox"))]
        {
            use qmt_hal_embedded::session::proto::{Qos, Topic};
            let (topic, payload) = (Topic::new("node/measured").ok()?, black_box(b"21.5 C"));
            #[cfg(feature = "publish")]
            if client.can_publish(LINK) {
                let _ = client.publish(now(), LINK, Qos::AtLeastOnce, false, topic, payload);
            }
            #[cfg(feature = "outbox")]
            {
                use qmt_hal_embedded::session::{IfUnknown, Outgoing};
                let message = Outgoing {
                    link: LINK,
                    topic,
                    payload,
                    qos: Qos::AtLeastOnce,
                    retain: false,
                    if_unknown: IfUnknown::Republish,
                };
                let _ = client.enqueue(now(), &message);
            }
        }
        driver.poll(now()).ok()?;
    }
}
