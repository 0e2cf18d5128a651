//! Subscriptions: what is granted, refused, matched, and delivered once.

use qmt_mqtt::{Level, Packet, SubAckCode, Unsubscribe};

use crate::bench::{Bench, Q0, Q1, Q2, id, publish};

#[test]
fn the_highest_quality_may_be_capped() {
    let mut bench = Bench::with(|config| config.max_qos = Q1);
    let mut client = bench.join(Level::V31, "client", true);
    let codes = bench.subscribe(&mut client, &[("a", Q0), ("b", Q1), ("c", Q2)]);
    assert_eq!(codes, [Q0, Q1, Q1].map(SubAckCode::Granted));
    bench.send(&client, &publish("c", "x", Q2, 3));
    bench.send(
        &client,
        &Packet::PubRel {
            id: id(3),
            dup: false,
        },
    );
    assert_eq!(
        bench.received(&mut client),
        [
            Packet::PubRec(id(3)),
            publish("c", "x", Q1, 1),
            Packet::PubComp(id(3))
        ]
    );
}

#[test]
fn a_denied_filter_is_refused_at_3_1_1_and_granted_in_vain_at_3_1() {
    for (level, first) in [
        (Level::V311, SubAckCode::Refused),
        (Level::V31, SubAckCode::Granted(Q1)),
    ] {
        let mut bench = Bench::with(|config| config.denied_filters = vec!["secret/#".into()]);
        let mut client = bench.join(level, "client", true);
        let filters = [("secret/a", Q1), ("open", Q1), ("secret", Q1)];
        let codes = bench.subscribe(&mut client, &filters);
        assert_eq!(codes, [first, SubAckCode::Granted(Q1), first]);
        for topic in ["secret/a", "secret", "open"] {
            bench.send(&client, &publish(topic, "x", Q0, 1));
        }
        assert_eq!(bench.received(&mut client), [publish("open", "x", Q0, 1)]);
    }
}

#[test]
fn overlapping_filters_deliver_once_at_the_highest_quality() {
    let mut bench = Bench::new();
    let mut client = bench.join(Level::V311, "client", true);
    bench.subscribe(&mut client, &[("a/b", Q0), ("a/#", Q2), ("+/b", Q1)]);
    let mut sender = bench.join(Level::V311, "sender", true);
    bench.publish(&mut sender, "a/b", "x", Q2);
    assert_eq!(bench.received(&mut client), [publish("a/b", "x", Q2, 1)]);
}

#[test]
fn the_same_filter_again_changes_its_quality() {
    let mut bench = Bench::new();
    let mut client = bench.join(Level::V311, "client", true);
    bench.subscribe(&mut client, &[("a", Q2)]);
    bench.subscribe(&mut client, &[("a", Q0)]);
    let mut sender = bench.join(Level::V311, "sender", true);
    bench.publish(&mut sender, "a", "x", Q2);
    assert_eq!(bench.received(&mut client), [publish("a", "x", Q0, 1)]);
}

#[test]
fn unsubscribing_compares_text_and_is_always_answered() {
    let mut bench = Bench::new();
    let mut client = bench.join(Level::V31, "client", true);
    bench.subscribe(&mut client, &[("a/+", Q0), ("b", Q0)]);
    let mut unsubscribe = |bench: &mut Bench, filter: &str| {
        let filters = vec![filter.into()];
        bench.send(
            &client,
            &Packet::Unsubscribe(Unsubscribe {
                id: id(4),
                dup: true,
                filters,
            }),
        );
        assert_eq!(bench.received(&mut client), [Packet::UnsubAck(id(4))]);
        bench.send(&client, &publish("a/x", "1", Q0, 1));
        bench.received(&mut client).len()
    };
    assert_eq!(unsubscribe(&mut bench, "a/x"), 1, "selected, but not held");
    assert_eq!(unsubscribe(&mut bench, "a/+"), 0);
    assert_eq!(unsubscribe(&mut bench, "a/+"), 0);
}

#[test]
fn a_leading_wildcard_does_not_see_dollar_topics() {
    let mut bench = Bench::new();
    let mut client = bench.join(Level::V311, "client", true);
    bench.subscribe(&mut client, &[("#", Q0), ("+/a", Q0)]);
    bench.send(&client, &publish("$mine/a", "x", Q0, 1));
    bench.send(&client, &publish("mine/a", "y", Q0, 1));
    assert_eq!(bench.received(&mut client), [publish("mine/a", "y", Q0, 1)]);
}
