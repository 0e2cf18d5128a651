//! What comes from where, and what is wrong with it.

use super::*;
use crate::cli::Cli;

/// What becomes of a typed line.
fn line(typed: &str, variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let typed = typed.split(' ').map(OsString::from).collect();
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let completed = complete(typed, &Cli::whole(), &variable).map_err(|error| error.to_string())?;
    let words = completed
        .line
        .into_iter()
        .map(|word| word.into_string().unwrap());
    Ok(words.collect())
}

/// The same with a configuration file.
fn with_file(name: &str, text: &str, typed: &str) -> Result<String, String> {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("qmt-settings-{}-{name}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let line = line(typed, &[("QMT_CONFIG", path.to_str().unwrap())]);
    std::fs::remove_file(path).unwrap();
    line.map(|words| words.join(" "))
}

#[test]
fn a_variable_is_put_behind_the_verb_and_one_for_the_verb_goes_first() {
    let variables = [("QMT_HOST", "a"), ("QMT_SUB_HOST", "b"), ("QMT_CONFIG", "")];
    assert_eq!(
        line("qmt pub -n", &variables).unwrap().join(" "),
        "qmt pub --host=a -n"
    );
    assert_eq!(
        line("qmt sub -v", &variables).unwrap().join(" "),
        "qmt sub --host=b -v"
    );
    assert_eq!(
        line("qmt sub -h c", &variables).unwrap().join(" "),
        "qmt sub -h c"
    );
    // No flag of this verb.
    assert_eq!(
        line("qmt ports", &variables).unwrap().join(" "),
        "qmt ports"
    );
}

#[test]
fn switches_are_set_by_true_and_short_flags_by_their_meaning() {
    let variables = [
        ("QMT_DEBUG", "true"),
        ("QMT_RETAIN", "false"),
        ("QMT_CONFIG", ""),
    ];
    assert_eq!(
        line("qmt pub -n", &variables).unwrap().join(" "),
        "qmt pub --debug -n"
    );
    let variables = [("QMT_TIMEOUT", "5"), ("QMT_CONFIG", "")];
    assert_eq!(
        line("qmt sub -v", &variables).unwrap().join(" "),
        "qmt sub --timeout=5 -v"
    );
}

#[test]
fn the_profile_goes_before_the_rest_of_the_file_and_the_verb_before_all_verbs() {
    let text = "host = 'a'\nbaud = 115200\n[sub]\ntopic = ['x', 'y']\n\
                [profile.field]\nhost = 'b'\n[profile.field.sub]\nhost = 'c'\n";
    let line = |typed: &str| with_file("order", text, typed);
    assert_eq!(
        line("qmt pub -n").unwrap(),
        "qmt pub --baud=115200 --host=a -n"
    );
    assert_eq!(
        line("qmt sub -v").unwrap(),
        "qmt sub --topic=x --topic=y --baud=115200 --host=a -v"
    );
    assert_eq!(
        line("qmt --use field pub -n").unwrap(),
        "qmt --use field pub --baud=115200 --host=b -n"
    );
    assert_eq!(
        line("qmt sub --use field -t z").unwrap(),
        "qmt sub --baud=115200 --host=c --use field -t z"
    );
}

#[test]
fn what_was_typed_rules_out_what_conflicts_with_it() {
    let text = "username = 'me'\npty = '/tmp/m'\n";
    let line = |typed: &str| with_file("conflict", text, typed);
    assert_eq!(
        line("qmt pub --aliauth a b c -n").unwrap(),
        "qmt pub --aliauth a b c -n"
    );
    assert_eq!(line("qmt modem --stdio").unwrap(), "qmt modem --stdio");
    assert_eq!(
        line("qmt modem --list-faults").unwrap(),
        "qmt modem --list-faults"
    );
    assert_eq!(
        line("qmt modem -W 5").unwrap(),
        "qmt modem --pty=/tmp/m -W 5"
    );
}

#[test]
fn what_no_flag_is_is_told_with_its_place() {
    for (text, told) in [
        ("hots = 'a'", "no flag --hots"),
        ("[sub]\nfile = 'a'", "no flag --file"),
        ("[profile.a]\nhots = 'a'", "no flag --hots"),
        ("host = 1979-05-27", "host is a table or a date"),
        ("a = 1\nhost = ", "line 2"),
    ] {
        let error = with_file("wrong", text, "qmt pub -n").unwrap_err();
        assert!(error.contains(told), "{text}: {error}");
    }
    let error = with_file("profile", "[profile.a]", "qmt --use b pub -n").unwrap_err();
    assert!(
        error.contains("no profile \"b\"") && error.contains("it has: a"),
        "{error}"
    );
    let error = line("qmt --config /nowhere/x.toml pub -n", &[]).unwrap_err();
    assert!(error.contains("cannot read /nowhere/x.toml"), "{error}");
}
