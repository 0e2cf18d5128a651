//! The `qmt` command.

fn main() {}
