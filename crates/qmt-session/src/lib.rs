//! qmt-session
