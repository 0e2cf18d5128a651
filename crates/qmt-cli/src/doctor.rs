//! `qmt doctor`: examines line, module, network and broker, and names what is wrong.

use core::time::Duration;
use std::path::PathBuf;

use clap::Args;
use qmt_proto::LinkId;

use self::broker::BrokerArgs;
use self::examination::{Examination, Stop};
use self::report::Report;
use crate::capabilities::CapabilityFile;
use crate::dialogue::Port;
use crate::error::CliError;
use crate::exit::Exit;
use crate::line::LineArgs;
use crate::signals::Signals;
use crate::trace::redactor;

mod broker;
mod cause;
mod examination;
mod habits;
mod line;
mod links;
mod module;
mod report;

/// How long any module may be deaf after its prompt; siblings want 500 ms.
const GUARD: Duration = Duration::from_millis(600);

/// What `qmt doctor` is told.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    line: LineArgs,
    #[command(flatten)]
    broker: BrokerArgs,
    /// Longest time for network or broker
    ///
    /// Otherwise the note's, up to 3 minutes.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    patience: Option<u64>,
    /// Link to use; else the last one that is free
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u8).range(0..LinkId::COUNT as i64))]
    link: Option<u8>,
    /// Write here what the module can do
    ///
    /// For --capabilities of `pub` and `sub`.
    #[arg(long, value_name = "FILE")]
    capabilities: Option<PathBuf>,
    /// Leave out what the note leaves open
    ///
    /// How the module behaves there, that is.
    #[arg(long, conflicts_with = "capabilities")]
    no_habits: bool,
    /// Print one JSON object for each check
    ///
    /// And one for the verdict.
    #[arg(long)]
    json: bool,
}

/// Examines everything up to the first thing that explains the rest.
pub(crate) async fn run(args: DoctorArgs) -> Result<Exit, CliError> {
    let visit = args.broker.visit()?;
    let mut signals = Signals::watch()?;
    let tap = args.line.tap(&redactor(None))?;
    let mut report = Report::new(args.json);
    let mut exam = Examination {
        port: Port::new(args.line.open().await?, tap),
        report: &mut report,
        patience: args.patience.map(Duration::from_secs),
        echo_off: false,
        prepared: false,
    };
    exam.port.prompt_guard = GUARD;
    let examined = tokio::select! {
        examined = examine(&mut exam, &args, visit.as_ref()) => examined,
        exit = signals.next() => return Ok(exit),
    };
    exam.port.close().await;
    match examined {
        Ok(()) | Err(Stop::Found) => Ok(report.end()),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn examine(
    exam: &mut Examination<'_>,
    args: &DoctorArgs,
    visit: Option<&broker::Visit>,
) -> Result<(), Stop> {
    line::find(exam, &args.line).await?;
    line::check(exam).await?;
    let before = module::prepare(exam).await?;
    let examined = examine_module(exam, args, visit).await;
    exam.report.hush();
    if !matches!(examined, Err(Stop::Failed(_))) {
        module::put_back(exam, before).await;
    }
    examined
}

async fn examine_module(
    exam: &mut Examination<'_>,
    args: &DoctorArgs,
    visit: Option<&broker::Visit>,
) -> Result<(), Stop> {
    let mut file = CapabilityFile::new(module::identity(exam).await?);
    module::network(exam).await?;
    let link = links::free(exam, args.link.and_then(LinkId::new)).await?;
    links::options(exam, link).await?;
    let habits = !args.no_habits;
    if habits {
        habits::errors(exam, link, &mut file).await?;
    }
    if let Some(visit) = visit {
        let stayed = stay(exam, link, visit, habits.then_some(&mut file)).await;
        if stayed.is_err() {
            exam.report.hush();
        }
        let after = visit.leave(exam, link).await;
        stayed?;
        if habits {
            habits::closed(exam, link, &after?, &mut file).await?;
        }
    }
    if let Some(path) = &args.capabilities {
        file.write(path)?;
        let words = habits::words(&file.capabilities);
        exam.report
            .fine("file", &format!("{}: {words}", path.display()));
    }
    Ok(())
}

/// Everything between opening and closing the link.
async fn stay(
    exam: &mut Examination<'_>,
    link: LinkId,
    visit: &broker::Visit,
    file: Option<&mut CapabilityFile>,
) -> Result<(), Stop> {
    visit.arrive(exam, link).await?;
    visit.send(exam, link).await?;
    match file {
        Some(file) => habits::connected(exam, link, visit, file).await,
        None => Ok(()),
    }
}
