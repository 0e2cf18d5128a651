//! Opening lines that exist and lines that do not.
