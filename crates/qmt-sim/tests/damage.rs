//! One byte of the dialogue is damaged, in the places where that once kept a link down for good:
//! the answer to an option, a result code that would be final, the command of a subscription.
//! Each time the link is ready within the bound, and nothing untrue is told.

use core::time::Duration;

use qmt_session::proto::Granted;
use qmt_sim::dialogue::Wrapping;
use qmt_sim::single_byte::{self, BOUND, Fault, Kind, Places};
use qmt_sim::{Change, Memory, Side, Told, dialogue};

/// Runs the dialogue with a flipped bit in a byte of `line`, and shows what was told.
fn with_flip(side: Side, line: &str, at: usize, bit: u8) -> Vec<Told> {
    let (_, places): (_, Places) = single_byte::baseline(Wrapping::Bare);
    let at = places.find(side, line, at).expect("a line of the dialogue");
    let kind = Kind::Change(Change::Flip(bit));
    let mut memory = Memory::new(1);
    let mut world = single_byte::world(Fault { side, at, kind }, &mut memory);
    let passage = dialogue::run(&mut world, BOUND).expect("in time");
    assert!(passage.longest_wait < BOUND);
    world.oracle.at_rest();
    world.oracle.assert_kept();
    core::mem::take(&mut world.told)
}

fn is_down(told: &Told) -> bool {
    matches!(told, Told::Down(..))
}

#[test]
fn an_option_whose_command_was_damaged_is_settled_anew() {
    for line in [
        r#"AT+QMTCFG=\"version\",0,1"#,
        r#"AT+QMTCFG=\"showrecvlen\",0,1"#,
        r#"AT+QMTCFG=\"will\",0"#,
    ] {
        let told = with_flip(Side::Module, line, 5, 0);
        assert!(!told.iter().any(is_down), "{line}: {told:#?}");
    }
}

#[test]
fn a_read_back_with_a_wrong_digit_is_read_again() {
    // "1" becomes "0" on its way: the module does what was wanted, and seems not to.
    let told = with_flip(Side::Host, r"+QMTCFG: 1\r\n", 9, 0);
    assert!(!told.iter().any(is_down), "{told:#?}");
}

#[test]
fn a_refusal_that_would_be_final_is_confirmed_first() {
    for (line, at) in [(r"+QMTCONN: 0,0,0\r\n", 14), (r"+QMTOPEN: 0,0\r\n", 12)] {
        // 0 becomes 1: "unacceptable protocol version", "wrong parameter".
        let told = with_flip(Side::Host, line, at, 0);
        assert!(!told.iter().any(is_down), "{line}: {told:#?}");
    }
}

#[test]
fn a_subscription_whose_command_was_damaged_is_asked_for_again() {
    let told = with_flip(Side::Module, "AT+QMTSUB", 6, 1);
    let granted = told.iter().find_map(|told| match told {
        Told::Subscribed(_, _, granted) => Some(*granted),
        _ => None,
    });
    assert_eq!(granted, Some(Granted(2)), "{told:#?}");
}

#[test]
fn a_message_whose_name_is_damaged_does_not_let_its_payload_speak() {
    for message in ["+QMTRECV: 0,1,", "+QMTRECV: 0,2,"] {
        for at in 0.."+QMTRECV:".len() {
            // Their payloads hold lines that tell of a lost link and of a restart.
            let told = with_flip(Side::Host, message, at, 1);
            assert!(!told.iter().any(is_down), "{message} {at}: {told:#?}");
        }
    }
}

#[test]
fn the_lost_result_of_an_open_costs_its_time_and_no_more() {
    let told = with_flip(Side::Host, r"+QMTOPEN: 0,0\r\n", 3, 1);
    assert_eq!(told.iter().filter(|told| is_down(told)).count(), 1);
    assert!(BOUND < Duration::from_secs(190));
}

#[test]
fn a_module_that_answers_in_numbers_is_told_to_answer_in_words() {
    let (_, places) = single_byte::baseline(Wrapping::Bare);
    let at = places.find(Side::Module, r"AT\r", 2).unwrap();
    for letter in [b'V', b'v'] {
        let kind = Kind::Change(Change::Insert(letter));
        let fault = Fault {
            side: Side::Module,
            at,
            kind,
        };
        let verdict = single_byte::run(fault, Wrapping::Bare, &mut Memory::new(1));
        assert_eq!((verdict.failed, verdict.broken), (None, vec![]));
        assert!(verdict.longest_wait < Duration::from_secs(5));
    }
}
