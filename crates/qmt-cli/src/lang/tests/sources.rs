//! The texts that the sources hold: what stands between quotes and says something.

use std::fs;
use std::path::Path;

/// Folders of the crates whose texts `qmt` shows, and the files with these: all of them where no
/// file is named.
const SHOWN: [(&str, &[&str]); 7] = [
    ("qmt-cli/src", &[]),
    ("at-syntax/src", &["error.rs", "framer.rs"]),
    (
        "qmt-proto/src",
        &["codes.rs", "error.rs", "command/subscribe.rs"],
    ),
    (
        "qmt-session/src",
        &[
            "error.rs",
            "event.rs",
            "outcome.rs",
            "client/event.rs",
            "client/ladder.rs",
        ],
    ),
    (
        "qmt-hal-tokio/src",
        &["driver.rs", "error.rs", "line.rs", "line/open.rs"],
    ),
    ("qmt-trace/src", &["frame.rs", "player.rs"]),
    (
        "qmt-modem/src",
        &["fault.rs", "runner/hosts.rs", "quirks/profile.rs"],
    ),
];

/// A text and the file it stands in.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: String,
    /// One line of it, with `{}` for each part that differs.
    pub(super) text: String,
    /// Whether it is an argument of `tr` or `tr_static`, which makes a single word a text too.
    pub(super) is_translated: bool,
}

/// Every text of the sources that are not tests.
pub(super) fn texts() -> Vec<Found> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = Vec::new();
    for (folder, names) in SHOWN {
        let folder = crates.join(folder);
        let mut files = Vec::new();
        match names {
            [] => walk(&folder, &mut files),
            names => files.extend(names.iter().map(|name| folder.join(name))),
        }
        files.sort();
        for path in files {
            let source = fs::read_to_string(&path).unwrap();
            let file = path.strip_prefix(crates).unwrap().display().to_string();
            all.extend(literals(&source).into_iter().flat_map(|literal| {
                let Literal {
                    text,
                    is_translated,
                } = literal;
                let file = file.clone();
                lines(&text).into_iter().map(move |text| Found {
                    file: file.clone(),
                    text,
                    is_translated,
                })
            }));
        }
    }
    all.retain(|found| found.is_translated || says_something(&found.text));
    all
}

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" && name != "lang" {
            walk(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") && name != "tests" {
            files.push(path);
        }
    }
}

/// Two words or more, one of them in small letters; tags of HTML and XML are none.
fn says_something(text: &str) -> bool {
    let mut pieces = text.split('<');
    let first = pieces.next().unwrap_or_default();
    let pieces = pieces.map(|piece| piece.split_once('>').map_or("", |(_, after)| after));
    let text = [first]
        .into_iter()
        .chain(pieces)
        .collect::<Vec<_>>()
        .join(" ");
    let is_word = |word: &&str| {
        let letters = word.trim_matches(|c: char| c.is_ascii_punctuation());
        letters.len() > 1 && letters.chars().all(|c| c.is_ascii_lowercase() || c == '\'')
    };
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.clone().count() > 1 && words.clone().any(|word| is_word(&word))
}

/// A literal, as it is when the program runs.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) is_translated: bool,
}

/// The string literals of `source` outside of comments, attributes and tests.
pub(super) fn literals(source: &str) -> Vec<Literal> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap();
    let mut found = Vec::new();
    let mut rest = source;
    // Brackets that are open since the attribute began.
    let mut attribute: Option<usize> = None;
    let mut before = String::new();
    while let Some(char) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        if attribute.is_none() && (rest.starts_with("#[") || rest.starts_with("#![")) {
            attribute = Some(0);
        }
        match (char, &mut attribute) {
            ('[', Some(open)) => *open += 1,
            (']', Some(open)) => {
                *open -= 1;
                if *open == 0 {
                    attribute = None;
                }
            }
            _ => {}
        }
        let quotes = ["'\\\\'", "'\\''", "'\"'"];
        if let Some(after) = quotes.iter().find_map(|quoted| rest.strip_prefix(quoted)) {
            rest = after;
            continue;
        }
        let Some(after) = rest.strip_prefix('"') else {
            before.push(char);
            rest = &rest[char.len_utf8()..];
            continue;
        };
        let is_raw = before.ends_with(['r', '#']) && !before.ends_with("br");
        let (text, after) = match is_raw {
            true => {
                let hashes = before.len() - before.trim_end_matches('#').len();
                let (text, after) = after
                    .split_once(&format!("\"{}", "#".repeat(hashes)))
                    .unwrap();
                (text.to_owned(), after)
            }
            false => unescaped(after),
        };
        let is_bytes = before.ends_with('b') || before.trim_end_matches('#').ends_with("br");
        if attribute.is_none() && !is_bytes {
            found.push(Literal {
                text,
                is_translated: is_call(&before, "tr(") || is_call(&before, "tr_static("),
            });
        }
        before.clear();
        rest = after;
    }
    found
}

/// Whether `source` ends in this call, and not in one whose name ends so.
fn is_call(source: &str, call: &str) -> bool {
    let before = source.strip_suffix(call);
    before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The text up to the quote, and what follows that.
fn unescaped(literal: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = literal.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (text, &literal[at + 1..]),
            '\\' => match chars.next().unwrap().1 {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'u' => {
                    let (number, _) = chars.as_str()[1..].split_once('}').unwrap();
                    text.extend(
                        u32::from_str_radix(number, 16)
                            .ok()
                            .and_then(char::from_u32),
                    );
                    chars.nth(number.len() + 1);
                }
                'x' => drop(chars.nth(1)),
                '\n' => {
                    let blanks = chars.as_str();
                    let skipped = blanks.len() - blanks.trim_start().len();
                    for _ in 0..blanks[..skipped].chars().count() {
                        chars.next();
                    }
                }
                other => text.push(other),
            },
            char => text.push(char),
        }
    }
    panic!("a literal without an end: {literal}");
}

/// The lines of a literal, as the catalogue writes them.
fn lines(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let mut out = String::new();
        let mut inside = false;
        let line = line.replace("{{", "\u{1}").replace("}}", "\u{2}");
        for char in line.chars() {
            match char {
                '{' => (inside, out) = (true, out + "{"),
                '}' => (inside, out) = (false, out + "}"),
                char if !inside => out.push(char),
                _ => {}
            }
        }
        out.replace('\u{1}', "{").replace('\u{2}', "}")
    };
    text.lines().map(line).collect()
}

#[test]
fn literals_are_found_and_nothing_else_is() {
    let source = r##"
        //! A "comment in words".
        #[arg(help = "an attribute in words")]
        fn it() {
            let b = b"bytes in words"; let quote = '"'; // and "more words"
            say("the first {name:?} of \"two\"", r#"the "raw" one"#);
            say(tr("word"), str("x"), "one \u{2191} that goes \
                on and on");
        }
        #[cfg(test)]
        mod tests { "not in a test" }
    "##
    .replace("        ", "");
    let found = literals(&source);
    let texts: Vec<&str> = found.iter().map(|literal| literal.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the first {name:?} of \"two\"",
            "the \"raw\" one",
            "word",
            "x",
            "one \u{2191} that goes on and on"
        ]
    );
    let translated: Vec<bool> = found.iter().map(|literal| literal.is_translated).collect();
    assert_eq!(translated, [false, false, true, false, false]);
    assert!(!says_something("<a href=\"two words\">{}</a>") && says_something("<{}> of them"));
    assert_eq!(lines("a {b:?} of {{c}}\nd"), ["a {} of {c}", "d"]);
}
