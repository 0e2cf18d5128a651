//! Exit statuses, all of them, with the words for `--help`.

/// How the process ends. 0, 1 to 5 and 27 are those of mosquitto_pub and mosquitto_sub.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Exit(u8);

impl Exit {
    pub(crate) const OK: Self = Self(0);
    pub(crate) const TIMED_OUT: Self = Self(27);
    pub(crate) const USAGE: Self = Self(64);
    pub(crate) const DATA: Self = Self(65);
    pub(crate) const NO_DEVICE: Self = Self(66);
    pub(crate) const UNREACHABLE: Self = Self(69);
    pub(crate) const MODULE: Self = Self(70);
    pub(crate) const CME: Self = Self(71);
    pub(crate) const BUSY: Self = Self(73);
    pub(crate) const IO: Self = Self(74);
    pub(crate) const UNKNOWN: Self = Self(75);
    pub(crate) const SILENT: Self = Self(76);
    pub(crate) const NO_PERMISSION: Self = Self(77);
    pub(crate) const NOT_SUBSCRIBED: Self = Self(78);
    pub(crate) const NOT_DONE: Self = Self(79);
    pub(crate) const DIFFERENT: Self = Self(80);
    pub(crate) const INTERRUPTED: Self = Self(130);
    pub(crate) const TERMINATED: Self = Self(143);

    /// The status of a connection that the server refused: its return code, 1..=5.
    pub(crate) const fn refused(return_code: u8) -> Self {
        match return_code {
            1..=5 => Self(return_code),
            _ => Self::UNREACHABLE,
        }
    }

    /// The number the shell sees.
    pub(crate) const fn code(self) -> i32 {
        self.0 as i32
    }
}

/// The end of every `--help`.
pub(crate) const TABLE: &str = "\
Exit status:
    0  done
  1-5  the broker refused the connection, with this CONNACK code: 1 protocol version,
       2 client id, 3 server unavailable, 4 user name or password, 5 not authorized
   27  the time of -W ran out; a message on its way may or may not have arrived
   64  wrong usage
   65  data that cannot be sent: refused before a byte went out
   66  no such device or file
   69  broker not reachable, host unknown, or no network
   70  the module refused or answered nonsense
   71  qmt at: the module answered +CME ERROR
   73  the port is in use
   74  input or output failed
   75  outcome unknown: the message may or may not have arrived
   76  the module does not answer; told after 10 s
   77  permission denied
   78  the broker refused a subscription (128)
   79  qmt modem: the host hung up before all of --exit-when came true
   80  qmt replay: what came is not what was recorded
  130  interrupted (Ctrl-C)
  143  terminated (SIGTERM)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_documented() {
        let constants = include_str!("exit.rs").lines().filter_map(|line| {
            let value = line
                .trim()
                .strip_prefix("pub(crate) const ")?
                .split_once("Self(")?
                .1;
            value.strip_suffix(");")?.parse::<u8>().ok()
        });
        let constants: Vec<u8> = constants.collect();
        assert!(constants.len() >= 18, "{constants:?}");
        let readme = include_str!("../README.md");
        for code in constants {
            let told = |row: &str| {
                row.split([',', ' ', '|'])
                    .any(|word| word == code.to_string())
            };
            let rows = readme.lines().filter(|line| line.starts_with("| "));
            let mut rows = rows.filter_map(|line| line.split('|').nth(1));
            assert!(rows.any(told), "README: {code}");
            let row = format!("\n{code:>5}  ");
            assert!(TABLE.contains(&row), "{code}");
        }
    }
}
