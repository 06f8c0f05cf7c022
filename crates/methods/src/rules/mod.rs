//! The update rules, and [`ALL`]: the one list of named methods.

mod asgrad;
mod buffered;
mod clocks;
mod generalized;
mod iag;
mod immediate;
mod late;
mod m_synchronous;
mod malenia;
mod mindflayer;
mod profile;
mod reads;
mod rennala;
mod rescaled;
mod ringleader;
mod ringmaster;
mod ringmaster_stop;
mod ssp;
mod sums;
mod table;
mod trials;
mod waiting;

pub use buffered::Buffered;
pub use immediate::Immediate;
pub use profile::{NamedMethod, Outstanding, Profile, Weighing};
pub use waiting::Waiting;

/// Every named method, in the order in which they are listed.
pub const ALL: &[NamedMethod] = &[
    asgrad::SGD,
    asgrad::MINIBATCH,
    asgrad::PURE,
    asgrad::RANDOM,
    asgrad::SHUFFLED,
    asgrad::PURE_WAITING,
    asgrad::RANDOM_WAITING,
    asgrad::SHUFFLED_WAITING,
    asgrad::FEDBUFF,
    asgrad::RANDOM_RESHUFFLING,
    asgrad::SHUFFLE_ONCE,
    asgrad::INCREMENTAL,
    rennala::ENTRY,
    malenia::ENTRY,
    ringmaster::ENTRY,
    ringmaster_stop::ENTRY,
    ringleader::ENTRY,
    m_synchronous::ENTRY,
    mindflayer::ENTRY,
    rescaled::ENTRY,
    generalized::ENTRY,
    ssp::ENTRY,
    iag::ENTRY,
];
