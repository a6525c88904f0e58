//! The connections of the nodes to Discord.

use super::{
    discord::{Peer, Resumption},
    event::{Event, FromDiscord, ToDiscord},
    process::{Life, Phase, Position},
    world::{Lane, World},
};
use crate::{bug::Bug, finding::Check};
use gloaming_coordinator::NodeInput;

impl World {
    pub(super) fn reach_discord(&mut self, process: usize, message: ToDiscord) -> Check {
        self.handle_message(process, message)?;
        // The last message of a process that was killed.
        if self.processes[process].life == Life::Ended {
            self.close_connections(process);
        }
        Ok(())
    }

    fn handle_message(&mut self, process: usize, message: ToDiscord) -> Check {
        match message {
            ToDiscord::Resume {
                shard,
                session,
                after,
                connection,
            } => {
                let number = connection.peer.connection;
                self.check_connection(shard, connection)?;
                let reply = match self.discord.resume(self.now, session, connection) {
                    Resumption::Resumed { latest, closed } => {
                        if let Some(peer) = closed {
                            let connection = peer.connection;
                            self.answer_from_discord(
                                peer.process,
                                FromDiscord::Closed { connection },
                            );
                        }
                        self.check_position(latest, after)?;
                        FromDiscord::Resumed {
                            shard,
                            connection: number,
                            latest,
                        }
                    }
                    Resumption::Invalid => FromDiscord::Invalid {
                        shard,
                        connection: number,
                    },
                };
                self.answer_from_discord(process, reply);
            }
            ToDiscord::Identify { shard, connection } => {
                self.check_identify(shard)?;
                self.check_connection(shard, connection)?;
                let number = connection.peer.connection;
                let session = self.discord.identify(self.now, shard, connection);
                let session =
                    session.map_err(|detail| (crate::Invariant::FleetIdentifies, detail))?;
                let reply = FromDiscord::Ready {
                    shard,
                    connection: number,
                    session,
                };
                self.answer_from_discord(process, reply);
            }
            ToDiscord::Close {
                connection,
                ends_session,
            } => {
                let now = self.now;
                if let Some(session) = self.discord.session_of(Peer {
                    process,
                    connection,
                }) {
                    session.disconnect(now);
                    session.is_dead |= ends_session;
                    session.is_ended_by_bot |= ends_session;
                }
            }
        }
        Ok(())
    }

    pub(super) fn answer_from_discord(&mut self, process: usize, message: FromDiscord) {
        let event = Event::FromDiscord { process, message };
        self.send(process, Lane::FromDiscord, event);
    }

    pub(super) fn hear_discord(&mut self, process: usize, message: FromDiscord) -> Check {
        match message {
            FromDiscord::Ready {
                shard,
                connection,
                session,
            } => {
                if self.is_in_phase(process, shard, Phase::Connecting { connection }) {
                    let run = self.processes[process].shards.get_mut(&shard);
                    let run = run.expect("it has a phase");
                    run.phase = Phase::Connected { connection };
                    run.position = Some(Position {
                        session,
                        received: 1,
                        acknowledged: 0,
                    });
                    // So that the session outlives this process.
                    self.store_shards(process, &[shard])?;
                    return self.publish(process, shard);
                }
            }
            FromDiscord::Resumed {
                shard,
                connection,
                latest,
            } => {
                if self.is_in_phase(process, shard, Phase::Connecting { connection }) {
                    self.set_phase(process, shard, Phase::Connected { connection });
                    return self.receive(process, shard, latest);
                }
            }
            FromDiscord::Invalid { shard, connection } => {
                if self.is_in_phase(process, shard, Phase::Connecting { connection }) {
                    let run = self.processes[process].shards.get_mut(&shard);
                    let run = run.expect("it has a phase");
                    run.phase = Phase::Idle;
                    run.position = None;
                    return self.connect(process, shard);
                }
            }
            FromDiscord::Event {
                shard,
                connection,
                sequence,
            } => {
                if self.is_in_phase(process, shard, Phase::Connected { connection }) {
                    return self.receive(process, shard, sequence);
                }
            }
            FromDiscord::Closed { connection } => return self.closed(process, connection),
        }
        Ok(())
    }

    fn receive(&mut self, process: usize, shard: u32, sequence: u64) -> Check {
        if let Some(run) = self.processes[process].shards.get_mut(&shard)
            && let Some(position) = &mut run.position
        {
            position.received = position.received.max(sequence);
        }
        self.publish(process, shard)
    }

    /// The connection of a shard has ended: it resumes unless the node stops it.
    fn closed(&mut self, process: usize, connection: u64) -> Check {
        let phases = [
            Phase::Connecting { connection },
            Phase::Connected { connection },
        ];
        let shards = &self.processes[process].shards;
        let found = shards.iter().find(|(_, run)| phases.contains(&run.phase));
        let Some(shard) = found.map(|(shard, _)| *shard) else {
            return Ok(());
        };
        if self.bug != Some(Bug::FleetConnectionEndNotFed) {
            self.feed(process, NodeInput::ConnectionEnded { shard })?;
        }
        if phases
            .iter()
            .any(|phase| self.is_in_phase(process, shard, *phase))
        {
            self.set_phase(process, shard, Phase::Idle);
            let at = self.now + self.random.millis(50, 500);
            self.at(at, Event::Retry { process, shard });
        }
        Ok(())
    }
}
