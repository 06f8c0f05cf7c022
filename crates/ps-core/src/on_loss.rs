//! What happens when a worker is lost.

/// What happens when a worker is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLoss {
    /// The run ends, with a reason that names the worker and its job.
    #[default]
    Stop,
    /// The run goes on without it; its method decides about its jobs. (In Hogwild! others take
    /// them.)
    Continue,
}

crate::words!(OnLoss, "policy for lost workers": "stop" => OnLoss::Stop, "continue" => OnLoss::Continue);
