//! The driver against machines and streams that are hard on it.
