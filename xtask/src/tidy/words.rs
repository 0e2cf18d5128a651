//! Words that may not stand in the repository, or not in one crate.

use super::Finding;

/// Unfinished work; it belongs into an issue, or is done.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

/// Package registries; which one a client asks is the machine's matter.
const REGISTRIES: [&str; 5] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("npmjs", ".org"),
    concat!("deb.debian", ".org"),
    concat!("proxy.golang", ".org"),
];

/// The protocol that the syntax crate must not know.
const PROTOCOL: &str = "QMT";

/// Checks a text file of any kind.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    // Cargo writes the registry's name into its lock files.
    if path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1_usize..) {
        let place = || format!("{path}:{number}");
        for word in UNFINISHED.iter().filter(|word| has_word(line, word)) {
            findings.push(Finding::error(place(), format!("{word}: finish it")));
        }
        for start in MACHINE_PATHS.iter().filter(|start| has_path(line, start)) {
            if !path.starts_with(".ci/") {
                findings.push(Finding::error(place(), format!("machine path {start}...")));
            }
        }
        for host in REGISTRIES.iter().filter(|host| line.contains(**host)) {
            findings.push(Finding::error(place(), format!("registry host {host}")));
        }
        if path.starts_with("crates/at-syntax/src/") && line.contains(PROTOCOL) {
            let text = format!("at-syntax knows AT only, not {PROTOCOL}");
            findings.push(Finding::error(place(), text));
        }
    }
    findings
}

/// Whether `word` stands in `line` with no letter, digit or `_` next to it.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, rest) = line.split_at(at);
        let after = rest.get(word.len()..).unwrap_or_default();
        !before.ends_with(joins) && !after.starts_with(joins)
    })
}

/// Whether an absolute path begins so; `docs/home/` and `example.org/home/` do not.
fn has_path(line: &str, start: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || "-_.~*}".contains(c);
    line.match_indices(start)
        .any(|(at, _)| !line.split_at(at).0.ends_with(joins))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(path, text)
            .into_iter()
            .map(|finding| finding.place)
            .collect()
    }

    #[test]
    fn unfinished_work_is_found_as_a_word() {
        for word in UNFINISHED {
            assert_eq!(found("a.rs", &format!("fine\n// {word}: x")), ["a.rs:2"]);
            assert_eq!(found("a.md", word), ["a.md:1"]);
            assert!(found("a.rs", &format!("{word}S MY{word} {word}_LIST")).is_empty());
        }
    }

    #[test]
    fn paths_of_one_machine_are_found_outside_the_ci_scripts() {
        for start in MACHINE_PATHS {
            assert_eq!(found("a.md", &format!("see `{start}x`")), ["a.md:1"]);
            assert_eq!(found("a.md", &format!("{start}x")), ["a.md:1"]);
            assert!(found(".ci/run", &format!("cd {start}x")).is_empty());
            assert!(found("a.md", &format!("docs{start}x, http://a.b{start}")).is_empty());
        }
    }

    #[test]
    fn registry_hosts_are_found_except_in_lock_files() {
        for host in REGISTRIES {
            assert_eq!(found("a.toml", &format!("x = \"{host}\"")), ["a.toml:1"]);
            assert!(found("fuzz/Cargo.lock", host).is_empty());
        }
        assert!(found("a.md", "see docs.rs").is_empty());
    }

    #[test]
    fn only_the_syntax_crate_must_not_name_the_protocol() {
        let line = "/// Cuts `+QMTRECV`.";
        let inside = "crates/at-syntax/src/framer.rs";
        assert_eq!(found(inside, line), ["crates/at-syntax/src/framer.rs:1"]);
        assert!(found("crates/qmt-proto/src/lib.rs", line).is_empty());
        assert!(found(inside, "/// See qmt-proto.").is_empty());
    }
}
