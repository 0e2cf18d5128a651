//! One command on its way to a module, one report on its way to a host.

use at_syntax::{Framer, Writer};
use qmt_proto::{
    Command, DecodeError, Expect, Report, RequestDialect, Response, ResponseDialect, limits,
};

/// `command` as a host sends it to a module with `dialect`.
pub(super) fn sent(command: &Command<'_>, dialect: &RequestDialect) -> Vec<u8> {
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    command.emit_in(dialect, &mut out);
    out.finish_request().expect("no more than a frame").to_vec()
}

/// `report` as a module prints it for a host with `dialect`.
pub(super) fn printed(report: &Report<'_>, dialect: &ResponseDialect) -> Vec<u8> {
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    report.emit_in(dialect, &mut out);
    out.finish_info().expect("no more than a frame").to_vec()
}

/// The one command that `line` is for a module.
pub(super) fn obeyed<'a>(
    line: &'a [u8],
    dialect: &RequestDialect,
) -> Result<Command<'a>, DecodeError> {
    let cut = Framer::requests().next_frame(line, dialect);
    assert_eq!(cut.used, line.len(), "one line, one command");
    Command::parse(cut.frame.expect("a complete line"))
}

/// The one response that `line` is for a host.
pub(super) fn understood<'a>(
    line: &'a [u8],
    expect: Expect,
    dialect: &ResponseDialect,
) -> Response<'a> {
    let cut = Framer::responses().next_frame(line, dialect);
    assert_eq!(cut.used, line.len(), "one line, one frame");
    Response::parse(cut.frame.expect("a complete line"), expect)
}
