//! Names that lead elsewhere.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::str::FromStr;
use std::io;

/// Where the servers are that a host names in QMTOPEN. A name that is not in the map is resolved
/// as usual.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HostMap {
    /// In the order given.
    mappings: Vec<HostMapping>,
}

/// `HOST[:PORT]=ADDR`: servers named so are at another address.
///
/// `HOST` may be `*` for every name. `ADDR` is a name or address, with a port or without; without
/// one the port of QMTOPEN stays.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostMapping {
    /// In lower case; `*` for every name.
    host: String,
    port: Option<u16>,
    target: String,
    target_port: Option<u16>,
}

/// A text that is no [`HostMapping`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HostMapError {
    /// No `=`.
    NoEquals,
    /// Nothing on one side of it.
    EmptySide,
    /// A port that is none.
    Port,
}

impl HostMap {
    /// Adds a mapping. The most exact one counts: name and port, then name, then `*`; of two
    /// alike the later.
    pub fn insert(&mut self, mapping: HostMapping) {
        self.mappings.push(mapping);
    }

    /// The name or address, and the port, to use for `host` and `port`.
    #[must_use]
    pub fn target<'a>(&'a self, host: &'a str, port: u16) -> (&'a str, u16) {
        let best = self
            .mappings
            .iter()
            .filter_map(|mapping| Some((mapping.rank(host, port)?, mapping)))
            .max_by_key(|(rank, _)| *rank);
        match best {
            Some((_, found)) => (&found.target, found.target_port.unwrap_or(port)),
            None => (host, port),
        }
    }
}

impl HostMapping {
    /// How exactly the mapping names the server; `None` if it does not.
    fn rank(&self, host: &str, port: u16) -> Option<u8> {
        let name = if self.host == "*" {
            0
        } else if self.host.eq_ignore_ascii_case(host) {
            2
        } else {
            return None;
        };
        match self.port {
            None => Some(name),
            Some(own) if own == port => Some(name + 1),
            Some(_) => None,
        }
    }
}

impl FromStr for HostMapping {
    type Err = HostMapError;

    fn from_str(text: &str) -> Result<Self, HostMapError> {
        let (from, to) = text.split_once('=').ok_or(HostMapError::NoEquals)?;
        let (host, port) = split_port(from.trim())?;
        let (target, target_port) = split_port(to.trim())?;
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            target,
            target_port,
        })
    }
}

/// Splits `name`, `name:port`, `1.2.3.4:port`, `::1` or `[::1]:port`.
fn split_port(text: &str) -> Result<(String, Option<u16>), HostMapError> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok((address.ip().to_string(), Some(address.port())));
    }
    if text.parse::<IpAddr>().is_ok() {
        return Ok((text.to_owned(), None));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().map_err(|_| HostMapError::Port)?)),
        None => (text, None),
    };
    if host.is_empty() {
        return Err(HostMapError::EmptySide);
    }
    Ok((host.to_owned(), port))
}

impl fmt::Display for HostMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEquals => "a mapping reads HOST[:PORT]=ADDR[:PORT]",
            Self::EmptySide => "a mapping needs a name on both sides",
            Self::Port => "not a port number",
        })
    }
}

impl core::error::Error for HostMapError {}

impl From<HostMapError> for io::Error {
    fn from(error: HostMapError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(list: &[&str]) -> HostMap {
        let mut map = HostMap::default();
        for text in list {
            map.insert(text.parse().unwrap());
        }
        map
    }

    #[test]
    fn the_most_exact_mapping_counts() {
        let map = map(&["*=127.0.0.1:1", "a=b:2", "a:1883=c:3", "a:99=d"]);
        assert_eq!(map.target("x", 1883), ("127.0.0.1", 1));
        assert_eq!(map.target("A", 7), ("b", 2));
        assert_eq!(map.target("a", 1883), ("c", 3));
        assert_eq!(map.target("a", 99), ("d", 99));
        assert_eq!(HostMap::default().target("a", 1), ("a", 1));
    }

    #[test]
    fn addresses_of_both_families_are_understood() {
        let map = map(&["a=[::1]:5", "b=::1", "c=10.0.0.1"]);
        assert_eq!(map.target("a", 1), ("::1", 5));
        assert_eq!(map.target("b", 1), ("::1", 1));
        assert_eq!(map.target("c", 1), ("10.0.0.1", 1));
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        let parse = |text: &str| text.parse::<HostMapping>().unwrap_err();
        assert_eq!(parse("a"), HostMapError::NoEquals);
        assert_eq!(parse("=b"), HostMapError::EmptySide);
        assert_eq!(parse("a=:1"), HostMapError::EmptySide);
        assert_eq!(parse("a:x=b"), HostMapError::Port);
        assert_eq!(parse("a=b:70000"), HostMapError::Port);
    }
}
