//! qmt-proto
