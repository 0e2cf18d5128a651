//! The table of quirks against its own promises.

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::*;

#[test]
fn every_quirk_can_be_set_to_every_value_by_name() {
    for quirk in Quirk::ALL {
        assert!(quirk.values().len() > 1, "{quirk}");
        for value in quirk.values() {
            let mut quirks = Quirks::NOTE;
            quirks.set(quirk.name(), value.name()).unwrap();
            assert_eq!(quirk.value(&quirks), value, "{quirk}");
            let changed: Vec<_> = quirks.differences(&Quirks::NOTE).collect();
            let is_default = value == quirk.value(&Quirks::NOTE);
            assert_eq!(changed.len(), usize::from(!is_default), "{quirk}={value}");
        }
    }
}

#[test]
fn names_are_unique_and_made_for_a_command_line() {
    let is_plain = |name: &str| {
        let mut bytes = name.bytes();
        !name.is_empty() && bytes.all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    let names: BTreeSet<_> = Quirk::ALL.iter().map(Quirk::name).collect();
    assert_eq!(names.len(), Quirk::ALL.len());
    for quirk in Quirk::ALL {
        assert!(is_plain(quirk.name()), "{quirk}");
        let values: BTreeSet<_> = quirk.values().iter().map(QuirkValue::name).collect();
        assert_eq!(values.len(), quirk.values().len(), "{quirk}");
        assert!(values.into_iter().all(is_plain), "{quirk}");
    }
}

#[test]
fn every_quirk_and_every_value_is_explained_in_a_sentence() {
    let is_sentence = |text: &str| text.ends_with('.') && !text.starts_with(' ');
    for quirk in Quirk::ALL {
        assert!(is_sentence(quirk.text()), "{quirk}: {}", quirk.text());
        assert!(!quirk.source().is_empty(), "{quirk}");
        for value in quirk.values() {
            assert!(is_sentence(value.text()), "{quirk}={value}");
        }
    }
}

#[test]
fn an_unknown_name_or_value_changes_nothing() {
    let mut quirks = Quirks::NOTE;
    assert_eq!(quirks.set("promt", "bare"), Err(QuirkError::UnknownName));
    let error = quirks.set("hex_len", "nibbles").unwrap_err();
    assert_eq!(error.to_string(), "the quirk is one of bytes, digits");
    assert_eq!(quirks, Quirks::NOTE);
}

#[test]
fn the_512_sets_are_all_different() {
    let sets: BTreeSet<Vec<&str>> = (0..Quirks::SETS)
        .map(|n| {
            Quirks::of_set(n)
                .iter()
                .map(|(_, value)| value.name())
                .collect()
        })
        .collect();
    assert_eq!(sets.len(), 512);
    assert_eq!(Quirks::of_set(0), Quirks::NOTE);
    assert_eq!(Quirks::of_set(1 << 9), Quirks::NOTE);
}

#[test]
fn profiles_have_names_and_differ() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(profile));
        let differs = profile.quirks() != Quirks::NOTE;
        assert_eq!(differs, profile != Profile::Note);
    }
    assert_eq!("notes".parse::<Profile>(), Err(UnknownProfile));
}
