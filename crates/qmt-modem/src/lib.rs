//! qmt-modem
