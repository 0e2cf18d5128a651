//! The line: whether anybody is there, at which speed, and whether every byte arrives.

use core::time::Duration;
use tokio::time::Instant;

use super::cause::Cause;
use super::examination::{Examination, Stop};
use crate::dialogue::{Hearing, Patience, Port, Request};
use crate::line::LineArgs;

/// How many `AT` a module gets, half a second each.
const TRIES: u32 = 8;
/// Speeds of the module (QMT leaves them to AT+IPR), the likely ones first.
const SPEEDS: [u32; 8] = [
    9_600, 115_200, 57_600, 38_400, 19_200, 4_800, 230_400, 460_800,
];
/// How long each speed gets.
const SPEED_TRY: Duration = Duration::from_millis(300);
/// How often the longest answer is asked for: some thousand bytes.
const ROUNDS: usize = 12;
/// How late an answer may be (QMT §3.3.1), and the line it has to cross.
const SLOW: Duration = Duration::from_millis(350);
/// Longest delay that is told from silence.
const LATE: Duration = Duration::from_secs(3);
const LONG: &str = "AT+QMTCFG=?";

/// Finds the module.
pub(super) async fn find(exam: &mut Examination<'_>, line: &LineArgs) -> Result<(), Stop> {
    let begun = Instant::now();
    let speed = line.baud().map(|baud| format!(" at {baud} bit/s"));
    let speed = speed.unwrap_or_default();
    if let Some(tries) = exam.port.wake_within(TRIES).await? {
        let took = begun.elapsed().as_millis();
        match tries {
            1 => exam
                .report
                .fine("answer", &format!("AT is answered{speed}")),
            // A slow line answers late what was asked early: it is judged by its own check.
            _ if is_slow(&mut exam.port).await? => {}
            _ => {
                let what = format!("the {tries}th AT was answered, after {took} ms");
                exam.report.found("answer", Cause::Asleep, &what);
            }
        }
        return Ok(());
    }
    // Esc is the only byte that is neither data nor a command to a module that waits for data.
    let before = exam.port.heard;
    exam.port.send(b"\x1b").await?;
    if exam.port.wake_within(3).await?.is_some() {
        let what = "AT was answered after Esc only";
        exam.report.found("answer", Cause::DataMode, what);
        return Ok(());
    }
    let Hearing {
        bytes,
        odd,
        lines,
        echo,
        started,
    } = before;
    let what = format!(
        "{bytes} bytes came in {} s{speed}",
        begun.elapsed().as_secs()
    );
    let cause = match before {
        _ if bytes == 0 => match other_speed(exam, line).await? {
            Some(speed) => {
                let what = format!("AT is answered at {speed} bit/s");
                return exam.stop("answer", Cause::OtherSpeed, &what);
            }
            None => Cause::Silent,
        },
        _ if odd * 2 > bytes => match other_speed(exam, line).await? {
            Some(speed) => {
                let what = format!("AT is answered at {speed} bit/s");
                return exam.stop("answer", Cause::OtherSpeed, &what);
            }
            None => Cause::WrongSpeed,
        },
        _ if started => Cause::FellSilent,
        // An echo that comes late is not recognised, but no longer than what was sent.
        _ if lines == 0 && (echo || bytes <= u64::from(TRIES) * 3) => Cause::EchoOnly,
        _ => Cause::NoModule,
    };
    exam.stop("answer", cause, &what)
}

/// The speed at which the module answers, if it is another one.
async fn other_speed(exam: &mut Examination<'_>, line: &LineArgs) -> Result<Option<u32>, Stop> {
    let Some(now) = line.baud() else {
        return Ok(None);
    };
    exam.port.hang_up();
    for speed in SPEEDS.into_iter().filter(|speed| *speed != now) {
        let mut port = Port::new(line.open_at(speed).await?, None);
        for _ in 0..2 {
            if port.is_there(SPEED_TRY).await? {
                return Ok(Some(speed));
            }
        }
    }
    Ok(None)
}

/// Whether one `AT` is answered late, when all that was asked before has been answered.
async fn is_slow(port: &mut Port) -> Result<bool, Stop> {
    while port.listen(Instant::now() + LATE).await?.is_some() {}
    let begun = Instant::now();
    Ok(port.is_there(LATE).await? && begun.elapsed() > SLOW)
}

/// Whether answers come in time, and every byte of them.
pub(super) async fn check(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        exam.port.is_there(LATE).await?;
        times.push(begun.elapsed());
    }
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    if median > SLOW {
        let what = format!("AT takes {} ms", median.as_millis());
        return exam.stop("delay", Cause::SlowLine, &what);
    }
    let what = format!(
        "AT takes {} ms, at most {}",
        median.as_millis(),
        longest.as_millis()
    );
    exam.report.fine("delay", &what);
    bytes(exam).await
}

/// An answer to the longest command, as it came.
struct Round {
    lines: Vec<Vec<u8>>,
    /// Everything that came, echo and line ends included.
    bytes: u64,
    took: Duration,
}

/// Asks for the same long answer again and again: whatever differs was damaged on the way.
async fn bytes(exam: &mut Examination<'_>) -> Result<(), Stop> {
    let request = Request::new(LONG.as_bytes(), &exam.port.requests);
    let patience = Patience {
        answer: Some(Duration::from_secs(2)),
        ..Patience::default()
    };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let before = exam.port.heard.bytes;
        let reply = exam.port.ask(&request, None, patience, |_, _| {}).await?;
        if reply.news.iter().any(|line| line == b"RDY") {
            return exam.stop("bytes", Cause::Restarted, "RDY came");
        }
        let mut lines = reply.lines;
        match &reply.result {
            Some(result) => lines.push(result.to_string().into_bytes()),
            None => exam.port.drain().await?,
        }
        rounds.push(Round {
            lines,
            bytes: exam.port.heard.bytes - before,
            took: reply.took,
        });
    }
    let alike = |round: &&Round| rounds.iter().filter(|it| it.lines == round.lines).count();
    let Some(usual) = rounds.iter().max_by_key(alike) else {
        return Ok(());
    };
    let damaged: Vec<_> = rounds.iter().filter(|it| it.lines != usual.lines).collect();
    if let Some(cause) = damage(&damaged, usual.bytes) {
        let (count, bytes) = (damaged.len(), usual.bytes);
        let what = format!("{count} of {ROUNDS} answers of {bytes} bytes");
        return exam.stop("bytes", cause, &what);
    }
    let total = usual.bytes * ROUNDS as u64;
    let what = format!("{total} bytes came as they should");
    exam.report.fine("bytes", &what);
    let mut times: Vec<_> = rounds.iter().map(|round| round.took).collect();
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    if longest > median * 4 + SLOW {
        let what = format!("one of {ROUNDS} answers took {} ms", longest.as_millis());
        exam.report.found("bytes", Cause::Stalls, &what);
    }
    Ok(())
}

/// What has happened to answers of `usual` bytes.
fn damage(damaged: &[&Round], usual: u64) -> Option<Cause> {
    // An answer that is missing tells that the command was damaged, but not how.
    let counts = damaged.iter().map(|round| round.bytes);
    let counts: Vec<_> = counts.filter(|count| count * 2 > usual).collect();
    let fewer = counts.iter().filter(|count| **count < usual).count();
    let more = counts.iter().filter(|count| **count > usual).count();
    let same = counts.len() - fewer - more;
    match () {
        () if damaged.is_empty() => None,
        () if same > fewer.max(more) => Some(Cause::BytesChanged),
        () if more > fewer => Some(Cause::BytesAdded),
        () => Some(Cause::BytesLost),
    }
}
