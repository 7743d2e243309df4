//! Parties (参与方): communities (社区) and resident units (驻区单位).

pub mod credit_code;
