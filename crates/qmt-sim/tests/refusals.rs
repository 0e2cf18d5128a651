//! What is refused is said, with its cause, and is not tried again in vain.

use core::time::Duration;

use qmt_mqtt::Secret;
use qmt_session::proto::{
    ConnectCode, Credentials, Filter, Granted, LinkId, Password, Qos, Username,
};
use qmt_session::{ClientError, ConnectError};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn wrong_credentials_are_not_tried_again() {
    let mut config = WorldConfig::default();
    config
        .broker
        .logins
        .insert("user".into(), Secret::from("right"));
    let mut world = World::new(config);
    let mut link = link_config("me");
    link.credentials = Some(Credentials {
        username: Username::new("user").unwrap(),
        password: Some(Password::new("wrong").unwrap()),
    });
    world.client.connect(world.now(), LINK, &link).unwrap();
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    let refused = ConnectError::Refused(ConnectCode::CREDENTIALS);
    assert_eq!(down, Told::Down(LINK, refused, false));
    world.settle(10 * MINUTE);
    let downs = world
        .told
        .iter()
        .filter(|told| matches!(told, Told::Down(..)));
    assert_eq!(downs.count(), 1);

    link.credentials = Some(Credentials {
        username: Username::new("user").unwrap(),
        password: Some(Password::new("right").unwrap()),
    });
    world.client.connect(world.now(), LINK, &link).unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
}

/// RELIABILITY B2.
#[test]
fn a_refused_subscription_is_told_and_the_link_goes_on() {
    let mut config = WorldConfig::default();
    config.broker.denied_filters.push("secret/#".into());
    let mut world = World::new(config);
    for filter in ["open", "secret/#"] {
        let filter = Filter::new(filter).unwrap();
        world
            .client
            .subscribe(world.now(), LINK, filter, Qos::AtMostOnce)
            .unwrap();
    }
    world
        .client
        .connect(world.now(), LINK, &link_config("me"))
        .unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let answers: Vec<_> = world
        .told
        .iter()
        .filter_map(|told| match told {
            Told::Subscribed(_, filter, granted) => Some((filter.as_str(), *granted)),
            _ => None,
        })
        .collect();
    assert_eq!(
        answers,
        [("open", Granted(0)), ("secret/#", Granted::REFUSED)]
    );
}

#[test]
fn a_silent_module_is_named_in_ten_seconds_and_tried_again() {
    let mut world = World::new(WorldConfig::default());
    world.cut = true;
    world
        .client
        .connect(world.now(), LINK, &link_config("me"))
        .unwrap();
    let limit = Duration::from_millis(10_500);
    world.run_until(limit, |told| {
        *told == Told::ModuleFailed(ClientError::Silent)
    });
    world.cut = false;
    world.run_until(3 * MINUTE, |told| *told == Told::Ready(LINK));
}

/// A host at a module that has just been switched on and finds the network after `wait`.
fn started(wait: Duration) -> World {
    let mut config = WorldConfig::default();
    config.modem.boot.network = wait;
    config.booted = false;
    let mut world = World::new(config);
    world
        .client
        .connect(world.now(), LINK, &link_config("me"))
        .unwrap();
    world
}

#[test]
fn a_module_without_a_network_is_waited_for() {
    let mut world = started(Duration::from_secs(40));
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    assert!(world.now().as_millis() >= 40_000);
}

#[test]
fn a_module_that_finds_no_network_is_told() {
    let mut world = started(Duration::from_secs(3600));
    world.run_until(2 * MINUTE, |told| {
        *told == Told::ModuleFailed(ClientError::NoNetwork)
    });
}
