//! A node on a battery: wakes the module, publishes a reading, lets it sleep, and again.
use core::convert::Infallible;
use embassy_time::{Duration, Instant, Timer, with_deadline};
use embedded_hal::digital::OutputPin;
use embedded_io::Write as _;
use embedded_io_async::{Read, Write};
use qmt_hal_embedded::session::proto::{LinkId, Qos, Topic};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, ClientEvent, LineError};
use qmt_hal_embedded::session::{LinkConfig, LinkPhase, Remedy};
use qmt_hal_embedded::{DriveError, Driver, EmbassyClock};

/// What to publish, where and how often.
pub(crate) struct Node<'a> {
    pub(crate) broker: LinkConfig<'a>,
    pub(crate) topic: Topic<'a>,
    pub(crate) every: Duration,
}

/// The module's pins beside its UART. Low acts; the module's own pull-ups make them high, so they
/// are driven open-drain.
pub(crate) struct Pins<R, W> {
    /// RESET_N.
    pub(crate) reset: R,
    /// PSM_EINT, whose falling edge wakes. Without it the first `AT` does, if the module was not told
    /// otherwise.
    pub(crate) wake: W,
}

/// `reading` writes what is to be published, and says how much it is.
pub(crate) async fn run<U: Read + Write>(
    node: &Node<'_>,
    uart: U,
    line_errors: fn(&U::Error) -> Option<LineError>,
    mut pins: Pins<impl OutputPin, impl OutputPin>,
    mut reading: impl FnMut(&mut [u8]) -> usize,
) -> Result<Infallible, DriveError<U::Error>> {
    // Messages of full size would need 1792 bytes each way.
    let (rx, tx) = (&mut [0; 512], &mut [0; 512]);
    let (mut store, mut chunk, mut payload) = ([0; 256], [0; 64], [0; 64]);
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, &mut store);
    let mut driver = Driver::new(client, uart, EmbassyClock, &mut chunk).line_errors(line_errors);
    let (link, mut due) = (LinkId::ALL[0], Instant::now());
    let (mut is_resting, mut is_unsaid) = (true, false);
    pulse(&mut pins.reset).await;
    loop {
        let (mut is_over, mut needs_reset) = (false, false);
        while let Some(event) = driver.machine_mut().poll_event() {
            match event {
                // Acknowledged or not: a reading that is lost is followed by the next one.
                ClientEvent::Published { .. } => is_over = true,
                ClientEvent::Escalated(Remedy::HardReset) => needs_reset = true,
                ClientEvent::Resting => is_resting = true,
                _ => {}
            }
        }
        let phase = driver.machine().link_phase(link);
        let mut is_due = false;
        if due <= Instant::now() {
            due = Instant::now() + node.every;
            // Else it is still at the one before.
            is_due = is_resting || phase == LinkPhase::Failed;
        }
        // A wish becomes a command when the events are polled: after each, from the beginning.
        if needs_reset {
            pulse(&mut pins.reset).await;
            let now = driver.now();
            driver.machine_mut().handle_reset(now);
            continue;
        }
        if is_due {
            pulse(&mut pins.wake).await;
            (is_resting, is_unsaid) = (false, true);
            let now = driver.now();
            // Neither connected nor on its way there, and the store has room for its strings.
            let _ = driver.machine_mut().connect(now, link, &node.broker);
            continue;
        }
        let (now, client) = (driver.now(), driver.machine_mut());
        if is_over {
            client.disconnect(now, link);
            client.rest(now);
            continue;
        }
        if is_unsaid && client.can_publish(link) {
            let len = reading(&mut payload).min(payload.len());
            let payload = payload.get(..len).unwrap_or_default();
            // It fits, and can be taken now.
            let _ = client.publish(now, link, Qos::AtLeastOnce, false, node.topic, payload);
            is_unsaid = false;
            continue;
        }
        // Nothing else to do before: the executor may put the processor to sleep.
        if let Ok(driven) = with_deadline(due, driver.drive()).await {
            driven?;
        }
    }
}

/// Long enough for both pins.
async fn pulse(pin: &mut impl OutputPin) {
    // A pin that cannot be set is not worth a node.
    let _ = pin.set_low();
    Timer::after_millis(100).await;
    let _ = pin.set_high();
}

/// A reading: seconds since the start, in decimal. Yours asks a sensor.
pub(crate) fn uptime(payload: &mut [u8]) -> usize {
    let (len, mut rest) = (payload.len(), payload);
    let written = rest.write_fmt(format_args!("{}", Instant::now().as_secs()));
    written.map_or(0, |()| len - rest.len())
}
