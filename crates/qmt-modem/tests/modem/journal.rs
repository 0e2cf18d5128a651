//! The journal: what was heard and said, in lines, beside the serial line.

use qmt_modem::{JournalEntry, ModemConfig};

use crate::rig::Rig;

#[test]
fn the_journal_tells_commands_payloads_and_lines_in_order() {
    let mut rig = Rig::connected(ModemConfig::new());
    assert_eq!(rig.modem.take_journal(), []);
    rig.modem.keep_journal();
    rig.send("AT+QMTPUB=0,1,1,0,\"t\",4\r");
    rig.send("\r\nOK");
    let shown: Vec<String> = rig
        .modem
        .take_journal()
        .iter()
        .filter(|entry| **entry != JournalEntry::Said(b"> ".to_vec()))
        .map(|entry| match entry {
            JournalEntry::Heard(line) => format!("> {}", line.escape_ascii()),
            JournalEntry::Payload(bytes) => format!("= {}", bytes.escape_ascii()),
            JournalEntry::Said(line) => format!("< {}", line.trim_ascii_end().escape_ascii()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        shown[..3],
        [r#"> AT+QMTPUB=0,1,1,0,\"t\",4"#, r"= \r\nOK", "< OK"]
    );
    let mut rest = shown[3..].to_vec();
    rest.sort();
    let received = r#"< +QMTRECV: 0,1,\"t\",\"\r\nOK\""#;
    assert_eq!(rest, ["< +QMTPUB: 0,1,0", received]);
    assert_eq!(rig.modem.take_journal(), []);
}
