//! qmt-mqtt
