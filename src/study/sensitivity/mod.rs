//! Which assumptions matter: designs that vary many of them at once.

pub mod morris;
pub mod screening;
