//! The whole driver on one link, with as much of it as the features say. Not to be run: the module
//! it waits for is not there.
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m::singleton;
use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::proto::{ClientId, Host, LinkId};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig};
use size_probe::{Uart, time_now as now};

type Node = Driver<'static, Client<'static>, Uart>;

const LINK: LinkId = LinkId::ALL[0];

#[cortex_m_rt::entry]
fn main() -> ! {
    let _ = run();
    size_probe::end(true)
}

/// Everything that lasts is static, as in a firmware: what is on the stack is the driver's need.
fn run() -> Option<()> {
    let rx = singleton!(: [u8; 1792] = [0; 1792])?;
    let tx = singleton!(: [u8; 1792] = [0; 1792])?;
    let store = singleton!(: [u8; 128] = [0; 128])?;
    let chunk = singleton!(: [u8; 64] = [0; 64])?;
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, store);
    let driver = singleton!(: Node = Driver::new(client, Uart, now(), chunk))?;
    #[cfg(feature = "outbox")]
    {
        let memory = singleton!(: [u8; 256] = [0; 256])?;
        driver.machine_mut().set_outbox(memory);
    }
    serve(driver)
}

/// What the node does.
#[inline(never)]
fn serve(driver: &mut Node) -> Option<()> {
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
