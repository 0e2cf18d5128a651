//! The task against a scripted module.
