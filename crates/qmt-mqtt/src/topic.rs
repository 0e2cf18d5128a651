//! Topic names, topic filters and how they match (MQTT 3.1.1 §4.7).

use core::fmt;

/// Longest topic in bytes: its length is a 16-bit number on the wire (MQTT 3.1.1 §1.5.3).
const MAX_TOPIC: usize = 65_535;

/// What is wrong with a topic name or filter. Offsets count bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopicError {
    /// No character at all (MQTT 3.1.1 §4.7.3-1).
    Empty,
    /// Over 65535 bytes (MQTT 3.1.1 §4.7.3-3).
    TooLong,
    /// Holds U+0000 (MQTT 3.1.1 §4.7.3-2).
    Nul {
        /// Where.
        at: usize,
    },
    /// `+` or `#` in a topic name (MQTT 3.1.1 §3.3.2-2), or in a filter where it does not fill
    /// its level, or `#` before the last level (MQTT 3.1.1 §4.7.1).
    Wildcard {
        /// Where.
        at: usize,
    },
    /// `$share/` without a group name and a filter after it. Plain text for 3.1.1; the codec
    /// below applies this rule of MQTT 5 §4.8.2 at every level.
    Share,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::TooLong => f.write_str("over 65535 bytes"),
            Self::Nul { at } => write!(f, "U+0000 at byte {at}"),
            Self::Wildcard { at } => write!(f, "wildcard out of place at byte {at}"),
            Self::Share => f.write_str("shared subscription without group or filter"),
        }
    }
}

impl core::error::Error for TopicError {}

/// Checks a topic name: what PUBLISH and a will may carry.
///
/// # Errors
/// The first rule of MQTT 3.1.1 §4.7 or §3.3.2.1 that it breaks.
pub fn check_topic(topic: &str) -> Result<(), TopicError> {
    check_length(topic)?;
    match topic.find(['+', '#']) {
        Some(at) => Err(TopicError::Wildcard { at }),
        None => Ok(()),
    }
}

/// Checks a topic filter: what SUBSCRIBE and UNSUBSCRIBE may carry.
///
/// # Errors
/// The first rule of MQTT 3.1.1 §4.7 that it breaks.
pub fn check_filter(filter: &str) -> Result<(), TopicError> {
    check_length(filter)?;
    let mut at = 0;
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        // MQTT 3.1.1 §4.7.1-2 and §4.7.1-3: a wildcard is alone in its level, `#` is the last.
        if let Some(inside) = level.find(['+', '#'])
            && (level.len() > 1 || (level == "#" && levels.peek().is_some()))
        {
            return Err(TopicError::Wildcard { at: at + inside });
        }
        at += level.len() + 1;
    }
    if let Some(rest) = filter.strip_prefix("$share/") {
        return match rest.split_once('/') {
            Some((group, filter))
                if !group.is_empty() && !group.contains(['+', '#']) && !filter.is_empty() =>
            {
                Ok(())
            }
            _ => Err(TopicError::Share),
        };
    }
    Ok(())
}

/// Tells whether a topic filter selects a topic name (MQTT 3.1.1 §4.7).
///
/// Both are taken as valid; on others the answer is meaningless, never a panic.
#[must_use]
pub fn matches(filter: &str, topic: &str) -> bool {
    // MQTT 3.1.1 §4.7.2-1: a leading wildcard does not select topics that begin with `$`.
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut names = topic.split('/');
    for level in filter.split('/') {
        // `#` also stands for the parent level (MQTT 3.1.1 §4.7.1.2), so it comes first.
        if level == "#" {
            return true;
        }
        match names.next() {
            Some(name) if level == "+" || level == name => {}
            _ => return false,
        }
    }
    names.next().is_none()
}

fn check_length(text: &str) -> Result<(), TopicError> {
    if text.is_empty() {
        return Err(TopicError::Empty);
    }
    if text.len() > MAX_TOPIC {
        return Err(TopicError::TooLong);
    }
    match text.find('\0') {
        Some(at) => Err(TopicError::Nul { at }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn wildcards_fill_their_level() {
        for good in [
            "#",
            "+",
            "/",
            "a/#",
            "+/a",
            "a/+/b",
            "/+",
            "+/+/#",
            "$SYS/#",
            "$share/g/a/#",
        ] {
            assert_eq!(check_filter(good), Ok(()), "{good}");
        }
        for (bad, at) in [
            ("a#", 1),
            ("a/b#", 3),
            ("#/a", 0),
            ("+a", 0),
            ("ab/+e", 3),
            ("a/#/b", 2),
            ("++", 0),
        ] {
            assert_eq!(check_filter(bad), Err(TopicError::Wildcard { at }), "{bad}");
        }
        for bad in [
            "$share/",
            "$share/g",
            "$share//a",
            "$share/+/a",
            "$share/g/",
        ] {
            assert_eq!(check_filter(bad), Err(TopicError::Share), "{bad}");
        }
    }

    #[test]
    fn names_hold_no_wildcard() {
        assert_eq!(check_topic("a/b c/"), Ok(()));
        assert_eq!(check_topic(""), Err(TopicError::Empty));
        assert_eq!(check_topic("a+"), Err(TopicError::Wildcard { at: 1 }));
        assert_eq!(check_topic("a\0"), Err(TopicError::Nul { at: 1 }));
        assert_eq!(check_topic(&"t".repeat(65_535)), Ok(()));
        assert_eq!(check_topic(&"t".repeat(65_536)), Err(TopicError::TooLong));
        assert_eq!(
            check_filter(&String::from_utf8_lossy(&[b'+'; 70_000])),
            Err(TopicError::TooLong)
        );
    }

    /// The examples of MQTT 3.1.1 §4.7.1.2, §4.7.1.3 and §4.7.2.
    #[test]
    fn matching_follows_the_examples_of_the_specification() {
        for (filter, topic, expected) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/ranking",
                true,
            ),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/score/wimbledon",
                true,
            ),
            ("sport/#", "sport", true),
            ("#", "a/b/c", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/a", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/", true),
            ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
            ("a", "A", false),
            ("a/b", "a", false),
            ("a", "a/b", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }
}
