//! What several peers need to know of a line.

/// Everything behind the name, as it stands on the line.
pub(super) fn behind_name(line: &[u8]) -> &[u8] {
    let colon = memchr::memchr(b':', line);
    line[colon.map_or(0, |at| at + 1)..].trim_ascii()
}
