//! The longest lines; every other border is a property in qmt-sim.

use core::num::NonZeroU16;

use qmt_proto::{Command, Host, LinkId, Open, RequestDialect, limits};

use crate::wire::obeyed;

/// P5.
#[test]
fn the_longest_lines_fit_the_stated_capacities() {
    let topic = "t".repeat(256);
    let quoted = format!("\"{topic}\"");
    let lines = [
        format!(
            "AT+QMTSUB=4,65535,{}",
            vec![format!("{quoted},2"); 4].join(",")
        ),
        format!("AT+QMTUNS=4,65535,{}", vec![quoted.clone(); 4].join(",")),
        format!("AT+QMTCONN=4,{quoted},{quoted},{quoted}"),
        format!("AT+QMTCFG=\"will\",4,1,2,1,{quoted},{quoted}"),
        format!("AT+QMTPUB=4,65535,2,1,{quoted},1460"),
    ];
    for line in lines {
        let line = format!("{line}\r").into_bytes();
        let command = obeyed(&line, &RequestDialect::default()).unwrap();
        assert_eq!(crate::wire::sent(&command), line);
        assert!(line.len() <= limits::COMMAND_LINE, "{}", line.len());
    }
    let payload = "x".repeat(1460);
    for line in [
        format!("AT+QMTPUB=4,65535,2,1,{quoted},1460,\"{payload}\"\r"),
        format!("\r\n+QMTRECV : 4, 65535, {quoted}, 1460,\"{payload}\"\r\n"),
    ] {
        assert!(line.len() <= limits::TEXT_FRAME, "{}", line.len());
        assert!(line.len() + payload.len() <= limits::HEX_FRAME);
    }
}

#[test]
fn a_port_is_any_but_zero() {
    let line = b"AT+QMTOPEN=4,\"h\",65535\r";
    let open = Open {
        link: LinkId::ALL[4],
        host: Host::new("h").unwrap(),
        port: NonZeroU16::MAX,
    };
    assert_eq!(
        obeyed(line, &RequestDialect::default()),
        Ok(Command::Open(open))
    );
}
