//! Flags belong to their verb.

use super::*;

fn parse(args: &[&str]) -> Result<Verb, lexopt::Error> {
    parse_from(Parser::from_args(args))
}

#[test]
fn firmware_runs_in_peace_once_unless_told_otherwise() {
    let runs = |variant, line, times| {
        Verb::Firmware(firmware::Runs {
            variant,
            line,
            times,
        })
    };
    let parse = |args: &str| parse(&args.split(' ').collect::<Vec<_>>());
    assert_eq!(parse("firmware run").unwrap(), runs(None, Line::Quiet, 1));
    let args = "firmware run --variant async --damage --times 10";
    assert_eq!(
        parse(args).unwrap(),
        runs(Some(Variant::Async), Line::Damaged, 10)
    );
    assert!(parse("firmware run --variant sometimes").is_err());
}

#[test]
fn flags_belong_to_their_verb() {
    assert_eq!(parse(&["ci", "--fast"]).unwrap(), Verb::Ci { fast: true });
    assert_eq!(parse(&["ci"]).unwrap(), Verb::Ci { fast: false });
    assert_eq!(
        parse(&["tools", "--check"]).unwrap(),
        Verb::Tools { check: true }
    );
    assert_eq!(
        parse(&["exhaust", "--depth", "7"]).unwrap(),
        Verb::Exhaust { depth: 7 }
    );
    assert_eq!(parse(&["exhaust"]).unwrap(), Verb::Exhaust { depth: 6 });
    assert!(parse(&["exhaust", "--depth", "x"]).is_err());
    assert_eq!(
        parse(&["sim", "--crash", "--messages", "9"]).unwrap(),
        Verb::Sim(sim::Campaign::Crash { messages: 9 })
    );
    let sealed = false;
    let bytes = sim::Campaign::Bytes { every: 7, sealed };
    assert_eq!(
        parse(&["sim", "--bytes", "--every", "7"]).unwrap(),
        Verb::Sim(bytes)
    );
    let seeds = ["liveness", "--seeds", "7..8", "--gate"].map(str::to_owned);
    assert_eq!(
        parse(&["sim", "--liveness", "--seed", "7", "--gate"]).unwrap(),
        Verb::Sim(sim::Campaign::Seeds(seeds.to_vec()))
    );
    let files = ["merge", "a", "b"].map(str::to_owned).to_vec();
    assert_eq!(
        parse(&["sim", "merge", "a", "b"]).unwrap(),
        Verb::Sim(sim::Campaign::Seeds(files))
    );
    assert!(parse(&["sim", "--seed", "7"]).is_err());
    assert!(parse(&["sim"]).is_err());
    assert!(parse(&["tidy", "--fast"]).is_err());
    assert!(parse(&["ci", "--check"]).is_err());
    assert!(parse(&["ci", "extra"]).is_err());
}

#[test]
fn only_counts_and_sessions_have_limits() {
    let print = |table, check| Verb::Bench(Job::Print { table, check });
    assert_eq!(
        parse(&["bench", "counts", "--check"]).unwrap(),
        print(Table::Counts, true)
    );
    assert_eq!(parse(&["bench", "w7"]).unwrap(), print(Table::W7, false));
    assert!(parse(&["bench", "sessions", "--check"]).is_ok());
    assert!(parse(&["bench", "peers", "--check"]).is_err());
    assert!(parse(&["bench", "w8"]).is_err());
}

#[test]
fn counts_are_checked_saved_and_compared() {
    let check = |reach| Verb::Bench(Job::Beside { reach, check: true });
    assert_eq!(parse(&["bench", "--check"]).unwrap(), check(Reach::Whole));
    assert_eq!(
        parse(&["bench", "--check", "--quick"]).unwrap(),
        check(Reach::Quick)
    );
    assert!(parse(&["bench", "--quick", "--save", "first"]).is_err());
    assert!(parse(&["bench", "--quick", "counts"]).is_err());
    let save = Job::Save {
        name: "first".into(),
        full: true,
    };
    assert_eq!(
        parse(&["bench", "--full", "--save", "first"]).unwrap(),
        Verb::Bench(save)
    );
    let compare = Job::Compare {
        before: "a".into(),
        now: "b".into(),
    };
    assert_eq!(
        parse(&["bench", "--compare", "a", "b"]).unwrap(),
        Verb::Bench(compare)
    );
    assert_eq!(
        parse(&["bench", "--prove"]).unwrap(),
        Verb::Bench(Job::Prove)
    );
    let profile = parse(&["bench", "--profile"]).unwrap();
    assert_eq!(profile, Verb::Bench(Job::Profile));
    assert!(parse(&["bench", "--compare", "a"]).is_err());
    assert!(parse(&["bench", "--full"]).is_err());
    assert!(parse(&["bench", "--save", "x", "--check"]).is_err());
    assert!(parse(&["bench", "w7", "--save", "x"]).is_err());
}

#[test]
fn fuzz_needs_one_way_and_takes_one_target() {
    let one = Verb::Fuzz {
        target: Some("tok_bytes".to_owned()),
        mode: Mode::Minutes(3),
    };
    let args = ["fuzz", "tok_bytes", "--minutes", "3"];
    assert_eq!(parse(&args).unwrap(), one);
    let all = Verb::Fuzz {
        target: None,
        mode: Mode::Gate,
    };
    assert_eq!(parse(&["fuzz", "--gate"]).unwrap(), all);
    assert!(parse(&["fuzz"]).is_err());
    assert!(parse(&["fuzz", "a", "b", "--gate"]).is_err());
    assert!(parse(&["fuzz", "--gate", "--replay"]).is_err());
    assert!(parse(&["fuzz", "--hours", "3"]).is_err());
}

#[test]
fn unknown_verbs_are_refused_and_none_means_help() {
    assert!(parse(&["frobnicate"]).is_err());
    assert_eq!(parse(&[]).unwrap(), Verb::Help);
    assert_eq!(parse(&["no-std", "-h"]).unwrap(), Verb::Help);
}

#[test]
fn help_names_every_verb() {
    for verb in [
        "ci",
        "conformance",
        "deny",
        "exhaust",
        "fleet",
        "no-std",
        "panic-free",
        "cov",
        "mutants",
        "requirements",
        "tidy",
        "tools",
        "wire",
        "help",
    ] {
        assert!(parse(&[verb]).is_ok());
        assert!(HELP.contains(&format!("\n  {verb} ")), "{verb}");
    }
}
