//! The invariants of RELIABILITY.md §3, one test each, most with the modules of
//! [`share_of_modules`]: any two habits a module may have meet in one of them, and each of the 512
//! sets of §2.5 has its turn. `cargo xtask sim --quirks` tries all of them at once.
//! `docs/invariants.txt` says which test holds which invariant; what it names in other files is not
//! repeated here.

mod alone;
mod doubt;
mod links;
mod model;
mod restored;
mod results;
mod stillness;
mod times;
mod unsolicited;

use core::time::Duration;
use std::sync::OnceLock;

use qmt_modem::{DataModeDelay, HexLen, Quirks};
use qmt_session::Ticket;
use qmt_session::proto::{LinkId, Qos, Topic};
use qmt_sim::{
    Habits, Memory, Share, Told, WorldConfig, WorldIn, dialogue, link_config, share_of_modules,
};

const LINK: LinkId = LinkId::ALL[0];
const OTHER: LinkId = LinkId::ALL[1];
const MINUTE: Duration = Duration::from_secs(60);

fn config(quirks: Quirks) -> WorldConfig {
    let mut config = dialogue::world_config();
    config.modem.quirks = quirks;
    // What the application has to know of its module.
    if quirks.data_mode_delay == DataModeDelay::HalfSecond {
        config.client.session.prompt_guard = Duration::from_millis(500);
    }
    let capabilities = &mut config.client.session.capabilities;
    capabilities.hex_counts_digits = quirks.hex_len == HexLen::Digits;
    config
}

/// One in so many of the 512 sets is tried, unless asked for others.
const EVERY: usize = 16;

/// The share of all cases that is tried.
fn share() -> Share {
    static SHARE: OnceLock<Share> = OnceLock::new();
    *SHARE.get_or_init(Share::asked_for)
}

/// The modules that are tried.
fn tried() -> Vec<Habits> {
    share_of_modules(share(), EVERY)
}

/// A world with each of the modules that are tried.
fn each_module(mut story: impl FnMut(Habits, &mut WorldIn<'_>)) {
    let mut memory = Memory::new(1);
    for set in tried() {
        story(set, &mut WorldIn::within(config(set.quirks), &mut memory));
    }
}

/// Connects the links and waits until all of them are ready.
fn connect(world: &mut WorldIn<'_>, links: &[LinkId]) {
    for &link in links {
        let name = format!("me{}", link.get());
        world
            .client
            .connect(world.now(), link, &link_config(&name))
            .unwrap();
    }
    for &link in links {
        let ready = world.run_while(10 * MINUTE, |world| !world.client.can_publish(link));
        assert!(ready, "{link}: {:#?}", world.told);
    }
}

/// Publishes with quality of service 1 as soon as that is possible.
fn publish(world: &mut WorldIn<'_>, link: LinkId, payload: &[u8]) -> Ticket {
    let topic = Topic::new("up").unwrap();
    let mut ticket = None;
    world.run_while(5 * MINUTE, |world| {
        ticket = world.publish(link, Qos::AtLeastOnce, topic, payload).ok();
        ticket.is_none()
    });
    ticket.unwrap_or_else(|| {
        let told = &world.told[world.told.len().saturating_sub(12)..];
        panic!(
            "{link} is not free: {told:#?}\n{:?}",
            world.client.link_phase(link)
        )
    })
}

/// Runs until `ticket` has ended, whatever else is told.
fn end_of(world: &mut WorldIn<'_>, ticket: Ticket) -> qmt_session::Outcome {
    let from = world.told.len().saturating_sub(64);
    let find = |world: &WorldIn<'_>| {
        world.told[from..].iter().rev().find_map(|told| match told {
            Told::Published(done, outcome) if *done == ticket => Some(*outcome),
            _ => None,
        })
    };
    world.run_while(5 * MINUTE, |world| find(world).is_none());
    find(world).expect("an outcome")
}
