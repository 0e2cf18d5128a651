//! Where the broker does wrong: at packets that came, and at packets about to go.

use alloc::vec::Vec;

use qmt_mqtt::{ConnAck, ConnAckCode, Packet, PacketKind};

use super::Broker;
use crate::fault::Side;
use crate::output::Staged;
use crate::{Cause, ConnectionId, Event, Fault, Instant};

/// What becomes of a packet that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conduct {
    /// Nothing.
    Ignore,
    /// The connection ends.
    Close,
    /// It is answered with this code.
    Code(u8),
}

impl Broker {
    /// Asks the faults about a packet that came.
    pub(super) fn misbehave(&mut self, id: ConnectionId, packet: PacketKind) -> Option<Conduct> {
        let fault = self.faults.meet(Side::Came, packet)?;
        let conduct = match fault {
            Fault::ConnAck(code) | Fault::SubAck(code) => Conduct::Code(code),
            Fault::Mute => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.mute();
                }
                Conduct::Ignore
            }
            _ => Conduct::Close,
        };
        self.tell(Event::Misbehaved {
            connection: id,
            fault,
            packet,
        });
        Some(conduct)
    }

    /// Writes what was staged since the last time, for all connections, as the faults want it.
    ///
    /// Ends: a connection that is closed here may leave a will to others, but only once.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some((id, staged)) = self.take_staged() {
            for staged in staged {
                let packet = staged.packet.kind();
                let fault = self.faults.meet(Side::Going, packet);
                let Some(connection) = self.connections.get_mut(&id) else {
                    break;
                };
                if connection.muted {
                    break;
                }
                connection.output.write(now, staged, fault.as_ref());
                let Some(fault) = fault else {
                    continue;
                };
                let over = fault == Fault::CloseInstead;
                self.tell(Event::Misbehaved {
                    connection: id,
                    fault,
                    packet,
                });
                if over {
                    self.end(now, id, Cause::Misbehaved);
                    break;
                }
            }
            self.remove_if_done(id);
        }
    }

    /// Answers CONNECT with a code, known to MQTT or not; the connection is to end.
    pub(super) fn refuse_with(&mut self, id: ConnectionId, code: u8) -> Cause {
        let answer = Packet::ConnAck(ConnAck {
            session_present: false,
            code: ConnAckCode::NotAuthorized,
        });
        self.send_with_code(id, answer, code);
        Cause::Misbehaved
    }

    pub(super) fn send_with_code(&mut self, id: ConnectionId, packet: Packet, code: u8) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.send_with_code(packet, code);
        }
    }

    /// The packets of the first connection that has staged some.
    fn take_staged(&mut self) -> Option<(ConnectionId, Vec<Staged>)> {
        self.connections
            .iter_mut()
            .find(|(_, connection)| connection.output.has_staged())
            .map(|(id, connection)| (*id, connection.output.take_staged()))
    }
}
