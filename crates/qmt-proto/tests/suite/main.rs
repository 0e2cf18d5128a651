//! What this crate promises on the line, shown on bytes.

mod borders;
#[cfg(any(feature = "defmt", feature = "serde"))]
mod features;
mod getters;
mod manual;
mod opacity;
mod secrets;
mod shapes;
mod tolerance;
mod wire;
mod words;
