//! Publishes a reading and waits until it comes back: `--example meter LINE BROKER PORT`.
use core::error::Error;

use qmt_hal_tokio::session::ClientConfig;
use qmt_hal_tokio::session::proto::{LinkId, Qos};
use qmt_hal_tokio::{Event, OwnedLinkConfig, OwnedPublish, TaskConfig, spawn_on};

pub(crate) async fn run(line: &str, host: &str, port: u16) -> Result<Vec<u8>, Box<dyn Error>> {
    let (client, task) = (ClientConfig::new(), TaskConfig::default());
    let (module, mut events) = spawn_on(client, task, line.parse()?, 115_200);
    let link = LinkId::ALL[0];
    let server = OwnedLinkConfig::new(host, port.try_into()?, "meter-7");
    module.connect(link, server).await?;
    module.subscribe(link, "meter/7", Qos::AtLeastOnce).await?;
    let reading = OwnedPublish::new("meter/7", "23.5", Qos::AtLeastOnce);
    println!("published: {}", module.publish(link, reading).await?);
    while let Some(event) = events.next().await {
        if let Event::Message(message) = event {
            module.shutdown().await;
            return Ok(message.payload);
        }
    }
    Err("the task has ended".into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, line, host, port] = &args[..] else {
        return Err("usage: meter LINE BROKER PORT".into());
    };
    println!(
        "received: {}",
        run(line, host, port.parse()?).await?.escape_ascii()
    );
    Ok(())
}
