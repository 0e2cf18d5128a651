//! Retained messages: kept, replaced, cleared, given to new subscriptions.

use qmt_mqtt::Level;

use crate::bench::{Bench, Q0, Q1, Q2, publish, retained};

#[test]
fn a_new_subscription_gets_the_last_message_marked_as_retained() {
    let mut bench = Bench::new();
    let mut sender = bench.join(Level::V31, "sender", true);
    let mut early = bench.join(Level::V311, "early", true);
    bench.subscribe(&mut early, &[("a/+", Q2)]);
    for payload in ["old", "new"] {
        bench.send(&sender, &retained(publish("a/b", payload, Q1, 5)));
    }
    bench.received(&mut sender);
    // Those who were there see a plain message (MQTT 3.1.1 §3.3.1-9).
    assert_eq!(
        bench.received(&mut early),
        [publish("a/b", "old", Q1, 1), publish("a/b", "new", Q1, 2)]
    );
    for (qos, asked) in [(Q0, Q0), (Q1, Q1), (Q1, Q2)] {
        let mut late = bench.join(Level::V311, "late", true);
        bench.subscribe(&mut late, &[("a/#", asked)]);
        assert_eq!(
            bench.received(&mut late),
            [retained(publish("a/b", "new", qos, 1))]
        );
        // Subscribing again brings it again (MQTT 3.1.1 §3.8.4-3).
        bench.subscribe(&mut late, &[("a/#", Q0)]);
        assert_eq!(
            bench.received(&mut late),
            [retained(publish("a/b", "new", Q0, 1))]
        );
    }
}

#[test]
fn an_empty_message_clears_and_is_passed_on() {
    let mut bench = Bench::new();
    let mut client = bench.join(Level::V311, "client", true);
    bench.send(&client, &retained(publish("a", "kept", Q0, 1)));
    assert_eq!(bench.broker.retained("a").unwrap().payload, b"kept");
    bench.subscribe(&mut client, &[("a", Q0)]);
    assert_eq!(
        bench.received(&mut client),
        [retained(publish("a", "kept", Q0, 1))]
    );
    bench.send(&client, &retained(publish("a", "", Q0, 1)));
    assert_eq!(bench.received(&mut client), [publish("a", "", Q0, 1)]);
    assert_eq!(bench.broker.retained("a"), None);
    // Without the flag nothing is kept nor cleared.
    bench.send(&client, &retained(publish("a", "kept", Q0, 1)));
    bench.send(&client, &publish("a", "", Q0, 1));
    assert!(bench.broker.retained("a").is_some());
}

#[test]
fn topics_of_the_broker_are_nobodys_to_publish() {
    let mut bench = Bench::new();
    let mut client = bench.join(Level::V311, "client", true);
    bench.subscribe(
        &mut client,
        &[("$SYS/#", Q0), ("$CONTROL/#", Q0), ("$mine/#", Q0)],
    );
    bench.publish(&mut client, "$SYS/a", "x", Q2);
    bench.publish(&mut client, "$CONTROL/a", "x", Q1);
    bench.send(&client, &retained(publish("$SYS/a", "x", Q0, 1)));
    assert_eq!(bench.broker.retained("$SYS/a"), None);
    bench.publish(&mut client, "$mine/a", "x", Q0);
    assert_eq!(
        bench.received(&mut client),
        [publish("$mine/a", "x", Q0, 1)]
    );
}
