//! `qmt doctor` names the true cause of every trouble, under each profile of the virtual module.

use core::fmt::Write as _;
use std::sync::Arc;

use qmt_modem::{HexLen, Profile};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::troubles::{Patient, TROUBLES, Trouble};
use crate::support::{Finished, Module, qmt, temporary};

mod patients;
mod troubles;

/// How many examinations at a time: they mostly wait.
const AT_A_TIME: usize = 40;
/// The table of troubles, as the guide has it.
const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md");
const MARKS: [&str; 2] = ["<!-- troubles: begin -->\n", "<!-- troubles: end -->\n"];

/// The last line: the verdict.
fn verdict(finished: &Finished) -> Value {
    let text = String::from_utf8_lossy(&finished.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|_| panic!("no verdict: {finished:?}"))
}

/// What a host sends in an examination of a module that is well, read by read.
async fn sent_to_a_well_module() -> &'static [Vec<u8>] {
    static SENT: tokio::sync::OnceCell<Vec<Vec<u8>>> = tokio::sync::OnceCell::const_new();
    let record = async {
        let module = Module::start("doctor-count", &[]).await;
        let file = temporary("doctor-count.qmtr");
        let to = ["-h", "h", "--no-habits", "--record", &file];
        assert_eq!(module.qmt("doctor", &to).await.code, 0);
        module.end().await;
        let printed = qmt(&["recording", "--format", "json", &file]).await.stdout;
        std::fs::remove_file(file).unwrap();
        let records = String::from_utf8(printed).unwrap();
        let records = records.lines().map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let is_sent = record["from"] == "host";
            is_sent.then(|| bytes_of(record["bytes"].as_str().unwrap()))
        });
        records.flatten().collect()
    };
    SENT.get_or_init(|| record).await
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The number that `command` has in an examination of a module that is well.
async fn number_of(command: &str) -> usize {
    let lines = sent_to_a_well_module().await;
    let lines = lines.iter().filter(|bytes| bytes.ends_with(b"\r"));
    let mut numbered = lines.zip(1..);
    let found = numbered.find(|(line, _)| line.starts_with(command.as_bytes()));
    found.unwrap_or_else(|| panic!("no {command}")).1
}

/// The number of a byte in the data of the publish.
async fn byte_of_data() -> usize {
    let mut before = 0;
    for bytes in sent_to_a_well_module().await {
        before += bytes.len();
        if bytes.starts_with(b"AT+QMTPUB=") {
            return before + 5;
        }
    }
    panic!("no publish");
}

#[tokio::test]
async fn a_module_that_is_well_is_found_well_and_what_it_can_do_is_written_down() {
    let mut examinations: JoinSet<_> = Profile::ALL.into_iter().map(examine_well).collect();
    while let Some(examined) = examinations.join_next().await {
        examined.unwrap();
    }
}

async fn examine_well(profile: Profile) {
    let name = format!("doctor-well-{}", profile.name());
    let module = Module::start(&name, &["--profile", profile.name()]).await;
    let settings = ["AT+CMEE?", "AT+QSCLK?", "AT+QMTOPEN?", "AT"];
    let before = module.qmt("at", &settings).await.stdout;
    let file = temporary(&format!("{name}.json"));
    let finished = module
        .qmt("doctor", &["-h", "h", "--json", "--capabilities", &file])
        .await;
    assert_eq!(finished.code, 0, "{finished:?}");
    assert_eq!(verdict(&finished)["verdict"], "well", "{finished:?}");
    // What the doctor has changed is as it was.
    assert_eq!(module.qmt("at", &settings).await.stdout, before);
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let known = &written["capabilities"];
    let (inline, guard) = match profile {
        Profile::Note => (512, 0),
        Profile::Observed => (512, 600),
        _ => (0, 0),
    };
    assert_eq!(known["inline_up_to"], inline, "{written}");
    assert_eq!(known["prompt_guard_ms"], guard, "{written}");
    let quirks = profile.quirks();
    let (esc, hex) = (quirks.esc_cancels_counted, quirks.hex_len == HexLen::Digits);
    assert_eq!(known["esc_cancels"], esc, "{written}");
    assert_eq!(known["hex_counts_digits"], hex, "{written}");
    assert_eq!(known["qos0_result"], true, "{written}");
    assert!(
        written["habits"].as_object().unwrap().len() >= 8,
        "{written}"
    );

    // The driver goes by it: on the command line where that works, after the guard elsewhere.
    let message = ["-h", "h", "-t", "a", "-m", "hello", "-q", "1", "--trace"];
    let known = ["--capabilities", &file];
    let finished = module.qmt("pub", &[&message[..], &known].concat()).await;
    assert_eq!(finished.code, 0, "{finished:?}");
    let on_the_line = finished.stderr.contains("\"a\",5,\"hello\"");
    assert_eq!(on_the_line, inline > 0, "{finished:?}");
    let long = "x".repeat(600);
    let message = ["-h", "h", "-t", "a", "-m", &long, "-q", "1"];
    module
        .qmt("pub", &[&message[..], &known].concat())
        .await
        .succeeded();
    std::fs::remove_file(file).unwrap();
    module.end().await;
}

#[tokio::test]
async fn every_trouble_is_named_under_every_profile() {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut examinations = JoinSet::new();
    for (number, trouble) in TROUBLES.iter().enumerate() {
        for profile in Profile::ALL {
            let permits = Arc::clone(&permits);
            examinations.spawn(async move {
                let _permit = permits.acquire_owned().await.unwrap();
                let name = format!("trouble-{number}-{}", profile.name());
                let finished = examine(trouble, &name, profile).await;
                (number, profile, finished)
            });
        }
    }
    let mut wrong = String::new();
    let mut verdicts = vec![Value::Null; TROUBLES.len()];
    while let Some(examined) = examinations.join_next().await {
        let (number, profile, finished) = examined.unwrap();
        let trouble = &TROUBLES[number];
        let found = verdict(&finished);
        if found["verdict"] != trouble.verdict {
            let profile = profile.name();
            let (what, expected) = (trouble.what, trouble.verdict);
            let told = String::from_utf8_lossy(&finished.stdout);
            writeln!(wrong, "{what} ({profile}): {expected}, found\n{told}").unwrap();
        }
        verdicts[number] = found;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(TROUBLES.len() >= 20);
    compare(&table(&verdicts));
}

#[test]
fn every_cause_that_is_known_has_a_trouble_that_shows_it() {
    let table = include_str!("../../src/doctor/cause.rs");
    let rows = table
        .lines()
        .filter(|line| line.contains(" = \"") && line.contains(", Exit::"));
    let names: Vec<&str> = rows.map(|line| line.split('"').nth(1).unwrap()).collect();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let shown = TROUBLES.iter().any(|trouble| trouble.verdict == name);
        assert!(shown, "no trouble for {name}");
    }
}

async fn examine(trouble: &Trouble, name: &str, profile: Profile) -> Finished {
    let arguments = match trouble.patient {
        Patient::Module(arguments) => arguments,
        Patient::AtSpeed(_) | Patient::Rewritten(_) => &[],
        Patient::Other(answer) => {
            let device = patients::serve(answer).await;
            return doctor(&device).await;
        }
    };
    let mut all = vec!["--profile".to_owned(), profile.name().to_owned()];
    for argument in arguments {
        all.push(match argument.split_once('@') {
            Some((fault, "data")) => format!("{fault}@host_byte:{}", byte_of_data().await),
            Some((fault, command)) if command.starts_with("AT") => {
                format!("{fault}@command:{}", number_of(command).await)
            }
            _ => (*argument).to_owned(),
        });
    }
    let scenario = temporary(&format!("{name}.toml"));
    std::fs::write(&scenario, trouble.scenario).unwrap();
    all.extend(["--scenario".to_owned(), scenario.clone()]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let module = Module::start(name, &all).await;
    std::fs::remove_file(scenario).unwrap();
    match trouble.before {
        [] => {}
        [first, ..] if first.ends_with('>') => patients::leave_in_data_mode(&module.path).await,
        before => drop(module.qmt("at", before).await),
    }
    let device = match trouble.patient {
        Patient::AtSpeed(speed) => patients::at_speed(&module.path, speed).await,
        Patient::Rewritten(lines) => patients::rewrite(&module.path, lines).await,
        _ => module.path.clone(),
    };
    let finished = doctor(&device).await;
    module.end().await;
    finished
}

async fn doctor(device: &str) -> Finished {
    let patience = ["--patience", "2", "--no-habits", "--json", "-h", "h"];
    qmt(&[&["doctor", "-D", device], &patience[..]].concat()).await
}

/// Trouble, verdict, meaning and remedy, for people.
fn table(verdicts: &[Value]) -> String {
    let mut text = "| trouble | verdict | status | meaning | what to do |\n".to_owned();
    text.push_str("| --- | --- | --- | --- | --- |\n");
    for (trouble, found) in TROUBLES.iter().zip(verdicts) {
        let word = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        writeln!(
            text,
            "| {} | `{}` | {} | {} | {} |",
            trouble.what,
            trouble.verdict,
            word("level"),
            word("text"),
            word("remedy"),
        )
        .unwrap();
    }
    text
}

/// The guide must have the table as it is now; `UPDATE_EXPECT=1` writes it.
fn compare(table: &str) {
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let (head, rest) = guide
        .split_once(MARKS[0])
        .expect("the mark before the table");
    let (old, tail) = rest
        .split_once(MARKS[1])
        .expect("the mark behind the table");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let [begin, end] = MARKS;
        std::fs::write(GUIDE, format!("{head}{begin}{table}{end}{tail}")).unwrap();
    } else {
        assert!(
            old == table,
            "docs/doctor.md is stale: run again with UPDATE_EXPECT=1\n{table}"
        );
    }
}

#[tokio::test]
async fn what_is_found_is_told_to_people_with_its_remedy() {
    let module = Module::start("doctor-text", &["--fault", "lost_prompt@100%"]).await;
    let finished = module.qmt("doctor", &["-h", "h", "--patience", "2"]).await;
    assert_eq!(finished.code, 70);
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(
        text.starts_with("ok    answer       AT is answered at 9600 bit/s\n"),
        "{text}"
    );
    assert!(
        text.contains("\nFAIL  publish      no prompt comes for the data"),
        "{text}"
    );
    assert!(
        text.contains("\n                   -> wait a minute"),
        "{text}"
    );
    let last = "verdict: lost_prompt: no prompt comes for the data of a publish\n";
    assert!(text.ends_with(last), "{text}");
    module.end().await;
}

#[tokio::test]
async fn a_port_that_cannot_be_opened_is_told_with_its_status() {
    let finished = qmt(&["doctor", "-D", &temporary("no-port")]).await;
    assert_eq!(finished.failed().0, 66);
    let file = temporary("not-capabilities.json");
    std::fs::write(&file, "{\"format\":2,\"module\":[],\"capabilities\":{}}").unwrap();
    for (content, words) in [
        (None, "format 2 is newer"),
        (Some("{"), "EOF while parsing"),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let message = ["pub", "-D", "sim", "-t", "a", "-n", "--capabilities", &file];
        let finished = qmt(&message).await;
        let (code, line) = finished.failed();
        assert_eq!(code, 65);
        assert!(line.contains(words), "{line}");
        assert!(
            line.ends_with("have qmt doctor write it anew with --capabilities"),
            "{line}"
        );
    }
    std::fs::remove_file(file).unwrap();
}
