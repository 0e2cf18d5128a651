//! at-syntax
