//! The canonical dialogue with each of the 512 modules of RELIABILITY.md §2.5, every one with
//! other values of all other quirks, on a perfect line: everything arrives, nothing untrue is told,
//! nothing is said that was not asked for.

use core::time::Duration;

use qmt_modem::{DataModeDelay, Quirks};
use qmt_session::Outcome;
use qmt_sim::{Habits, Memory, Side, WorldConfig, WorldIn, dialogue, modules};

/// The longest wait: for the end of data mode after Esc, where that has no answer (Q29).
const BOUND: Duration = Duration::from_secs(66);

/// Whether the module ends a counted payload at its Esc, as the third one has: then that message
/// is lost, and never called sent.
const fn cancels(quirks: &Quirks) -> bool {
    quirks.esc_cancels_counted
}

#[test]
fn q01_q02_q03_q04_q05_hold_with_each_of_the_512_modules() {
    let mut memory = Memory::new(1);
    for module in modules() {
        let quirks = &module.quirks;
        let mut config: WorldConfig = dialogue::world_config();
        config.modem.quirks = *quirks;
        // What the application has to know of its module.
        if quirks.data_mode_delay == DataModeDelay::HalfSecond {
            config.client.session.prompt_guard = Duration::from_millis(500);
        }
        let mut world = WorldIn::within(config, &mut memory);
        let passage = dialogue::run(&mut world, BOUND);
        let passage = passage.unwrap_or_else(|stuck| panic!("{module}: {stuck:?}"));
        assert_eq!(passage.messages, 3, "{module}");
        world.oracle.at_rest();
        assert_eq!(world.oracle.broken(), [], "{module}");
        one_command_at_a_time(module, &world);
        // Q2, Q3: exactly the payloads, each behind its own prompt.
        let mut wanted = dialogue::published().to_vec();
        wanted.push(b"proof".to_vec());
        if cancels(quirks) {
            wanted.remove(2);
        }
        assert_eq!(world.oracle.payloads(), wanted, "{module}");
        // Q4, Q5: every publish has ended, and truly.
        assert_eq!(world.oracle.operations(), (4, 4), "{module}");
        let cancelled = usize::from(cancels(quirks));
        let done = world.oracle.count(Outcome::is_success);
        assert_eq!(done, 4 - cancelled, "{module}");
        // The other client's three messages and its proof are among them.
        assert_eq!(world.oracle.published(), 8 - cancelled, "{module}");
    }
}

/// Q1: between the CR of a command and the next word of the module the host says nothing.
fn one_command_at_a_time(module: Habits, world: &WorldIn<'_>) {
    // Had a command come too early, the module would have taken two lines for one.
    for line in world.oracle.commands() {
        let commands = line.windows(3).filter(|part| part == b"AT+").count();
        assert!(commands <= 1, "{module}: {}", line.escape_ascii());
    }
    let payloads = dialogue::published();
    for (side, _, bytes) in world.dialogue() {
        let is_payload = || payloads.iter().any(|payload| payload.ends_with(bytes));
        let at = bytes.windows(3).position(|part| part == b"AT+");
        if let (Side::Module, Some(at), false) = (side, at, is_payload()) {
            let command = &bytes[at..];
            let end = command.iter().position(|byte| *byte == b'\r');
            let shown = bytes.escape_ascii();
            assert_eq!(end, Some(command.len() - 1), "{module}: {shown}");
        }
    }
}
