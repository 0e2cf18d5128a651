//! The built `qmt` from the outside: one file for each story.

mod aliauth;
mod at;
mod bad_data;
mod connection_refused;
mod console;
mod device;
mod doctor;
mod environment;
mod help;
mod interruption;
mod language;
mod lost;
mod modem;
mod modem_faults;
mod modem_for_ci;
mod monitor;
mod mosquitto;
mod other_hosts;
mod publish;
mod recording;
mod replay;
mod report;
mod silent_module;
mod subscribe;
mod support;
mod trace;
