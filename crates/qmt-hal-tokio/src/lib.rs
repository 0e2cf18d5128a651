//! qmt-hal-tokio
