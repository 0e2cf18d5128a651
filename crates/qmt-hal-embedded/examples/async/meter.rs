//! The firmware: publishes a reading and waits until it comes back.
use embedded_io_async::{Read, Write};
use qmt_hal_embedded::session::proto::{ClientId, Filter, Host, LinkId, Qos, Topic};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig};
use qmt_hal_embedded::{Driver, EmbassyClock};

type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;

pub(crate) async fn run(uart: impl Read<Error: 'static> + Write) -> Result<Vec<u8>> {
    let (rx, tx) = (&mut [0; 1792], &mut [0; 1792]);
    let (mut store, mut chunk, mut published) = ([0; 256], [0; 64], false);
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, &mut store);
    let mut driver = Driver::new(client, uart, EmbassyClock, &mut chunk);

    let (link, topic, now) = (LinkId::ALL[0], "meter/7", driver.now());
    let host = Host::new("broker.example")?;
    let config = LinkConfig::new(host, 1883.try_into()?, ClientId::new("meter-7")?);
    let (client, filter) = (driver.machine_mut(), Filter::new(topic)?);
    client.subscribe(now, link, filter, Qos::AtLeastOnce)?;
    client.connect(now, link, &config)?;
    loop {
        while let Some(event) = driver.machine_mut().poll_event() {
            match event {
                ClientEvent::Published { outcome, .. } => println!("published: {outcome}"),
                ClientEvent::Message(message) => return Ok(message.payload.to_vec()),
                _ => {}
            }
        }
        let (now, client) = (driver.now(), driver.machine_mut());
        if !published && client.can_publish(link) {
            let topic = Topic::new(topic)?;
            client.publish(now, link, Qos::AtLeastOnce, false, topic, b"23.5")?;
            published = true;
        }
        driver.drive().await?;
    }
}
