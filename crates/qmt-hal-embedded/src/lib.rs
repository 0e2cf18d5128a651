//! qmt-hal-embedded
