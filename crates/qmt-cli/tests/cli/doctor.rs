//! `qmt doctor` names the true cause of every trouble, under each profile of the virtual module.

use core::fmt::Write as _;
use std::sync::Arc;

use qmt_modem::Profile;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::troubles::{Patient, TROUBLES, Trouble};
use crate::support::{Finished, Module, Running, qmt, temporary};

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

/// The number that `command` has in an examination of a module that is well.
async fn number_of(command: &str) -> u64 {
    static RECORDED: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let record = async {
        let module = Module::start("doctor-count", &[]).await;
        let file = temporary("doctor-count.qmtr");
        let to = ["-h", "h", "--no-habits", "--record", &file];
        assert_eq!(module.qmt("doctor", &to).await.code, 0);
        module.end().await;
        let printed = qmt(&["recording", &file]).await.stdout;
        std::fs::remove_file(file).unwrap();
        String::from_utf8(printed).unwrap()
    };
    let recorded = RECORDED.get_or_init(|| record).await;
    let sent = recorded
        .lines()
        .filter_map(|line| line.split_once(" > ")?.1.strip_suffix("\\r"));
    let found = sent.enumerate().find(|(_, line)| line.starts_with(command));
    let (before, _) = found.unwrap_or_else(|| panic!("no {command} in {recorded}"));
    u64::try_from(before).unwrap() + 1
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
            writeln!(wrong, "{what} ({profile}): {expected}, found {finished:#?}").unwrap();
        }
        verdicts[number] = found;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(TROUBLES.len() >= 20);
    compare(&table(&verdicts));
}

async fn examine(trouble: &Trouble, name: &str, profile: Profile) -> Finished {
    let patience = ["--patience", "2", "--no-habits", "--json", "-h", "h"];
    let (module, device) = match trouble.patient {
        Patient::Module(arguments) => {
            let mut all = vec!["--profile".to_owned(), profile.name().to_owned()];
            for argument in arguments {
                // `@AT+X` is the number of that command.
                all.push(match argument.split_once("@AT") {
                    None => (*argument).to_owned(),
                    Some((fault, command)) => {
                        let number = number_of(&format!("AT{command}")).await;
                        format!("{fault}@command:{number}")
                    }
                });
            }
            let scenario = temporary(&format!("{name}.toml"));
            std::fs::write(&scenario, trouble.scenario).unwrap();
            all.extend(["--scenario".to_owned(), scenario.clone()]);
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let module = Module::start(name, &all).await;
            std::fs::remove_file(scenario).unwrap();
            let path = module.path.clone();
            (Some(module), path)
        }
        Patient::Other(answer) => (None, troubles::serve(answer).await),
    };
    if let (Some(module), [first, ..]) = (&module, trouble.before) {
        match first.ends_with('>') {
            true => troubles::leave_in_data_mode(&module.path).await,
            false => drop(module.qmt("at", trouble.before).await),
        }
    }
    let finished = Running::qmt(&[&["doctor", "-D", &device], &patience[..]].concat())
        .finish()
        .await;
    if let Some(module) = module {
        module.end().await;
    }
    finished
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
