//! Configuration: the only reader of the environment.
