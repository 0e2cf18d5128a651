//! The canonical dialogue with each of the 512 modules of RELIABILITY.md §2.5, on a perfect line:
//! everything arrives, nothing untrue is told, nothing is said that was not asked for.

use core::time::Duration;

use qmt_modem::Quirks;
use qmt_session::Outcome;
use qmt_sim::{Memory, WorldConfig, WorldIn, dialogue};

/// Whether the module ends a counted payload at its Esc, as the third one has: then that message
/// is lost, and never called sent.
const fn cancels(set: u16) -> bool {
    set & 1 == 1
}

#[test]
fn q01_q02_q03_q04_q05_hold_with_each_of_the_512_modules() {
    let mut memory = Memory::new(1);
    for set in 0..Quirks::SETS {
        let mut config: WorldConfig = dialogue::world_config();
        config.modem.quirks = Quirks::of_set(set);
        let mut world = WorldIn::within(config, &mut memory);
        let passage = dialogue::run(&mut world, Duration::from_secs(60));
        let passage = passage.unwrap_or_else(|stuck| panic!("set {set}: {stuck:?}"));
        assert_eq!(passage.messages, 3, "set {set}");
        world.oracle.at_rest();
        assert_eq!(world.oracle.broken(), [], "set {set}");

        // Q1: had a command come too early, the module would have taken two lines for one.
        for line in world.oracle.commands() {
            let commands = line.windows(3).filter(|part| part == b"AT+").count();
            assert!(commands <= 1, "set {set}: {}", line.escape_ascii());
        }
        // Q2, Q3: exactly the payloads, each behind its own prompt.
        let mut wanted = dialogue::published().to_vec();
        wanted.push(b"proof".to_vec());
        if cancels(set) {
            wanted.remove(2);
        }
        assert_eq!(world.oracle.payloads(), wanted, "set {set}");
        // Q4, Q5: every publish has ended, and truly.
        assert_eq!(world.oracle.operations(), (4, 4), "set {set}");
        let cancelled = usize::from(cancels(set));
        let done = world.oracle.count(Outcome::is_success);
        assert_eq!(done, 4 - cancelled, "set {set}");
        // The other client's three messages and its proof are among them.
        assert_eq!(world.oracle.published(), 8 - cancelled, "set {set}");
    }
}
