//! One command on its way to a module, one report on its way to a host.

use at_syntax::{Framer, Writer};
use qmt_proto::{
    Command, DecodeError, Expect, Report, RequestDialect, Response, ResponseDialect, limits,
};

/// `command` as a host sends it.
pub(super) fn sent(command: &Command<'_>) -> Vec<u8> {
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    command.emit(&mut out);
    out.finish_request().expect("no more than a frame").to_vec()
}

/// `report` as a module prints it.
pub(super) fn printed(report: &Report<'_>) -> Vec<u8> {
    let mut buf = vec![0; limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    report.emit(&mut out);
    out.finish_info().expect("no more than a frame").to_vec()
}

/// The one command that `line` is for a module.
pub(super) fn obeyed(line: &[u8]) -> Result<Command<'_>, DecodeError> {
    let cut = Framer::requests().next_frame(line, &RequestDialect::default());
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
