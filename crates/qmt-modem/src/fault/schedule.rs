//! Which faults are due, and how often each was done.

use alloc::vec::Vec;

use qmt_proto::Instant;

use super::{Dice, Direction, Fault, FaultKind, Place, Plan, Trigger};

/// The plans of a modem or a wire, and what became of them.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// In the order in which they were added, which decides between two for the same place.
    plans: Vec<Planned>,
    /// One for each direction: then what chance does to the bytes of one does not depend on how
    /// they mix with those of the other.
    dice: [Dice; 2],
    counts: FaultCounts,
    /// Command lines so far.
    commands: u64,
    /// Bytes so far in each direction.
    bytes: [u64; 2],
}

#[derive(Clone, Debug)]
struct Planned {
    plan: Plan,
    /// Set when its time has come.
    is_due: bool,
    /// How often it may still strike.
    left: u32,
}

/// How often each kind of fault was done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FaultCounts([u64; FaultKind::ALL.len()]);

impl Schedule {
    pub(crate) fn new(plans: &[Plan], seed: u64) -> Self {
        let mut schedule = Self {
            plans: Vec::new(),
            dice: [Dice::new(seed), Dice::new(!seed)],
            counts: FaultCounts([0; FaultKind::ALL.len()]),
            commands: 0,
            bytes: [0; 2],
        };
        for plan in plans {
            schedule.add(*plan);
        }
        schedule
    }

    /// Adds a plan.
    pub(crate) fn add(&mut self, plan: Plan) {
        self.plans.push(Planned {
            plan,
            is_due: false,
            left: plan.times,
        });
    }

    /// Forgets all plans; the counts stay.
    pub(crate) fn forget(&mut self) {
        self.plans.clear();
    }

    /// Adds a fault that is due now.
    pub(crate) fn add_due(&mut self, fault: Fault) {
        self.plans.push(Planned {
            plan: Plan::once(fault, Trigger::At(Instant::ZERO)),
            is_due: true,
            left: 1,
        });
    }

    /// It is `now`.
    pub(crate) fn handle_time(&mut self, now: Instant) {
        self.mark(|plan| matches!(plan.trigger, Trigger::At(at) if at <= now));
    }

    /// A command line is complete.
    pub(crate) fn handle_command(&mut self) {
        self.commands = self.commands.saturating_add(1);
        let number = self.commands;
        self.mark(|plan| plan.trigger == Trigger::Command(number));
    }

    /// A byte goes by.
    pub(crate) fn handle_byte(&mut self, direction: Direction) {
        let [from_host, to_host] = &mut self.bytes;
        let count = match direction {
            Direction::FromHost => from_host,
            Direction::ToHost => to_host,
        };
        *count = count.saturating_add(1);
        let number = *count;
        if !self.plans.is_empty() {
            self.mark(|plan| plan.trigger == Trigger::Byte(number) && plan.covers(direction));
        }
    }

    /// The next fault for a place that takes the kinds `fits` says; counts it. The caller does it.
    pub(crate) fn strike(
        &mut self,
        direction: Direction,
        fits: impl Fn(FaultKind) -> bool,
    ) -> Option<Fault> {
        self.next(direction, fits, true)
    }

    /// As [`strike`](Self::strike), at a moment that gives chance none.
    pub(crate) fn strike_due(&mut self, fits: impl Fn(FaultKind) -> bool) -> Option<Fault> {
        self.next(Direction::FromHost, fits, false)
    }

    fn next(
        &mut self,
        direction: Direction,
        fits: impl Fn(FaultKind) -> bool,
        by_chance: bool,
    ) -> Option<Fault> {
        let Self { plans, dice, .. } = self;
        let [from_host, to_host] = dice;
        let dice = match direction {
            Direction::FromHost => from_host,
            Direction::ToHost => to_host,
        };
        let at = plans.iter().position(|planned| {
            let plan = &planned.plan;
            let kind = plan.fault.kind();
            // The direction is of the bytes, and only a fault of the line is about bytes.
            fits(kind)
                && (kind.place() != Place::Line || plan.covers(direction))
                && match plan.trigger {
                    Trigger::Chance(ppm) => by_chance && dice.happens(ppm),
                    _ => planned.is_due,
                }
        })?;
        let planned = plans.get_mut(at)?;
        let fault = planned.plan.fault;
        planned.left = planned.left.saturating_sub(1);
        if planned.left == 0 {
            plans.remove(at);
        }
        self.counts.count(fault.kind());
        Some(fault)
    }

    /// Whether nothing is planned, so that nothing need be asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// Numbers from the seed, for what goes this way.
    pub(crate) fn dice(&mut self, direction: Direction) -> &mut Dice {
        let [from_host, to_host] = &mut self.dice;
        match direction {
            Direction::FromHost => from_host,
            Direction::ToHost => to_host,
        }
    }

    /// When the time of a plan comes.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self.plans.iter().filter(|planned| !planned.is_due);
        waiting
            .filter_map(|planned| match planned.plan.trigger {
                Trigger::At(at) => Some(at),
                _ => None,
            })
            .min()
    }

    /// How many bytes may go this way before the time of a plan comes, if there is such a plan.
    pub(crate) fn bytes_until_due(&self, direction: Direction) -> Option<usize> {
        let gone = self
            .bytes
            .get(direction.index())
            .copied()
            .unwrap_or_default();
        let next = |planned: &Planned| match planned.plan.trigger {
            Trigger::Byte(at) if planned.plan.covers(direction) => at.checked_sub(gone),
            _ => None,
        };
        let next = self.plans.iter().filter_map(next).filter(|left| *left > 0);
        next.min().and_then(|left| usize::try_from(left).ok())
    }

    pub(crate) const fn counts(&self) -> &FaultCounts {
        &self.counts
    }

    /// Command lines so far.
    pub(crate) const fn commands(&self) -> u64 {
        self.commands
    }

    /// Bytes so far that went this way.
    pub(crate) fn bytes(&self, direction: Direction) -> u64 {
        self.bytes
            .get(direction.index())
            .copied()
            .unwrap_or_default()
    }

    fn mark(&mut self, comes: impl Fn(&Plan) -> bool) {
        for planned in &mut self.plans {
            planned.is_due |= comes(&planned.plan);
        }
    }
}

impl FaultCounts {
    /// How often `kind` was done.
    #[must_use]
    pub fn of(&self, kind: FaultKind) -> u64 {
        self.0.get(kind.index()).copied().unwrap_or_default()
    }

    /// All kinds that were done, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (FaultKind, u64)> + '_ {
        let all = FaultKind::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }

    /// All faults together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn count(&mut self, kind: FaultKind) {
        if let Some(count) = self.0.get_mut(kind.index()) {
            *count = count.saturating_add(1);
        }
    }
}
