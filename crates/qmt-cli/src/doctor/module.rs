//! The module itself: habits of the dialogue, identity, SIM card, radio, network.

use core::time::Duration;

use qmt_proto::{Answer, CmeCode, Expect, Name};
use tokio::time::{Instant, sleep};

use super::cause::Cause;
use super::examination::{Examination, Stop, answer_of};
use crate::dialogue::Final;

/// Below this `<rssi>` of AT+CSQ, -105 dBm, NB-IoT repeats itself and takes long.
const WEAK: u8 = 5;
/// How long the network may take to be found, unless told otherwise.
const SEARCH: Duration = Duration::from_secs(60);
/// How often to look.
const LOOK: Duration = Duration::from_millis(500);

/// What the doctor changes, to be put back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    echo: bool,
    errors: u8,
    sleep: u8,
}

/// Switches echo off, error numbers on and sleep off.
pub(super) async fn prepare(exam: &mut Examination<'_>) -> Result<Before, Stop> {
    exam.ask_ok("echo", "AT").await?;
    let echo = exam.port.heard.echo;
    exam.ask_ok("echo", "ATE0").await?;
    exam.ask_ok("echo", "AT").await?;
    exam.echo_off = true;
    exam.report.fine(
        "echo",
        if echo {
            "on; off for this examination"
        } else {
            "off"
        },
    );
    let reply = exam.ask_ok("errors", "AT+CMEE?").await?;
    let errors = match answer_of(&reply, Expect::Read(Name::Cmee)) {
        Some(Answer::ErrorFormat(form)) => form,
        _ => 0,
    };
    exam.ask_ok("errors", "AT+CMEE=1").await?;
    let reply = exam.ask_ok("sleep", "AT+QSCLK?").await?;
    let sleep = match answer_of(&reply, Expect::Read(Name::Qsclk)) {
        Some(Answer::Sleep(mode)) => mode,
        _ => 1,
    };
    exam.ask_ok("sleep", "AT+QSCLK=0").await?;
    let words = match sleep {
        0 => "the module stays awake",
        _ => "the module may sleep; awake for this examination",
    };
    exam.report.fine("sleep", words);
    exam.prepared = true;
    Ok(Before {
        echo,
        errors,
        sleep,
    })
}

/// Puts back what was changed; whether it works is of no more interest.
pub(super) async fn put_back(exam: &mut Examination<'_>, before: Before) {
    exam.echo_off = false;
    exam.prepared = false;
    let mut lines = vec![format!("AT+QSCLK={}", before.sleep)];
    if before.errors != 1 {
        lines.push(format!("AT+CMEE={}", before.errors));
    }
    if before.echo {
        lines.push("ATE1".to_owned());
    }
    for line in lines {
        let _ = exam.try_once("end", &line, None).await;
    }
}

/// Who it is; gives the lines of ATI.
pub(super) async fn identity(exam: &mut Examination<'_>) -> Result<Vec<String>, Stop> {
    let reply = exam.ask_ok("module", "ATI").await?;
    let text = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
    let lines: Vec<String> = reply.lines.iter().map(text).collect();
    let words = lines.join(", ");
    match words.contains("BC260Y") {
        true => exam.report.fine("module", &words),
        false => exam.report.found("module", Cause::OtherModule, &words),
    }
    Ok(lines)
}

/// SIM card, radio, network, address.
pub(super) async fn network(exam: &mut Examination<'_>) -> Result<(), Stop> {
    radio(exam).await?;
    sim(exam).await?;
    let signal = signal(exam).await?;
    attach(exam).await?;
    registration(exam, signal).await?;
    address(exam).await
}

async fn radio(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let reply = exam.ask_ok("radio", "AT+CFUN?").await?;
    let line = reply.lines.first().cloned().unwrap_or_default();
    let line = String::from_utf8_lossy(&line).into_owned();
    match line.trim_end().ends_with('1') {
        true => exam.report.fine("radio", "on"),
        false => exam.stop("radio", Cause::RadioOff, &line)?,
    }
    Ok(())
}

async fn sim(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let reply = exam.ask("SIM", "AT+CPIN?").await?;
    let (cause, what) = match &reply.result {
        Some(Final::Ok) => {
            let line = reply.lines.first().cloned().unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.ends_with("READY") {
                exam.report.fine("SIM", "ready");
                return Ok(());
            }
            (Cause::SimPin, line)
        }
        Some(result) => {
            // TS 27.007 §9.2.
            let cause = match result {
                Final::Cme(CmeCode(10)) => Cause::NoSim,
                Final::Cme(CmeCode(11 | 12 | 17 | 18)) => Cause::SimPin,
                _ => Cause::SimFailure,
            };
            (cause, format!("AT+CPIN? is answered {result}"))
        }
        None => return Ok(()),
    };
    exam.stop("SIM", cause, &what)
}

/// Gives `<rssi>`.
async fn signal(exam: &mut Examination<'_>) -> Result<u8, Stop> {
    let reply = exam.ask_ok("signal", "AT+CSQ").await?;
    let rssi = match answer_of(&reply, Expect::Read(Name::Csq)) {
        Some(Answer::Signal { rssi, .. }) => rssi,
        _ => 99,
    };
    let what = match rssi {
        99 => "not known".to_owned(),
        rssi => format!("{} dBm (<rssi> {rssi})", 2 * i16::from(rssi) - 113),
    };
    match rssi {
        // Whether that is a problem shows when the network is looked for.
        99 => {}
        rssi if rssi < WEAK => exam.report.found("signal", Cause::WeakSignal, &what),
        _ => exam.report.fine("signal", &what),
    }
    Ok(rssi)
}

async fn attach(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let reply = exam.ask_ok("operator", "AT+COPS?").await?;
    let line = reply.lines.first().cloned().unwrap_or_default();
    let line = String::from_utf8_lossy(&line).into_owned();
    // <mode> 2: the host does not want a network (TS 27.007 §7.3).
    match line.starts_with("+COPS: 2") || line.starts_with("+COPS:2") {
        true => exam.stop("operator", Cause::NotAttached, &line),
        false => Ok(()),
    }
}

async fn registration(exam: &mut Examination<'_>, rssi: u8) -> Result<(), Stop> {
    let until = Instant::now() + exam.patience.unwrap_or(SEARCH);
    loop {
        let reply = exam.ask_ok("network", "AT+CEREG?").await?;
        let Some(Answer::Registration { status, .. }) =
            answer_of(&reply, Expect::Read(Name::Cereg))
        else {
            return Ok(());
        };
        let words = status.description().unwrap_or("unknown state");
        let what = format!("{words} (<stat> {})", status.0);
        match status.0 {
            _ if status.is_registered() => {
                exam.report.fine("network", words);
                return Ok(());
            }
            3 => return exam.stop("network", Cause::Denied, &what),
            0 => return exam.stop("network", Cause::NotAttached, &what),
            _ if Instant::now() < until => sleep(LOOK).await,
            _ if rssi == 99 => return exam.stop("network", Cause::NoSignal, &what),
            _ => return exam.stop("network", Cause::NotRegistered, &what),
        }
    }
}

async fn address(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let reply = exam.ask_ok("address", "AT+CGATT?").await?;
    if let Some(Answer::Attached(false)) = answer_of(&reply, Expect::Read(Name::Cgatt)) {
        return exam.stop("address", Cause::NotAttached, "+CGATT: 0");
    }
    let reply = exam.ask_ok("address", "AT+CGPADDR").await?;
    match answer_of(&reply, Expect::Read(Name::Cgpaddr)) {
        Some(Answer::Address {
            address: Some(address),
            ..
        }) => {
            exam.report.fine("address", address);
            Ok(())
        }
        _ => exam.stop("address", Cause::NoAddress, "AT+CGPADDR shows none"),
    }
}
