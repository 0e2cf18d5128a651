//! Q34: whatever the application asks and whatever goes wrong, what is told is a run of a small
//! model of the client, which knows nothing of lines, modules or time.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use qmt_session::proto::Filter;
use qmt_session::{ClientEvent, LineError, LinkPhase, Machine, Outcome, Refusal};
use qmt_sim::{Noise, Rng};

use super::*;

/// What the application knows of a link.
#[derive(Clone, Debug, Default)]
struct LinkModel {
    /// It has asked for it, and has not been told that it is given up.
    wanted: bool,
    /// It has asked for its end.
    closing: bool,
    ready: bool,
    /// What it has ever asked for, and what it has ever given up.
    filters: BTreeSet<String>,
    given_up: BTreeSet<String>,
}

/// The model: what may be told next.
#[derive(Debug, Default)]
struct Model {
    links: BTreeMap<LinkId, LinkModel>,
    /// Publishes that have not ended.
    pending: BTreeSet<u32>,
    /// Publishes in doubt, whose truth may still come.
    doubted: BTreeSet<u32>,
    names: Vec<Ticket>,
}

impl Model {
    fn link(&mut self, link: LinkId) -> &mut LinkModel {
        self.links.entry(link).or_default()
    }

    fn published(&mut self, ticket: Ticket) {
        self.pending
            .insert(u32::try_from(self.names.len()).unwrap());
        self.names.push(ticket);
    }

    fn name(&self, ticket: Ticket) -> Option<u32> {
        let at = self.names.iter().position(|known| *known == ticket)?;
        u32::try_from(at).ok()
    }

    /// Whether this may be told now; then it has been.
    fn allows(&mut self, told: &Told) -> bool {
        match told {
            Told::Ready(link) => {
                let link = self.link(*link);
                let legal = link.wanted && !link.ready;
                link.ready = true;
                legal
            }
            Told::Down(link, _, again) => {
                let link = self.link(*link);
                let legal = link.wanted || link.closing;
                link.ready = false;
                link.wanted &= *again;
                legal
            }
            Told::Closed(link) => {
                let link = self.link(*link);
                let legal = core::mem::take(&mut link.closing);
                link.ready = false;
                legal
            }
            Told::Subscribed(link, filter, _) => {
                let link = self.link(*link);
                (link.wanted || link.closing) && link.filters.contains(filter)
            }
            Told::Unsubscribed(link, filter) => self.link(*link).given_up.contains(filter),
            Told::Message { link, .. } => {
                let link = self.link(*link);
                link.wanted || link.closing
            }
            Told::Published(ticket, outcome) => {
                let Some(name) = self.name(*ticket) else {
                    return false;
                };
                if matches!(outcome, Outcome::Unknown(_)) {
                    self.doubted.insert(name);
                }
                self.pending.remove(&name)
            }
            Told::Late(ticket, outcome) => {
                let name = self.name(*ticket);
                !matches!(outcome, Outcome::Unknown(_))
                    && name.is_some_and(|name| self.doubted.remove(&name))
            }
            Told::Retransmitting(ticket) => {
                let name = self.name(*ticket);
                name.is_some_and(|name| self.pending.contains(&name))
            }
            // There is no outbox here.
            Told::Left(..) | Told::Republishing(..) => false,
            _ => true,
        }
    }
}

/// The application, and what goes wrong: one step of each kind.
fn step(world: &mut WorldIn<'_>, model: &mut Model, rng: &mut Rng) -> &'static str {
    let now = world.now();
    let link = *rng.pick(&[LINK, OTHER]);
    let filter = *rng.pick(&["down/a", "down/b"]);
    match rng.below(14) {
        0 | 1 => {
            let name = format!("me{}", link.get());
            let known = model.link(link);
            if world.client.connect(now, link, &link_config(&name)).is_ok() {
                assert!(!known.closing, "{link} begins anew before its end is told");
                known.wanted = true;
            }
            "connect"
        }
        2 => {
            let known = model.link(link);
            if known.wanted {
                (known.wanted, known.closing) = (false, true);
                world.client.disconnect(now, link);
            }
            "disconnect"
        }
        3 => {
            let wish = Filter::new(filter).unwrap();
            let asked = world.client.subscribe(now, link, wish, Qos::AtLeastOnce);
            if asked.is_ok() {
                model.link(link).filters.insert(filter.to_owned());
            }
            "subscribe"
        }
        4 => {
            if world
                .client
                .unsubscribe(now, link, Filter::new(filter).unwrap())
            {
                model.link(link).given_up.insert(filter.to_owned());
            }
            "unsubscribe"
        }
        5..=8 => {
            let topic = Topic::new("up").unwrap();
            let payload = rng.bits().to_be_bytes();
            if let Ok(ticket) = world.publish(link, Qos::AtLeastOnce, topic, &payload) {
                model.published(ticket);
            }
            "publish"
        }
        9 => {
            world.peer_publishes(filter, b"news", qmt_mqtt::QoS::AtLeastOnce, false);
            "news"
        }
        10 => {
            world.drop_connection(link);
            "drop"
        }
        11 => {
            world.reset_module();
            "reset"
        }
        12 => {
            world.network.lost[link.index()] ^= true;
            "lost"
        }
        _ => {
            let seed = rng.bits();
            for wire in [&mut world.to_module, &mut world.to_host] {
                let quiet = wire.noise.is_some();
                wire.noise = (!quiet).then(|| Noise::new(2_000, seed));
            }
            "noise"
        }
    }
}

#[test]
fn q34_what_is_told_is_a_run_of_the_model() {
    each_module(|set, world| {
        let mut rng = Rng::new(set.number as u64);
        let (mut model, mut seen) = (Model::default(), 0);
        let mut steps = Vec::new();
        for round in 0..60 {
            if round < 50 {
                steps.push(step(world, &mut model, &mut rng));
                world.settle(Duration::from_millis(rng.below(20_000)));
            } else {
                world.to_module.noise = None;
                world.to_host.noise = None;
                world.network.lost = Default::default();
                world.settle(2 * MINUTE);
            }
            while let Some(told) = world.told.get(seen) {
                seen += 1;
                let legal = model.allows(told);
                assert!(legal, "{set}: {told:?} after {steps:?}: {model:#?}");
            }
            for link in [LINK, OTHER] {
                let is_ready = world.client.link_phase(link) == LinkPhase::Ready;
                let known = model.link(link).clone();
                // Between asking for its end and being told of it, either will do.
                let agrees = known.closing || is_ready == known.ready;
                assert!(
                    agrees,
                    "{set}, {link}: {is_ready}, {known:?} after {steps:?}"
                );
            }
        }
        assert_eq!(model.pending, BTreeSet::new(), "{set}: {steps:?}");
        for (link, known) in &model.links {
            let phase = world.client.link_phase(*link);
            let told = &world.told[world.told.len().saturating_sub(40)..];
            assert_eq!(
                known.ready, known.wanted,
                "{set}, {link}, {phase:?}: {steps:?} {told:#?}"
            );
            assert!(!known.closing, "{set}, {link}: {steps:?}");
        }
    });
}

#[test]
fn q34_a_link_that_is_not_wanted_any_more_is_closed_though_the_module_has_fallen_silent() {
    let mut world = WorldIn::new(config(Quirks::NOTE));
    connect(&mut world, &[LINK]);
    // The line is to be checked, and nothing answers.
    world
        .client
        .handle_line_error(world.now(), LineError::Overrun);
    world.cut = true;
    world.client.disconnect(world.now(), LINK);
    world.run_until(10 * MINUTE, |told| *told == Told::Closed(LINK));
    assert_eq!(world.client.link_phase(LINK), LinkPhase::Idle);
}

#[test]
fn q34_a_link_begins_anew_only_when_all_has_been_told_of_its_last_life() {
    let mut world = WorldIn::new(config(Quirks::NOTE));
    connect(&mut world, &[LINK]);
    let again = |world: &mut WorldIn<'_>| {
        let now = world.now();
        world.client.connect(now, LINK, &link_config("me0"))
    };
    world.client.handle_reset(world.now());
    // What it will tell has been found out by the first look.
    while let Some(event) = world.client.poll_event() {
        if let ClientEvent::ModuleRestarted = event {
            break;
        }
    }
    assert_eq!(again(&mut world), Err(Refusal::NotReady));
    let down = world.client.poll_event();
    assert!(matches!(down, Some(ClientEvent::Down { .. })), "{down:?}");
    assert_eq!(again(&mut world), Ok(()));
    world.client.disconnect(world.now(), LINK);
    assert_eq!(again(&mut world), Err(Refusal::NotReady));
    let closed = world.client.poll_event();
    assert!(
        matches!(closed, Some(ClientEvent::Closed { .. })),
        "{closed:?}"
    );
    assert_eq!(again(&mut world), Ok(()));
}
