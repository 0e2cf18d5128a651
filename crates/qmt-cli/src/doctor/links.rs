//! The five links: which are in use, and whether options are kept.

use qmt_proto::{Answer, Config, ConfigOption, Expect, KeepAlive, LinkId, Name, Report, Setting};
use qmt_proto::{Command, Response};

use super::cause::Cause;
use super::examination::{Examination, Stop, answer_of};

/// A keep-alive time that nobody has by chance.
pub(super) const MARK: u16 = 77;

/// A link that nobody uses: `wanted`, or else the last one.
pub(super) async fn free(
    exam: &mut Examination<'_>,
    wanted: Option<LinkId>,
) -> Result<LinkId, Stop> {
    let reply = exam.ask("links", "AT+QMTOPEN?").await?;
    let used: Vec<LinkId> = reply
        .lines
        .iter()
        .filter_map(|line| open_link(line))
        .collect();
    let mut free = LinkId::ALL
        .into_iter()
        .rev()
        .filter(|id| !used.contains(id));
    let link = match wanted {
        Some(link) => free.find(|id| *id == link),
        None => free.next(),
    };
    let list: Vec<String> = used.iter().map(LinkId::to_string).collect();
    let Some(link) = link else {
        let what = format!("in use: {}", list.join(", "));
        return exam.stop("links", Cause::NoFreeLink, &what);
    };
    let what = match list.is_empty() {
        true => format!("all free; {link} is used here"),
        false => format!("in use: {}; {link} is used here", list.join(", ")),
    };
    exam.report.fine("links", &what);
    Ok(link)
}

/// The link that a line of the answer to `AT+QMTOPEN?` is about.
pub(super) fn open_link(line: &[u8]) -> Option<LinkId> {
    let expect = Expect::Read(Name::Open);
    match Response::parse(at_syntax::Frame::Line(line), expect) {
        Response::Report(Report::Answer(Answer::Client { link, .. })) => Some(link),
        _ => None,
    }
}

/// Sets two options of `link` and asks for them.
pub(super) async fn options(exam: &mut Examination<'_>, link: LinkId) -> Result<(), Stop> {
    let keep_alive = Setting::KeepAlive(KeepAlive::new(MARK).unwrap_or_default());
    for setting in [Setting::ShowRecvLen(true), keep_alive] {
        let option = setting.option();
        let set = text(&Command::Config(Config::Set(link, setting)));
        exam.ask_ok("options", &set).await?;
        let kept = query(exam, link, option, &setting).await?;
        if !kept {
            exam.stop("options", Cause::LostSetting, &set)?;
        }
    }
    exam.report.fine("options", "are kept");
    Ok(())
}

/// Whether `link` has this `setting`.
pub(super) async fn query(
    exam: &mut Examination<'_>,
    link: LinkId,
    option: ConfigOption,
    setting: &Setting<'_>,
) -> Result<bool, Stop> {
    let ask = text(&Command::Config(Config::Query(link, option)));
    let reply = exam.ask_ok("options", &ask).await?;
    let found = answer_of(&reply, Expect::Config(option));
    Ok(found == Some(Answer::Setting(*setting)))
}

/// A command line.
pub(super) fn text(command: &Command<'_>) -> String {
    let mut buf = [0; qmt_proto::limits::COMMAND_LINE * 2];
    let mut out = at_syntax::Writer::new(&mut buf);
    command.emit(&mut out);
    let line = out.finish_request().unwrap_or_default();
    String::from_utf8_lossy(line)
        .trim_end_matches('\r')
        .to_owned()
}
