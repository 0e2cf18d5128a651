//! One link's fate is its own, and a module that has forgotten everything is told everything.

use core::time::Duration;

use qmt_session::{Doubt, Outcome};
use qmt_sim::{Act, Side};

use super::*;

/// The commands that name the link, as the module took them.
fn commands_of(world: &WorldIn<'_>, link: LinkId) -> Vec<String> {
    let of_link = format!("={}", link.get());
    let of_option = format!("\",{}", link.get());
    let lines = world.oracle.commands().iter();
    lines
        .map(|line| line.escape_ascii().to_string().replace("\\\"", "\""))
        .filter(|line| {
            if line.contains("QMTCFG") {
                line.contains(&of_option)
            } else {
                line.contains("+QMT") && line.contains(&of_link)
            }
        })
        .collect()
}

#[test]
fn q12_a_lost_link_is_opened_again_before_anything_else_and_others_go_on() {
    each_module(|set, world| {
        connect(world, &[LINK, OTHER]);
        world.network.lost[LINK.index()] = true;
        let in_flight = publish(world, LINK, b"in flight");
        world.settle(Duration::from_secs(2));
        let before = commands_of(world, LINK).len();
        world.network.lost[LINK.index()] = false;
        world.drop_connection(LINK);
        let others = publish(world, OTHER, b"undisturbed");
        let end = end_of(world, in_flight);
        // By the loss, not by its own deadline.
        let lost = matches!(end, Outcome::Unknown(Doubt::LinkLost(_)));
        assert!(lost, "{set}: {end:?}");
        assert!(end_of(world, others).is_success(), "{set}");
        let ready = world.run_while(5 * MINUTE, |world| !world.client.can_publish(LINK));
        assert!(ready, "{set}");
        let commands = commands_of(world, LINK);
        let mut opened = false;
        for command in &commands[before..] {
            opened |= command.contains("QMTOPEN=");
            let prepares = ["QMTCFG", "QMTOPEN", "QMTCLOSE"];
            let prepares = prepares.iter().any(|part| command.contains(part));
            assert!(opened || prepares, "{set}: {commands:#?}");
        }
        assert!(opened, "{set}");
        let downs = world
            .told
            .iter()
            .filter(|told| matches!(told, Told::Down(OTHER, ..)));
        assert_eq!(downs.count(), 0, "{set}");
        world.oracle.assert_kept();
    });
}

#[test]
fn q13_what_is_said_for_a_link_does_not_depend_on_another() {
    each_module(|set, world| {
        let story = |world: &mut WorldIn<'_>, disturbed: bool| {
            connect(world, &[LINK, OTHER]);
            for n in 0..3_u8 {
                if disturbed {
                    world.drop_connection(LINK);
                }
                let ticket = publish(world, OTHER, &[b'a' + n]);
                assert!(end_of(world, ticket).is_success(), "{set}");
            }
            commands_of(world, OTHER)
        };
        let disturbed = story(world, true);
        let quirks = set.quirks;
        let mut memory = Memory::new(1);
        let alone = story(&mut WorldIn::within(config(quirks), &mut memory), false);
        assert_eq!(disturbed, alone, "{set}");
    });
}

/// The options read before each open of the link.
fn options_before_opens(world: &WorldIn<'_>) -> Vec<Vec<String>> {
    let mut opens = Vec::new();
    let mut options = Vec::new();
    for command in commands_of(world, LINK) {
        if command.contains("QMTCFG") && command.ends_with("\",0") {
            options.push(command);
        } else if command.contains("QMTOPEN=") {
            opens.push(core::mem::take(&mut options));
        }
    }
    opens
}

#[test]
fn q14_after_a_reset_at_any_byte_every_option_is_read_before_the_link_is_opened() {
    let mut memory = Memory::new(1);
    for set in tried() {
        let quirks = set.quirks;
        let mut world = WorldIn::within(config(quirks), &mut memory);
        let passage = dialogue::run(&mut world, 10 * MINUTE).unwrap();
        let expected = options_before_opens(&world).swap_remove(0);
        assert!(expected.len() >= 7, "{set}: {expected:#?}");
        drop(world);
        // In a whole campaign every byte with the module of the note and with those that have any
        // two habits between them, and one in 16 with each of the 512 sets, another one in 16 with
        // the next: 118 000 dialogues.
        let total = usize::try_from(passage.to_module).unwrap();
        let in_pairs = set.number == 0 || set.number >= usize::from(Quirks::SETS);
        let bytes: Vec<_> = match share() {
            Share::Whole if in_pairs => (0..total).collect(),
            Share::Whole => Share::Part(set.number).of(total, 16).collect(),
            part if set.number == 0 => part.of(total, 16).collect(),
            part => part.of(total, 499).collect(),
        };
        for at in bytes {
            let at = at as u64;
            let mut world = WorldIn::within(config(quirks), &mut memory);
            world.trigger(Side::Module, at, Act::ResetModule);
            dialogue::run(&mut world, 10 * MINUTE)
                .unwrap_or_else(|stuck| panic!("{set}, byte {at}: {stuck:?}"));
            let opens = options_before_opens(&world);
            assert!(!opens.is_empty(), "{set}, byte {at}");
            for options in opens {
                let missing = expected.iter().find(|option| !options.contains(option));
                assert_eq!(missing, None, "{set}, byte {at}: {options:#?}");
            }
            world.oracle.at_rest();
            world.oracle.assert_kept();
        }
    }
}

/// What may be said for a link, and where it leads: the whole grammar of a link's life.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    Closed,
    Opened,
    Connected,
}

impl Life {
    fn after(self, command: &str) -> Option<Self> {
        let verb = command.split(['=', '?']).next().unwrap_or_default();
        let verb = verb.rsplit('+').next().unwrap_or_default();
        match (verb, self) {
            // Leftovers are closed before the first open.
            ("QMTCLOSE", _) => Some(Self::Closed),
            ("QMTOPEN", Self::Closed) => Some(Self::Opened),
            ("QMTCONN", Self::Opened) => Some(Self::Connected),
            // A setting of a link is made before it is opened; the format of what is received
            // may change as long as it is not connected.
            ("QMTCFG", Self::Closed | Self::Opened) => Some(self),
            ("QMTSUB" | "QMTUNS" | "QMTPUB" | "QMTPUBEX", Self::Connected) => Some(self),
            ("QMTDISC", Self::Connected | Self::Opened) => Some(Self::Opened),
            _ => None,
        }
    }
}

#[test]
fn q34_what_is_said_for_a_link_is_a_legal_life() {
    each_module(|set, world| {
        dialogue::run(world, 5 * MINUTE).unwrap();
        let commands = commands_of(world, LINK);
        let mut life = Life::Closed;
        for command in &commands {
            life = life
                .after(command)
                .unwrap_or_else(|| panic!("{set}: {command} while {life:?}: {commands:#?}"));
        }
        assert_eq!(life, Life::Connected, "{set}");
    });
}
