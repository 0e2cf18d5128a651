//! Help, version and wrong usage.

use crate::support::qmt;

#[tokio::test]
async fn help_is_a_long_flag_and_lists_every_status() {
    for arguments in [
        &["--help-all"][..],
        &["pub", "--help-all"],
        &["sub", "--help-all"],
        &["at", "--help-all"],
        &["modem", "--help-all"],
    ] {
        let finished = qmt(arguments).await;
        finished.succeeded();
        let text = String::from_utf8(finished.stdout).unwrap();
        for status in [
            "0", "1-5", "27", "64", "65", "66", "69", "70", "71", "73", "74", "75", "76", "77",
            "78",
        ] {
            assert!(
                text.contains(&format!("\n{status:>5}  ")),
                "{arguments:?} {status}"
            );
        }
    }
}

/// Longest and widest help: the smallest terminal there is, with a row for what is typed next.
const SCREEN: (usize, usize) = (23, 80);

#[tokio::test]
async fn the_help_of_every_verb_fits_a_screen_and_leads_to_the_rest() {
    let overview = qmt(&["--help"]).await.stdout;
    let overview = String::from_utf8(overview).unwrap();
    let verbs = overview.lines().filter_map(|line| {
        let verb = line.strip_prefix("  ")?.split(' ').next()?;
        (verb.starts_with(|c: char| c.is_ascii_lowercase())).then_some(verb)
    });
    let verbs: Vec<&str> = verbs.collect();
    assert!(verbs.len() >= 10, "{overview}");
    for verb in [&[][..]]
        .into_iter()
        .chain(verbs.iter().map(core::slice::from_ref))
    {
        let finished = qmt(&[verb, &["--help"]].concat()).await;
        finished.succeeded();
        let text = String::from_utf8(finished.stdout).unwrap();
        let (rows, columns) = SCREEN;
        assert!(text.lines().count() <= rows, "{verb:?}\n{text}");
        let widest = text.lines().map(str::len).max();
        assert!(widest.unwrap() <= columns, "{verb:?}\n{text}");
        assert!(text.contains("exit status: --help-all"), "{verb:?}");
    }
}

#[tokio::test]
async fn help_of_pub_and_sub_names_the_flags_of_mosquitto() {
    let flags = "-h -p -t -q -i -u -P -k -c -V -W -d --quiet --will-topic --will-payload \
        --will-qos --will-retain -D -b --trace";
    for (verb, more) in [("pub", " -m -f -s -l -n -r"), ("sub", " -C -F -v -N -E")] {
        let finished = qmt(&[verb, "--help-all"]).await;
        let text = String::from_utf8(finished.stdout).unwrap();
        for flag in flags.split_whitespace().chain(more.split_whitespace()) {
            let found = text.lines().any(|line| {
                let line = line.trim_start();
                line.strip_prefix(flag)
                    .is_some_and(|rest| rest.starts_with([' ', ',']))
                    || line == flag
                    || line.contains(&format!(", {flag}"))
            });
            assert!(found, "{verb} {flag}\n{text}");
        }
    }
}

#[tokio::test]
async fn version_is_a_long_flag() {
    for arguments in [&["--version"][..], &["pub", "--version"]] {
        let finished = qmt(arguments).await;
        finished.succeeded();
        let text = String::from_utf8(finished.stdout).unwrap();
        assert!(
            text.ends_with(concat!(" ", env!("CARGO_PKG_VERSION"), "\n")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_64() {
    for arguments in [
        &[][..],
        &["publish"],
        &["pub", "-h"],
        &["pub", "-t", "a", "-n"],
        &["pub", "-D", "sim", "-t", "a"],
        &["pub", "-D", "sim", "-t", "a", "-n", "-m", "x"],
        &["pub", "-D", "sim", "-t", "a", "-n", "-q", "3"],
        &["pub", "-D", "sim", "-t", "a", "-n", "-P", "x"],
        &["pub", "-D", "sim", "-t", "a", "-n", "-c"],
        &["pub", "-D", "sim", "-t", "a", "-n", "-V", "mqttv5"],
        &["pub", "-D", "sim", "-t", "a", "-n", "-k", "3601"],
        &["pub", "-D", "tcp:nowhere", "-t", "a", "-n"],
        &["sub", "-D", "sim"],
        &["sub", "-D", "sim", "-t", "a", "-F", "%y"],
        &["sub", "-D", "sim", "-t", "a", "-C", "0"],
        &["modem"],
        &["modem", "--stdio", "--pty", "x"],
        &["modem", "--stdio", "--map", "x"],
    ] {
        let finished = qmt(arguments).await;
        assert_eq!(finished.code, 64, "{arguments:?}");
        assert_eq!(finished.stdout, b"");
        assert!(
            finished.stderr.contains("--help") || arguments.is_empty(),
            "{finished:?}"
        );
    }
}

#[tokio::test]
async fn completions_and_manual_pages_know_every_verb() {
    let verbs = ["demo", "pub", "sub", "at", "modem", "decode", "ports"];
    for shell in ["bash", "zsh", "fish"] {
        let script = qmt(&["completions", shell]).await;
        script.succeeded();
        let script = String::from_utf8(script.stdout).unwrap();
        for verb in verbs {
            assert!(script.contains(verb), "{shell} {verb}");
        }
    }
    let folder = std::env::temp_dir().join(format!("qmt-man-{}", std::process::id()));
    qmt(&["man", folder.to_str().unwrap()]).await.succeeded();
    for verb in verbs {
        let page = std::fs::read_to_string(folder.join(format!("qmt-{verb}.1"))).unwrap();
        assert!(page.contains("Exit status"), "{verb}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
