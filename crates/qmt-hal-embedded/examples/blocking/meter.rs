//! The firmware: publishes a reading and waits until it comes back, without an executor.
use core::error::Error;
use embedded_io::{Read, ReadReady, Write};
use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::proto::{ClientId, Filter, Host, Instant, LinkId, Qos, Topic};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LinkConfig};

pub(crate) fn run<U>(uart: U, now: fn() -> Instant, sleep: fn()) -> Result<Vec<u8>, Box<dyn Error>>
where
    U: Read<Error: 'static> + ReadReady + Write,
{
    let (rx, tx) = (&mut [0; 1792], &mut [0; 1792]);
    let (mut store, mut chunk, mut published) = ([0; 256], [0; 64], false);
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, &mut store);
    let mut driver = Driver::new(client, uart, now(), &mut chunk);
    let (link, topic) = (LinkId::ALL[0], Topic::new("meter/7")?);
    let host = Host::new("broker.example")?;
    let config = LinkConfig::new(host, 1883.try_into()?, ClientId::new("meter-7")?);
    let (client, filter) = (driver.machine_mut(), Filter::new(topic.as_str())?);
    client.subscribe(now(), link, filter, Qos::AtLeastOnce)?;
    client.connect(now(), link, &config)?;
    loop {
        let client = driver.machine_mut();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Published { outcome, .. } => println!("published: {outcome}"),
                ClientEvent::Message(message) => return Ok(message.payload.to_vec()),
                _ => {}
            }
        }
        if !published && client.can_publish(link) {
            client.publish(now(), link, Qos::AtLeastOnce, false, topic, b"23.5")?;
            published = true;
        }
        while !driver.poll(now())? {
            sleep()
        }
    }
}
