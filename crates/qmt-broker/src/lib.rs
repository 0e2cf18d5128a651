//! qmt-broker
