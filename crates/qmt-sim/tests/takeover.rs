//! Two devices with one client identifier: the server drops the first when the second comes (QMT
//! §3.3.4). The client says so instead of fighting blindly, and is patient.

use core::time::Duration;

use qmt_session::ConnectError;
use qmt_session::proto::{LinkId, LinkLossCode};
use qmt_sim::{Peer, Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

/// Another device connects as "me", and the client is dropped; what it tells, and when.
fn evict(world: &mut World) -> (Told, u64) {
    let now = qmt_broker::Instant::from_millis(world.now().as_millis());
    Peer::connect(&mut world.network.broker, now, "me");
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    let told_at = world.now().as_millis();
    world.run_until(10 * MINUTE, |told| *told == Told::Ready(LINK));
    (down, world.now().as_millis() - told_at)
}

/// RELIABILITY B6.
#[test]
fn the_third_eviction_in_a_row_is_called_a_takeover() {
    let mut world = World::new(WorldConfig::default());
    let now = world.now();
    world.client.connect(now, LINK, &link_config("me")).unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let closed = Told::Down(
        LINK,
        ConnectError::Lost(LinkLossCode::CLOSED_BY_SERVER),
        true,
    );
    let taken_over = Told::Down(LINK, ConnectError::TakenOver, true);
    let mut waits = Vec::new();
    for expected in [&closed, &closed, &taken_over, &taken_over] {
        let (down, wait) = evict(&mut world);
        assert_eq!(down, *expected);
        waits.push(wait);
    }
    assert!(waits[3] > 2 * waits[0], "ever longer waits: {waits:?}");
    // A connection that lasts clears the suspicion.
    world.settle(2 * MINUTE);
    assert_eq!(evict(&mut world).0, closed);
}
